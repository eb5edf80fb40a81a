"""C1 and C2 as a member gets them: figures of his own area, blocks that fail alone, goals with a history, CSV with a reason."""
import re
from datetime import UTC, datetime, timedelta

import pytest

from essc.cards.events import CardsImported
from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.http.pages import Form, PageCall
from essc.operators.errors import NotPermitted, ReasonMissing
from essc.operators.model import Role
from essc.reports import queries
from essc.surfaces.console.pages import issuance, overview
from tests.operators.staffing import staff
from tests.reports.counting import applied, carded, later, live
from tests.sandbox.people import somebody
from tests.surfaces.screen import TEXTS, renderer

pytestmark = pytest.mark.anyio
RENDER = renderer()
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TIMES = ("数据更新于 2026-11-20 10:00", "近 30 天新增")


def call(db, session, url="/console", *, form=None, **query):
    """A request as the site would hand it to a page."""
    return PageCall(
        face="console", method="POST" if form else "GET", url=url, path={}, query={"area": query.pop("area", session.areas[0]), **query},
        form=Form({name: [value] for name, value in ({"form_key": f"form_{ids.new()}"} | (form or {})).items()}), body=b"", headers={}, cookies={}, locale="zh-CN",
        request_id="req_test", peer="127.0.0.1", secure=True, db=db, session=session, texts=TEXTS, renderer=RENDER, now=NOW)


@pytest.fixture(scope="module")
async def world_of_two(pg, keys):
    """Two people with cards in 南宁, one in 北京; one of 南宁 has applied. Everything is counted. One database for all: the pages only read it."""
    name = await pg.create()
    db = await Database.open(pg.url(name), keys, largest=4)
    await _happened(db)
    yield db
    await db.close()
    await pg.drop(name)


async def _happened(db):
    one, two, three = somebody(), somebody(), somebody()
    async with db.tx(now=NOW - timedelta(days=2)) as tx:
        await carded(tx, "450100", one, two)
        await carded(tx, "110101", three)
    async with db.tx(now=NOW) as tx:
        await applied(later(tx), one)
        await live(tx)
        await tx.run("INSERT INTO reports.earlier (round, at_bucket, after_id, until) VALUES (3, 1024, $1, $2)", ids.new(), tx.now)


async def member(db, *, roles=(Role.MAKER,), areas=("000000",)):
    async with db.tx(now=NOW) as tx:
        return await staff(tx, roles=roles, areas=areas)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.body.decode()))


async def test_the_nation_sees_all_and_a_city_only_itself(world_of_two):
    whole = text_of(await overview.overview(call(world_of_two, await member(world_of_two))))
    assert "33.3 %" in whole and "1 人" in whole and "北京" in whole and "广西" in whole
    assert all(one in whole for one in TIMES)
    city = await member(world_of_two, areas=("450100",))
    mine = text_of(await overview.overview(call(world_of_two, city)))
    assert "50.0 %" in mine and "北京" not in mine
    with pytest.raises(NotPermitted):
        await overview.overview(call(world_of_two, city, area="110000"))


@pytest.mark.parametrize("span", ["today", "30d", "year", "nonsense"])
async def test_every_span_has_its_trend(world_of_two, span):
    answer = await overview.overview(call(world_of_two, await member(world_of_two), span=span))
    assert answer.status == 200 and b"ssc-chart" in answer.body


async def test_htmx_gets_the_figures_alone(world_of_two):
    asked = call(world_of_two, await member(world_of_two))
    asked.headers = {"hx-request": "true"}
    answer = await overview.overview(asked)
    assert answer.body.lstrip().startswith(b'<div class="ov" id="figures"') and b"<html" not in answer.body


async def test_an_administrator_is_led_to_what_is_his(world_of_two):
    answer = await overview.overview(call(world_of_two, await member(world_of_two, roles=(Role.AUDITOR,))))
    assert (answer.status, dict(answer.headers)["location"]) == (303, "/console/audit")


async def test_one_block_that_fails_takes_no_other_with_it(world_of_two, pg):
    asked = call(world_of_two, await member(world_of_two))
    found = {name: await asked.piece(name, work) for name, work in
             {"good": lambda tx: queries.stock(tx, "000000"), "bad": lambda tx: tx.value("SELECT nothing FROM reports.day")}.items()}
    assert found["good"] == queries.Stock(3, 1, 1) and found["bad"] is None
    shown = RENDER("console/overview_figures.html", _context(asked, kpis=None))
    assert "这一块暂时没有取到数据" in shown and "没有下辖地区的数据" in shown


def _context(asked, **other):
    given = {"call": asked, "t": asked.say, "locale": "zh-CN", "asked": overview._asked(asked), "counted": True, "fresh": None, "metrics": (), "may_export": False,
             "home_area": "000000", "risks": "", "verdicts": [], "channels": {"rows": [], "more": 0}, "trend": {"rows": [], "said": "", "empty": True},
             "places": {"lowest": False, "grid": None, "rows": [], "ranking": [], "limits": ()}, "states": {}, "scope": None}
    return given | other


