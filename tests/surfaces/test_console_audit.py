"""C13 审计日志, page by page: what an auditor finds, how the chain stands, one event with its proof, and an export by two people."""
import re

import asyncpg
import pytest

from essc.audit import actions
from essc.audit.jobs import Sequencer, Watch
from essc.kit import ids
from essc.kit.db.embedded import SUPERUSER
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.operators.model import Role
from essc.venues import actions as venues
from essc.venues.model import TerminalKind
from tests.audit.test_sequencer import ORIGIN, logged
from tests.surfaces.desk import desk

pytestmark = pytest.mark.anyio


@pytest.fixture
async def auditor(pg, keys, tmp_path):
    """An auditor at a console, a log with a venue and its terminal in it, and the watch that proves it."""
    name = await pg.create()
    db = await Database.open(pg.url(name), keys, largest=6)
    try:
        async with desk(db, roles=[Role.AUDITOR], areas=["000000"], name="梁诗雨") as found:
            async with db.tx(SYSTEM) as tx:
                found.venue = await venues.add_venue(tx, "安康大药房（演示）", "pharmacy", "450102", demonstration=True)
                found.terminal = await venues.add_terminal(tx, found.venue.id, "收银 1 号", TerminalKind.WINDOW)
            found.superuser, found.sequencer, found.watch = pg.url(name, SUPERUSER), Sequencer(db, tmp_path, ORIGIN), Watch(db, tmp_path)
            found.folder = tmp_path
            await proved(found)
            yield found
    finally:
        await db.close()
        await pg.drop(name)


async def proved(auditor):
    """Everything so far has its leaf, can be found, and was looked at."""
    await logged(auditor.db, auditor.sequencer)
    await auditor.watch.index()
    for _ in range(20):
        if not await auditor.watch.look():
            break


def rows(auditor):
    return re.findall(r'href="/console/audit/([0-9a-f-]{36})"', auditor.text)


async def test_the_first_tab_is_the_staffs_and_the_second_everybody_elses(auditor):
    await auditor.get("/console/audit")
    assert auditor.status == 200 and auditor.seen("c-audit") == 1 and ">登录控制台<small>" in auditor.text and ">登记终端<small>" not in auditor.text
    await auditor.get("/console/audit?tab=system")
    assert ">登记终端<small>" in auditor.text and ">登记服务机构<small>" in auditor.text and ">登录控制台<small>" not in auditor.text


@pytest.mark.parametrize(("query", "count"), [
    ("kind=venues.terminal_added", 1), ("thing={terminal}", 1), ("thing={venue}", 2), ("thing={raw}", 2), ("actor=essc", 2), ("result=refused", 0),
    ("since=2020-01-01&until=2020-01-02", 0), ("since=2020-01-01&kind=venues.venue_added&actor=essc", 1), ("request=req_nobody", 0),
])
async def test_what_is_asked_for_is_found(auditor, query, count):
    about = {"terminal": ids.wire("term", auditor.terminal.id), "venue": ids.wire("ven", auditor.venue.id), "raw": str(auditor.venue.id)}
    await auditor.get(f"/console/audit?tab=system&{query.format(**about)}")
    found = rows(auditor)
    assert auditor.status == 200 and (len(found) == count or (query == "actor=essc" and len(found) >= count))
    assert bool(found) != ("没有符合条件的记录，请放宽时间或条件" in auditor.text)


@pytest.mark.parametrize("query", ["thing=999901199003070026", "since=yesterday", "until=2026-13-01", "result=perhaps"])
async def test_what_is_not_written_as_it_should_be_is_said_at_the_field(auditor, query):
    await auditor.get(f"/console/audit?{query}")
    assert (auditor.status == 422 and auditor.problem == "audit_search_wrong" and "aria-invalid" in auditor.text) or query == "result=perhaps"


