"""What a desk asks: lists of terminals and venues in an area with how they are seen, tallies by day, files of new ones."""
from collections.abc import Sequence
from datetime import date
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from essc.kit.clock import SHANGHAI
from essc.kit.db.tx import Tx
from essc.names import TerminalId, VenueId
from essc.venues.model import (
    Counted,
    DayTally,
    Presence,
    Provider,
    ProviderSort,
    Seen,
    Terminal,
    TerminalKind,
    TerminalSort,
    TerminalState,
    Venue,
    VenueState,
    Wanted,
)
from essc.venues.store.walks import PRESENCE, STANDS_STILL, STOPPED, THERE, Place, begin, heard, places, since, walked

_LISTED: Final = f"""
SELECT t.id, t.number, t.name, t.kind, t.state, t.software, v.id AS venue_id, v.name AS venue_name, v.kind AS venue_kind, v.state AS venue_state, v.region,
       {PRESENCE.format(heard='$1', began='$2')} AS presence,
       nullif(s.last_at, to_timestamp(0)) AS last_seen, coalesce(n.uses, 0) AS today
  FROM venues.terminal t JOIN venues.venue v ON v.id = t.venue_id JOIN venues.sighting s ON s.terminal_id = t.id
  LEFT JOIN venues.terminal_day n ON n.terminal_id = t.id AND n.day = $3::date
 WHERE ($4::text[] IS NULL OR s.region = ANY ($4)) AND ($5::uuid IS NULL OR v.id = $5) AND ($6::text IS NULL OR v.kind = $6)
   AND ($7::text IS NULL OR t.kind = $7) AND ($8 = '' OR starts_with(t.number, $8) OR strpos(t.name, $8) > 0 OR strpos(v.name, $8) > 0)"""
_TERMINAL_ORDER: Final = {
    TerminalSort.NUMBER: "l.number::text", TerminalSort.VENUE: "l.venue_name || ' ' || l.number", TerminalSort.SEEN: "coalesce(l.last_seen, to_timestamp(0))",
    TerminalSort.TODAY: "l.today",
}
_TALLIED: Final = f"""
SELECT v.id, v.name, v.kind, v.region, v.state, count(l.id)::int AS terminals, (count(*) FILTER (WHERE l.presence = 'online'))::int AS online,
       coalesce(sum(l.today), 0)::int AS today
  FROM venues.venue v LEFT JOIN ({_LISTED}) l ON l.venue_id = v.id"""
_PROVIDERS: Final = f"""{_TALLIED}
 WHERE ($4::text[] IS NULL OR v.region = ANY ($4)) AND ($5::uuid IS NULL OR v.id = $5) AND ($6::text IS NULL OR v.kind = $6)
   AND ($9::text IS NULL OR v.state = $9) AND ($8 = '' OR strpos(v.name, $8) > 0)
 GROUP BY v.id"""
_PROVIDER_ORDER: Final = {ProviderSort.NAME: "p.name::text", ProviderSort.TERMINALS: "p.terminals", ProviderSort.TODAY: "p.today"}

def _given(tx: Tx, wanted: Wanted) -> list[Any]:
    day = tx.now.astimezone(SHANGHAI).date()
    regions = None if wanted.regions is None else list(wanted.regions)
    return [*since(tx.now), day, regions, wanted.venue_id, wanted.venue_kind, wanted.kind, wanted.words]


async def terminals(tx: Tx, wanted: Wanted, sort: TerminalSort, after: Place | None, limit: int, *, falling: bool) -> list[tuple[Seen, Place]]:
    """A page of terminals, each with its place in the order."""
    if walked(sort, wanted):
        return await _walked(tx, await places(tx, wanted, sort, after, limit, falling=falling))
    order, way, beyond = _TERMINAL_ORDER[sort], *(("DESC", "<") if falling else ("ASC", ">"))
    value, id = after or (None, None)
    rows = await tx.rows(
        f"""SELECT l.*, {order} AS place FROM ({_LISTED}) l
             WHERE ($9::text IS NULL OR l.presence = $9) AND ($10::uuid IS NULL OR ({order}, l.id) {beyond} ($11, $10))
             ORDER BY place {way}, l.id {way} LIMIT $12""",
        *_given(tx, wanted), wanted.presence, id, value, limit)
    return [(_seen(row), (row["place"], row["id"])) for row in rows]


async def _walked(tx: Tx, found: Sequence[Place]) -> list[tuple[Seen, Place]]:
    """The terminals of these places, in their order."""
    rows = {row["id"]: row for row in await tx.rows(f"{_LISTED} AND t.id = ANY ($9)", *_given(tx, Wanted()), [id for _, id in found])}
    return [(_seen(rows[place[1]]), place) for place in found]


