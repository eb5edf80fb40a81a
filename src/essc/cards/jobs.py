"""What the room of cards does by itself: hand requests to the provinces, end temporary losses, go on with what waited."""
from typing import Final

from essc.cards import actions, calls
from essc.cards.events import CardLiftRequested, CardLossRequested
from essc.holders.events import HolderErased
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.outbox import Delivery, Subscribers

jobs: Final = Subscribers("cards")


@jobs.calls(CardLossRequested)
async def ask_for_loss(db: Database, delivery: Delivery[CardLossRequested]) -> None:
    """Ask the province to report the card lost, again and again until it has taken the request."""
    await calls.ask_for_loss(db, delivery.event.card_id, delivery.event.request_id)


@jobs.calls(CardLiftRequested)
async def ask_for_lift(db: Database, delivery: Delivery[CardLiftRequested]) -> None:
    """Ask the province to lift the loss, again and again until it has taken the request."""
    await calls.ask_for_lift(db, delivery.event.card_id, delivery.event.request_id)


@jobs.on(HolderErased)
async def forget(tx: Tx, delivery: Delivery[HolderErased]) -> None:
    """Drop the card numbers of an erased person."""
    await actions.forget_holder(tx, delivery.event.holder_id)


@jobs.every(30)
async def end_temporary_losses(tx: Tx) -> None:
    """Twice a minute: temporary losses end whose days are over."""
    await actions.end_temporary_losses(tx)


@jobs.every(15)
async def follow_held(tx: Tx) -> None:
    """Four times a minute: events that waited although their turn has come (a card had moved too often)."""
    await actions.follow_held(tx)
