"""The pool: where transactions begin and end. Edges use it; rooms get the `Tx` it makes."""
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from essc.kit import clock
from essc.kit.crypto import Keys
from essc.kit.db.tx import SYSTEM, Actor, Tx

SERVER_SETTINGS: Final = {"citus.override_table_visibility": "off", "timezone": "UTC"}
"""The first keeps array parameters cheap on Citus (plain PostgreSQL accepts it as a custom setting)."""


Denied = Callable[["Database", str, str], Awaitable[None]]
"""(a database that tells nobody, who tried, what the server said)."""


class Database:
    """A pool of connections, the keys its transactions carry, and the clock they share."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", keys: Keys) -> None:
        self.pool = pool
        self.keys = keys
        self.denied: Denied | None = None
        """Told when the server refuses us a right (SQLSTATE 42501), whoever of us tried; set by `app`."""

    @classmethod
    async def open(cls, dsn: str, keys: Keys, *, smallest: int = 1, largest: int = 10, role: str | None = None,
                   name: str = "essc") -> "Database":
        """Connect to PostgreSQL at `dsn`; `role` is taken on at connection when the login is not itself the application role; `name` is how the
        database lists the connections (pg_stat_activity).

        Raises OSError or asyncpg.PostgresError when the server cannot be reached.
        """
        settings = SERVER_SETTINGS | {"application_name": name} | ({"role": role} if role else {})
        pool = await asyncpg.create_pool(
            dsn, min_size=smallest, max_size=largest, server_settings=settings, reset=_leave_as_is, command_timeout=60,
        )
        return cls(pool, keys)

    async def close(self) -> None:
        """Wait for what is under way, then close every connection."""
        await self.pool.close()

    @asynccontextmanager
    async def tx(self, actor: Actor = SYSTEM, *, request_id: str = "", now: datetime | None = None) -> AsyncIterator[Tx]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        try:
            async with self.pool.acquire() as conn, conn.transaction():
                yield Tx(conn, now=now or clock.now(), actor=actor, keys=self.keys, request_id=request_id)
        except asyncpg.InsufficientPrivilegeError as error:
            if self.denied is not None:
                await self.denied(Database(self.pool, self.keys), f"{actor.kind} {request_id}".strip(), f"{error.sqlstate}")
            raise

    @asynccontextmanager
    async def read_tx(self, actor: Actor = SYSTEM, *, request_id: str = "", now: datetime | None = None) -> AsyncIterator[Tx]:
        """One read-only transaction that sees one snapshot."""
        async with self.pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            yield Tx(conn, now=now or clock.now(), actor=actor, keys=self.keys, request_id=request_id)

    async def correct_clock(self) -> timedelta:
        """Measure our clock against the database's and take over the difference. Gives the offset."""
        async with self.pool.acquire() as conn:
            asked = clock.epoch()
            theirs = await conn.fetchval("SELECT clock_timestamp()")
            return clock.clock.corrected(asked, clock.epoch(), theirs)


async def _leave_as_is(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Sessions hold no state, so there is nothing to reset and one round trip less."""
