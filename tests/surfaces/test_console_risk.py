"""C3 风险预警, page by page: who sees which notes, what each act does and means in real numbers, and what a second person decides."""
import re

import pytest

from essc.channels import queries as channels
from essc.codes import actions as codes
from essc.ecards import queries as ecards
from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.kit.paging import Page
from essc.notices.jobs import jobs as notices
from essc.operators.model import Role
from essc.records import actions as records
from essc.records import jobs as records_jobs
from essc.records import queries as uses
from essc.risk import actions, queries
from essc.risk.model import Filter, Level
from essc.venues import queries as venues
from tests.codes.scene import staged
from tests.hearing import hear
from tests.surfaces.desk import desk

pytestmark = pytest.mark.anyio


@pytest.fixture
async def db(pg, keys):
    """A database of the test's own: a list shows what there is, so nobody else's notes may be in it."""
    name = await pg.create()
    made = await Database.open(pg.url(name), keys, largest=6)
    try:
        yield made
    finally:
        await made.close()
        await pg.drop(name)


@pytest.fixture
async def officer(db):
    """A security administrator, and a use at a pharmacy that its holder disowned, though not the codes' first freeze."""
    async with desk(db, roles=[Role.SECURITY], areas=["000000"], name="陈晓明") as found:
        async with db.tx(SYSTEM) as tx:
            found.here = here = await staged(tx)
            await codes.redeem(tx, [here.scan(tx)])
            await hear(tx, records_jobs.jobs)
            use = (await uses.uses(tx, here.ecard.holder_id, Page())).items[0].use
            await records.note(tx, "use_disputed", Level.HIGH, here.ecard.holder_id, records._facts(use), ids.new())
            found.forged = await codes.report_forgery(tx, here.terminal.id, "pharmacy.buy")
            [found.disowned] = [one.note.id for one in (await queries.listed(tx, Filter(), Page())).items if one.note.id != found.forged]
        yield found


def address(note_id):
    return f"/console/risk/{ids.wire('note', note_id)}"


async def act(officer, note_id, do, reason="电话核实后处理"):
    await officer.get(address(note_id))
    return await officer.post(address(note_id), do=do, reason=reason)


async def read(officer, find):
    async with officer.db.read_tx() as tx:
        return await find(tx)


async def test_what_waits_is_listed_with_its_level_its_subject_and_its_count(officer):
    await officer.get("/console/risk")
    assert officer.status == 200 and officer.seen("c-risk") == 1
    assert "持卡人报告" in officer.text and "窗口上报伪造二维码" in officer.text and "安康大药房（演示） · 收银 1 号" in officer.text
    assert officer.here.terminal.number in officer.text and "韦" not in officer.text.replace("韦晓兰", "")


@pytest.mark.parametrize(("query", "there", "gone"), [
    ("level=high", "持卡人报告", "收银 1 号"), ("subject=terminal", "收银 1 号", "对一次"), ("rule=forged_reported", "收银 1 号", "对一次"),
    ("state=handling", "所选条件下没有预警", "收银 1 号"), ("owner=mine", "所选条件下没有预警", "收银 1 号"), ("area=460000", "所选条件下没有预警", "收银 1 号"),
    ("sort=level&rising=1", "收银 1 号", "所选条件下没有预警"), ("level=strange&size=7&sort=x&cursor=", "收银 1 号", "所选条件下没有预警"),
])
async def test_the_list_is_narrowed_and_ordered(officer, query, there, gone):
    await officer.get(f"/console/risk?{query}")
    assert officer.status == 200 and there in officer.text and gone not in officer.text


async def test_one_note_shows_its_evidence_and_what_an_act_would_mean(officer):
    await officer.get(address(officer.disowned))
    assert officer.status == 200 and officer.seen("c-risk-note") == 1
    assert "这位持卡人在 1 个渠道的二维码全部停用" in officer.text
    assert f"暂停后，“{officer.here.channel.name}”的 1 名用户将无法展码和支付。已发出的授权不受影响。" in officer.text
    assert re.search(r"use_[0-9a-z]{26}", officer.text) and "购药" in officer.text


async def test_codes_are_frozen_and_the_holder_is_told_and_the_note_is_closed(officer):
    await act(officer, officer.disowned, "freeze")
    assert officer.status == 200 and "二维码已冻结" in officer.text and "工作人员冻结" in officer.text
    ecard = await read(officer, lambda tx: ecards.get(tx, officer.here.ecard.id))
    assert ecard.frozen_why == "operator"
    async with officer.db.tx(SYSTEM) as tx:
        await hear(tx, notices)
    assert await read(officer, lambda tx: tx.value("SELECT count(*) FROM notices.message WHERE holder_id = $1 AND kind = 'frozen'", ecard.holder_id)) == 1
    await act(officer, officer.disowned, "freeze")
    assert officer.problem == "ecard_frozen_already"
    await act(officer, officer.disowned, "handled")
    assert "已关闭" in officer.text and (await read(officer, lambda tx: queries.get(tx, officer.disowned))).note.closing == "handled"
    assert 'name="do"' not in officer.text
    await officer.post(address(officer.disowned), form_key="form_kept", do="remark", reason="补充说明")
    assert officer.problem == "note_move_not_allowed"


