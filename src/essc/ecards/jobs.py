"""What electronic cards hear: a new card of the third generation brings its e-card with it; an erased person has none."""
from typing import Final

from essc.cards import calls as province
from essc.cards import queries as cards
from essc.cards.events import CardIssued
from essc.ecards import actions
from essc.ecards.events import EcardIssued, EcardPrepared
from essc.holders.events import HolderErased
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.outbox import Delivery, Subscribers

THIRD_GENERATION: Final = 3

jobs = Subscribers("ecards")


@jobs.on(CardIssued)
async def prepare(tx: Tx, delivery: Delivery[CardIssued]) -> None:
    """同步签发, since 2021-01-01: make the e-card of a new card; the holder's consent on a channel links it."""
    card = await cards.get(tx, delivery.event.card_id)
    if card.generation >= THIRD_GENERATION:
        await actions.issue_with_card(tx, card.id)


@jobs.on(HolderErased)
async def forget(tx: Tx, delivery: Delivery[HolderErased]) -> None:
    """End every link of an erased person, and with it every session and code."""
    await actions.unlink_all(tx, delivery.event.holder_id, "erased")


@jobs.calls(EcardIssued, EcardPrepared)
async def fetch_photo(db: Database, delivery: Delivery[EcardIssued | EcardPrepared]) -> None:
    """Fetch the photo of the card from its province, once, so that counters and the wallet can show it."""
    await province.photo(db, delivery.event.card_id)
