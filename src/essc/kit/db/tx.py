"""One transaction, handed by an edge to actions and stores: the connection, one `now`, who acts, and the keys."""
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec
from asyncpg import Record

from essc.kit import ids
from essc.kit.crypto import Keys, random_bytes
from essc.kit.events import Event

__all__ = ["SYSTEM", "Actor", "ActorKind", "Record", "Tx"]

BLIND_BYTES: Final = 32

ActorKind = Literal["holder", "channel", "terminal", "region", "operator", "system", "sandbox", "anonymous"]


class Actor(msgspec.Struct, frozen=True):
    """Who acts: a kind and the wire id of it, never a number or a name."""

    kind: ActorKind
    id: str


SYSTEM: Final = Actor("system", "essc")

_EMIT: Final = """INSERT INTO kit.event (bucket, id, kind, body, recorded_at, actor_kind, actor_id, request_id, blind)
    SELECT b, i, k, convert_from(j, 'UTF8')::jsonb, $5, ak, ai, r, bl
      FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::bytea[], $6::text[], $7::text[], $8::text[], $9::bytea[])
        AS e(b, i, k, j, ak, ai, r, bl)"""


class Tx:
    """A transaction that an edge opened. Rooms read and write through it and never end it."""

    __slots__ = ("actor", "conn", "keys", "now", "request_id")

    def __init__(self, conn: "asyncpg.pool.PoolConnectionProxy[Record] | asyncpg.Connection[Record]", *,
                 now: datetime, actor: Actor, keys: Keys, request_id: str = "") -> None:
        self.conn = conn
        self.now = now
        self.actor = actor
        self.keys = keys
        self.request_id = request_id

    async def run(self, sql: str, *args: Any) -> int:
        """Do `sql`; answers the number of rows it changed."""
        status = await self.conn.execute(sql, *args)
        tail = status.rpartition(" ")[2]
        return int(tail) if tail.isdigit() else 0

    async def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Do `sql` once a row, pipelined. For hot paths use one set-based statement instead."""
        await self.conn.executemany(sql, rows)

    async def row(self, sql: str, *args: Any) -> Record | None:
        """The first row of `sql`, or None."""
        return await self.conn.fetchrow(sql, *args)

    async def rows(self, sql: str, *args: Any) -> list[Record]:
        """All rows of `sql`."""
        return await self.conn.fetch(sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row of `sql`, or None."""
        return await self.conn.fetchval(sql, *args)

    async def copy(self, schema: str | None, table: str, columns: Sequence[str], records: Iterable[Sequence[Any]]) -> int:
        """COPY `records` into a table (binary); answers the number of rows. `schema` None is for temporary tables."""
        status = await self.conn.copy_records_to_table(table, schema_name=schema, columns=list(columns), records=records)
        return int(status.rpartition(" ")[2])

    async def emit(self, event: Event, *, actor: Actor | None = None, request_id: str | None = None) -> UUID:
        """Record one fact in this transaction; subscribers and the audit log hear it after the commit. Gives its id."""
        by = (actor or self.actor, self.request_id if request_id is None else request_id)
        return (await self.emit_all([event], by=[by]))[0]

    async def emit_all(self, events: Iterable[Event], *, by: Sequence[tuple[Actor, str]] | None = None) -> list[UUID]:
        """Record many facts in one statement; `by` names actor and request id of each (the transaction's own by default)."""
        facts = list(events)
        if not facts:
            return []
        actors = by if by is not None else [(self.actor, self.request_id)] * len(facts)
        buckets = [ids.bucket(event.subject_id()) for event in facts]
        names = [ids.new(bucket, self.now) for bucket in buckets]
        blinds = random_bytes(BLIND_BYTES * len(facts))
        await self.conn.execute(
            _EMIT, buckets, names, [event.kind for event in facts], [msgspec.json.encode(event) for event in facts], self.now,
            [actor.kind for actor, _ in actors], [actor.id for actor, _ in actors], [request for _, request in actors],
            [blinds[at:at + BLIND_BYTES] for at in range(0, len(blinds), BLIND_BYTES)],
        )
        return names
