"""Pages of terminals by number or by when they were last heard of: a walk along an index that ends with the page, however many there are.

Within an area each of its regions is walked for a page of its own, and the first of all of them are taken. A filter is looked at on the way; those
that few terminals meet begin at an index of their own. What a place in the order is compared with is always given, so a deep page costs as the first.
"""
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from essc.kit.db.tx import Tx
from essc.names import TerminalId
from essc.venues.model import SESSION_LIFE, SILENCE, Presence, TerminalSort, Wanted

Place = tuple[Any, UUID]
"""Where a page ended: the value it is ordered by, and the id."""

_THERE: Final = """s.last_at > {heard}::timestamptz AND t.last_session_at > {began}::timestamptz
             AND t.last_session_at >= coalesce(t.sessions_since, t.last_session_at)"""
PRESENCE: Final = f"""CASE WHEN t.state = 'disabled' OR v.state <> 'active' THEN 'stopped' WHEN t.state = 'registered' THEN 'waiting'
            WHEN {_THERE} THEN 'online' ELSE 'offline' END"""
"""How a terminal is seen: `heard`, `began`: what must be younger of one that is there."""
NEVER: Final = datetime.fromtimestamp(0, UTC)
"""When a terminal was heard of that never was: before all others."""
_ENDS: Final = {
    TerminalSort.SEEN: ((datetime.min.replace(tzinfo=UTC, year=1900), UUID(int=0)), (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))),
    TerminalSort.NUMBER: (("", UUID(int=0)), (":", UUID(int=2**128 - 1))),
}
"""Before the first place of an order, and after its last."""
_ALONE: Final = {TerminalSort.SEEN: "venues.sighting s", TerminalSort.NUMBER: "venues.terminal t"}
_JOINED: Final = {
    TerminalSort.SEEN: "venues.sighting s JOIN venues.terminal t ON t.id = s.terminal_id JOIN venues.venue v ON v.id = t.venue_id",
    TerminalSort.NUMBER: "venues.terminal t JOIN venues.venue v ON v.id = t.venue_id JOIN venues.sighting s ON s.terminal_id = t.id",
}
_STOPPED: Final = """t.id IN (SELECT id FROM venues.terminal WHERE state = 'disabled'
                              UNION ALL SELECT b.id FROM venues.venue a JOIN venues.terminal b ON b.venue_id = a.id WHERE a.state <> 'active')"""


class _Given(list[Any]):
    """What a statement is given, in the order in which it asks."""

    def add(self, value: object) -> str:
        """One more; gives how the statement names it."""
        self.append(value)
        return f"${len(self)}"


def walked(sort: TerminalSort, wanted: Wanted) -> bool:
    """Whether there is an index to walk along. The terminals of one venue are few, and ordered as they are."""
    return sort in _ENDS and wanted.venue_id is None


def since(now: datetime) -> tuple[datetime, datetime]:
    """What must be younger of a terminal that is there: when it was heard of, when its session began."""
    return now - SILENCE, now - SESSION_LIFE


def statement(now: datetime, wanted: Wanted, sort: TerminalSort, after: Place | None, limit: int, *, falling: bool) -> tuple[str, list[Any]]:
    """The walk that finds a page of places (`place`, `id`), and what it is given. The limit stands in it: it decides the plan."""
    given = _Given()
    way, beyond = ("DESC", "<") if falling else ("ASC", ">")
    value, id = after or _ENDS[sort][falling]
    if sort is TerminalSort.SEEN:
        columns, order = "s.last_at AS place, s.terminal_id AS id", f"s.last_at {way}, s.terminal_id {way}"
        clauses = [f"(s.last_at, s.terminal_id) {beyond} ({given.add(value)}::timestamptz, {given.add(id)}::uuid)"]
        here = "s.region = r.code"
    else:
        columns, order = "t.number AS place, t.id", f"t.number {way}"
        clauses = [f"t.number {beyond} {given.add(value)}::text"]
        here = "t.number BETWEEN r.code || '000000' AND r.code || '999999'"
    filters = _filters(now, wanted, given)
    walk = f"SELECT {columns} FROM {(_JOINED if filters else _ALONE)[sort]} WHERE {' AND '.join(clauses + filters)}"
    end = f"ORDER BY {order} LIMIT {limit:d}"
    if wanted.regions is None:
        return f"{walk} {end}", given
    codes = given.add(list(wanted.regions))
    return f"""SELECT p.place, p.id FROM unnest({codes}::text[]) AS r (code) CROSS JOIN LATERAL ({walk} AND {here} {end}) AS p
                ORDER BY p.place {way}, p.id {way} LIMIT {limit:d}""", given


def _filters(now: datetime, wanted: Wanted, given: _Given) -> list[str]:
    found = []
    if wanted.venue_kind is not None:
        found.append(f"v.kind = {given.add(wanted.venue_kind)}")
    if wanted.kind is not None:
        found.append(f"t.kind = {given.add(wanted.kind)}")
    if wanted.words:
        words = given.add(wanted.words)
        found.append(f"(starts_with(t.number, {words}::text) OR strpos(t.name, {words}) > 0 OR strpos(v.name, {words}) > 0)")
    return found + (_presence(now, wanted.presence, given) if wanted.presence is not None else [])


def _presence(now: datetime, presence: Presence, given: _Given) -> list[str]:
    """What terminals of a presence meet, said so that the planner knows how many do; it is what `PRESENCE` says."""
    if presence is Presence.STOPPED:
        return [_STOPPED]
    if presence is Presence.WAITING:
        return ["t.state = 'registered'", "v.state = 'active'", f"s.last_at = {given.add(NEVER)}"]
    heard, began = since(now)
    there = _THERE.format(heard=given.add(heard), began=given.add(began))
    return ["t.state = 'active'", "v.state = 'active'", there if presence is Presence.ONLINE else f"({there}) IS NOT TRUE"]


async def places(tx: Tx, wanted: Wanted, sort: TerminalSort, after: Place | None, limit: int, *, falling: bool) -> list[Place]:
    """A page of places in the order."""
    sql, given = statement(tx.now, wanted, sort, after, limit, falling=falling)
    return [(row["place"], row["id"]) for row in await tx.rows(sql, *given)]


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
