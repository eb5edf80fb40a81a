"""The story of an app in a browser, on a running house: registered in the portal, used, paused by two people at the console, refused, and taken back."""
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from playwright.sync_api import Browser, Page, expect

from essc.kit.crypto import Algorithm, PrivateKey
from essc.kit.http.signing import PartnerKey
from tests.browser.looking import Seen
from tests.browser.stage import SIZES
from tests.callers import Channel, Line, Person, Terminal, problem
from tests.callers_console import colleague
from tests.operators.staffing import PASSWORD, code_of
from tests.running import House, within
from tests.town import Town

pytestmark = pytest.mark.browser
SOON = 20_000
"""Milliseconds to wait on a machine that is busy with other things."""
NAME = "便民通（暂停）"
FIELDS = {"organisation": "示例科技（演示）", "name": NAME, "contact_name": "陈晓明", "contact_mobile": "19900000013"}


class Roles(NamedTuple):
    """Who is in the story: the house, two holders, a counter, and two members of staff by login and secret."""

    house: House
    disowner: Person
    other: Person
    counter: Terminal
    staff: dict[str, tuple[str, str]]


class App(Channel):
    """The app as its developer runs it: with the key that the portal showed, and no more."""

    def __init__(self, line: Line, key_id: str, pem: str) -> None:
        self.line = line
        secret = load_pem_private_key(pem.encode(), None).private_bytes_raw()
        self.key = PartnerKey(key_id, PrivateKey(Algorithm.ED25519, secret))

    def asks(self, person: Person) -> tuple[int, str]:
        """One signed call: the status of its answer, and the code of its problem."""
        answer = self.line.ask("POST", "/v1/identity-checks", {"name": person.name, "number": person.number, "purpose": "apply"}, key=self.key)
        return answer.status_code, problem(answer).get("code", "")


class Windows:
    """The developer's, the officer's and the checker's browser, and what went wrong in them."""

    def __init__(self, browser: Browser, house: House) -> None:
        self.browser, self.house = browser, house
        self.seen: list[Seen] = []

    def open(self) -> Page:
        """A window of its own."""
        context = self.browser.new_context(base_url=self.house.url, viewport=SIZES["desk"], locale="zh-CN", reduced_motion="reduce")  # type: ignore[arg-type]
        context.set_default_timeout(SOON)
        page = context.new_page()
        self.seen.append(Seen(page, self.house.url))
        return page

    def at_console(self, login: str, secret: str) -> Page:
        """A member who has signed in with password and one-time code."""
        page = self.open()
        page.goto("/console")
        page.fill("#f-login", login)
        page.fill("#f-password", PASSWORD)
        page.get_by_role("button", name="下一步").click()
        page.fill("#f-code", code_of(secret))
        page.locator("main button.btn.p").click()
        expect(page.get_by_test_id("c-user")).to_be_visible()
        return page


@pytest.fixture(scope="module")
def roles(house: House, town: Town) -> Roles:
    """Made before the browser, whose driver keeps the thread's event loop."""
    staff = {role: _member(house, role, name) for role, name in (("security", "陈晓明"), ("checker", "周敏"))}
    return Roles(house, town.person(), town.person(), town.terminal(), staff)


def _member(house: House, role: str, name: str) -> tuple[str, str]:
    member, secret = house.operate(lambda db: colleague(db, roles=[role], name=name))
    return member.login, secret


@pytest.fixture
def windows(roles: Roles, browser: Browser) -> Iterator[Windows]:
    """All windows, shut at the end."""
    made = Windows(browser, roles.house)
    yield made
    for seen in made.seen:
        seen.page.context.close()


def registered(page: Page, house: House) -> App:
    """D1: the form, and the key that is shown once."""
    page.goto("/dev/apply")
    for name, text in FIELDS.items():
        page.locator(f"[name={name}]").fill(text)
    page.get_by_test_id("register").click()
    expect(page.get_by_test_id("d-welcome")).to_be_visible()
    pem = page.locator("#private-key code").inner_text()
    house.keep_private(pem.splitlines()[1], page.locator("#management-token code").inner_text().strip())
    return App(Line(house), re.search(r"ckey_[0-9a-z]{26}", page.get_by_test_id("new-key").inner_text())[0], pem)


def overview(page: Page, state: str) -> None:
    """D2 tells how the app stands."""
    page.goto(f"/dev/app/{_app(page)}")
    expect(page.get_by_role("main").locator("header .tag")).to_have_text(state)


