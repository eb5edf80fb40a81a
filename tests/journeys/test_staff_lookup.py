"""Staff look somebody up, over HTTP: a reason first, masked, one field in full, codes frozen; the holder reads of each, and the audit log proves it."""
import re

from essc.kit import ids
from tests.callers import Channel, Line
from tests.callers_console import Console
from tests.holders.people import number
from tests.journeys.proofs import included
from tests.running import House, within
from tests.town import Town

CASE = {"reason": "case", "note": "补换卡进度咨询", "ticket": "GD-2026-1121-0042"}


def looked_up(staff: Console, who, **other: str):
    """The page after the form was sent."""
    staff.get("/console/person")
    return staff.post("/console/person", **(CASE | {"name": who.name, "number": who.number} | other))


def problem_of(page) -> str:
    """Everything that the page says went wrong."""
    return re.search(r'<section class="summary".*?</section>', page.text, re.DOTALL)[0]


def of_staff(phone) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """What the holder reads of look-ups, newest first."""
    return [(use["action"], use["verdict"], use["way"], tuple(use["fields"])) for use in phone.get("/uses", query="kind=staff")["items"]]


def events(house: House, kind: str, actor: str) -> int:
    """How many events of a kind a member has caused."""
    async def work(db):
        async with db.read_tx() as tx:
            return await tx.value("SELECT count(*) FROM kit.event WHERE kind = $1 AND actor_kind = 'operator' AND actor_id = $2", kind, actor)
    return house.operate(work)


def test_staff_look_somebody_up_and_the_holder_reads_of_it(house: House, town: Town) -> None:
    who, phone = town.resident()
    staff = Console(house, areas=("000000",), name="陈晓明")

    # Without a reason, words and a ticket nobody is looked up; with another name it is as if there were nobody.
    assert looked_up(staff, who, ticket="").status_code == 422 and 'data-code="lookup_wrong"' in staff.page.text
    missed = looked_up(staff, who, name="韦小小")
    assert missed.status_code == 422 and 'data-code="holder_not_in_area"' in missed.text
    unknown = looked_up(staff, who, number=number(998))
    assert unknown.status_code == 422 and problem_of(unknown) == problem_of(missed)
    assert of_staff(phone) == []

    # Found, it is masked; the address says nothing, and opens in this session only.
    page = looked_up(staff, who)
    assert page.status_code == 200 and 'data-testid="c-person-found"' in page.text
    assert who.number not in page.text and who.name not in page.text and f"{who.number[:4]}**********{who.number[-4:]}" in page.text
    address = page.url.path
    assert re.fullmatch(r"/console/person/look_[0-9a-z]{26}", address)
    assert staff.get(address).status_code == 200
    other = Console(house, areas=("000000",), name="周敏", roles=("checker",))
    assert other.get(address).status_code == 404 and who.number not in other.page.text

    # The number is shown in full for a reason of its own. The holder reads of both, with the kind of organisation and no name.
    staff.get(address)
    assert who.number in staff.post(f"{address}/full", field="number", reason="official").text
    within(2, lambda: of_staff(phone)[:2] == [("staff_full", "official", "nation", ("number",)), ("staff_lookup", "case", "nation", of_staff(phone)[-1][3])],
           "the holder reads of the look-up")
    assert "陈晓明" not in str(phone.get("/uses", query="kind=staff"))

    # The tabs tell what the rooms have; the audit log proves the look-up without us.
    for tab, word in (("cards", "正常"), ("links", "便民通（演示）"), ("uses", "工作人员查询"), ("checks", "刷脸")):
        assert word in staff.get(f"{address}?tab={tab}").text, tab
    use = phone.get("/uses", query="kind=staff")["items"][-1]
    assert included(within(5, lambda: _proof(phone, use["id"]), "the log is signed"), house)
    assert events(house, "holders.looked_up", _actor(staff)) == 2
    assert events(house, "holders.lookup_missed", _actor(staff)) >= 1

    # Codes are frozen at once; only the holder lets them work again.
    staff.get(address)
    staff.post(f"{address}/freeze", reason="stolen")
    within(2, lambda: phone.get("")["standing"] == "frozen", "the codes are stopped")
    assert "由持卡人本人刷脸恢复" in staff.page.text


def test_an_unlinking_takes_a_second_person(house: House, town: Town) -> None:
    who, _ = town.resident()
    second = Channel(Line(house), "第二渠道（演示）")
    second.link(who)
    phone = second.sign_in(who, "tablet", password=None)
    staff, checker = Console(house, name="陈晓明"), Console(house, roles=("checker",), name="周敏")
    page = looked_up(staff, who)
    page = staff.get(f"{page.url.path}?tab=links")
    link = phone.link
    assert link in page.text
    asked = staff.post(f"{page.url.path}/unlink", link=link, reason="持卡人来函要求解除")
    assert "已提交，等待另一位人员复核" in asked.text and phone.get("")["usable"] is True
    waiting = checker.get("/console/approvals")
    [approval] = re.findall(r'data-id="(appr_[0-9a-z]+)"', waiting.text)[-1:]
    assert "第二渠道（演示）" in waiting.text and who.name not in waiting.text
    assert staff.get("/console/approvals") and staff.post(f"/console/approvals/{approval}/approve").status_code in (403, 404, 409, 422)
    checker.get("/console/approvals")
    assert checker.post(f"/console/approvals/{approval}/approve").status_code == 200
    page = looked_up(staff, who)
    assert link not in staff.get(f"{page.url.path}?tab=links").text


def _proof(phone, use_id):
    answer = phone.line.ask("GET", f"/v1/audit/proofs/{use_id}", token=phone.token)
    return answer.json() if answer.is_success else None


def _actor(staff: Console) -> str:
    return ids.wire("staff", staff.member.id)
