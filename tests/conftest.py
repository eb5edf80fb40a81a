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

from essc.kit.crypto import Keys
from essc.kit.db.pool import SERVER_SETTINGS, Database
from essc.kit.db.tx import SYSTEM, Tx
from tests import keyring
from tests.postgres import Postgres, started
from tests.running import House, running
from tests.town import Town
from tests.world import World

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""The `now` of every `tx`: ten in the morning in Shanghai, a Friday."""

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
