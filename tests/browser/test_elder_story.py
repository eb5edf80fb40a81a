"""Elder mode on a running house, with voice and camera: the counter's answer comes onto the phone and is said; a forgotten password is set anew."""
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.sessions.api import COOKIE
from tests.browser.camera import film
from tests.browser.looking import Seen
from tests.browser.stage import CAMERA, SIZES, chromium
from tests.browser.voice import VOICE, said
from tests.callers import OTHER_PASSWORD, PASSWORD, Terminal
from tests.running import House
from tests.town import Resident, Town

pytestmark = pytest.mark.browser
SOON = 20_000
"""Milliseconds to wait for what the house promises within two seconds, on a machine that is busy with other things."""


class Scene(NamedTuple):
    """Somebody with an e-card, a pharmacy's counter, and the phone in their hand."""

    house: House
    who: Resident
    counter: Terminal
    phone: BrowserContext


async def _wallet(db: Database) -> None:
    wanted = Application("电子社保卡（长辈）", Form.WEBSITE, Kind.HUMAN_RESOURCES, 1, "000000", tuple(Ability), ("name",))
    async with db.tx(SYSTEM) as tx:
        await channels.register(tx, wanted, sandbox=True, demonstration=True)


@pytest.fixture(scope="module")
def people(house: House, town: Town) -> list[Resident]:
    """One for each test, made before the browser, whose driver keeps the thread's event loop."""
    house.operate(_wallet)
    return town.residents(2)


@pytest.fixture
def scene(people: list[Resident], town: Town, tmp_path) -> Iterator[Scene]:
    """Who is next has chosen elder mode."""
    who, counter = people.pop(), town.terminal()
    with chromium(*CAMERA, f"--use-file-for-fake-video-capture={film(tmp_path / 'face.y4m')}") as browser:
        phone = browser.new_context(viewport=SIZES["phone"], base_url=town.house.url, locale="zh-CN", permissions=["camera"], service_workers="block",
                                    reduced_motion="reduce")
        phone.set_default_timeout(SOON)
        phone.add_init_script(f"({VOICE})()")
        phone.add_cookies([{"name": COOKIE, "value": who.phone.token, "url": town.house.url}])
        yield Scene(town.house, who, counter, phone)


def in_elder_mode(scene: Scene) -> Page:
    """The wallet, changed to elder mode by its button."""
    page = scene.phone.new_page()
    page.goto("/m/")
    page.get_by_role("button", name="长辈版").first.click()
    expect(page.get_by_test_id("el-home")).to_be_visible()
    return page


def shown(page: Page) -> str:
    """The digits on the large code page."""
    page.get_by_text("请把手机给工作人员扫一扫").click()               # somebody has touched the page, so it may speak
    return page.locator("[data-digits]").get_attribute("data-digits") or ""


def unlocked(page: Page, password: str) -> None:
    """The password, once, before the code is shown."""
    page.goto("/m/elder/code")
    if page.get_by_test_id("unlock").count():
        page.locator("input[name=password]").fill(password)
        page.get_by_test_id("unlock-yes").click()
    expect(page.get_by_test_id("qr")).to_be_visible()


def told(page: Page, verdict: str, words: str, since: float) -> None:
    """The counter's answer fills the screen, in words and aloud; promised within two seconds of the scan."""
    result = page.get_by_test_id("code-result")
    expect(result).to_have_attribute("data-verdict", verdict, timeout=SOON)
    assert time.monotonic() - since < SOON / 1000
    expect(result).to_contain_text(words)
    expect(result).to_contain_text("安康大药房（演示）")
    assert words in said(page)[-1]
    expect(page.get_by_test_id("qr")).to_have_count(0)
    assert result.get_by_test_id("call").get_attribute("href") == "tel:12333"


def test_what_the_counter_says_is_shown_large_and_read_aloud(scene: Scene) -> None:
    page = in_elder_mode(scene)
    seen = Seen(page, scene.house.url)
    unlocked(page, PASSWORD)
    first, at = shown(page), time.monotonic()
    assert scene.counter.verdict(first) == "PASS"
    told(page, "PASS", "核验成功", at)
    result = page.get_by_test_id("code-result")
    result.get_by_test_id("read").click()
    result.get_by_test_id("read").click()
    assert said(page)[-1].startswith("核验成功。安康大药房（演示）")

    page.get_by_role("link", name="再出示一次").click()
    assert shown(page) != first
    at = time.monotonic()
    assert scene.counter.verdict(first) == "USED"
    told(page, "USED", "核验未通过", at)
    expect(page.get_by_test_id("code-result")).to_contain_text("二维码已使用过")
    page.get_by_test_id("code-result").get_by_role("link", name="返回首页").click()
    expect(page.get_by_test_id("el-home")).to_be_visible()
    assert seen.told() == {"console": [], "elsewhere": []}


def test_a_forgotten_password_is_set_anew_before_the_camera(scene: Scene) -> None:
    page = in_elder_mode(scene)
    seen = Seen(page, scene.house.url)
    page.goto("/m/elder/unlock")
    page.locator("input[name=password]").fill(OTHER_PASSWORD)
    page.get_by_test_id("unlock-yes").click()
    expect(page.get_by_test_id("problem")).to_contain_text("密码不正确，还可以再试")
    seen.told()                                                            # a form that was not accepted is 422, which a browser notes
    page.get_by_test_id("forgot").click()
    expect(page.get_by_text("刷脸确认是您本人")).to_be_visible()
    page.get_by_test_id("face-start").click()
    expect(page.get_by_test_id("el-reset")).to_be_visible(timeout=SOON)
    page.get_by_label("新密码，6 位数字").fill(OTHER_PASSWORD)
    expect(page.locator("[data-rule=run]")).to_have_attribute("data-ok", "1")
    page.get_by_label("再输入一次").fill(OTHER_PASSWORD)
    page.get_by_test_id("next").click()
    expect(page.get_by_test_id("signin")).to_be_visible()
    assert seen.told() == {"console": [], "elsewhere": []}
    again = scene.who.phone.line.ask("GET", "/v1/me", token=scene.who.phone.token)
    assert again.status_code == 401