async def test_the_chain_says_how_much_was_proved_and_a_tampered_row_turns_it_red_until_it_is_mended(auditor):
    await auditor.get("/console/audit")
    assert re.search(r"第 \d+ 条，链校验通过", auditor.text)
    conn = await asyncpg.connect(auditor.superuser)
    before = await conn.fetchrow("SELECT id, body FROM kit.event WHERE kind = 'venues.terminal_added'")
    await conn.execute("""UPDATE kit.event SET body = jsonb_set(body, '{terminal_kind}', '"gate"') WHERE id = $1""", before["id"])
    await auditor.post("/console/audit/verification")
    await proved(auditor)
    await auditor.get("/console/audit")
    assert 'class="chain bad"' in auditor.text and "审计链校验不通过" in auditor.text and "链校验通过" not in auditor.text
    await auditor.get(f"/console/audit/{before['id']}")
    assert "与签名的日志不一致" in auditor.text and 'role="alert"' in auditor.text
    await conn.execute("UPDATE kit.event SET body = $2::jsonb WHERE id = $1", before["id"], before["body"])
    await conn.close()
    await auditor.get("/console/audit")
    assert 'class="chain bad"' in auditor.text, "it stays until the whole was proved again"
    await auditor.post("/console/audit/verification")
    await proved(auditor)
    await auditor.get("/console/audit")
    assert "链校验通过" in auditor.text and 'class="chain bad"' not in auditor.text


async def test_one_event_stands_in_the_log_and_the_page_proves_it(auditor):
    await auditor.get("/console/audit?tab=system&kind=venues.terminal_added")
    [event] = rows(auditor)
    await auditor.get(f"/console/audit/{event}")
    assert auditor.seen("c-audit-event") == 1 and "证明成立" in auditor.text and "essc-event-v1" in auditor.text and str(auditor.terminal.id) in auditor.text
    for nobody in (str(ids.new()), "nothing", "x" * 60):
        await auditor.get(f"/console/audit/{nobody}")
        assert auditor.status == 404


async def test_an_auditors_own_looks_are_in_the_log(auditor):
    await auditor.get("/console/audit?kind=cards.moved")
    await proved(auditor)
    await auditor.get("/console/audit?kind=audit.searched")
    assert len(rows(auditor)) == 1 and "梁诗雨" in auditor.text


async def test_an_export_needs_another_administrator_and_can_be_taken_once(auditor):
    await auditor.get("/console/audit?tab=system&kind=venues.terminal_added")
    await auditor.post("/console/audit/export", tab="system", kind="venues.terminal_added", reason="年度审计抽查")
    assert "等待复核" in auditor.text
    export = re.search(r"exp_[0-9a-z]{26}", auditor.text)[0]
    await auditor.post(f"/console/audit/export/{export}")
    assert auditor.status == 404
    async with desk(auditor.db, roles=[Role.SECURITY], areas=["000000"], name="陈晓明") as other:
        await other.get("/console/approvals")
        assert "导出审计日志" in other.text and "venues.terminal_added" in other.text
        approval = re.search(r"appr_[0-9a-z]{26}", other.text)[0]
        await other.post(f"/console/approvals/{approval}/approve")
        await other.post(f"/console/audit/export/{export}")
        assert other.status == 403
    await auditor.get("/console/audit")
    assert "下载 CSV" in auditor.text
    await auditor.post(f"/console/audit/export/{export}")
    assert auditor.page.headers["content-type"].startswith("text/csv") and auditor.page.text.count("\r\n") == 2 and str(auditor.terminal.id) in auditor.page.text
    await auditor.get("/console/audit")
    await auditor.post(f"/console/audit/export/{export}")
    assert auditor.status == 404


async def test_an_export_without_a_reason_is_not_asked_for(auditor):
    await auditor.get("/console/audit")
    await auditor.post("/console/audit/export", reason="")
    assert auditor.status == 422 and auditor.problem == "staff_reason_missing"
    async with auditor.db.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM audit.export") == 0


@pytest.mark.parametrize("role", [Role.SECURITY, Role.SYSTEM, Role.MAKER, Role.CHECKER, Role.READER])
async def test_nobody_else_sees_the_log(auditor, role):
    async with desk(auditor.db, roles=[role], areas=["000000"]) as other:
        for path in ("/console/audit", f"/console/audit/{ids.new()}"):
            await other.get(path)
            assert other.status == 403
        assert "/console/audit" not in (await other.get("/console/approvals")).text


def test_the_limits_of_an_export_are_said_on_the_page():
    assert actions.EXPORT_MOST == 50_000