def _seen(row: Record) -> Seen:
    given = {name: value for name, value in row.items() if name != "place"}
    return Seen(**given | {"kind": TerminalKind(given["kind"]), "state": TerminalState(given["state"]), "venue_state": VenueState(given["venue_state"]),
                           "presence": Presence(given["presence"])})


async def seen(tx: Tx, terminal_id: TerminalId) -> Seen | None:
    """One terminal as a desk sees it."""
    row = await tx.row(f"{_LISTED} AND t.id = $9", *_given(tx, Wanted()), terminal_id)
    return _seen(row) if row else None


async def counted(tx: Tx, wanted: Wanted) -> Counted:
    """How many terminals there are of each presence, whatever presence is wanted."""
    if wanted == Wanted(regions=wanted.regions):
        return await _counted_in(tx, wanted)
    row = await tx.row(
        f"""SELECT count(*)::int AS total, (count(*) FILTER (WHERE presence = 'online'))::int AS online,
                   (count(*) FILTER (WHERE presence = 'offline'))::int AS offline, (count(*) FILTER (WHERE presence = 'waiting'))::int AS waiting,
                   (count(*) FILTER (WHERE presence = 'stopped'))::int AS stopped, coalesce(sum(today), 0)::int AS today FROM ({_LISTED}) l""",
        *_given(tx, wanted))
    assert row is not None
    return Counted(**dict(row))


async def _counted_in(tx: Tx, wanted: Wanted) -> Counted:
    """The same of an area: those that stand still, wait or are there are counted apart, the rest is offline; venues are not asked one by one."""
    heard, began, day, regions, *_ = _given(tx, wanted)
    here = "" if regions is None else "AND s.region = ANY ($1)"
    given = () if regions is None else (regions,)
    n = len(given)
    row = await tx.row(
        f"""SELECT (SELECT count(*) FROM venues.sighting s WHERE true {here})::int AS total,
                   (SELECT count(*) FROM venues.terminal t JOIN venues.sighting s ON s.terminal_id = t.id WHERE {STOPPED} {here})::int AS stopped,
                   (SELECT count(*) FROM venues.sighting s JOIN venues.terminal t ON t.id = s.terminal_id
                     WHERE s.last_at = to_timestamp(0) AND t.state = 'registered' AND NOT {STANDS_STILL} {here})::int AS waiting,
                   (SELECT count(*) FROM venues.sighting s JOIN venues.terminal t ON t.id = s.terminal_id
                     WHERE t.state = 'active' AND {THERE.format(heard=f"${n + 1}", began=f"${n + 2}")} AND NOT {STANDS_STILL} {here})::int AS online,
                   (SELECT coalesce(sum(d.uses), 0) FROM venues.terminal_day d {"JOIN venues.sighting s ON s.terminal_id = d.terminal_id" if n else ""}
                     WHERE d.day = ${n + 3} {here})::int AS today""", *given, heard, began, day)
    assert row is not None
    return Counted(offline=row["total"] - row["stopped"] - row["waiting"] - row["online"], **dict(row))


async def providers(tx: Tx, wanted: Wanted, sort: ProviderSort, after: Place | None, limit: int, *, falling: bool) -> list[tuple[Provider, Place]]:
    """A page of venues with their terminals counted, each with its place in the order."""
    if walked(sort, wanted):
        found = await places(tx, wanted, sort, after, limit, falling=falling)
        known = {row["id"]: row for row in await tx.rows(f"{_TALLIED} WHERE v.id = ANY ($9) GROUP BY v.id", *_given(tx, Wanted()), [id for _, id in found])}
        return [(_provider(known[place[1]]), place) for place in found]
    order, way, beyond = _PROVIDER_ORDER[sort], *(("DESC", "<") if falling else ("ASC", ">"))
    value, id = after or (None, None)
    rows = await tx.rows(
        f"""SELECT p.*, {order} AS place FROM ({_PROVIDERS}) p
             WHERE $10::uuid IS NULL OR ({order}, p.id) {beyond} ($11, $10) ORDER BY place {way}, p.id {way} LIMIT $12""",
        *_given(tx, wanted), wanted.venue_state, id, value, limit)
    return [(_provider(row), (row["place"], row["id"])) for row in rows]


def _provider(row: Record) -> Provider:
    return Provider(**{name: value for name, value in row.items() if name != "place"} | {"state": VenueState(row["state"])})


