"""交班: what a terminal verified since its shift began, from the records, without anybody's name."""
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest

from essc.codes import actions as codes
from essc.codes.actions import Word
from essc.kit import clock, ids
from essc.kit.db.tx import Actor
from essc.kit.http.api import Api, ApiSettings
from essc.kit.http.operations import Principal
from essc.kit.i18n import Texts
from essc.names import PREFIXES
from essc.records import model, queries
from essc.records.api import operations
from essc.records.jobs import jobs
from essc.records.model import Count, Since
from tests.codes.scene import PHARMACY, staged, terminal_of
from tests.hearing import hear

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(("handed_over", "began"), [
    (None, NOON - timedelta(hours=24)),
    (NOON - timedelta(hours=3), NOON - timedelta(hours=3)),
    (NOON - timedelta(days=40), NOON - timedelta(hours=24)),
    (NOON + timedelta(seconds=1), NOON),
])
def test_a_shift_begins_when_the_last_one_was_handed_over_at_the_longest_a_day_ago(handed_over, began):
    assert model.shift_began(handed_over, NOON) == began


def test_a_day_begins_at_midnight_in_shanghai():
    assert model.day_began(datetime(2026, 11, 20, 16, 30, tzinfo=UTC)) == datetime(2026, 11, 20, 16, tzinfo=UTC)


async def test_a_terminal_counts_what_it_verified_by_scene_way_and_verdict(tx):
    here = await staged(tx)
    code = here.code(tx)
    await codes.redeem(tx, [here.scan(tx, code), here.scan(tx, here.code(tx, nonce=8), request="r2")])
    await codes.redeem(tx, [here.scan(tx, code, request="r3"), here.scan(tx, "4" * 24, request="r4")])
    await codes.compare_person(tx, code, here.terminal.id, Word(matched=False), tx.now)
    await hear(tx, jobs)
    told = await queries.work(tx, here.terminal.id, Since.SHIFT)
    assert told.counts == [Count(PHARMACY, "code", "PASS", 2), Count(PHARMACY, "code", "USED", 1)]
    assert (told.forged, told.mismatched, told.counted_at) == (1, 1, tx.now)


async def test_another_terminals_work_is_not_counted(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx)])
    await hear(tx, jobs)
    told = await queries.work(tx, (await terminal_of(tx, name="别处药房（演示）")).id, Since.DAY)
    assert (told.counts, told.forged, told.mismatched) == ([], 0, 0)


async def test_a_terminal_is_told_over_http_and_of_itself_only(db):
    async with db.tx(now=clock.now() - timedelta(seconds=10)) as tx:
        here = await staged(tx)
    async with db.tx() as tx:
        await codes.redeem(tx, [here.scan(tx, after=0)])
        await hear(tx, jobs)

    async def authenticate(request, database):
        return Principal(Actor("terminal", ids.wire("term", here.terminal.id)), extra=SimpleNamespace())

    edge = Api([operations], db=db, texts=Texts.load(), settings=ApiSettings(prefixes=PREFIXES), authenticators={"terminal": authenticate, "holder": authenticate})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://essc.test", headers={"signature": "x"}) as http:
        own = await http.get(f"/v1/terminals/{ids.wire('term', here.terminal.id)}/work?since=day")
        other = await http.get(f"/v1/terminals/{ids.wire('term', ids.new())}/work")
    assert (own.status_code, own.json()["counts"]) == (200, [{"scene": PHARMACY, "way": "code", "verdict": "PASS", "count": 1}])
    assert (other.status_code, other.json()["code"]) == (404, "terminal_not_found")
