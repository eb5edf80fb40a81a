"""A member of staff in a real browser against a running house: a passkey of Chromium's virtual authenticator, and the sheet that locks."""
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.callers_console import colleague
from tests.operators.staffing import PASSWORD, code_of

pytestmark = pytest.mark.browser

KEY = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}


@pytest.fixture(scope="module")
def members(house) -> list[tuple[str, str, str]]:
    """One for each test: address, login and secret. Made before the browser, whose driver keeps the thread's event loop."""
    address = house.url.replace("127.0.0.1", "localhost")
    made = [house.operate(lambda db: colleague(db, roles=["system"], name="梁志远")) for _ in range(2)]
    return [(address, member.login, secret) for member, secret in made]


@pytest.fixture
def seat(members, browser) -> Iterator[Page]:
    """A member at the organisations page, signed in with password and one-time code, on a device that can keep passkeys."""
    address, login, secret = members.pop()
    context = browser.new_context(base_url=address, locale="zh-CN", viewport={"width": 1280, "height": 860})
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.goto("/console")
    page.fill("#f-login", login)
    page.fill("#f-password", PASSWORD)
    page.click("text=下一步")
    page.fill("#f-code", code_of(secret))
    page.click("main button.btn.p")
    expect(page.get_by_test_id("c-org")).to_be_visible()
    yield page
    context.close()


def test_a_passkey_is_added_and_signs_in_by_itself(seat):
    seat.goto("/console/me")
    seat.get_by_test_id("c-new-passkey").click()
    expect(seat.get_by_text("通行密钥已添加")).to_be_visible()
    seat.get_by_test_id("c-user").locator("summary").click()
    seat.get_by_role("button", name="退出登录", exact=True).click()
    expect(seat.get_by_text("您已退出登录")).to_be_visible()
    seat.get_by_test_id("c-passkey").click()
    expect(seat.get_by_text("通行密钥已登录")).to_be_visible()


def test_an_idle_screen_warns_locks_and_gives_back_what_was_typed(seat):
    seat.clock.install()
    seat.goto("/console/org/invite")
    seat.fill("#f-unit", "示例省人力资源和社会保障厅")
    seat.clock.fast_forward(14 * 60 * 1000 + 5000)
    expect(seat.locator("#con-warn")).to_be_visible()
    seat.get_by_role("button", name="继续工作").click()
    expect(seat.locator("#con-warn")).to_be_hidden()
    seat.clock.fast_forward(15 * 60 * 1000 + 5000)
    expect(seat.locator("#con-lock")).to_be_visible()
    expect(seat.locator("#f-unit")).to_be_hidden()
    seat.keyboard.press("Escape")
    seat.fill("#con-lock-p", "wrong")
    seat.locator("#con-lock button.btn.p").click()
    expect(seat.locator("#con-lock [role=alert]")).to_contain_text("还可试 4 次")
    seat.fill("#con-lock-p", PASSWORD)
    seat.locator("#con-lock button.btn.p").click()
    expect(seat.locator("#con-lock")).to_be_hidden()
    expect(seat.locator("#f-unit")).to_have_value("示例省人力资源和社会保障厅")
