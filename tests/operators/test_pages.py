"""The console's own pages, as a browser without scripts meets them."""
import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from essc.kit.db.checks import prove_all
from essc.kit.db.pool import Database
from essc.kit.i18n import LOCALES
from essc.operators import model, queries, store
from essc.operators.api import COOKIE
from essc.surfaces.console.pages import exports, pages
from essc.surfaces.console.pages.access import MENU
from essc.surfaces.console.pages.approvals import APPROVED
from tests.callers_console import TEXTS, Desk, colleague, desk, hidden
from tests.operators.staffing import PASSWORD, code_of
from tests.postgres import Postgres

WHY = "岗位调整，文号〔2026〕1 号"


@pytest.fixture(scope="module")
async def shelf(pg: Postgres, keys) -> AsyncIterator[Database]:
    """One database for the file."""
    name = await pg.create()
    database = await Database.open(pg.url(name), keys, largest=8)
    try:
        yield database
    finally:
        await database.close()
        await pg.drop(name)


@pytest.fixture
async def seat(shelf) -> AsyncIterator[Desk]:
    """A browser at the console; nobody is signed in."""
    async with shelf.tx() as tx:
        await tx.run("DELETE FROM kit.throttle")
    async with desk(shelf) as made:
        yield made


async def events(db: Database, kind: str) -> int:
    async with db.read_tx() as tx:
        return int(await tx.value("SELECT count(*) FROM kit.event WHERE kind = $1", kind))


async def test_two_steps_lead_in_and_back_to_the_page_that_was_asked_for(seat):
    one, secret = await colleague(seat.db, roles=["system"])
    await seat.get("/console/org?area=450000")
    assert (seat.at, html.unescape(hidden("next", seat.text))) == ("/console/login", "/console/org?area=450000")
    await seat.post("/console/login", login=one.login, password=PASSWORD, next="/console/org?area=450000")
    assert seat.at == "/console/login/code"
    await seat.post("/console/login/code", code=code_of(secret), next="/console/org?area=450000")
    assert seat.at == "/console/org" and 'data-testid="c-org"' in seat.text
    assert seat.page.headers["cache-control"] == "no-store"


async def test_a_wrong_password_says_how_many_tries_are_left_in_the_words_of_the_contract(seat):
    seat.http.headers["accept-language"] = "zh-CN"
    await seat.post("/console/login", login="nobody.at.all", password="x")
    assert (seat.page.status_code, seat.problem) == (422, "staff_sign_in_wrong")
    assert "账号或密码不正确（还可试 4 次）" in seat.text


async def test_a_code_without_the_first_step_leads_back_to_it(seat):
    assert (await seat.get("/console/login/code")).at == "/console/login"
    seat.http.cookies.set("essc_staff_entry", model.written(bytes(32)), domain="localhost.local", path="/console")
    assert (await seat.post("/console/login/code", code="123456")).problem == "staff_entry_over"


async def test_an_address_outside_the_networks_gets_no_further_than_the_login_page(seat):
    queries.furnish(networks=["10.1.0.0/16"])
    try:
        one, _ = await colleague(seat.db)
        assert (await seat.get("/console/login")).problem == "staff_network_not_allowed"
        assert (await seat.post("/console/login", login=one.login, password=PASSWORD)).problem == "staff_network_not_allowed"
    finally:
        queries.furnish(networks=[])


@pytest.mark.parametrize(("roles", "opens"), [
    (["system"], {"/console/org"}), (["security"], {"/console/risk"}), (["auditor"], {"/console/audit"}), (["maker"], {"/console/terminals", "/console/risk"}),
])
async def test_a_member_sees_and_opens_what_his_roles_permit(seat, roles, opens):
    await seat.signed_in(roles=roles)
    pages = {"/console/org", "/console/risk", "/console/audit", "/console/terminals"}
    shown = {path for path in pages if f'href="{path}"' in (await seat.get("/console/approvals")).text}
    opened = {path for path in pages if (await seat.get(path)).page.status_code == 200}
    assert shown == opened == opens
    assert {(await seat.get(path)).page.status_code for path in pages - opens} <= {403}


