"""C7 服务机构与终端: one provider, one terminal, and what is done to them; an activation code is shown once and kept nowhere."""
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from markupsafe import Markup

from essc.kit import ids
from essc.kit.clock import SHANGHAI
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page
from essc.names import PREFIXES, StaffId, TerminalId
from essc.operators.errors import NotPermitted
from essc.operators.model import Permission, clean_reason
from essc.operators.queries import StaffSession, names
from essc.regions import queries as regions
from essc.surfaces.console.pages.access import require, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.console.pages.venues import (
    HERE,
    STATES,
    kind_choices,
    kind_name,
    region_name,
    row_of,
    terminal_here,
    venue_here,
    words,
)
from essc.surfaces.shared import times
from essc.surfaces.shared.barcode import qr_svg
from essc.surfaces.shared.forms import again
from essc.venues import actions, queries
from essc.venues.errors import TerminalNotFound
from essc.venues.model import MOVES, Move, TerminalKind, TerminalState, VenueState, Wanted
from essc.venues.queries import Moved

DAYS: Final = 14
HIGH: Final = 96
"""Units of the drawing that the highest bar has."""
MOST_CODES: Final = 100
MOST_TERMINALS: Final = 200
"""Terminals of a venue that its own page shows; beyond it the list does."""
OFFERED: Final[Mapping[VenueState, Sequence[Move]]] = {state: [move for was, move in MOVES if was is state] for state in VenueState}
"""What can be done to a venue in a state."""


class Bar(NamedTuple):
    """One day of the drawing: its place and height in units, its day and how often the terminal read and passed."""

    x: int
    y: int
    height: int
    day: str
    uses: int
    passed: int


class Step(NamedTuple):
    """One line of a history."""

    at: str
    what: str
    reason: str
    by: str


class Sheet(NamedTuple):
    """An activation code to hand over: as text in two groups, as QR that holds the eight characters, for which terminal."""

    code: str
    qr: Markup
    venue: str
    name: str
    number: str
    until: str


@pages.get("/console/terminals/{terminal_id}", signed_in=True)
async def terminal(call: PageCall) -> PageAnswer:
    """One terminal: what it is, how it is seen, how often it read, what happened to it."""
    session = require(call, Permission.VENUES_READ)
    return call.render("console/terminal.html", **await _terminal(call, session))


async def _terminal(call: PageCall, session: StaffSession) -> dict[str, Any]:
    async with call.read_tx() as tx:
        seen = await terminal_here(call, tx, session)
        whole = await queries.terminal(tx, seen.id)
        kinds, scenes = await queries.kinds(tx), await queries.scenes(tx)
        today = call.now.astimezone(SHANGHAI).date()
        tallies = {one.day: one for one in await queries.days(tx, [seen.id], today - timedelta(days=DAYS - 1))}
        history = await _history(call, tx, await queries.history(tx, seen.id))
    days = [(day, tallies[day].uses if day in tallies else 0, tallies[day].passed if day in tallies else 0)
            for day in (today - timedelta(days=DAYS - 1 - n) for n in range(DAYS))]
    titles = [scenes[code].title_en if call.locale == "en" else scenes[code].title_zh for code in whole.scenes if code in scenes]
    whole_facts = {"created": times.day(whole.created_at, call.locale), "stopped": whole.state is TerminalState.DISABLED,
                   "activated": times.day(whole.activated_at, call.locale) if whole.activated_at else ""}
    return shell(call, scope(call), row=row_of(call, seen), region=region_name(seen.region), venue_kind=kind_name(call, kinds[seen.venue_kind]),
                 scenes=titles, bars=bars(days), total=sum(uses for _, uses, _ in days), history=history,
                 venue_stopped=seen.venue_state is not VenueState.ACTIVE, may_act=session.may(Permission.VENUES_ACT), **whole_facts)


