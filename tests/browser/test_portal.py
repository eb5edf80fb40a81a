"""A developer's first minutes in a browser, on a running house: register, save the key, copy the first commands, see the call in the overview."""
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.looking import Seen
from tests.portal import typed
from tests.running import House

pytestmark = pytest.mark.browser
SOON = 20_000
"""Milliseconds to wait on a machine that is busy with other things."""
NAME = "便民通（浏览器）"
FIELDS = {"organisation": "示例科技（演示）", "name": NAME, "contact_name": "陈晓明", "contact_mobile": "19900000013"}


def desk(browser: Browser, house: House) -> BrowserContext:
    """A developer's browser, with its clipboard."""
    context = browser.new_context(base_url=house.url, locale="en", viewport={"width": 1280, "height": 800}, reduced_motion="reduce",
                                  permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(SOON)
    return context


def test_from_the_form_to_the_first_call_in_the_overview(house: House, browser: Browser, tmp_path: Path) -> None:
    context = desk(browser, house)
    page = context.new_page()
    seen = Seen(page, house.url)

    page.goto("/dev")
    expect(page.get_by_test_id("platform-status")).to_contain_text("Running well")
    page.keyboard.press("/")
    expect(page.locator("#dev-q")).to_be_focused()
    page.get_by_role("link", name="Register a sandbox app").click()
    for name, text in FIELDS.items():
        page.locator(f"[name={name}]").fill(text)
    expect(page.locator("[name=public_key]")).to_be_hidden()
    expect(page.locator("[name=parent]")).to_be_hidden()
    page.get_by_test_id("register").click()

    expect(page.get_by_test_id("d-welcome")).to_be_visible()
    house.keep_private(page.locator("#management-token code").inner_text().strip(), page.locator("#private-key code").inner_text().splitlines()[1])
    with page.expect_download() as saved:
        page.get_by_test_id("download").click()
    assert saved.value.suggested_filename == "channel.pem"
    saved.value.save_as(tmp_path / "channel.pem")
    assert (tmp_path / "channel.pem").read_text() == page.locator("#private-key code").inner_text()

    page.get_by_test_id("to-quickstart").click()
    commands = []
    for name in ("ready", "first"):
        page.locator(f"#{name} [data-block={name}] [data-tab=curl] ssc-copy button, #{name}[data-block] [data-tab=curl] ssc-copy button").first.click()
        expect(page.locator(f"[data-block={name}] [data-tab=curl] [role=status]")).to_have_text("Copied")
        commands.append(page.evaluate("navigator.clipboard.readText()"))
    printed = typed("bash", "\n".join([*commands, ""]), tmp_path)
    assert "-> 200 req_" in printed, printed

    page.get_by_role("link", name="Overview").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    for _ in range(40):                                   # the log is written aside, within seconds
        if page.get_by_test_id("calls").inner_text() != "0":
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.get_by_test_id("calls")).not_to_have_text("0")
    page.get_by_role("link", name="See the log").click()
    expect(page.get_by_role("main")).to_contain_text("/v1/channels/")
    assert seen.told() == {"console": [], "elsewhere": []}
    context.close()


def test_the_language_of_the_commands_is_chosen_once_and_with_the_keyboard_too(house: House, browser: Browser) -> None:
    context = desk(browser, house)
    page = context.new_page()
    page.goto("/dev/quickstart")
    first = page.locator("[data-block=first]")
    expect(first.locator("[data-tab=python]")).to_be_hidden()
    page.locator("[data-block=ready] [role=tab][data-for=curl]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-block=ready] [role=tab][data-for=python]")).to_be_focused()
    expect(first.locator("[data-tab=python]")).to_be_visible()
    expect(first.locator("[data-tab=curl]")).to_be_hidden()
    page.reload()
    expect(first.locator("[data-tab=python]")).to_be_visible()
    context.close()