async def days(tx: Tx, terminals: Sequence[TerminalId], since: date) -> list[DayTally]:
    """How often these terminals read, day by day since `since`, oldest first."""
    rows = await tx.rows(
        "SELECT terminal_id, day, uses, passed, last_at FROM venues.terminal_day WHERE terminal_id = ANY ($1) AND day >= $2 ORDER BY day, terminal_id",
        list(terminals), since)
    return [DayTally(**dict(row)) for row in rows]


async def add_tallies(tx: Tx, tallies: Sequence[DayTally]) -> None:
    """Add to what terminals have read, in the order of their ids so that two who add never wait for each other in a circle; and note when."""
    given = sorted(tallies, key=lambda one: (one.terminal_id.int, one.day))
    await tx.run(
        """INSERT INTO venues.terminal_day AS t (terminal_id, day, uses, passed, last_at)
           SELECT * FROM unnest($1::uuid[], $2::date[], $3::int[], $4::int[], $5::timestamptz[]) AS n (terminal_id, day, uses, passed, last_at)
            ORDER BY 1, 2
           ON CONFLICT (terminal_id, day) DO UPDATE
              SET uses = t.uses + excluded.uses, passed = t.passed + excluded.passed, last_at = greatest(t.last_at, excluded.last_at)""",
        [one.terminal_id for one in given], [one.day for one in given], [one.uses for one in given], [one.passed for one in given],
        [one.last_at for one in given])
    last = {one.terminal_id: one.last_at for one in sorted(given, key=attrgetter("last_at"))}
    await heard(tx, list(last), list(last.values()))


async def forget_tallies(tx: Tx, before: date) -> int:
    """Drop the days before `before`, but not the last one of any terminal: it says when it was seen. Gives how many went."""
    return await tx.run(
        """DELETE FROM venues.terminal_day d WHERE d.day < $1
              AND EXISTS (SELECT FROM venues.terminal_day n WHERE n.terminal_id = d.terminal_id AND n.day > d.day)""", before)


async def namesakes(tx: Tx, names: Sequence[str]) -> dict[tuple[str, str], tuple[VenueId, str, VenueState]]:
    """Venues of these names by region and name, the oldest of each, with kind and state."""
    rows = await tx.rows("SELECT id, name, kind, region, state FROM venues.venue WHERE name = ANY ($1) ORDER BY id DESC", list(names))
    return {(row["region"], row["name"]): (row["id"], row["kind"], VenueState(row["state"])) for row in rows}


async def terminal_names(tx: Tx, venues: Sequence[VenueId]) -> set[tuple[UUID, str]]:
    """The names that terminals of these venues have."""
    return {(row["venue_id"], row["name"]) for row in await tx.rows("SELECT venue_id, name FROM venues.terminal WHERE venue_id = ANY ($1)", list(venues))}


async def insert_venues(tx: Tx, venues: Sequence[Venue]) -> None:
    """Keep new venues, all of one version and moment."""
    await tx.run(
        """INSERT INTO venues.venue (id, name, kind, region, state, version, created_at, since)
           SELECT i, n, k, r, 'active', 1, $5, $5 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS v (i, n, k, r)""",
        [one.id for one in venues], [one.name for one in venues], [one.kind for one in venues], [one.region for one in venues], tx.now)


async def insert_terminals(tx: Tx, terminals: Sequence[Terminal]) -> set[UUID]:
    """Keep new terminals that wait to be activated; gives those that were kept, the others' numbers being taken."""
    rows = await tx.rows(
        """INSERT INTO venues.terminal (id, venue_id, number, name, kind, state, granted, version, created_at, since)
           SELECT i, v, n, a, k, 'registered', '{}', 1, $6, $6 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) AS t (i, v, n, a, k)
            ORDER BY n ON CONFLICT (number) DO NOTHING RETURNING id""",
        [one.id for one in terminals], [one.venue_id for one in terminals], [one.number for one in terminals], [one.name for one in terminals],
        [one.kind for one in terminals], tx.now)
    kept = {row["id"] for row in rows}
    await begin(tx, [(one.id, one.region) for one in terminals if one.id in kept])
    return kept


async def note_added(tx: Tx, subjects: Sequence[tuple[UUID, str]], reason: str) -> None:
    """The first line of the history of venues or terminals: id and state of each."""
    await tx.run(
        """INSERT INTO venues.move (subject_id, version, move, was, state, reason, moved_by, moved_at)
           SELECT i, 1, 'add', NULL, s, $3, $4, $5 FROM unnest($1::uuid[], $2::text[]) AS a (i, s)""",
        [id for id, _ in subjects], [state for _, state in subjects], reason, tx.actor.id, tx.now)