def bars(days: Sequence[tuple[date, int, int]]) -> list[Bar]:
    """Days as bars, the highest HIGH units high; a day without a use has none."""
    most = max((uses for _, uses, _ in days), default=0) or 1
    heights = [max(2, uses * HIGH // most) if uses else 0 for _, uses, _ in days]
    return [Bar(24 * n, HIGH - height, height, f"{day:%m-%d}", uses, passed) for n, ((day, uses, passed), height) in enumerate(zip(days, heights, strict=True))]


async def _history(call: PageCall, tx: Tx, moves: Sequence[Moved]) -> list[Step]:
    """What happened, newest first, with the names of members; what the command line or the terminal itself did is named so."""
    members = {one.moved_by: StaffId(ids.parse("staff", one.moved_by)) for one in moves if one.moved_by.startswith("staff_")}
    known = await names(tx, members.values())
    return [Step(times.stamp(one.moved_at)[:16], call.say(f"console.venues.move.{one.move}"), "" if one.reason == "import" else one.reason,
                 known.get(members[one.moved_by], "") if one.moved_by in members else call.say("console.venues.by_house")) for one in moves]


@pages.post("/console/terminals/{terminal_id}/stop", signed_in=True, once=True)
async def stop(call: PageCall) -> PageAnswer:
    """停用: the terminal, its sessions and its waiting code end at once, for a reason."""
    return await _move_terminal(call, stops=True)


@pages.post("/console/terminals/{terminal_id}/start", signed_in=True, once=True)
async def start(call: PageCall) -> PageAnswer:
    """启用: the terminal works again, with a new session."""
    return await _move_terminal(call, stops=False)


async def _move_terminal(call: PageCall, *, stops: bool) -> PageAnswer:
    session = require(call, Permission.VENUES_ACT)
    try:
        async with call.tx() as tx:
            found = await terminal_here(call, tx, session)
            await (actions.disable if stops else actions.enable)(tx, found.id, clean_reason(call.form.get("reason", "")))
    except Refused as refused:
        return _again(call, "console/terminal.html", refused, await _terminal(call, session))
    return call.redirect(f"{HERE}/{ids.wire('term', found.id)}")


def _again(call: PageCall, template: str, refused: Refused, context: Mapping[str, Any]) -> PageAnswer:
    """The page again with what went wrong; what is not found or not allowed is its own page."""
    if isinstance(refused, NotPermitted | TerminalNotFound):
        raise refused
    return again(call, template, refused, **context)


@pages.post("/console/terminals/codes", signed_in=True, once=True)
async def codes(call: PageCall) -> PageAnswer:
    """下发激活码: a code for each terminal that is ticked, or for all of the page that wait, on a sheet to print, this once. A new code ends the old one.

    The codes are in this answer and nowhere else, so it is no redirect; sent again, the form is answered with the page below.
    """
    session = require(call, Permission.VENUES_ACT)
    ticked = call.form.get("page", "").split() if call.form.ticked("whole") else call.form.all("terminal")
    wanted = [_terminal_id(text) for text in dict.fromkeys(ticked)][:MOST_CODES]
    if not wanted:
        return call.redirect(HERE)
    sheets = []
    async with call.tx() as tx:
        for one in wanted:
            seen = await queries.desk_terminal(tx, one)
            if not session.covers(seen.region):
                raise TerminalNotFound("not in the member's areas")
            issued = await actions.issue_activation(tx, one)
            sheets.append(Sheet(f"{issued.code[:4]}-{issued.code[4:]}", qr_svg(issued.code), seen.venue_name, seen.name, seen.number,
                                times.stamp(issued.expires_at)[:16]))
    return call.render("console/terminal_codes.html", **shell(call, scope(call), sheets=sheets))


def _terminal_id(text: str) -> TerminalId:
    try:
        return TerminalId(ids.parse(PREFIXES["TerminalId"], text))
    except ids.BadId:
        raise TerminalNotFound("not the id of a terminal") from None


@pages.get("/console/terminals/codes", signed_in=True)
async def codes_gone(call: PageCall) -> PageAnswer:
    """What a second look at the sheet shows: codes are shown once."""
    require(call, Permission.VENUES_ACT)
    return call.render("console/terminal_codes.html", **shell(call, scope(call), sheets=[]))


@pages.get("/console/terminals/venues/new", signed_in=True)
async def new_venue(call: PageCall) -> PageAnswer:
    """登记机构: an empty form."""
    require(call, Permission.VENUES_ACT)
    return call.render("console/venue_new.html", **await _new_venue(call, {}))


async def _new_venue(call: PageCall, values: Mapping[str, str]) -> dict[str, Any]:
    at = scope(call)
    async with call.read_tx() as tx:
        kinds = kind_choices(call, await queries.kinds(tx))
    codes = regions.within(at.code)
    there = [one for one in (regions.division(code) for code in codes or ()) if one is not None and not one.abolished]
    return shell(call, at, kinds=kinds, values=values, places=[(one.code, region_name(one.code)) for one in there][:MOST_PLACES] if codes else [])


MOST_PLACES: Final = 400
"""Regions that a form offers to choose from; the nation's are typed."""


@pages.post("/console/terminals/venues/new", signed_in=True, once=True)
async def add_venue(call: PageCall) -> PageAnswer:
    """Register a provider within the member's areas."""
    session = require(call, Permission.VENUES_ACT)
    region = call.form.text("region", 6)
    try:
        async with call.tx() as tx:
            venue = await actions.add_venue(tx, call.form.text("name", 80), call.form.text("kind", 20), region, demonstration=regions.demonstration(),
                                            covered=session.covers)
    except Refused as refused:
        return _again(call, "console/venue_new.html", refused, await _new_venue(call, dict(call.form)))
    return call.redirect(f"/console/terminals/venues/{ids.wire('ven', venue.id)}")


@pages.get("/console/terminals/venues/{venue_id}", signed_in=True)
async def venue(call: PageCall) -> PageAnswer:
    """One provider with its terminals."""
    session = require(call, Permission.VENUES_READ)
    return call.render("console/venue.html", **await _venue(call, session))


async def _venue(call: PageCall, session: StaffSession, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    async with call.read_tx() as tx:
        found = await venue_here(call, tx, session)
        kinds = await queries.kinds(tx)
        there = await queries.desk_terminals(tx, Wanted(venue_id=found.id), Page(limit=MOST_TERMINALS))
        counted = await queries.counted(tx, Wanted(venue_id=found.id))
        history = await _history(call, tx, await queries.history(tx, found.id))
    tone, icon = STATES[found.state]
    facts = {"id": ids.wire("ven", found.id), "name": found.name, "kind": kind_name(call, kinds[found.kind]), "region": region_name(found.region),
             "since": times.day(found.created_at, call.locale), "tone": tone, "icon": icon, "word": call.say(f"console.venues.state.{found.state}")}
    return shell(call, scope(call), venue=facts, rows=[row_of(call, one) for one in there.items], counted=counted, history=history,
                 moves=OFFERED[found.state], open=found.state is VenueState.ACTIVE, values=values or {}, terminal_kinds=words(call, "kind", TerminalKind),
                 may_act=session.may(Permission.VENUES_ACT))


@pages.post("/console/terminals/venues/{venue_id}/terminals", signed_in=True, once=True)
async def add_terminal(call: PageCall) -> PageAnswer:
    """One more terminal for a provider; its code is issued on its own page."""
    session = require(call, Permission.VENUES_ACT)
    try:
        async with call.tx() as tx:
            found = await venue_here(call, tx, session)
            made = await actions.add_terminal(tx, found.id, call.form.text("name", 60), _kind(call))
    except Refused as refused:
        return _again(call, "console/venue.html", refused, await _venue(call, session, dict(call.form)))
    return call.redirect(f"{HERE}/{ids.wire('term', made.id)}")


def _kind(call: PageCall) -> TerminalKind:
    said = call.form.text("kind", 20)
    return TerminalKind(said) if said in set(TerminalKind) else TerminalKind.WINDOW


@pages.post("/console/terminals/venues/{venue_id}/{move}", signed_in=True, once=True)
async def move_venue(call: PageCall) -> PageAnswer:
    """Pause, resume or close a provider, for a reason; its terminals follow at once."""
    session = require(call, Permission.VENUES_ACT)
    try:
        async with call.tx() as tx:
            found = await venue_here(call, tx, session)
            await actions.move_venue(tx, found.id, Move(call.path["move"]), clean_reason(call.form.get("reason", "")))
    except ValueError:
        raise TerminalNotFound("no such move") from None
    except Refused as refused:
        return _again(call, "console/venue.html", refused, await _venue(call, session))
    return call.redirect(f"/console/terminals/venues/{ids.wire('ven', found.id)}")
