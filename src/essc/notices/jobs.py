"""Which events become messages, and how messages reach telephones."""
from collections.abc import Sequence
from typing import Any, Final

from essc.cards.events import CardMoved, CardRequestAnswered
from essc.cards.model import State
from essc.codes.events import CodePresented
from essc.codes.model import Verdict
from essc.ecards.events import EcardFrozen, EcardIssued, EcardLinked, EcardUnfrozen, EcardUnlinked
from essc.holders.events import HolderLookedUp, MobileChanged
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.events import Event
from essc.kit.outbox import Delivery, Subscribers
from essc.names import HolderId, MessageId
from essc.notices import actions, calls
from essc.notices.events import MessageWritten
from essc.notices.model import Kind, Message
from essc.passwords.events import PasswordChanged, PasswordReset
from essc.sessions.events import SignedIn

jobs: Final = Subscribers("notices")

OF_CHANNEL: Final[dict[type[Event], Kind]] = {
    EcardIssued: Kind.ISSUED, EcardLinked: Kind.NEW_CHANNEL, EcardUnlinked: Kind.UNLINKED, SignedIn: Kind.SIGNED_IN,
}
"""Events whose message names the channel."""
LOST: Final = frozenset({State.LOST, State.TEMPORARILY_LOST})
STOPPED: Final = LOST | {State.LOCKED, State.SEALED}
REFUSED: Final = {"loss": Kind.LOSS_REFUSED, "lift": Kind.LIFT_REFUSED}
FIRST_SIGN_IN: Final = "issue"
"""Signing in as a part of being issued the card: the message of the issue says it all."""


@jobs.on(CodePresented, many=True, inbox=False)
async def used(tx: Tx, deliveries: Sequence[Delivery[CodePresented]]) -> None:
    """A use that passed. Refusals stand in the records only."""
    passed = [one for one in deliveries if one.event.verdict == Verdict.PASS]
    places = await actions.places(tx, list({one.event.terminal_id for one in passed}))
    await actions.keep(tx, [
        Message(id=MessageId(one.event_id), holder_id=one.event.holder_id, kind=Kind.CODE_USED if one.event.way == "code" else Kind.CARD_USED,
                at=one.event.received_at, params={"place": places.get(one.event.terminal_id, "")})
        for one in passed])


@jobs.on(*OF_CHANNEL, many=True, inbox=False)
async def on_channel(tx: Tx, deliveries: Sequence[Delivery[Any]]) -> None:
    """Issued, linked, unlinked, signed in on a new device."""
    told = [one for one in deliveries if not isinstance(one.event, SignedIn) or _worth_telling(one.event)]
    names = await actions.channel_names(tx, list({one.event.channel_id for one in told}))
    await actions.keep(tx, [_message(one, one.event.holder_id, OF_CHANNEL[type(one.event)], channel=names.get(one.event.channel_id, "")) for one in told])


def _worth_telling(event: SignedIn) -> bool:
    return event.new_device and event.way != FIRST_SIGN_IN


@jobs.on(EcardFrozen, EcardUnfrozen, many=True, inbox=False)
async def froze(tx: Tx, deliveries: Sequence[Delivery[Any]]) -> None:
    """The codes were stopped, or work again."""
    await actions.keep(tx, [_message(one, one.event.holder_id, Kind.FROZEN if isinstance(one.event, EcardFrozen) else Kind.UNFROZEN) for one in deliveries])


@jobs.on(PasswordChanged, PasswordReset, many=True, inbox=False)
async def password(tx: Tx, deliveries: Sequence[Delivery[Any]]) -> None:
    """The password was changed or reset."""
    owners = await actions.owners(tx, [one.event.ecard_id for one in deliveries])
    await actions.keep(tx, [_message(one, owners[one.event.ecard_id], Kind.PASSWORD_CHANGED) for one in deliveries])


@jobs.on(MobileChanged, many=True, inbox=False)
async def mobile(tx: Tx, deliveries: Sequence[Delivery[MobileChanged]]) -> None:
    """The mobile number is another one: told to the number of before."""
    await actions.keep(tx, [_message(one, one.event.holder_id, Kind.MOBILE_CHANGED) for one in deliveries])


@jobs.on(CardMoved, many=True, inbox=False)
async def card(tx: Tx, deliveries: Sequence[Delivery[CardMoved]]) -> None:
    """The card was reported lost, or is as before again."""
    found = [(one, _of_move(one.event)) for one in deliveries]
    await actions.keep(tx, [_message(one, one.event.holder_id, kind) for one, kind in found if kind is not None])


@jobs.on(CardRequestAnswered, many=True, inbox=False)
async def answered(tx: Tx, deliveries: Sequence[Delivery[CardRequestAnswered]]) -> None:
    """The province did not take what the holder asked for. (What it takes is told by its feed.)"""
    refused = [one for one in deliveries if not one.event.taken]
    await actions.keep(tx, [_message(one, one.event.holder_id, REFUSED[one.event.asked]) for one in refused])


def _of_move(event: CardMoved) -> Kind | None:
    if event.state in LOST and event.was not in LOST:
        return Kind.CARD_LOST
    if event.state == State.ACTIVE and event.was in STOPPED:
        return Kind.CARD_BACK
    return None


@jobs.on(HolderLookedUp, many=True)
async def looked_up(tx: Tx, deliveries: Sequence[Delivery[HolderLookedUp]]) -> None:
    """Staff looked holders up: told once a week. (A field shown in full is part of the look-up that was counted.)"""
    await actions.count_lookups(tx, [(one.event.holder_id, one.event_id, one.occurred_at) for one in deliveries if not one.event.full])


@jobs.every(60)
async def weekly(tx: Tx) -> None:
    """The messages of the week, on Sunday evening."""
    await actions.send_digests(tx)


def _message(delivery: Delivery[Any], holder_id: HolderId, kind: Kind, **params: str) -> Message:
    return Message(id=MessageId(delivery.event_id), holder_id=holder_id, kind=kind, at=delivery.occurred_at, params=params)


@jobs.calls(MessageWritten)
async def text(db: Database, delivery: Delivery[MessageWritten]) -> None:
    """Send it to the telephone, until the gateway takes it."""
    await calls.send(db, delivery.event.holder_id, delivery.event.message_id)
