"""C3 风险预警: what the house noted in the member's area, what waits first, and taking the list along."""
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page
from essc.names import StaffId
from essc.operators import queries as operators
from essc.operators.model import Permission
from essc.operators.queries import StaffSession
from essc.regions import queries as regions
from essc.risk import queries
from essc.risk.model import Closing, Filter, Level, Listed, Note, Rule, Sort, State, SubjectKind
from essc.surfaces.console.pages import exports
from essc.surfaces.console.pages.access import Scope, area_name, in_area, require, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.shared import times

HERE: Final = "/console/risk"
SIZES: Final = ("20", "50", "100")
LEVELS: Final[Mapping[Level, tuple[str, str]]] = {
    Level.HIGH: ("bad", "triangle-alert"), Level.MEDIUM: ("warn", "circle-alert"), Level.LOW: ("info", "info"),
}
"""Tone and icon of a level; the word is `console.risk.level.<level>`."""
STATES: Final[Mapping[State, tuple[str, str]]] = {
    State.OPEN: ("warn", "clock"), State.HANDLING: ("info", "user-round-check"), State.CLOSED: ("ok", "circle-check"),
}
PREFIX: Final[Mapping[SubjectKind, str]] = {SubjectKind.CHANNEL: "chan", SubjectKind.TERMINAL: "term", SubjectKind.HOLDER: "hold"}
MINE: Final = "mine"
WHOLE: Final = 200
"""Rows that an export reads at once."""


class Narrowed(NamedTuple):
    """What the list is narrowed to and ordered by, as the address says it; "" where it is not."""

    state: str
    level: str
    rule: str
    subject: str
    owner: str
    sort: str
    rising: str
    size: str
    area: str

    def address(self, at: str = HERE, **other: str) -> str:
        """The address of the list, some of it changed; what says nothing is left out."""
        usual = {"size": SIZES[0], "sort": Sort.TIME.value}
        said = {name: value for name, value in (self._asdict() | other).items() if value and usual.get(name) != value}
        return f"{at}?{urlencode(said)}" if said else at


class Row(NamedTuple):
    """One note as the list shows it."""

    address: str
    level: tuple[str, str, str]
    title: str
    told: str
    name: str
    number: str
    area: str
    last: str
    times: int
    state: tuple[str, str, str]
    owner: str


class Column(NamedTuple):
    """One heading by which the list can be ordered: where that leads, and how it is ordered now ("", ascending, descending)."""

    text: str
    address: str
    order: str


@pages.get(HERE, signed_in=True)
async def listed(call: PageCall) -> PageAnswer:
    """The notes of the area, those that fit."""
    session, at = require(call, Permission.RISK_READ), scope(call)
    chosen = _narrowed(call, at, session)
    async with call.read_tx() as tx:
        page = await queries.listed(tx, _filter(chosen, at, session), Page(limit=int(chosen.size), cursor=call.query.get("cursor") or None))
        waiting = await queries.waiting(tx, at.code)
        rows = await rows_of(call, tx, page.items, chosen.area)
    more = chosen.address(cursor=page.next_cursor) if page.next_cursor else ""
    return call.render("console/risk.html", **shell(
        call, at, rows=rows, more=more, chosen=chosen, columns=_columns(call, chosen), options=options(call), sizes=_sizes(chosen),
        waiting=tally(call, waiting), fields=_kept(chosen), may_export=session.may(Permission.EXPORT), reset=in_area(HERE, at.code, session.areas[0])))


@pages.post(f"{HERE}/export", signed_in=True)
async def export(call: PageCall) -> PageAnswer:
    """The list as CSV, with a reason. Raises NotPermitted, ReasonMissing."""
    session, at = require(call, Permission.RISK_READ), scope(call)
    chosen = _narrowed(call, at, session)
    names = ("level", "rule", "subject", "number", "area", "first", "last", "count", "state", "owner", "id")
    async with call.tx() as tx:
        found = await _all(tx, _filter(chosen, at, session))
        shown = await rows_of(call, tx, found, chosen.area)
        rows = [(row.level[2], row.title, row.name, row.number, row.area, times.stamp(one.note.raised_at), times.stamp(one.note.last_at), row.times,
                 row.state[2], row.owner, ids.wire("note", one.note.id)) for row, one in zip(shown, found, strict=True)]
        return await exports.csv(call, tx, name="risk", header=[call.say(f"console.risk.column.{name}") for name in names], rows=rows,
                                 reason=call.form.text("reason"))


async def _all(tx: Tx, wanted: Filter) -> list[Listed]:
    found: list[Listed] = []
    page = await queries.listed(tx, wanted, Page(limit=WHOLE))
    found += page.items
    while page.next_cursor and len(found) < exports.MOST_ROWS:
        page = await queries.listed(tx, wanted, Page(limit=WHOLE, cursor=page.next_cursor))
        found += page.items
    return found


def _narrowed(call: PageCall, at: Scope, session: StaffSession) -> Narrowed:
    """The filters that mean something; the others are as if nobody had said them."""
    said = {name: call.form.get(name) or call.query.get(name, "") for name in Narrowed._fields}
    allowed: Mapping[str, set[str]] = {
        "state": set(State), "level": {one.word for one in Level}, "rule": set(Rule), "subject": set(SubjectKind), "owner": {MINE},
        "sort": set(Sort), "rising": {"1"}, "size": set(SIZES)}
    kept = {name: value if value in allowed.get(name, {value}) else "" for name, value in said.items()}
    area = at.code if at.code != session.areas[0] else ""
    return Narrowed(**(kept | {"size": kept["size"] or SIZES[0], "sort": kept["sort"] or Sort.TIME.value, "area": area}))