async def test_late_figures_say_so_in_amber(world_of_two):
    async with world_of_two.tx(now=NOW - timedelta(minutes=20)) as tx:
        waiting = await tx.emit(CardsImported(chunk_id=ids.new(), region="450000", count=0, sha256="", file_sha256=""))
    page = (await overview.overview(call(world_of_two, await member(world_of_two)))).body.decode()
    assert 'class="fresh late"' in page and "数据延迟，最后更新 2026-11-20 09:40" in page
    async with world_of_two.tx(now=NOW) as tx:
        await tx.run("UPDATE kit.event SET delivered_at = $1 WHERE id = $2", tx.now, waiting)


async def test_a_quiet_house_is_not_late(world_of_two):
    asked = call(world_of_two, await member(world_of_two))
    asked.now += timedelta(hours=3)
    page = (await overview.overview(asked)).body.decode()
    assert "此后没有新的签发和用卡" in page and 'class="fresh late"' not in page


async def test_days_leave_as_csv_with_a_reason_only(world_of_two):
    session = await member(world_of_two)
    with pytest.raises(ReasonMissing):
        await overview.export(call(world_of_two, session, form={"list": "days", "span": "30d"}))
    answer = await overview.export(call(world_of_two, session, form={"list": "days", "span": "30d", "reason": "report"}))
    lines = answer.body.decode("utf-8-sig").splitlines()
    assert len(lines) == 31 and lines[0].startswith("日期,社保卡净增") and lines[-1] == "2026-11-20,0,1,1,1,0,0,–"
    answer = await overview.export(call(world_of_two, session, form={"list": "regions", "span": "30d", "reason": "report"}))
    assert "450000,广西壮族自治区,2,1,50.00,1,1,0,0,–" in answer.body.decode()
    with pytest.raises(NotPermitted):
        reader = await member(world_of_two, roles=(Role.READER,))
        await overview.export(call(world_of_two, reader, form={"list": "days", "span": "30d", "reason": "report"}))


# ── C2 ──

@pytest.mark.parametrize("by", ["day", "region", "channel", "way", "level"])
async def test_what_was_issued_is_listed_by_each_side(world_of_two, by):
    answer = await issuance.issuance(call(world_of_two, await member(world_of_two), "/console/issue", by=by))
    assert "合计 1 100.0" in text_of(answer)


@pytest.mark.parametrize("query", [{"way": "synced"}, {"level": "2"}, {"until": "2026-11-01"}, {"channel": ids.wire("chan", ids.new())}, {"area": "110000"}])
async def test_without_a_match_it_says_so(world_of_two, query):
    page = text_of(await issuance.issuance(call(world_of_two, await member(world_of_two), "/console/issue", **query)))
    assert "所选条件下没有签发记录" in page


@pytest.mark.parametrize("query", [{"since": "2026-12-01"}, {"since": "2020-01-01"}])
async def test_days_that_cannot_be_meant_are_put_right_and_said(world_of_two, query):
    answer = await issuance.issuance(call(world_of_two, await member(world_of_two), "/console/issue", **query))
    assert "最多查询 366 天" in text_of(answer) and b'value="2026-10-22"' in answer.body


async def test_a_goal_is_set_shown_and_kept_in_the_history(world_of_two):
    session = await member(world_of_two)
    for rate in ("25", "40.5%"):
        asked = call(world_of_two, session, "/console/issue/target", form={"area": "000000", "year": "2026", "rate": rate})
        asked.once = True
        asked.now += timedelta(seconds=len(rate))
        assert (await issuance.set_goal(asked)).status == 303
    page = text_of(await issuance.issuance(call(world_of_two, session, "/console/issue")))
    assert "2026 年目标 40.50%" in page and "目前 33.33%，已完成目标的 82.3%，还差 1 张" in page
    assert "25.00%" in page and page.count("韦晓兰") >= 2
    async with world_of_two.read_tx() as tx:
        assert [target.rate_bp for target in await queries.targets(tx, "000000")] == [4050, 2500]
        assert await tx.value("SELECT actor_kind FROM kit.event WHERE kind = 'reports.target_set' LIMIT 1") == "operator"
        assert await queries.target(tx, "450000", 2026) is None


@pytest.mark.parametrize(("year", "rate"), [("2026", "0"), ("2026", "100.01"), ("2016", "20"), ("2040", "20"), ("2026", "a"), ("x", "20"), ("2026", "1.234"), ("2026", "")])
async def test_a_goal_that_cannot_be_meant_is_refused_with_what_was_typed(world_of_two, year, rate):
    asked = call(world_of_two, await member(world_of_two), "/console/issue/target", form={"year": year, "rate": rate})
    answer = await issuance.set_goal(asked)
    assert answer.status == 422 and "目标填写有误" in text_of(answer)


async def test_only_who_may_sets_a_goal(world_of_two):
    reader = await member(world_of_two, roles=(Role.READER,))
    assert "保存目标" not in text_of(await issuance.issuance(call(world_of_two, reader, "/console/issue")))
    with pytest.raises(NotPermitted):
        await issuance.set_goal(call(world_of_two, reader, "/console/issue/target", form={"year": "2026", "rate": "20"}))


async def test_the_table_leaves_as_numbers(world_of_two):
    answer = await issuance.export(call(world_of_two, await member(world_of_two), "/console/issue/export", form={"by": "way", "reason": "check"}))
    assert answer.body.decode("utf-8-sig").splitlines() == ["方式,签发量,本人申领,柜台申领,同步签发,验密关联,二级", "柜台申领,1,0,1,0,0,0"]
