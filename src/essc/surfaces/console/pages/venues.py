"""C7 服务机构与终端: the providers and terminals of the member's area, how each is seen, and taking the list along."""
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urlencode

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import MOST, Page, Paged
from essc.names import PREFIXES, TerminalId, VenueId
from essc.operators.model import Permission
from essc.operators.queries import StaffSession
from essc.regions import queries as regions
from essc.surfaces.console.pages import exports
from essc.surfaces.console.pages.access import Scope, require, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.shared import times
from essc.venues import queries
from essc.venues.errors import TerminalNotFound, VenueNotFound
from essc.venues.model import Presence, Provider, ProviderSort, Seen, TerminalKind, TerminalSort, Venue, VenueState, Wanted
from essc.venues.queries import Kind

HERE: Final = "/console/terminals"
SIZES: Final = ("20", "50", "100")
PRESENCES: Final[Mapping[Presence, tuple[str, str]]] = {
    Presence.ONLINE: ("ok", "wifi"), Presence.OFFLINE: ("", "wifi-off"), Presence.WAITING: ("warn", "clock"), Presence.STOPPED: ("bad", "ban"),
}
"""Tone and icon of how a terminal is seen; the word is `console.venues.presence.<presence>`."""
STATES: Final[Mapping[VenueState, tuple[str, str]]] = {
    VenueState.ACTIVE: ("ok", "circle-check"), VenueState.PAUSED: ("warn", "clock"), VenueState.CLOSED: ("", "circle-x"),
}
PICTURES: Final[Mapping[TerminalKind, str]] = {
    TerminalKind.WINDOW: "monitor", TerminalKind.SCANNER: "scan-barcode", TerminalKind.GATE: "log-in", TerminalKind.KIOSK: "monitor-smartphone",
    TerminalKind.PHONE: "smartphone",
}
T = TypeVar("T")


class Narrowed(NamedTuple):
    """What the list is narrowed to and ordered by, as the address says it; "" where it is not."""

    view: str
    q: str
    venue_kind: str
    kind: str
    presence: str
    state: str
    sort: str
    falling: str
    size: str
    area: str

    def address(self, at: str = HERE, **other: str) -> str:
        """The address of the list, some of it changed; what says nothing is left out."""
        usual = {"view": "terminals", "size": SIZES[0]}
        said = {name: value for name, value in (self._asdict() | other).items() if value and usual.get(name) != value}
        return f"{at}?{urlencode(said)}" if said else at

    def bare(self, **other: str) -> str:
        """The address of the list with nothing narrowed, but for `other`."""
        return self._replace(q="", venue_kind="", kind="", presence="", state="", sort="", falling="").address(**other)


class Head(NamedTuple):
    """The head of a column: its words, whether it holds numbers, and for one that orders: the address and aria-sort."""

    text: str
    kind: str = ""
    address: str = ""
    order: str = ""


class Row(NamedTuple):
    """A terminal as one line."""

    id: str
    number: str
    name: str
    venue_id: str
    venue: str
    picture: str
    kind: str
    tone: str
    icon: str
    word: str
    seen: str
    seen_at: str
    software: str
    today: int
    can_issue: bool
    waits: bool


class Line(NamedTuple):
    """A venue as one line."""

    id: str
    name: str
    kind: str
    region: str
    tone: str
    icon: str
    word: str
    terminals: int
    online: int
    today: int


@pages.get("/console/terminals", signed_in=True)
async def listed(call: PageCall) -> PageAnswer:
    """Terminals or venues of the area, narrowed, ordered, by pages; with the figures of all that lie there."""
    session = require(call, Permission.VENUES_READ)
    at, chosen = scope(call), narrowed(call)
    async with call.read_tx() as tx:
        kinds = await queries.kinds(tx)
        counted = await queries.counted(tx, Wanted(regions=regions.within(at.code)))
        page = Page(limit=int(chosen.size), cursor=call.query.get("cursor") or None)
        rows, following = await _page(call, tx, at, chosen, page, kinds)
    heads = _heads(call, chosen, VENUE_HEADS if chosen.view == "venues" else TERMINAL_HEADS)
    figures = [("total", counted.total, ""), ("today", counted.today, "")]
    figures += [(one.value, getattr(counted, one.value), chosen.bare(presence=one.value, view="")) for one in PRESENCES]
    return call.render("console/terminals.html", **shell(
        call, at, chosen=chosen, kinds=kind_choices(call, kinds), rows=rows, heads=heads, figures=figures, may_act=session.may(Permission.VENUES_ACT),
        more=chosen.address(cursor=following) if following else "",
        waiting=[one.id for one in rows if isinstance(one, Row) and one.waits],
        done=call.query.get("done", "") if call.query.get("done", "").isdigit() else "", terminal_kinds=words(call, "kind", TerminalKind),
        presences=words(call, "presence", PRESENCES), states=words(call, "state", VenueState),
        export=[(name, value) for name, value in chosen._asdict().items() if value and name != "area"]))