def _app(page: Page) -> str:
    return re.search(r"chan_[0-9a-z]{26}", page.url)[0]


def logged(page: Page, code: str) -> None:
    """D7: the refused call stands in the app's log, which is written aside within seconds."""
    def told() -> bool:
        page.goto(f"/dev/app/{_app(page)}/logs?status=4")
        return code in page.get_by_role("main").inner_text()
    within(2, told, "the call is logged", pause=0.2)


def documented(page: Page, code: str) -> None:
    """D9 says what the code means and what to do."""
    app = page.url
    page.goto(f"/dev/errors#{code}")
    expect(page.locator(f"#{code}")).to_contain_text("403")
    expect(page.locator(f"#{code}")).to_contain_text("渠道已暂停")
    page.goto(app)


def disowned_on(app: App, roles: Roles) -> None:
    """A holder of the app finds a use that was not theirs and says so: what staff at the console see of the app."""
    app.apply(roles.disowner)
    phone = app.sign_in(roles.disowner, password=None)
    assert roles.counter.verdict(phone.code()) == "PASS"
    use = within(5, lambda: phone.get("/uses", query="kind=verify")["items"], "the use is recorded")[0]
    phone.post(f"/uses/{use['id']}/disputes")


def noted(page: Page) -> None:
    """C3: the officer opens what was just noted of the app."""
    def there() -> bool:
        page.goto("/console/risk?rule=use_disputed")
        page.locator("table.risk-list tbody a").first.click()
        return NAME in page.get_by_test_id("c-risk-note").inner_text()
    within(5, there, "it is noted", pause=0.2)


def asked(page: Page, verb: str, reason: str) -> None:
    """The officer asks for it; without a reason nothing is sent, and nothing happens before somebody else agrees."""
    page.reload()
    page.locator("summary").get_by_text(verb, exact=True).click()
    form = page.locator("details[open] form").filter(has=page.locator("[name=do][value=pause], [name=do][value=resume]"))
    form.get_by_role("button").click()
    expect(form.locator("textarea:invalid")).to_have_count(1)
    form.locator("textarea").fill(reason)
    form.get_by_role("button").click()
    expect(page.locator(".timeline")).to_contain_text(reason)
    expect(page.locator(".timeline")).to_contain_text("等待复核")


def agreed(page: Page, kind: str, reason: str) -> None:
    """The second person reads who asks what and why, and agrees."""
    page.goto("/console/approvals")
    one = page.get_by_test_id("approval").filter(has_text=NAME)
    expect(one).to_contain_text(kind)
    expect(one).to_contain_text(reason)
    expect(one).to_contain_text("陈晓明")
    one.get_by_role("button", name="同意").click()
    expect(page.get_by_text("已同意，并已生效。")).to_be_visible()
    expect(page.get_by_test_id("approval").filter(has_text=NAME)).to_have_count(0)


def test_an_app_is_paused_by_two_people_refused_and_taken_back(roles: Roles, windows: Windows) -> None:
    developer = windows.open()
    app = registered(developer, roles.house)
    assert app.asks(roles.disowner) == (201, "")
    overview(developer, "已开通")

    disowned_on(app, roles)
    app.apply(roles.other)
    phone = app.sign_in(roles.other, password=None)

    officer, checker = windows.at_console(*roles.staff["security"]), windows.at_console(*roles.staff["checker"])
    noted(officer)
    asked(officer, "暂停渠道", "一小时内多次异议，先行暂停")
    assert app.asks(roles.disowner) == (201, "")
    shown = phone.code()
    agreed(checker, "暂停渠道", "一小时内多次异议，先行暂停")

    assert app.asks(roles.disowner) == (403, "channel_paused")
    assert roles.counter.verdict(shown) == "CHANNEL_PAUSED"
    overview(developer, "已暂停")
    expect(developer.get_by_test_id("todo")).to_contain_text("应用已暂停，请联系运营人员了解原因。")
    logged(developer, "channel_paused")
    documented(developer, "channel_paused")

    asked(officer, "恢复渠道", "开发者已整改，恢复服务")
    agreed(checker, "恢复渠道", "开发者已整改，恢复服务")
    assert app.asks(roles.disowner) == (201, "")
    assert roles.counter.verdict(phone.code()) == "PASS"
    overview(developer, "已开通")
    assert [seen.told() for seen in windows.seen] == [{"console": [], "elsewhere": []}] * 3
