"""One database for all tests of a file of the edge, swept between them: making one for each takes longer than the tests."""
from collections.abc import AsyncIterator

import pytest

from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from tests.postgres import Postgres


@pytest.fixture(scope="module")
async def shelf(pg: Postgres, keys: Keys) -> AsyncIterator[Database]:
    """A database for the file."""
    name = await pg.create()
    database = await Database.open(pg.url(name), keys, largest=8)
    try:
        yield database
    finally:
        await database.close()
        await pg.drop(name)


@pytest.fixture
async def swept(shelf: Database) -> Database:
    """The file's database without what the tests before kept in it."""
    async with shelf.tx() as tx:
        for table in ("idempotency", "schedule", "throttle"):
            await tx.run(f"DELETE FROM kit.{table}")
    return shelf
