"""C3, one note: what was seen and when, what else happened there, what was done; and taking it over, acting, closing."""
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from essc.channels import actions as channel_actions
from essc.channels import queries as channels
from essc.channels.model import Move
from essc.channels.model import State as ChannelState
from essc.ecards import actions as ecards
from essc.ecards import queries as known_ecards
from essc.ecards.errors import EcardNotFound
from essc.ecards.model import Freeze
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.errors import Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.names import ChannelId, HolderId, NoteId, TerminalId
from essc.operators import actions as operators
from essc.operators.errors import NotPermitted
from essc.operators.model import Approval, Permission
from essc.operators.queries import StaffSession
from essc.risk import actions, queries
from essc.risk.errors import NoteMoveNotAllowed, NoteNotFound
from essc.risk.model import Act, Closing, Listed, State, SubjectKind
from essc.surfaces.console.pages import risk_views as views
from essc.surfaces.console.pages.access import Scope, area_name, in_area, require, scope, shell
from essc.surfaces.console.pages.approvals import APPROVED, SUBJECTS
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.console.pages.risk import HERE, address_of, level_of, name_of, number_of, rows_of, state_of, told
from essc.surfaces.console.pages.risk_views import Offer
from essc.surfaces.shared import times
from essc.venues import actions as venues
from essc.venues import queries as known_venues
from essc.venues.model import TerminalState

Doing = Callable[[Tx, PageCall, StaffSession, Listed, str], Awaitable[object]]
SHOWN_AGAIN: Final = frozenset({Kind.INVALID, Kind.CONFLICT, Kind.BUSY})
"""Refusals that the page itself tells, with what was there."""


@pages.get(f"{HERE}/{{note}}", signed_in=True)
async def note(call: PageCall) -> PageAnswer:
    """One note. Raises NotPermitted, NoteNotFound."""
    return await _shown(call, require(call, Permission.RISK_READ), scope(call))


@pages.post(f"{HERE}/{{note}}", signed_in=True, once=True)
async def act(call: PageCall) -> PageAnswer:
    """Do something about it; `do` says what. Raises NotPermitted, NoteNotFound."""
    session, at = require(call, Permission.RISK_ACT), scope(call)
    doing = DOING.get(call.form.text("do"))
    if doing is None:
        raise NoteNotFound("no such verb")
    try:
        async with call.tx() as tx:
            await doing(tx, call, session, await _mine(tx, call, session), call.form.text("reason", 1000))
    except Refused as refused:
        if refused.kind not in SHOWN_AGAIN:
            raise
        return await _shown(call, session, at, refused)
    return call.redirect(in_area(f"{HERE}/{call.path['note']}", at.code, session.areas[0]))


async def _mine(tx: Tx, call: PageCall, session: StaffSession) -> Listed:
    """The note of the address, if its region is one of the member's. Raises NoteNotFound."""
    try:
        found = await queries.get(tx, NoteId(ids.parse("note", call.path["note"])))
    except ids.BadId:
        raise NoteNotFound("not the id of a note") from None
    if not session.covers(found.note.region):
        raise NoteNotFound("outside the member's areas")
    return found


async def _shown(call: PageCall, session: StaffSession, at: Scope, refused: Refused | None = None) -> PageAnswer:
    async with call.read_tx() as tx:
        one = await _mine(tx, call, session)
        others = [other for other in await queries.about(tx, one.note.subject) if other.note.id != one.note.id and session.covers(other.note.region)]
        area = at.code if at.code != session.areas[0] else ""
        context = {
            "note": _head(call, one), "facts": await views.facts(call, tx, one), "chart": await views.chart(call, tx, one.note),
            "uses": await views.uses(call, tx, one), "seen": await views.sightings(call, tx, one.note),
            "others": await rows_of(call, tx, others, area), "steps": await views.steps(call, tx, one.note),
            "offers": await _offers(call, tx, session, one) if session.may(Permission.RISK_ACT) and one.note.state is not State.CLOSED else [],
            "may_act": session.may(Permission.RISK_ACT), "is_owner": one.note.owner == session.actor.id, "closed": one.note.state is State.CLOSED,
            "of_holder": one.note.subject_kind is SubjectKind.HOLDER,
            "typed": call.form.text("reason", 1000) if refused else "", "doing": call.form.text("do") if refused else "",
        }
    context["back"] = in_area(HERE, at.code, session.areas[0])
    if refused is not None:
        return call.invalid("console/risk_note.html", refused, **shell(call, at, **context))
    return call.render("console/risk_note.html", **shell(call, at, **context))


