"""The PostgreSQL of one run of the tests: our own embedded server with small settings, and databases made from a migrated template."""
import asyncio
import fcntl
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

import essc
from essc.kit.db import embedded, migrate

SCHEMA = Path(essc.__file__).parent / "schema"
TEMPLATE = embedded.DATABASE
PREFIX = "essc-tests-"
LEFT_BEHIND_SECONDS = 3600


class Postgres:
    """A running server; `url` gives connection strings, `create` fresh databases."""

    def __init__(self, server: embedded.Embedded) -> None:
        self.server = server
        self.access = server.access
        self._numbers = itertools.count(1)

    def url(self, database: str, role: str = embedded.APP) -> str:
        """How to connect to `database` as `role` (the application by default)."""
        return self.access.url(role, database)

    async def create(self, *, template: str = TEMPLATE, owner: str = embedded.OWNER) -> str:
        """A new database that is a copy of `template` (`template0`: an empty one). Gives its name."""
        name = f"test_{next(self._numbers)}"
        conn = await asyncpg.connect(self.access.superuser)
        try:
            await conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}")
        finally:
            await conn.close()
        return name

    async def drop(self, name: str) -> None:
        """Remove a database with everything that is connected to it."""
        conn = await asyncpg.connect(self.access.superuser)
        try:
            await conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            await conn.close()


def scratch() -> Path:
    """A new directory that the server's user may enter also when the tests run as root."""
    place = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
    place.chmod(0o711)
    return place


@contextmanager
def started() -> Iterator[Postgres]:
    """A server for one run, with all migrations in its template; gone with its files at the end."""
    sweep()
    place = scratch()
    programs = os.environ.get("ESSC_PG_BIN")
    server = embedded.Embedded(place / "data", settings=embedded.SMALL, fsync=False, bin=Path(programs) if programs else None)
    try:
        with server:
            asyncio.run(migrate.migrate(server.access.owner, SCHEMA))
            yield Postgres(server)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep() -> None:
    """Remove what runs that were killed more than an hour ago left: nobody holds their lock."""
    for lock in Path("/tmp").glob(f"{PREFIX}*/data/postgres.lock"):
        try:
            with lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - lock.stat().st_mtime > LEFT_BEHIND_SECONDS:
                    shutil.rmtree(lock.parent.parent, ignore_errors=True)
        except OSError:
            continue
