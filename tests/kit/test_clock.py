"""The clock that codes are judged by is the database's, also when a machine's own runs away after the start."""
import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from essc.kit import clock, probes
from essc.kit.clock import Clock
from essc.kit.db import timekeeping
from essc.kit.db.pool import Database

AWAY = timedelta(minutes=7)


@pytest.fixture
def runs_away() -> Iterator[None]:
    """Our own clock has gone wrong since it was measured; whatever the test does to it is undone."""
    was = clock.clock.offset
    clock.clock.offset = AWAY
    yield
    clock.clock.offset = was


async def test_a_clock_that_ran_away_is_brought_back_while_the_process_serves(db: Database, runs_away: None) -> None:
    async with asyncio.timeout(30), timekeeping.kept(db, 0.01):
        while clock.clock.offset == AWAY:
            await asyncio.sleep(0.01)
    assert clock.clock.ready()


async def test_a_database_that_is_away_stops_no_measuring(db: Database, runs_away: None) -> None:
    await db.close()
    async with timekeeping.kept(db, 0.001):
        await asyncio.sleep(0.05)
    assert clock.clock.offset == AWAY


@pytest.mark.parametrize(("took", "offset"), [(0.0, 60), (2.0, 59), (3.9, 58.05), (4.1, 0), (30.0, 0)])
def test_an_answer_that_took_too_long_says_nothing_about_the_time(took: float, offset: float) -> None:
    mine, asked = Clock(), 1_800_000_000.0
    assert mine.corrected(asked, asked + took, datetime.fromtimestamp(asked + 60, UTC)) == timedelta(seconds=offset)


async def test_many_who_ask_at_once_whether_a_process_is_ready_ask_the_database_once(db: Database) -> None:
    app: Any = probes.probes(db)["/readyz"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://essc.test") as client:
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
    assert db.pool.get_size() <= 2