async def test_a_terminal_is_disabled(officer):
    await act(officer, officer.forged, "disable")
    assert (await read(officer, lambda tx: venues.terminal(tx, officer.here.terminal.id))).state == "disabled"
    assert "已停用" in officer.text


@pytest.mark.parametrize(("do", "reason", "problem"), [("freeze", "", "note_reason_missing"), ("false_alarm", " ", "note_reason_missing"), ("pause", "abc", "staff_reason_missing")])
async def test_nothing_is_done_without_a_reason(officer, do, reason, problem):
    await act(officer, officer.disowned, do, reason)
    assert officer.status == 422 and officer.problem == problem
    assert (await read(officer, lambda tx: queries.get(tx, officer.disowned))).note.state == "open"


async def test_a_form_sent_twice_is_done_once(officer):
    await officer.get(address(officer.disowned))
    key = re.search(r'name="form_key" value="([^"]+)"', officer.text)[1]
    for _ in range(2):
        await officer.http.post(address(officer.disowned), data={"form_key": key, "do": "remark", "reason": "已电话核实"})
    timeline = await read(officer, lambda tx: tx.value("SELECT count(*) FROM risk.move WHERE note_id = $1", officer.disowned))
    assert timeline == 1


async def test_a_channel_is_paused_by_two_people_and_never_by_one(officer):
    await act(officer, officer.disowned, "pause", "一小时内大量异议，先行暂停")
    assert "申请暂停渠道，等待复核" in officer.text
    channel_id = officer.here.channel.id
    assert (await read(officer, lambda tx: channels.get(tx, channel_id))).standing == "active"
    await act(officer, officer.disowned, "pause", "再次提交同一申请")
    assert officer.problem == "staff_approval_pending"
    async with desk(officer.db, roles=[Role.CHECKER], areas=["000000"], name="周敏") as checker:
        await checker.get("/console/approvals")
        assert "暂停渠道" in checker.text and officer.here.channel.name in checker.text
        approval = re.search(r"appr_[0-9a-z]{26}", checker.text)[0]
        await checker.post(f"/console/approvals/{approval}/approve")
    assert (await read(officer, lambda tx: channels.get(tx, channel_id))).standing == "paused"
    await officer.get(address(officer.disowned))
    assert "复核通过，渠道已暂停" in officer.text and "恢复渠道" in officer.text


async def test_others_look_and_do_not_act_and_see_their_own_area_only(officer):
    async with desk(officer.db, roles=[Role.READER], areas=["450000"], name="覃丽") as reader:
        await reader.get(address(officer.forged))
        assert reader.status == 200 and 'name="do"' not in reader.text
        await reader.post(address(officer.forged), form_key="form_x", do="take")
        assert reader.status == 403
    async with desk(officer.db, roles=[Role.MAKER], areas=["460000"], name="符海") as far:
        await far.get("/console/risk")
        assert "所选条件下没有预警" in far.text
        for path in (address(officer.forged), "/console/risk/note_nothing", "/console/risk/x"):
            await far.get(path)
            assert far.status == 404
        await far.get("/console/risk?area=450000")
        assert far.status == 403
    async with desk(officer.db, roles=[Role.AUDITOR], areas=["000000"], name="梁诗雨") as auditor:
        await auditor.get("/console/risk")
        assert auditor.status == 403


async def test_the_list_leaves_with_a_reason_only_and_that_is_written_down(officer):
    await officer.get("/console/risk")
    await officer.post("/console/risk/export", reason="case", level="high")
    assert officer.page.headers["content-type"].startswith("text/csv") and officer.page.text.count("\r\n") == 2
    assert "note_" in officer.page.text and "南宁市" in officer.page.text
    assert await read(officer, lambda tx: tx.value("SELECT body->>'list' FROM kit.event WHERE kind = 'operators.list_exported'")) == "risk"
    await officer.get("/console/risk")
    await officer.post("/console/risk/export", reason="")
    assert officer.status == 422 or officer.problem


async def test_what_is_seen_again_and_again_has_a_chart_that_says_the_same_in_words(officer):
    async with officer.db.tx(SYSTEM) as tx:
        for _ in range(4):
            await actions.raise_note(tx, rule="forged_reported", level=Level.MEDIUM, subject_kind="terminal", subject=officer.here.terminal.id,
                                     region=officer.here.terminal.region, facts={"scene": "pharmacy.buy", "forged_tries_10min": 0})
    await officer.get(address(officer.forged))
    assert "近 48 小时共 5 次" in officer.text and "<rect" in officer.text
