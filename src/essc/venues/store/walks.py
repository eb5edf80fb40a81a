"""Pages of terminals by number, by venue or by when they were last heard of, and of venues by name: a walk along an index that ends with the page,
however many there are.

Within an area each of its regions is walked for a page of its own, and the first of all of them are taken. A filter is looked at on the way; those
that few terminals meet begin at an index of their own. A walk begins where the last page ended, so a deep page costs as the first.
"""
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from essc.kit.db.tx import Tx
from essc.names import TerminalId
from essc.venues.model import SESSION_LIFE, SILENCE, Presence, ProviderSort, TerminalSort, Wanted

Place = tuple[Any, UUID]
"""Where a page ended: the value it is ordered by, and the id."""
Sort = TerminalSort | ProviderSort

THERE: Final = """s.last_at > {heard}::timestamptz AND t.last_session_at > {began}::timestamptz
             AND t.last_session_at >= coalesce(t.sessions_since, t.last_session_at)"""
PRESENCE: Final = f"""CASE WHEN t.state = 'disabled' OR v.state <> 'active' THEN 'stopped' WHEN t.state = 'registered' THEN 'waiting'
            WHEN {THERE} THEN 'online' ELSE 'offline' END"""
"""How a terminal is seen: `heard`, `began`: what must be younger of one that is there."""
NEVER: Final = datetime.fromtimestamp(0, UTC)
"""When a terminal was heard of that never was: before all others."""
_NUMBER: Final = 13
"""A venue's name, a blank and twelve digits are the place of a terminal in the order of venues."""


class _Walk(NamedTuple):
    """A way along an index: tables alone and with what filters ask for, what is read, the order, where a page goes on, what lies in a region."""

    alone: str
    joined: str
    columns: str
    order: str
    beyond: str
    here: str


_WALKS: Final = {
    TerminalSort.SEEN: _Walk(
        "venues.sighting s", "venues.sighting s JOIN venues.terminal t ON t.id = s.terminal_id JOIN venues.venue v ON v.id = t.venue_id",
        "s.last_at AS place, s.terminal_id AS id", "s.last_at {way}, s.terminal_id {way}",
        "(s.last_at, s.terminal_id) {beyond} ({place}::timestamptz, {id}::uuid)", "s.region = r.code"),
    TerminalSort.NUMBER: _Walk(
        "venues.terminal t", "venues.terminal t JOIN venues.venue v ON v.id = t.venue_id JOIN venues.sighting s ON s.terminal_id = t.id",
        "t.number AS place, t.id", "t.number {way}", "t.number {beyond} {place}::text", "t.number BETWEEN r.code || '000000' AND r.code || '999999'"),
    TerminalSort.VENUE: _Walk(
        "venues.venue v JOIN venues.terminal t ON t.venue_id = v.id",
        "venues.venue v JOIN venues.terminal t ON t.venue_id = v.id JOIN venues.sighting s ON s.terminal_id = t.id",
        "v.name || ' ' || t.number AS place, t.id, v.name, t.number", "v.name {way}, t.number {way}",
        "v.name {beyond}= {name}::text AND (v.name, t.number) {beyond} ({name}::text, {number}::text)", "v.region = r.code"),
    ProviderSort.NAME: _Walk(
        "venues.venue v", "venues.venue v", "v.name AS place, v.id", "v.name {way}, v.id {way}", "(v.name, v.id) {beyond} ({place}::text, {id}::uuid)",
        "v.region = r.code"),
}
_WORDS: Final = "(starts_with(t.number, {words}::text) OR strpos(t.name, {words}) > 0 OR strpos(v.name, {words}) > 0)"
FEW: Final = 2_000
"""Up to so many terminals with the words that are looked for are ordered as they are; more are met on the way."""
STANDS_STILL: Final = "EXISTS (SELECT FROM venues.venue w WHERE w.id = t.venue_id AND w.state <> 'active')"
"""Whether the venue of a terminal is paused or closed: few are, and an index knows them."""
STOPPED: Final = """t.id IN (SELECT id FROM venues.terminal WHERE state = 'disabled'
                              UNION ALL SELECT b.id FROM venues.venue a JOIN venues.terminal b ON b.venue_id = a.id WHERE a.state <> 'active')"""


