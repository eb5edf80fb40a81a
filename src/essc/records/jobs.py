"""Which events become uses. All are set-based and keyed by the event's id, so nothing is ever written twice."""
from collections.abc import Sequence
from typing import Any, Final

from essc.cards.events import CardLiftRequested, CardLossRequested, CardMoved
from essc.codes.events import CodePresented, PersonCompared
from essc.codes.model import Verdict
from essc.ecards.events import EcardFrozen, EcardIssued, EcardLinked, EcardUnfrozen, EcardUnlinked
from essc.holders.events import HolderDisclosed, HolderLookedUp, MobileChanged
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.kit.events import Event
from essc.kit.outbox import Delivery, Subscribers
from essc.names import PREFIXES, ChannelId, TerminalId, UseId
from essc.passwords.events import PasswordChanged, PasswordReset, PasswordSet, PasswordWasLocked
from essc.records import actions
from essc.records.model import Action, Outcome, Use
from essc.risk.model import Level, Rule
from essc.sessions.events import SessionRevoked, SignedIn

jobs: Final = Subscribers("records")

ACTIONS: Final[dict[type[Event], Action]] = {
    EcardIssued: Action.ISSUED, EcardLinked: Action.LINKED, EcardUnlinked: Action.UNLINKED, EcardFrozen: Action.FROZEN,
    EcardUnfrozen: Action.UNFROZEN, SignedIn: Action.SIGNED_IN, SessionRevoked: Action.SESSION_ENDED, CardLossRequested: Action.LOSS_REQUESTED,
    CardLiftRequested: Action.LIFT_REQUESTED, CardMoved: Action.CARD_MOVED, MobileChanged: Action.MOBILE_CHANGED,
}
"""Events that name their holder and need no more than a word."""
REPLACED: Final = "replaced"
OF_ECARD: Final[dict[type[Event], Action]] = {
    PasswordSet: Action.PASSWORD_SET, PasswordChanged: Action.PASSWORD_CHANGED, PasswordReset: Action.PASSWORD_RESET,
    PasswordWasLocked: Action.PASSWORD_LOCKED,
}
"""Events that name an electronic card only."""


@jobs.on(CodePresented, many=True, inbox=False)
async def presented(tx: Tx, deliveries: Sequence[Delivery[CodePresented]]) -> None:
    """A code or a physical card was presented, whatever the verdict."""
    await actions.keep(tx, [_presented(delivery) for delivery in deliveries])


def _presented(delivery: Delivery[CodePresented]) -> Use:
    event = delivery.event
    return Use(
        id=UseId(delivery.event_id), holder_id=event.holder_id, action=Action.CODE, occurred_at=event.received_at, recorded_at=delivery.recorded_at,
        outcome=Outcome.DONE if event.verdict == Verdict.PASS else Outcome.REFUSED, verdict=event.verdict, channel_id=event.channel_id,
        venue_id=event.venue_id, terminal_id=event.terminal_id, scene=event.scene, fields=event.fields, way=event.way,
        ecard_id=event.ecard_id, card_id=event.card_id, request_id=delivery.request_id,
    )


@jobs.on(PersonCompared, many=True, inbox=False)
async def compared(tx: Tx, deliveries: Sequence[Delivery[PersonCompared]]) -> None:
    """The clerk said that the person is not the one on the photo. (That they are the same adds nothing to the use itself.)"""
    differed = [one for one in deliveries if not one.event.matched]
    await actions.keep(tx, [
        Use(id=UseId(one.event_id), holder_id=one.event.holder_id, action=Action.COMPARED, occurred_at=one.occurred_at, recorded_at=one.recorded_at,
            outcome=Outcome.REFUSED, verdict="MISMATCH", terminal_id=one.event.terminal_id, scene=one.event.scene, request_id=one.request_id)
        for one in differed])
    for one in differed:
        facts = {"terminal": ids.wire(PREFIXES["TerminalId"], one.event.terminal_id), "scene": one.event.scene}
        await actions.note(tx, Rule.PERSON_MISMATCH, Level.MEDIUM, one.event.holder_id, facts, one.event_id, one.occurred_at)