def _filter(chosen: Narrowed, at: Scope, session: StaffSession) -> Filter:
    return Filter(
        region=at.code, state=State(chosen.state) if chosen.state else None, level=Level[chosen.level.upper()] if chosen.level else None,
        rule=Rule(chosen.rule) if chosen.rule else None, subject_kind=SubjectKind(chosen.subject) if chosen.subject else None,
        owner=session.actor.id if chosen.owner else None, sort=Sort(chosen.sort), falling=not chosen.rising)


def _kept(chosen: Narrowed) -> list[tuple[str, str]]:
    return [(name, value) for name, value in chosen._asdict().items() if value and name not in ("area", "size")]


def options(call: PageCall) -> Mapping[str, list[tuple[str, str]]]:
    """What each filter can be set to: (value, word), everything first."""
    given = {"state": [one.value for one in State], "level": [one.word for one in reversed(Level)], "rule": [one.value for one in Rule],
             "subject": [one.value for one in SubjectKind], "owner": [MINE]}
    return {name: [("", call.say("console.risk.all")), *((value, call.say(f"console.risk.{name}.{value}")) for value in values)]
            for name, values in given.items()}


def _sizes(chosen: Narrowed) -> list[tuple[str, str, bool]]:
    return [(size, chosen.address(size=size), size == chosen.size) for size in SIZES]


def _columns(call: PageCall, chosen: Narrowed) -> Mapping[Sort, Column]:
    """The headings by which the list can be ordered; the one that orders it now turns it round."""
    made = {}
    for sort in Sort:
        mine = chosen.sort == sort
        order = ("ascending" if chosen.rising else "descending") if mine else ""
        made[sort] = Column(call.say(f"console.risk.sort.{sort}"), chosen.address(sort=sort, rising="1" if mine and not chosen.rising else ""), order)
    return made


def tally(call: PageCall, waiting: Mapping[tuple[State, Level], int]) -> list[tuple[str, str, str, int, int]]:
    """For each level, the highest first: tone, icon, word, how many wait, how many are worked on."""
    return [(*LEVELS[level], call.say(f"console.risk.level.{level.word}"), waiting.get((State.OPEN, level), 0), waiting.get((State.HANDLING, level), 0))
            for level in reversed(Level)]


async def rows_of(call: PageCall, tx: Tx, found: list[Listed], area: str = "") -> list[Row]:
    """Notes as lists show them."""
    owners = await names_of(tx, [one.note.owner for one in found])
    return [_row(call, one, owners, area) for one in found]


async def names_of(tx: Tx, actors: list[str | None]) -> Mapping[str, str]:
    """The names of members by their wire ids; of others there is none."""
    known = {actor: StaffId(ids.parse("staff", actor)) for actor in actors if actor and actor.startswith("staff_")}
    found = await operators.names(tx, list(known.values()))
    return {actor: found[staff_id] for actor, staff_id in known.items() if staff_id in found}


def _row(call: PageCall, one: Listed, owners: Mapping[str, str], area: str) -> Row:
    note = one.note
    return Row(
        address=address_of(note, area), level=level_of(call, note.level), title=call.say(f"console.risk.rule.{note.rule}"), told=told(call, note),
        name=name_of(call, one), number=number_of(one), area=area_name(call, note.region), last=times.lately(note.last_at, call.now, call.locale),
        times=note.count, state=state_of(call, note), owner=owners.get(note.owner or "", ""))


def address_of(note: Note, area: str = "") -> str:
    """Where a note is looked at."""
    address = f"{HERE}/{ids.wire('note', note.id)}"
    return f"{address}?{urlencode({'area': area})}" if area else address


def level_of(call: PageCall, level: Level) -> tuple[str, str, str]:
    """Tone, icon and word of a level."""
    return (*LEVELS[level], call.say(f"console.risk.level.{level.word}"))


def state_of(call: PageCall, note: Note) -> tuple[str, str, str]:
    """Tone, icon and word of how a note stands; a false alarm says so."""
    if note.closing is Closing.FALSE_ALARM:
        return "", "circle-x", call.say("console.risk.closing.false_alarm")
    return (*STATES[note.state], call.say(f"console.risk.state.{note.state}"))


def told(call: PageCall, note: Note) -> str:
    """One line of what was seen, with the real numbers."""
    word = word_of(call, str(note.facts.get("verdict", "")), str(note.facts.get("action", "")))
    return call.say(f"console.risk.told.{note.rule}", **(dict(note.facts) | {"count": note.count, "word": word}))


def word_of(call: PageCall, *told: str) -> str:
    """The first of these codes that has a word here (a verdict, an action, a kind of caller), else the last as it is."""
    known = (f"console.risk.result.{one.lower()}" for one in told if one)
    return next((call.say(key) for key in known if call.texts.has(key)), told[-1])


def name_of(call: PageCall, one: Listed) -> str:
    """What a note is about, in words: a venue and its terminal, a channel, a region; a person is never named here."""
    if one.name:
        return one.name
    if one.note.subject_kind is SubjectKind.REGION:
        found = regions.division(f"{one.note.subject.int:06}")
        return found.name if found else f"{one.note.subject.int:06}"
    return call.say(f"console.risk.subject.{one.note.subject_kind}")


def number_of(one: Listed) -> str:
    """The number or id under which others know what a note is about."""
    prefix = PREFIX.get(one.note.subject_kind)
    if one.number:
        return one.number
    return ids.wire(prefix, one.note.subject) if prefix else ""
