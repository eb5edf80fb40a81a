"""Runs a room's commands against a database of their own, as a person at a terminal would."""
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from essc.kit import console
from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from tests.postgres import Postgres

WIDE = 300


def commands(app: typer.Typer, pg: Postgres, keys: Keys) -> Callable[..., Result]:
    """A function that runs `app` with the arguments given, always on the same new database."""
    name = asyncio.run(pg.create())

    @asynccontextmanager
    async def opened(data: Path | None) -> AsyncIterator[Database]:
        database = await Database.open(pg.url(name), keys)
        try:
            yield database
        finally:
            await database.close()

    def run(*arguments: str) -> Result:
        console.provide(opened)
        console.out.width = console.err.width = WIDE
        return CliRunner().invoke(app, list(arguments))
    return run
