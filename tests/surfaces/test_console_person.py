"""C10 持卡人查询, page by page: nothing before a reason, nothing in an address, nothing of other areas, and a second person where it cannot be undone."""
import itertools
import re

import pytest

from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.ecards import queries as ecards
from essc.ecards.model import Freeze
from essc.holders import queries as people
from essc.kit.db.tx import SYSTEM
from essc.kit.outbox import Pump
from essc.operators.model import Role
from essc.records.jobs import jobs
from tests.ecards.house import applied, carded
from tests.sandbox.people import somebody
from tests.surfaces.desk import desk

pytestmark = pytest.mark.anyio
CASE = {"reason": "case", "note": "补换卡进度咨询", "ticket": "GD-2026-1121-0042"}
_names = itertools.count(1)


@pytest.fixture
async def maker(db):
    """A maker of the city in which somebody's card was issued, which is linked on a channel."""
    async with desk(db, areas=("450100",)) as found:
        async with db.tx(SYSTEM) as tx:
            found.who = somebody()
            found.channel = f"便民通 {next(_names)}（演示）"
            app = await channels.register(tx, Application(found.channel, Form.APP, Kind.HUMAN_RESOURCES, 1, "450000", tuple(Ability), ("name",)), sandbox=True, demonstration=True)
            await carded(tx, found.who)
            found.ecard, found.link = await applied(tx, found.who, app.id)
        yield found


async def look_up(desk_, who, **other):
    await desk_.get("/console/person")
    return await desk_.post("/console/person", **(CASE | {"name": who.name, "number": who.number} | other))


async def test_the_form_says_that_it_is_recorded_and_that_the_holder_can_see_it(maker):
    await maker.get("/console/person")
    assert maker.seen("c-person") == 1 and "您的本次查询将被记录并可由持卡人看到" in maker.text


@pytest.mark.parametrize("missing", ["reason", "note", "ticket"])
async def test_nobody_is_looked_up_without_reason_words_and_ticket(maker, missing):
    await look_up(maker, maker.who, **{missing: ""})
    assert (maker.status, maker.problem) == (422, "lookup_wrong")
    async with maker.db.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM holders.staff_lookup WHERE holder_id = $1", maker.ecard.holder_id) == 0


@pytest.mark.parametrize(("number", "code"), [("99990119900307", "number_length"), ("99990119900307002X1", "number_length"), ("999901199013070026", "number_birth_date")])
async def test_a_number_that_cannot_be_right_is_said_to_be_wrong(maker, number, code):
    await look_up(maker, maker.who, number=number)
    assert (maker.status, maker.problem) == (422, code)


async def test_what_is_found_is_masked_and_its_address_says_nothing(maker):
    await look_up(maker, maker.who)
    assert (maker.status, maker.seen("c-person-found")) == (200, 1)
    assert maker.who.number not in maker.text and maker.who.name not in maker.text
    assert re.fullmatch(r"/console/person/look_[0-9a-z]{26}", maker.at)
    assert (await maker.get(maker.at)).status == 200


async def test_another_member_and_another_session_do_not_open_it(maker, db):
    await look_up(maker, maker.who)
    async with desk(db, areas=("450100",)) as other:
        await other.get(maker.at)
        assert (other.status, other.problem, other.seen("c-person")) == (404, "lookup_not_found", 1)


@pytest.mark.parametrize("area", ["440000", "450200"])
async def test_a_holder_of_another_area_is_as_nobody(maker, db, area):
    async with desk(db, areas=(area,)) as other:
        await look_up(other, maker.who)
        far = re.search(r'<section class="summary".*?</section>', other.text, re.DOTALL)[0]
        await look_up(other, maker.who, name="韦小小")
        assert far == re.search(r'<section class="summary".*?</section>', other.text, re.DOTALL)[0] and other.problem == "holder_not_in_area"


@pytest.mark.parametrize("tab", ["cards", "links", "uses", "checks", "nonsense"])
async def test_every_tab_opens(maker, tab):
    await look_up(maker, maker.who)
    await maker.get(f"{maker.at}?tab={tab}")
    assert maker.status == 200 and maker.seen(f"tab-{tab if tab != 'nonsense' else 'cards'}") == 1
    assert (maker.channel in maker.text) is (tab == "links")


