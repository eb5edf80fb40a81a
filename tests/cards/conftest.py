"""One database for what must commit in this room, emptied between tests: making one for each takes longer than the tests."""
from collections.abc import AsyncIterator

import asyncpg
import pytest

from essc.kit.crypto import Keys
from essc.kit.db import embedded
from essc.kit.db.pool import Database
from tests.postgres import Postgres

TABLES = "SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables WHERE schemaname IN ('cards', 'holders')"


@pytest.fixture(scope="session")
async def shelf(pg: Postgres, keys: Keys) -> AsyncIterator[tuple[Database, str]]:
    """A database for the room, and its name."""
    name = await pg.create()
    database = await Database.open(pg.url(name), keys, largest=8)
    try:
        yield database, name
    finally:
        await database.close()
        await pg.drop(name)


@pytest.fixture
async def swept(pg: Postgres, shelf: tuple[Database, str]) -> Database:
    """The room's database, empty."""
    database, name = shelf
    owner = await asyncpg.connect(pg.url(name, embedded.OWNER))
    await owner.execute(f"TRUNCATE {await owner.fetchval(TABLES)}, kit.idempotency, kit.event")
    await owner.close()
    return database