async def test_an_area_that_is_not_the_members_is_refused(seat):
    await seat.signed_in(roles=["maker"], areas=["450100"])
    assert (await seat.get("/console/approvals?area=110000")).page.status_code == 403
    assert (await seat.get("/console/approvals?area=450102")).page.status_code == 200
    assert "area=110000" not in seat.text and "area=450000" not in seat.text


async def test_inviting_shows_the_link_once_and_the_link_leads_to_password_and_app(seat):
    await seat.signed_in(roles=["system"])
    await seat.get("/console/org/invite")
    await seat.post("/console/org/invite", login="newmaker", name="黄海燕", unit="示例市人社局", roles=["maker"], areas=["450100"])
    link = re.search(r'data-testid="join-link">([^<]+)<', seat.text)[1]
    assert link.split("/console/join?link=")[1] not in (await seat.get("/console/org")).text
    async with desk(seat.db) as other:
        await other.get("/console/join?" + link.split("?")[1])
        assert (other.at, "link=" in str(other.page.url)) == ("/console/join", False)
        secret = re.search(r'data-testid="secret">([^<]+)<', other.text)[1].replace(" ", "")
        await other.post("/console/join", password="short", code=code_of(secret))
        assert (other.page.status_code, other.problem) == (422, "staff_password_weak")
        await other.post("/console/join", password=PASSWORD, code=code_of(secret))
        assert other.at == "/console/login" and other.problem is None
        await other.get("/console/join?" + link.split("?")[1])
        assert (other.page.status_code, other.problem) == (410, "staff_invitation_over")


async def test_roles_that_exclude_each_other_are_refused_in_the_words_of_the_contract(seat):
    await seat.signed_in(roles=["system"])
    seat.http.headers["accept-language"] = "zh-CN"
    await seat.get("/console/org/invite")
    await seat.post("/console/org/invite", login="bothroles", name="周敏", unit="示例单位", roles=["auditor", "system"], areas=["000000"], reason=WHY)
    assert (seat.page.status_code, seat.problem) == (422, "staff_auditor_not_system")
    assert "审计员不能同时是系统管理员" in seat.text and 'value="bothroles"' in seat.text


async def test_an_administrators_rights_wait_for_a_second_person_and_are_done_in_one_transaction(seat):
    subject, _ = await colleague(seat.db, roles=["security"], password=False)
    path = f"/console/org/{store.ids.wire('staff', subject.id)}"
    await seat.signed_in(roles=["system"])
    await seat.get(path)
    await seat.post(f"{path}/rights", roles=["auditor"], areas=["000000"], reason=WHY)
    assert seat.at == "/console/approvals"
    asked = re.search(r'data-testid="approval" data-id="([^"]+)"', seat.text)[1]
    await seat.post(f"/console/approvals/{asked}/approve", form_key="form_own")
    assert (seat.page.status_code, seat.problem) == (422, "staff_own_request")
    async with desk(seat.db) as second:
        await second.signed_in(roles=["system"])
        await second.get("/console/approvals")
        await second.post(f"/console/approvals/{asked}/approve")
        assert second.problem is None
        assert asked in (await second.get("/console/approvals?show=past")).text
    async with seat.db.read_tx() as tx:
        assert (await store.member(tx, subject.id)).roles == {model.Role.AUDITOR}
    assert [finding.check.name for finding in await prove_all(seat.db, queries.CHECKS) if not finding.holds] == []


async def test_a_refusal_needs_a_reason_and_changes_nothing(seat):
    subject, _ = await colleague(seat.db, roles=["auditor"], password=False)
    path = f"/console/org/{store.ids.wire('staff', subject.id)}"
    await seat.signed_in(roles=["system"])
    await seat.get(path)
    await seat.post(f"{path}/disable", reason=WHY)
    asked = re.search(r'data-testid="approval" data-id="([^"]+)"', seat.text)[1]
    async with desk(seat.db) as second:
        await second.signed_in(roles=["security"])
        await second.get("/console/approvals")
        assert (await second.post(f"/console/approvals/{asked}/refuse", reason="")).problem == "staff_reason_missing"
        assert (await second.post(f"/console/approvals/{asked}/refuse", reason="材料不齐，请补充")).problem is None
    async with seat.db.read_tx() as tx:
        assert (await store.member(tx, subject.id)).state is model.MemberState.ACTIVE


