"""The fixtures of all tests. PostgreSQL is real in every one; what a test writes is rolled back (`tx`) or thrown away (`db`)."""
import os
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from essc.cards import calls as cards
from essc.identity import calls as identity
from essc.kit.crypto import Keys
from essc.kit.db.pool import SERVER_SETTINGS, Database
from essc.kit.db.tx import SYSTEM, Tx
from essc.notices import calls as notices
from essc.operators import queries as operators
from essc.regions import queries as regions
from essc.surfaces.shared import house as wallet
from tests import keyring
from tests.postgres import Postgres, started
from tests.running import House, running
from tests.town import Town
from tests.world import World

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""The `now` of every `tx`: ten in the morning in Shanghai, a Friday."""

FIRST = {f"tests/{place}": order for order, place in enumerate((
    "browser", "faults/test_contract.py", "faults/test_killed_process.py", "faults/test_slow_clients.py", "faults/test_killed_database.py", "kit/test_embedded.py",
))}
"""What takes longest, longest first: where two processes share the suite none of it may be the last. A browser keeps more than a core busy,
so one process has all that need one."""

_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
settings.register_profile("quick", max_examples=30, deadline=None, suppress_health_check=_QUIET)
settings.register_profile("ci", max_examples=50, deadline=None, derandomize=True, suppress_health_check=_QUIET)
settings.register_profile("thorough", max_examples=500, deadline=None, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "quick"))


def _stay_home(event: str, args: tuple[Any, ...]) -> None:
    """No test leaves the machine: an audit hook refuses every address but loopback and Unix sockets."""
    if event == "socket.connect" and isinstance(args[1], tuple) and not _home(args[1][0]):
        raise OSError(f"a test may not connect to {args[1][0]}")
    if event == "socket.getaddrinfo" and args[0] and not _home(args[0]):
        raise OSError(f"a test may not look up {args[0]}")


def _home(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return ip_address(name).is_loopback or ip_address(name).is_unspecified
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


sys.addaudithook(_stay_home)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every test has an id of its own, or two processes would take those that share one for one; the longest files begin."""
    for item in items:
        if not item.nodeid.endswith(item.name):          # the tests that are made from the contract
            item._id = item.id.with_params(item.name.partition("[")[2].removesuffix("]"))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: FIRST.get(_work(item.nodeid), len(FIRST)))


def _work(nodeid: str) -> str:
    """What is done by one process: a file, or everything in a browser."""
    file = nodeid.partition("::")[0]
    return "tests/browser" if file.startswith("tests/browser/") else file


class _Shared(LoadScopeScheduling):
    """Hands out work to the processes that share a run."""

    def _split_scope(self, nodeid: str) -> str:
        return _work(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """How two processes share the suite (`-n 2`)."""
    return _Shared(config, log)


@pytest.fixture(scope="module", autouse=True)
def _bare() -> None:
    """Each file begins in rooms that nobody has furnished, whatever the file before it in this process left there."""
    regions.furnish(demonstration=False)
    operators.furnish(networks=[])
    wallet.furnish(wallet_channel="")
    for room in (cards, identity, notices):
        room.furnish(room.Desk())


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def pg() -> Iterator[Postgres]:
    """The server of this run; `pg.create()` makes further databases."""
    with started() as server:
        yield server


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Keys of the international suite, made for this run."""
    return keyring.fresh()


@pytest.fixture(scope="session")
async def pool(pg: Postgres) -> AsyncIterator["asyncpg.Pool[asyncpg.Record]"]:
    """Connections, as the application, to the one database whose changes are always rolled back."""
    name = await pg.create()
    async with asyncpg.create_pool(pg.url(name), min_size=1, max_size=4, server_settings=SERVER_SETTINGS) as made:
        yield made


@pytest.fixture
async def tx(pool: "asyncpg.Pool[asyncpg.Record]", keys: Keys) -> AsyncIterator[Tx]:
    """One transaction of the system's, at NOW, rolled back at the end."""
    async with pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        try:
            yield Tx(conn, now=NOW, actor=SYSTEM, keys=keys, request_id="req_test")
        finally:
            await transaction.rollback()


@pytest.fixture
async def db(pg: Postgres, keys: Keys) -> AsyncIterator[Database]:
    """A database of the test's own, for what must commit."""
    name = await pg.create()
    database = await Database.open(pg.url(name), keys, largest=8)
    try:
        yield database
    finally:
        await database.close()
        await pg.drop(name)


@pytest.fixture
def world(tx: Tx) -> World:
    """Builders of people and things, in the test's own transaction."""
    return World(tx)


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """One running house of real processes for all journeys, and for the faults that leave it standing."""
    with running(people=300) as up:
        yield up


@pytest.fixture(scope="session")
def town(house: House) -> Town:
    """The running house with cards, an app, and people who come by."""
    return Town(house)
