"""One browser and one stage for the tests of a file: the browser's driver keeps the thread's event loop, so it may not outlive them."""
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk import Activated, Desk
from tests.browser.platform import Platform
from tests.browser.stage import chromium, served


@pytest.fixture(scope="module")
def stage() -> Iterator[str]:
    """The address of the gallery."""
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def activated(browser: Browser) -> Iterator[Activated]:
    """The clerk types the code that came with the terminal."""
    platform = Platform()
    with served(platform) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", locale="zh-CN")
        page = context.new_page()
        page.goto(f"{address}/counter/activate")
        page.get_by_label("激活码").fill("k7qx-2m9p")
        page.get_by_test_id("activate").click()
        expect(page.get_by_text("启用成功")).to_be_visible()
        page.get_by_test_id("start").click()
        expect(page.get_by_test_id("link")).to_have_text("平台连接正常")
        page.close()
        yield Activated(context, platform, address)
        context.close()


@pytest.fixture
def desk(activated: Activated) -> Iterator[Desk]:
    """A counter, ready."""
    activated.platform.forget()
    page = activated.context.new_page()
    page.goto(f"{activated.address}/counter")
    expect(page.get_by_test_id("link")).to_have_text("平台连接正常")
    yield Desk(page, activated.platform, activated.address)
    page.evaluate("() => localStorage.clear()")
    page.close()