def words(call: PageCall, what: str, among: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """The choices of a field: each value with its word, `console.venues.<what>.<value>`."""
    return [(one.value, call.say(f"console.venues.{what}.{one.value}")) for one in among]


def narrowed(call: PageCall) -> Narrowed:
    """What the address asks for; what means nothing is as if nobody had said it."""
    said = call.query if call.method == "GET" else call.form

    def one_of(name: str, among: Sequence[str]) -> str:
        return said.get(name, "") if said.get(name, "") in among else ""
    view = "venues" if said.get("view") == "venues" else "terminals"
    sorts = [one.value for one in (ProviderSort if view == "venues" else TerminalSort)]
    known = scope(call).code
    return Narrowed(view, said.get("q", "").strip()[:40], one_of("venue_kind", KIND_CODES), one_of("kind", list(TerminalKind)),
                    one_of("presence", list(Presence)), one_of("state", list(VenueState)), one_of("sort", sorts),
                    one_of("falling", ("1",)), one_of("size", SIZES) or SIZES[0], known if said.get("area") else "")


EXPORTED: Final = ("number", "name", "venue", "region", "kind", "presence", "seen", "software", "today")
KIND_CODES: Final = ("hospital", "pharmacy", "park", "library", "bus", "kiosk", "shop", "service_point")
TERMINAL_HEADS: Final = (
    ("number", "", TerminalSort.NUMBER), ("venue", "", TerminalSort.VENUE), ("kind", "roomy", None), ("presence", "", None), ("seen", "", TerminalSort.SEEN),
    ("software", "roomy", None), ("today", "n", TerminalSort.TODAY),
)
VENUE_HEADS: Final = (
    ("name", "", ProviderSort.NAME), ("venue_kind", "", None), ("region", "", None), ("state", "", None), ("terminals", "n", ProviderSort.TERMINALS),
    ("online", "n", None), ("today", "n", ProviderSort.TODAY),
)


def _heads(call: PageCall, chosen: Narrowed, columns: Sequence[tuple[str, str, TerminalSort | ProviderSort | None]]) -> list[Head]:
    return [_head(call, chosen, *column) for column in columns]


def _head(call: PageCall, chosen: Narrowed, name: str, kind: str, sort: TerminalSort | ProviderSort | None) -> Head:
    words = call.say(f"console.venues.column.{name}")
    if sort is None:
        return Head(words, kind)
    current = (chosen.sort or ("name" if chosen.view == "venues" else "number")) == sort
    turned = "" if (chosen.falling if current else kind != "n") else "1"
    return Head(words, kind, chosen.address(sort=sort.value, falling=turned), ("descending" if chosen.falling else "ascending") if current else "none")


async def _page(call: PageCall, tx: Tx, at: Scope, chosen: Narrowed, page: Page, kinds: Mapping[str, Kind]) -> tuple[Sequence[Row | Line], str | None]:
    """The rows of a page, and where the next one begins."""
    if chosen.view == "venues":
        found = await _providers(tx, at, chosen, page)
        return [line_of(call, one, kinds) for one in found.items], found.next_cursor
    seen = await _terminals(tx, at, chosen, page)
    return [row_of(call, one) for one in seen.items], seen.next_cursor


async def _terminals(tx: Tx, at: Scope, chosen: Narrowed, page: Page) -> Paged[Seen]:
    wanted = Wanted(regions=regions.within(at.code), venue_kind=chosen.venue_kind or None, kind=TerminalKind(chosen.kind) if chosen.kind else None,
                    presence=Presence(chosen.presence) if chosen.presence else None, words=chosen.q)
    return await queries.desk_terminals(tx, wanted, page, TerminalSort(chosen.sort or "number"), falling=bool(chosen.falling))


async def _providers(tx: Tx, at: Scope, chosen: Narrowed, page: Page) -> Paged[Provider]:
    wanted = Wanted(regions=regions.within(at.code), venue_kind=chosen.venue_kind or None, venue_state=VenueState(chosen.state) if chosen.state else None,
                    words=chosen.q)
    return await queries.providers(tx, wanted, page, ProviderSort(chosen.sort or "name"), falling=bool(chosen.falling))


def row_of(call: PageCall, one: Seen) -> Row:
    """A terminal as one line."""
    tone, icon = PRESENCES[one.presence]
    seen = times.lately(one.last_seen, call.now, call.locale) if one.last_seen else "–"
    return Row(ids.wire("term", one.id), one.number, one.name, ids.wire("ven", one.venue_id), one.venue_name, PICTURES[one.kind],
               call.say(f"console.venues.kind.{one.kind}"), tone, icon, call.say(f"console.venues.presence.{one.presence}"), seen,
               times.stamp(one.last_seen) if one.last_seen else "", one.software or "–", one.today,
               one.presence is not Presence.STOPPED, one.presence is Presence.WAITING)


def line_of(call: PageCall, one: Provider, kinds: Mapping[str, Kind]) -> Line:
    """A venue as one line."""
    tone, icon = STATES[one.state]
    return Line(ids.wire("ven", one.id), one.name, kind_name(call, kinds[one.kind]), region_name(one.region), tone, icon,
                call.say(f"console.venues.state.{one.state}"), one.terminals, one.online, one.today)


def kind_name(call: PageCall, kind: Kind) -> str:
    """A kind of venue in the reader's language."""
    return kind.title_en if call.locale == "en" else kind.title_zh


def kind_choices(call: PageCall, kinds: Mapping[str, Kind]) -> list[tuple[str, str]]:
    """Every kind of venue with its name, in the order of the screens' contract."""
    return [(code, kind_name(call, kinds[code])) for code in KIND_CODES if code in kinds]


def region_name(code: str) -> str:
    """A region with what is above it, the nation left out: 广西壮族自治区 · 南宁市."""
    return " · ".join(step.name for step in regions.region_path(code)[1:]) if regions.division(code) else code


async def terminal_here(call: PageCall, tx: Tx, session: StaffSession) -> Seen:
    """The terminal of the address, if it stands in the member's areas. Raises TerminalNotFound."""
    try:
        found = await queries.desk_terminal(tx, TerminalId(ids.parse(PREFIXES["TerminalId"], call.path["terminal_id"])))
    except ids.BadId:
        raise TerminalNotFound("not the id of a terminal") from None
    if not session.covers(found.region):
        raise TerminalNotFound("not in the member's areas")
    return found


async def venue_here(call: PageCall, tx: Tx, session: StaffSession) -> Venue:
    """The venue of the address, if it stands in the member's areas. Raises VenueNotFound."""
    try:
        found = await queries.venue(tx, VenueId(ids.parse(PREFIXES["VenueId"], call.path["venue_id"])))
    except ids.BadId:
        raise VenueNotFound("not the id of a venue") from None
    if not session.covers(found.region):
        raise VenueNotFound("not in the member's areas")
    return found


@pages.post("/console/terminals/export", signed_in=True)
async def export(call: PageCall) -> PageAnswer:
    """The list as it is narrowed and ordered, as CSV, for a reason that is written down."""
    require(call, Permission.VENUES_READ)
    at, chosen = scope(call), narrowed(call)
    async with call.tx() as tx:
        if chosen.view == "venues":
            kinds = await queries.kinds(tx)
            header = [call.say(f"console.venues.column.{name}") for name, _, _ in VENUE_HEADS]
            lines = [line_of(call, one, kinds) for one in await _every(tx, at, chosen, _providers)]
            found: list[Sequence[object]] = [(*one[1:4], *one[6:]) for one in lines]
        else:
            header = [call.say(f"console.venues.column.{name}") for name in EXPORTED]
            found = [_exported(call, one) for one in await _every(tx, at, chosen, _terminals)]
        return await exports.csv(call, tx, name=chosen.view, header=header, rows=found, reason=call.form.text("reason"))


async def _every(tx: Tx, at: Scope, chosen: Narrowed, read: Callable[[Tx, Scope, Narrowed, Page], Awaitable[Paged[T]]]) -> list[T]:
    """Every row of a list, as far as an export goes."""
    found: list[T] = []
    cursor: str | None = None
    while len(found) < exports.MOST_ROWS:
        page = await read(tx, at, chosen, Page(limit=MOST, cursor=cursor))
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _exported(call: PageCall, one: Seen) -> Sequence[object]:
    row = row_of(call, one)
    return one.number, one.name, one.venue_name, region_name(one.region), row.kind, row.word, row.seen_at, one.software or "", one.today
