"""What the console asks of a nation of 342 municipalities looks at rows by the day, not by the municipality: proved by plans, not by a clock."""
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from essc.kit.db.embedded import OWNER
from essc.kit.db.tx import SYSTEM, Tx
from essc.reports import queries
from essc.reports.model import By, Wanted, day_of
from essc.reports.store import areas

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
DAYS, PROVINCES, CHANNELS = 30, 19, 4
SEEDED = f"""
CREATE TEMP TABLE place AS SELECT (10 + n / 18)::text || lpad((n % 18 + 1)::text, 2, '0') || '00' AS region FROM generate_series(0, 341) n;
CREATE TEMP TABLE date_ AS SELECT DATE '2026-11-20' - n AS day FROM generate_series(0, {DAYS - 1}) n;
INSERT INTO reports.day SELECT day, region, 3, 2, 1, 4, 10, 9 FROM date_, place;
INSERT INTO reports.hour SELECT DATE '2026-11-20', h, region, 1, 1, 1 FROM place, generate_series(0, 23) h;
INSERT INTO reports.stock SELECT region, 300, 200, 100 FROM place;
INSERT INTO reports.issue_day SELECT day, region, ('00000000-0000-7000-8000-00000000000' || c)::uuid, 1, 'self', 1 FROM date_, place, generate_series(1, {CHANNELS}) c;
INSERT INTO reports.verdict_day SELECT day, region, 'code', v, n FROM date_, place, (VALUES ('PASS', 9), ('EXPIRED', 1)) AS w (v, n)"""


@pytest.fixture(scope="module")
async def nation(pg):
    """A connection as the owner to a database with thirty days of the nation in it."""
    name = await pg.create()
    conn = await asyncpg.connect(pg.url(name, OWNER))
    try:
        await conn.execute(SEEDED)
        await areas.mend(Tx(conn, now=NOW, actor=SYSTEM, keys=None), day_of(NOW - timedelta(days=DAYS)))
        await conn.execute("ANALYZE reports.area_day, reports.area_hour, reports.area_issue_day, reports.area_verdict_day, reports.day, reports.issue_day")
        yield conn
    finally:
        await conn.close()
        await pg.drop(name)


class Explained:
    """A connection that keeps how many rows the scans of a question looked at."""

    def __init__(self, conn):
        self.conn = conn
        self.looked_at = 0

    async def fetch(self, sql, *given):
        [[told]] = await self.conn.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {sql}", *given)
        self._add(json.loads(told)[0]["Plan"])
        return await self.conn.fetch(sql, *given)

    async def fetchrow(self, sql, *given):
        return (await self.fetch(sql, *given))[0]

    def _add(self, plan):
        if "Scan" in plan["Node Type"]:
            self.looked_at += (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
        for below in plan.get("Plans", ()):
            self._add(below)


SINCE, TODAY = day_of(NOW) - timedelta(DAYS - 1), day_of(NOW)
CHANNEL = UUID("00000000-0000-7000-8000-000000000001")
A_DAY = 2 * DAYS
"""Twice, because a bitmap is looked at and then its rows."""
ASKED = {
    "days": (lambda tx: queries.days(tx, "000000", SINCE, TODAY), A_DAY),
    "hours": (lambda tx: queries.hours(tx, "000000", TODAY), 48),
    "stock": (lambda tx: queries.stock(tx, "000000"), 342),
    "tiles and ranking": (lambda tx: queries.places(tx, "000000", SINCE, TODAY), 342 + (PROVINCES + 1) * A_DAY),
    "verdicts": (lambda tx: queries.verdicts(tx, "000000", SINCE, TODAY), 2 * A_DAY),
    **{f"issued by {by}": (lambda tx, by=by: queries.issued(tx, Wanted(SINCE, TODAY, "000000"), by), A_DAY) for by in (By.DAY, By.WAY, By.LEVEL)},
    "issued by channel": (lambda tx: queries.issued(tx, Wanted(SINCE, TODAY, "000000"), By.CHANNEL), (CHANNELS + 1) * A_DAY),
    "issued by province": (lambda tx: queries.issued(tx, Wanted(SINCE, TODAY, "000000"), By.REGION), (PROVINCES + 1) * A_DAY),
    "issued on a channel": (lambda tx: queries.issued(tx, Wanted(SINCE, TODAY, "000000", CHANNEL), By.DAY), A_DAY),
    "channels that issued": (lambda tx: queries.issuing_channels(tx, "000000", SINCE, TODAY), (CHANNELS + 1) * A_DAY),
    "days of a province": (lambda tx: queries.days(tx, "120000", SINCE, TODAY), A_DAY),
    "issued in a province": (lambda tx: queries.issued(tx, Wanted(SINCE, TODAY, "120000"), By.DAY), A_DAY),
}
"""What the overview and the issuance page ask, and the most rows it may look at."""


@pytest.mark.parametrize(("ask", "most"), ASKED.values(), ids=list(ASKED))
async def test_a_screen_of_the_nation_looks_at_rows_by_the_day(nation, ask, most):
    conn = Explained(nation)
    await ask(Tx(conn, now=NOW, actor=SYSTEM, keys=None))
    assert conn.looked_at <= most


async def test_what_stands_ready_is_what_municipalities_add_up_to(nation):
    tx = Tx(nation, now=NOW, actor=SYSTEM, keys=None)
    assert await areas.unequal(tx) == []
    days = await queries.days(tx, "000000", SINCE, TODAY)
    assert {(flow.issued, flow.presented, flow.passed) for flow in days.values()} == {(4 * 342, 10 * 342, 9 * 342)}
    assert sum(line.links for line in await queries.issued(tx, Wanted(SINCE, TODAY, "000000"), By.REGION)) == DAYS * CHANNELS * 342
    assert len(await queries.places(tx, "000000", SINCE, TODAY)) == PROVINCES