class _Given(list[Any]):
    """What a statement is given, in the order in which it asks."""

    def add(self, value: object) -> str:
        """One more; gives how the statement names it."""
        self.append(value)
        return f"${len(self)}"


def walked(sort: Sort, wanted: Wanted) -> bool:
    """Whether there is an index to walk along. The terminals of one venue are few, and ordered as they are."""
    return sort in _WALKS and wanted.venue_id is None


def since(now: datetime) -> tuple[datetime, datetime]:
    """What must be younger of a terminal that is there: when it was heard of, when its session began."""
    return now - SILENCE, now - SESSION_LIFE


def statement(now: datetime, wanted: Wanted, sort: Sort, after: Place | None, limit: int, *, falling: bool,
              named: Sequence[UUID] | None = None) -> tuple[str, list[Any]]:
    """The walk that finds a page of places (`place`, `id`), and what it is given. The limit stands in it: it decides the plan.

    `named`: the few terminals that have the words, when they are few.
    """
    walk, given, way = _WALKS[sort], _Given(), "DESC" if falling else "ASC"
    filters = _of_venue(wanted, given) if sort is ProviderSort.NAME else _filters(now, wanted, given, named)
    clauses = filters + ([_beyond(walk, sort, after, given, "<" if falling else ">")] if after else [])
    if wanted.regions is not None:
        codes = given.add(list(wanted.regions))
        clauses.append(walk.here)
    order = walk.order.format(way=way)
    found = (f"SELECT {walk.columns} FROM {walk.joined if filters else walk.alone} {'WHERE ' if clauses else ''}{' AND '.join(clauses)}"
             f" ORDER BY {order} LIMIT {limit:d}")
    if wanted.regions is None:
        return found, given
    whole = f"p.name {way}, p.number {way}" if sort is TerminalSort.VENUE else f"p.place {way}, p.id {way}"
    return f"SELECT p.place, p.id FROM unnest({codes}::text[]) AS r (code) CROSS JOIN LATERAL ({found}) AS p ORDER BY {whole} LIMIT {limit:d}", given


def _beyond(walk: _Walk, sort: Sort, after: Place, given: _Given, sign: str) -> str:
    """What lies beyond the place where the last page ended."""
    if sort is TerminalSort.VENUE:
        return walk.beyond.format(beyond=sign, name=given.add(after[0][:-_NUMBER]), number=given.add(after[0][1 - _NUMBER:]))
    place = given.add(after[0])
    return walk.beyond.format(beyond=sign, place=place, id=given.add(after[1]) if "{id}" in walk.beyond else "")


def _of_venue(wanted: Wanted, given: _Given) -> list[str]:
    found = [f"v.{name} = {given.add(value)}" for name, value in (("kind", wanted.venue_kind), ("state", wanted.venue_state)) if value is not None]
    return [*found, f"strpos(v.name, {given.add(wanted.words)}) > 0"] if wanted.words else found


def _filters(now: datetime, wanted: Wanted, given: _Given, named: Sequence[UUID] | None) -> list[str]:
    found = []
    if wanted.venue_kind is not None:
        found.append(f"v.kind = {given.add(wanted.venue_kind)}")
    if wanted.kind is not None:
        found.append(f"t.kind = {given.add(wanted.kind)}")
    if named is not None:
        found.append(f"t.id = ANY ({given.add(list(named))}::uuid[])")
    elif wanted.words:
        found.append(_WORDS.format(words=given.add(wanted.words)))
    return found + (_presence(now, wanted.presence, given) if wanted.presence is not None else [])


def _presence(now: datetime, presence: Presence, given: _Given) -> list[str]:
    """What terminals of a presence meet, said so that the planner knows how many do; it is what `PRESENCE` says."""
    if presence is Presence.STOPPED:
        return [STOPPED]
    if presence is Presence.WAITING:
        return ["t.state = 'registered'", "v.state = 'active'", f"s.last_at = {given.add(NEVER)}"]
    heard, began = since(now)
    there = THERE.format(heard=given.add(heard), began=given.add(began))
    return ["t.state = 'active'", "v.state = 'active'", there if presence is Presence.ONLINE else f"({there}) IS NOT TRUE"]


