"""Keeping a process's clock right: measured against the database's every few seconds, for as long as the process serves.

Whether a code is too old is judged by this clock, so a machine whose time runs away must not judge by the offset it had when it started.
"""
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from essc.kit import log as logs
from essc.kit import troubles
from essc.kit.db.pool import Database

EVERY_SECONDS: Final = 10.0

log: Final = logs.get("clock")


@asynccontextmanager
async def kept(db: Database, seconds: float = EVERY_SECONDS) -> AsyncIterator[None]:
    """Measure every so many seconds until the block ends. A database that is away changes nothing; it is asked again."""
    measuring = asyncio.create_task(_measure(db, seconds))
    try:
        yield
    finally:
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)


async def _measure(db: Database, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await db.correct_clock()
        except Exception as error:  # noqa: BLE001  an edge: whatever is wrong now may be mended when it is asked again
            log.warning("clock_not_measured", away=troubles.is_away(error), error=type(error).__name__)