def _head(call: PageCall, one: Listed) -> Mapping[str, object]:
    note = one.note
    return {"id": ids.wire("note", note.id), "address": address_of(note), "title": call.say(f"console.risk.rule.{note.rule}"), "told": told(call, note),
            "level": level_of(call, note.level), "state": state_of(call, note), "count": note.count, "name": name_of(call, one), "number": number_of(one),
            "kind": call.say(f"console.risk.subject.{note.subject_kind}"), "area": area_name(call, note.region),
            "first": times.stamp(note.raised_at), "last": times.stamp(note.last_at)}


# ── what can be done ────────────────────────────────────────────────────────────────────────────────────────────────────


async def _offers(call: PageCall, tx: Tx, session: StaffSession, one: Listed) -> list[Offer]:
    """The acts that make sense for whom the note is about and what was involved, each with what it will mean in real numbers."""
    found = [await _freeze_offer(call, tx, one), await _disable_offer(call, tx, session, one), await _pause_offer(call, tx, session, one)]
    return [offer for offer in found if offer is not None]


async def _freeze_offer(call: PageCall, tx: Tx, one: Listed) -> Offer | None:
    if one.note.subject_kind is not SubjectKind.HOLDER:
        return None
    holder_id = HolderId(one.note.subject)
    ecard = await known_ecards.of_holder(tx, holder_id)
    if ecard is None:
        return None
    if ecard.frozen_at is not None:
        return Offer.done(call, "freeze", at=times.lately(ecard.frozen_at, call.now, call.locale), why=call.say(f"console.risk.frozen_by.{ecard.frozen_why}"))
    live = len([link for link, _ in await known_ecards.links(tx, holder_id) if link.live])
    return Offer.of(call, "freeze", "lock", n=live)


async def _disable_offer(call: PageCall, tx: Tx, session: StaffSession, one: Listed) -> Offer | None:
    terminal_id = views.terminal_of(one.note)
    if terminal_id is None:
        return None
    terminal = await known_venues.terminal(tx, terminal_id)
    if not session.covers(terminal.region):
        return None
    if terminal.state is TerminalState.DISABLED:
        return Offer.done(call, "disable", at=times.lately(terminal.since, call.now, call.locale), name=f"{terminal.venue_name} · {terminal.name}")
    return Offer.of(call, "disable", "ban", name=f"{terminal.venue_name} · {terminal.name}", number=terminal.number)


async def _pause_offer(call: PageCall, tx: Tx, session: StaffSession, one: Listed) -> Offer | None:
    channel_id = views.channel_of(one.note)
    if channel_id is None or not session.may(Permission.CHANNELS_ACT):
        return None
    channel = await channels.get(tx, channel_id)
    if not session.covers(channel.region) or channel.state not in (ChannelState.ACTIVE, ChannelState.PAUSED):
        return None
    verb = "pause" if channel.state is ChannelState.ACTIVE else "resume"
    people = views.people(await known_ecards.carried_by(tx, channel_id), call.locale)
    return Offer.of(call, verb, "ban" if verb == "pause" else "undo-2", second=True, name=channel.name, n=people)


async def _take(tx: Tx, call: PageCall, session: StaffSession, one: Listed, reason: str) -> None:
    await actions.take(tx, one.note.id)


async def _remark(tx: Tx, call: PageCall, session: StaffSession, one: Listed, reason: str) -> None:
    await actions.remark(tx, one.note.id, reason)


async def _handled(tx: Tx, call: PageCall, session: StaffSession, one: Listed, reason: str) -> None:
    await actions.close(tx, one.note.id, Closing.HANDLED, reason)


