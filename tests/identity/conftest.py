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


@pytest.fixture(scope="module")
def stage(tmp_path_factory, keys):
    return Partners(tmp_path_factory.mktemp("sandbox"), keys)


@pytest.fixture
async def partners(stage):
    """The sandbox's partners, honest again, and the room connected with them."""
    await stage.be_honest()
    calls.furnish(calls.Desk(stage.person, stage.sms))
    regions.furnish(demonstration=True)
    yield stage
    calls.furnish(calls.Desk())
    regions.furnish(demonstration=False)
