"""The room connected with the sandbox's partners; one database for all, and a new person for each test."""
import pytest

from essc.identity import calls
from essc.kit.db.pool import Database
from essc.regions import queries as regions
from tests.sandbox.connected import Partners


@pytest.fixture(scope="module")
async def db(pg, keys):
    database = await Database.open(pg.url(await pg.create()), keys, largest=8)
    yield database
    await database.close()


@pytest.fixture
def partners(tmp_path, keys):
    made = Partners(tmp_path, keys)
    calls.furnish(calls.Desk(made.person, made.sms))
    regions.furnish(demonstration=True)
    yield made
    calls.furnish(calls.Desk())
    regions.furnish(demonstration=False)