async def places(tx: Tx, wanted: Wanted, sort: Sort, after: Place | None, limit: int, *, falling: bool) -> list[Place]:
    """A page of places in the order."""
    named = await _named(tx, wanted.words) if wanted.words and sort is not ProviderSort.NAME else None
    sql, given = statement(tx.now, wanted, sort, after, limit, falling=falling, named=named)
    return [(row["place"], row["id"]) for row in await tx.rows(sql, *given)]


async def _named(tx: Tx, words: str) -> list[UUID] | None:
    """The terminals that have these words, when they are few; None when a walk meets enough of them soon."""
    rows = await tx.rows(
        f"SELECT t.id FROM venues.terminal t JOIN venues.venue v ON v.id = t.venue_id WHERE {_WORDS.format(words='$1')} LIMIT {FEW + 1}", words)
    return [row["id"] for row in rows] if len(rows) <= FEW else None


# ── when terminals were heard of ──

async def begin(tx: Tx, terminals: Sequence[tuple[TerminalId, str]]) -> None:
    """New terminals and the regions they stand in: nobody has heard of them yet."""
    await tx.run("INSERT INTO venues.sighting (terminal_id, region, last_at) SELECT i, r, $3 FROM unnest($1::uuid[], $2::text[]) AS n (i, r)",
                 [id for id, _ in terminals], [region for _, region in terminals], NEVER)


async def heard(tx: Tx, terminals: Sequence[TerminalId], moments: Sequence[datetime]) -> None:
    """Terminals were heard of, each named once. Written where that is a minute or more after what stands there, in the order of their ids: who scans
    all day costs a row a minute, and the rows of those who are not written are not touched.
    """
    await tx.run(
        """INSERT INTO venues.sighting AS s (terminal_id, region, last_at)
           SELECT o.terminal_id, o.region, n.at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, at)
             JOIN venues.sighting o ON o.terminal_id = n.id AND o.last_at <= n.at - interval '1 minute' ORDER BY 1
           ON CONFLICT (terminal_id) DO UPDATE SET last_at = greatest(s.last_at, excluded.last_at)""", list(terminals), list(moments))


async def mend(tx: Tx, since: date) -> int:
    """Sightings of terminals that have none, and of those that read since `since` or opened a session later than they were heard of; gives how many."""
    return await tx.run(
        """INSERT INTO venues.sighting AS s (terminal_id, region, last_at)
           SELECT t.id, v.region, coalesce(greatest(t.last_session_at, d.last_at), $2)
             FROM venues.terminal t JOIN venues.venue v ON v.id = t.venue_id LEFT JOIN venues.sighting o ON o.terminal_id = t.id
             LEFT JOIN (SELECT terminal_id, max(last_at) AS last_at FROM venues.terminal_day WHERE day >= $1 GROUP BY terminal_id) AS d ON d.terminal_id = t.id
            WHERE o.terminal_id IS NULL OR greatest(t.last_session_at, d.last_at) >= o.last_at + interval '1 minute' ORDER BY 1
           ON CONFLICT (terminal_id) DO UPDATE SET last_at = greatest(s.last_at, excluded.last_at)""", since, NEVER)


async def misplaced(tx: Tx) -> list[UUID]:
    """Terminals without a sighting, and those that stand elsewhere than it or their number says."""
    rows = await tx.rows(
        """SELECT t.id FROM venues.terminal t JOIN venues.venue v ON v.id = t.venue_id LEFT JOIN venues.sighting s ON s.terminal_id = t.id
            WHERE s.region IS DISTINCT FROM v.region OR left(t.number, 6) <> v.region""")
    return [row["id"] for row in rows]


async def older_than_told(tx: Tx) -> list[UUID]:
    """Terminals that opened a session or read something more than a minute after they were last heard of."""
    rows = await tx.rows(
        """SELECT s.terminal_id FROM venues.sighting s JOIN venues.terminal t ON t.id = s.terminal_id
             LEFT JOIN (SELECT terminal_id, max(last_at) AS last_at FROM venues.terminal_day GROUP BY terminal_id) AS d ON d.terminal_id = t.id
            WHERE greatest(t.last_session_at, d.last_at) >= s.last_at + interval '1 minute'""")
    return [row["terminal_id"] for row in rows]