async def _false_alarm(tx: Tx, call: PageCall, session: StaffSession, one: Listed, reason: str) -> None:
    await actions.close(tx, one.note.id, Closing.FALSE_ALARM, reason)


async def _freeze(tx: Tx, call: PageCall, session: StaffSession, one: Listed, reason: str) -> None:
    """Stop the codes of the holder on all channels; they hear of it (notices), and lift it by a face check."""
    ecard = await known_ecards.of_holder(tx, HolderId(one.note.subject)) if one.note.subject_kind is SubjectKind.HOLDER else None
    if ecard is None:
        raise EcardNotFound("nobody with an e-card")
    await actions.act(tx, one.note.id, Act.FREEZE_CODES, reason)
    await ecards.freeze(tx, ecard.id, Freeze.OPERATOR)


async def _disable(tx: Tx, call: PageCall, session: StaffSession, one: Listed, reason: str) -> None:
    """Stop a terminal that lies in the member's areas."""
    terminal = await known_venues.terminal(tx, views.terminal_of(one.note) or TerminalId(one.note.id))
    if not session.covers(terminal.region):
        raise NotPermitted("the terminal lies outside the member's areas")
    await actions.act(tx, one.note.id, Act.DISABLE_TERMINAL, reason)
    await venues.disable(tx, terminal.id, reason)


async def _ask(tx: Tx, session: StaffSession, one: Listed, kind: str, act: Act, reason: str) -> None:
    """Ask a second person to pause or resume a channel. Raises NotPermitted, ReasonMissing, ApprovalPending."""
    channel_id = views.channel_of(one.note)
    if channel_id is None:
        raise NoteMoveNotAllowed("no channel has to do with it", state=one.note.state)
    operators.require(session, Permission.CHANNELS_ACT)
    channel = await channels.get(tx, ChannelId(channel_id))
    await operators.ask(tx, session, kind, ids.wire("chan", channel.id), channel.region, {"note": ids.wire("note", one.note.id)}, reason)
    await actions.act(tx, one.note.id, act, reason)


async def _pause(tx: Tx, call: PageCall, session: StaffSession, one: Listed, reason: str) -> None:
    await _ask(tx, session, one, "channels.pause", Act.ASK_PAUSE, reason)


async def _resume(tx: Tx, call: PageCall, session: StaffSession, one: Listed, reason: str) -> None:
    await _ask(tx, session, one, "channels.resume", Act.ASK_RESUME, reason)


DOING: Final[Mapping[str, Doing]] = {
    "take": _take, "remark": _remark, "handled": _handled, "false_alarm": _false_alarm, "freeze": _freeze, "disable": _disable, "pause": _pause,
    "resume": _resume,
}


# ── what a second person agreed to ──────────────────────────────────────────────────────────────────────────────────────


async def paused(tx: Tx, approval: Approval) -> None:
    """Pause the channel that was asked about; the note because of which it was asked says so. Raises the refusals of `channels.actions.move`."""
    await _moved(tx, approval, Move.PAUSE, Act.PAUSE_CHANNEL)


async def resumed(tx: Tx, approval: Approval) -> None:
    """Resume the channel that was asked about. Raises the refusals of `channels.actions.move`."""
    await _moved(tx, approval, Move.RESUME, Act.RESUME_CHANNEL)


async def _moved(tx: Tx, approval: Approval, move: Move, done: Act) -> None:
    await channel_actions.move(tx, ChannelId(ids.parse("chan", approval.subject)), move, approval.reason)
    note_id = approval.body.get("note")
    if note_id:
        found = await queries.get(tx, NoteId(ids.parse("note", note_id)))
        if found.note.state is not State.CLOSED:
            await actions.act(tx, found.note.id, done, approval.reason)


async def _channel_name(tx: Tx, approval: Approval) -> str:
    channel = await channels.get(tx, ChannelId(ids.parse("chan", approval.subject)))
    return f"{channel.name} ({channel.number})"


APPROVED.update({"channels.pause": paused, "channels.resume": resumed})
SUBJECTS.update({"channels.pause": _channel_name, "channels.resume": _channel_name})