async def test_one_field_is_shown_in_full_for_a_reason_and_the_others_stay_masked(maker):
    await look_up(maker, maker.who)
    at = maker.at
    await maker.post(f"{at}/full", field="number", reason="")
    assert (maker.status, maker.problem) == (422, "lookup_wrong") and maker.who.number not in maker.text
    await maker.post(f"{at}/full", field="number", reason="risk")
    assert maker.who.number in maker.text and maker.who.name not in maker.text and 'hx-trigger="load delay:60s"' in maker.text


async def test_codes_are_frozen_for_a_reason_and_staff_cannot_unfreeze_them(maker):
    await look_up(maker, maker.who)
    at = maker.at
    await maker.post(f"{at}/freeze", reason="because")
    assert (maker.status, maker.problem) == (422, "lookup_wrong")
    await maker.post(f"{at}/freeze", reason="stolen")
    assert "由持卡人本人刷脸恢复" in maker.text and 'data-testid="freeze"' not in maker.text
    async with maker.db.read_tx() as tx:
        assert (await ecards.get(tx, maker.ecard.id)).frozen_why is Freeze.OPERATOR


async def test_an_unlinking_is_asked_and_done_when_somebody_else_agrees(maker, db):
    await look_up(maker, maker.who)
    at = maker.at
    await maker.get(f"{at}?tab=links")
    link = re.search(r'name="link" value="(link_[0-9a-z]+)"', maker.text)[1]
    await maker.post(f"{at}/unlink", link=link, reason="持卡人来函要求解除")
    assert "已提交，等待另一位人员复核" in maker.text
    await maker.post(f"{at}/unlink", link=link, reason="持卡人来函要求解除")
    assert maker.problem == "staff_approval_pending"
    async with desk(db, roles=(Role.CHECKER,), areas=("450000",)) as checker:
        await checker.get("/console/approvals")
        [approval] = re.findall(rf'data-id="(appr_[0-9a-z]+)"(?:(?!data-id).)*{maker.channel}', checker.text, re.DOTALL)
        await checker.post(f"/console/approvals/{approval}/approve")
        assert checker.status == 200
    async with maker.db.read_tx() as tx:
        assert not (await ecards.link(tx, maker.link.id)).live


async def test_a_link_of_somebody_else_is_not_found(maker):
    await look_up(maker, maker.who)
    await maker.post(f"{maker.at}/unlink", link="link_01kaq7xw3m2y8r5t6v9b0c1d2e", reason="持卡人来函要求解除")
    assert maker.status == 404


@pytest.mark.parametrize("role", [Role.CHECKER, Role.READER])
async def test_who_may_only_read_looks_up_and_does_nothing(maker, db, role):
    async with desk(db, roles=(role,), areas=("450100",)) as other:
        await look_up(other, maker.who)
        assert other.status == 200 and 'data-testid="freeze"' not in other.text
        assert (await other.post(f"{other.at}/freeze", reason="stolen")).status == 403


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.SECURITY, Role.AUDITOR])
async def test_the_three_administrators_look_nobody_up(db, role):
    async with desk(db, roles=(role,), areas=("000000",)) as admin:
        assert (await admin.get("/console/person")).status == 403


async def test_no_address_or_event_of_a_look_up_carries_name_or_number(maker):
    await look_up(maker, maker.who)
    async with maker.db.read_tx() as tx:
        bodies = await tx.value("SELECT string_agg(body::text, ' ') FROM kit.event WHERE kind LIKE 'holders.look%'")
        holder = await people.get(tx, maker.ecard.holder_id)
    assert holder.number not in bodies and holder.name not in bodies and "GD-2026" not in bodies


async def test_the_holder_reads_of_it_in_the_wallet_with_reason_and_organisation_and_nobodys_name(visitor, db):
    await visitor.applied()
    async with desk(db, areas=("000000",), name="黄海燕") as staff:
        await look_up(staff, visitor.who)
        await staff.post(f"{staff.at}/full", field="number", reason="risk")
    pump = Pump(db, [jobs])
    while await pump.deliver():
        pass
    await visitor.get("/m/records?kind=staff")
    assert "工作人员查询" in visitor.text and "部级经办机构 · 业务办理" in visitor.text and "工作人员查看完整信息" in visitor.text
    await visitor.get(re.search(r'href="(/m/records/use_[0-9a-z]+)"', visitor.text)[1])
    assert "风险核查" in visitor.text and "部级经办机构" in visitor.text and "社会保障号码" in visitor.text and "黄海燕" not in visitor.text
