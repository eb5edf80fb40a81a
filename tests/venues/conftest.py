"""One database for the API tests of the room, swept between them: making one for each takes longer than the tests."""
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
    """The file's database without repeats and throttles of the tests before."""
    async with shelf.tx() as tx:
        await tx.run("DELETE FROM kit.idempotency")
        await tx.run("DELETE FROM kit.throttle")
    return shelf