@jobs.on(HolderDisclosed, many=True, inbox=False)
async def looked_up(tx: Tx, deliveries: Sequence[Delivery[HolderDisclosed]]) -> None:
    """Somebody was shown fields of the person. What a reader was shown stands in the use itself; what the holder sees of themselves is no use."""
    await actions.keep(tx, [
        Use(id=UseId(one.event_id), holder_id=one.event.holder_id, action=Action.LOOKUP, occurred_at=one.occurred_at, recorded_at=one.recorded_at,
            verdict=one.event.purpose, channel_id=_channel(one), fields=one.event.fields, request_id=one.request_id)
        for one in deliveries if one.actor.kind in ("channel", "region")])


@jobs.on(HolderLookedUp, many=True, inbox=False)
async def staff_looked(tx: Tx, deliveries: Sequence[Delivery[HolderLookedUp]]) -> None:
    """Staff looked the holder up: for what reason, what kind of organisation, what was shown; who it was stands in the audit log."""
    await actions.keep(tx, [
        Use(id=UseId(one.event_id), holder_id=one.event.holder_id, action=Action.STAFF_FULL if one.event.full else Action.STAFF_LOOKUP,
            occurred_at=one.occurred_at, recorded_at=one.recorded_at, verdict=one.event.reason, way=one.event.level, fields=one.event.fields,
            request_id=one.request_id)
        for one in deliveries])


@jobs.on(*ACTIONS, many=True, inbox=False)
async def done(tx: Tx, deliveries: Sequence[Delivery[Any]]) -> None:
    """What happened to card, links, sessions. (A session that gave way to a new one on the same device is told by that one.)"""
    told = [one for one in deliveries if not (isinstance(one.event, SessionRevoked) and one.event.why == REPLACED)]
    await actions.keep(tx, [_done(one, ACTIONS[type(one.event)], one.event.holder_id) for one in told])


@jobs.on(*OF_ECARD, many=True, inbox=False)
async def password(tx: Tx, deliveries: Sequence[Delivery[Any]]) -> None:
    """What happened to the password of an electronic card."""
    owners = await actions.owners(tx, [delivery.event.ecard_id for delivery in deliveries])
    await actions.keep(tx, [_done(one, OF_ECARD[type(one.event)], owners[one.event.ecard_id]) for one in deliveries])
    for one in deliveries:
        if isinstance(one.event, PasswordWasLocked):
            facts = {"ecard": ids.wire(PREFIXES["EcardId"], one.event.ecard_id), "by": one.actor.kind}
            await actions.note(tx, Rule.PASSWORD_LOCKED, Level.LOW, owners[one.event.ecard_id], facts, one.event_id, one.occurred_at)


def _done(delivery: Delivery[Any], action: Action, holder_id: Any) -> Use:
    event = delivery.event
    return Use(
        id=UseId(delivery.event_id), holder_id=holder_id, action=action, occurred_at=delivery.occurred_at, recorded_at=delivery.recorded_at,
        outcome=Outcome.REFUSED if action is Action.PASSWORD_LOCKED else Outcome.DONE,
        verdict=getattr(event, "state", None) or getattr(event, "why", None), channel_id=getattr(event, "channel_id", None) or _channel(delivery),
        terminal_id=_terminal(delivery), way=getattr(event, "way", None), ecard_id=getattr(event, "ecard_id", None),
        card_id=getattr(event, "card_id", None), request_id=delivery.request_id,
    )


def _channel(delivery: Delivery[Any]) -> ChannelId | None:
    """The channel that acted, when it was one."""
    return ChannelId(ids.parse(PREFIXES["ChannelId"], delivery.actor.id)) if _is(delivery, "channel", "ChannelId") else None


def _terminal(delivery: Delivery[Any]) -> TerminalId | None:
    """The terminal that acted, when it was one."""
    return TerminalId(ids.parse(PREFIXES["TerminalId"], delivery.actor.id)) if _is(delivery, "terminal", "TerminalId") else None


def _is(delivery: Delivery[Any], kind: str, name: str) -> bool:
    if delivery.actor.kind != kind:
        return False
    try:
        ids.parse(PREFIXES[name], delivery.actor.id)
    except Refused:
        return False
    return True