async def test_an_idle_screen_locks_keeps_the_way_back_and_opens_with_the_password(seat):
    await seat.signed_in(password=True, roles=["system"])
    async with seat.db.tx() as tx:
        await tx.run("UPDATE operators.session SET seen_at = seen_at - $1::interval WHERE member_id = $2", model.IDLE + timedelta(seconds=1), seat.member.id)
    await seat.get("/console/org?area=450000")
    assert (seat.at, html.unescape(hidden("next", seat.text))) == ("/console/lock", "/console/org?area=450000")
    assert (await seat.get("/console/approvals")).at == "/console/lock"
    await seat.post("/console/lock/open", password="Wrong-password-77", next="/console/org?area=450000")
    assert seat.problem == "staff_sign_in_wrong"
    await seat.post("/console/lock/open", password=PASSWORD, next="/console/org?area=450000")
    assert seat.at == "/console/org"


async def test_the_sheet_over_a_page_is_answered_in_json(seat):
    await seat.signed_in(password=True, roles=["system"])
    await seat.post("/console/lock")
    wrong = await seat.http.post("/console/lock/open", data={"password": "no"}, headers={"accept": "application/json"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "staff_sign_in_wrong")
    right = await seat.http.post("/console/lock/open", data={"password": PASSWORD}, headers={"accept": "application/json"})
    assert (right.status_code, right.json()) == (200, {})
    assert (await seat.http.get("/console/alive")).status_code == 204


async def test_signing_out_ends_the_session_in_the_house_too(seat):
    await seat.signed_in()
    token = seat.http.cookies[COOKIE]
    await seat.get("/console/approvals")
    assert (await seat.post("/console/logout")).at == "/console/login"
    seat.http.cookies.set(COOKIE, token, domain="localhost.local", path="/console")
    assert (await seat.get("/console/approvals")).at == "/console/login"


async def test_another_persons_sessions_end_at_once(seat):
    async with desk(seat.db) as other:
        await other.signed_in(roles=["reader"])
        await seat.signed_in(roles=["system"])
        path = f"/console/org/{store.ids.wire('staff', other.member.id)}"
        await seat.get(path)
        await seat.post(f"{path}/sessions")
        assert (await other.get("/console/approvals")).at == "/console/login"


async def test_the_list_of_members_leaves_as_csv_with_a_reason_and_is_written_down(seat):
    await seat.signed_in(roles=["system"])
    assert (await seat.post("/console/org/export", reason="")).page.status_code in (403, 422)
    before = await events(seat.db, "operators.list_exported")
    await seat.post("/console/org/export", reason="audit")
    assert seat.page.headers["content-type"] == "text/csv; charset=utf-8"
    assert seat.page.content.startswith(b"\xef\xbb\xbf")
    assert await events(seat.db, "operators.list_exported") == before + 1


@pytest.mark.parametrize(("cell", "written"), [
    ("=1+1", "'=1+1"), ("+8613800000000x", "'+8613800000000x"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), (" =1", "' =1"),
    ("-12.5", "-12.5"), ("+3", "+3"), ("12%", "12%"), ("安康大药房", "安康大药房"), ("", ""),
])
def test_no_cell_of_a_csv_is_a_formula(cell, written):
    assert exports.safe(cell) == written


async def test_a_form_sent_twice_invites_once(seat):
    await seat.signed_in(roles=["system"])
    await seat.get("/console/org/invite")
    key = hidden("form_key", seat.text)
    fields = {"form_key": key, "login": "onlyonce", "name": "周敏", "unit": "示例单位", "roles": ["reader"], "areas": ["450000"]}
    first = await seat.http.post("/console/org/invite", data=fields)
    second = await seat.http.post("/console/org/invite", data=fields)
    assert (first.status_code, second.status_code, second.headers["location"]) == (200, 303, "/console/org")


async def test_a_form_from_another_site_is_refused(seat):
    await seat.signed_in(roles=["system"])
    answer = await seat.http.post("/console/logout", headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 403


async def test_passwords_are_changed_by_who_knows_the_old_one_and_types_the_new_one_twice(seat):
    await seat.signed_in(password=True, roles=["reader"])
    assert (await seat.post("/console/me/password", password=PASSWORD, new="Cross-the-river-31", again="Cross-the-river-32")).problem == "entries_differ"
    assert (await seat.post("/console/me/password", password="no", new="Cross-the-river-31", again="Cross-the-river-31")).problem == "staff_sign_in_wrong"
    await seat.post("/console/me/password", password=PASSWORD, new="Cross-the-river-31", again="Cross-the-river-31")
    assert seat.at == "/console/me" and seat.problem is None


async def test_the_list_is_narrowed_without_a_name_in_the_address(seat):
    await colleague(seat.db, roles=["reader"], areas=["450100"], login="narrow.one", name="覃丽", password=False)
    await colleague(seat.db, roles=["checker"], areas=["110000"], login="narrow.two", name="李建国", password=False)
    await seat.signed_in(roles=["system"])
    await seat.post("/console/org", q="覃丽", role="", state="")
    assert "narrow.one" in seat.text and "narrow.two" not in seat.text and "覃" not in str(seat.page.url)
    await seat.post("/console/org", q="NARROW", role="checker", state="active")
    assert "narrow.two" in seat.text and "narrow.one" not in seat.text
    await seat.get("/console/org?area=450000")
    assert "narrow.one" in seat.text and "narrow.two" not in seat.text


@pytest.mark.parametrize(("roles", "typed", "leads"), [
    (["maker"], "安康", "/console/terminals?view=venues&q=%E5%AE%89%E5%BA%B7"), (["maker"], "450100318204", "/console/terminals?q=450100318204"),
    (["auditor"], "req_8hc21zx00000f", "/console/audit?request=req_8hc21zx00000f"), (["maker"], "req_8hc21zx00000f", None), (["security"], "安康", None),
    (["maker"], "note_01jd5k3m9h8q2v7x4t6w0y1z3a", "/console/risk/note_01jd5k3m9h8q2v7x4t6w0y1z3a"), (["auditor"], "note_01jd5k3m9h8q2v7x4t6w0y1z3a", "/console/audit?thing=note_01jd5k3m9h8q2v7x4t6w0y1z3a"),
    (["maker"], "999901199003070026", None), (["maker"], "19900000002", None), (["maker"], "", None),
])
async def test_the_search_field_finds_things_and_no_people(seat, roles, typed, leads):
    await seat.signed_in(roles=roles)
    answer = await seat.http.post("/console/find", data={"q": typed})
    assert answer.headers.get("location") == leads
    assert answer.status_code == (303 if leads else 200)


@pytest.mark.parametrize("kind", sorted(APPROVED))
def test_every_kind_of_request_has_a_name_and_somebody_who_decides_it(kind):
    assert [locale for locale in LOCALES if not TEXTS.has(f"console.approvals.kind.{kind}", locale)] == []
    assert [role for role in model.Role if model.approver_of(kind) in model.GRANTS[role]]


def test_every_entry_of_the_menu_is_a_page_with_a_name_that_somebody_may_open():
    declared = {page.path for page in pages.pages if page.method == "GET"}
    assert [entry.address for entry in MENU if entry.address not in declared] == []
    assert [entry.name for entry in MENU for locale in LOCALES if not TEXTS.has(f"console.menu.{entry.name}", locale)] == []
    assert [entry.name for entry in MENU if entry.permission and not any(set(entry.permission) & granted for granted in model.GRANTS.values())] == []


def test_every_page_of_the_console_but_the_doors_asks_who_one_is():
    doors = {"/console/login", "/console/login/code", "/console/login/passkey", "/console/login/passkey/options", "/console/join", "/console/lock",
             "/console/lock/open", "/console/lock/leave"}
    assert {page.path for page in pages.pages if not page.signed_in} == doors
