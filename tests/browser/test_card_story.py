"""The story of a card in a browser, on a running house: apply before a camera, show a code, verify it at a counter, lose the card and find it again."""
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
import zxingcpp
from msgspec import structs
from playwright.sync_api import Browser, BrowserContext, Page, expect

from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.codes.model import Opened, mint, open_code
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from tests.browser.camera import film
from tests.browser.desk import gun, verdict
from tests.browser.looking import Seen
from tests.browser.png import grey
from tests.browser.stage import CAMERA, chromium
from tests.callers import PASSWORD, Person, activation
from tests.running import House, within
from tests.town import Town

pytestmark = pytest.mark.browser
SOON = 20_000
"""Milliseconds to wait for what the house promises within two seconds, on a machine that is busy with other things."""


class Story(NamedTuple):
    """Who and what is in it."""

    house: House
    person: Person
    activation: str
    phone: BrowserContext
    desk: BrowserContext
    seen: list[Seen]


@pytest.fixture
def story(house: House, town: Town, tmp_path) -> Iterator[Story]:
    """A person with a card in hand, a phone with a camera, a counter with a gun."""
    house.operate(_wallet)
    [code] = activation(house, "pharmacy")                # before the browser: its driver keeps the thread's event loop
    with chromium(*CAMERA, f"--use-file-for-fake-video-capture={film(tmp_path / 'face.y4m')}") as browser:
        yield Story(house, town.person(), code, _window(browser, house, 390, 844), _window(browser, house, 1280, 800), [])


async def _wallet(db: Database) -> None:
    wanted = Application("电子社保卡（浏览器）", Form.WEBSITE, Kind.HUMAN_RESOURCES, 1, "000000", tuple(Ability), ("name",))
    async with db.tx(SYSTEM) as tx:
        await channels.register(tx, wanted, sandbox=True, demonstration=True)


def _window(browser: Browser, house: House, width: int, height: int) -> BrowserContext:
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=2 if width < 600 else 1, base_url=house.url, locale="zh-CN",
                                  permissions=["camera"], service_workers="block", reduced_motion="reduce")
    context.set_default_timeout(SOON)
    return context


def apply(story: Story) -> Page:
    """领取, one question a page."""
    page, person = story.phone.new_page(), story.person
    story.seen.append(Seen(page, story.house.url))
    page.goto("/m/")
    page.get_by_test_id("begin").click()
    expect(page.get_by_test_id("next")).to_be_disabled()
    page.get_by_test_id("agree").check()
    page.get_by_test_id("next").click()
    page.get_by_label("姓名").fill(person.name)
    page.get_by_label("社会保障号码").fill(person.number)
    page.get_by_test_id("next").click()
    page.get_by_label("手机号码").fill(person.mobile)
    page.get_by_test_id("next").click()
    page.get_by_label("6 位验证码").fill(_sms(story))
    page.get_by_test_id("next").click()
    page.get_by_test_id("face-start").click()
    page.wait_for_url("**/m/apply/password")
    page.get_by_label("设置密码").fill(PASSWORD)
    expect(page.locator("[data-rule=run]")).to_have_attribute("data-ok", "1")
    page.get_by_label("再输入一次").fill(PASSWORD)
    page.get_by_test_id("next").click()
    page.get_by_test_id("see-card").click()
    return page


def _sms(story: Story) -> str:
    return next(word for word in re.findall(r"\d{6}", story.house.sandbox.messages(story.person.mobile)[0]["text"]))


def masked_then_revealed(page: Page, person: Person) -> None:
    """The card opens masked; the eye shows it, and hides it again."""
    name, number = page.get_by_test_id("card-name"), page.get_by_test_id("card-number")
    expect(page.get_by_test_id("card-standing")).to_have_text("状态正常")
    expect(number).to_have_text(f"{person.number[:4]}**********{person.number[-4:]}")
    page.get_by_test_id("eye").click()
    expect(name).to_have_text(person.name)
    expect(number).to_have_text(person.number)
    page.get_by_test_id("eye").click()
    expect(number).not_to_have_text(person.number)


def shown_code(page: Page) -> str:
    """The digits on the screen, which are what QR code and barcode say to a reader."""
    page.goto("/m/code")
    digits = page.locator("[data-digits]").get_attribute("data-digits") or ""
    for part in ("qr", "bar"):
        found = zxingcpp.read_barcodes(grey(page.get_by_test_id(part).screenshot()))
        assert {code.text for code in found} == {digits}
    return digits


def aged(story: Story, digits: str) -> str:
    """The same phone's code of two minutes ago, as it would stand on a photograph of the screen."""
    keys = story.house.keys()
    opened = open_code(digits, datetime.now(UTC), keys.code_cipher)
    assert isinstance(opened, Opened)
    hour, second = divmod(opened.fields.minted_at - 120, 3600)
    old = mint(structs.replace(opened.fields, hour=hour, second=second), keys.code_cipher(hour))
    story.house.keep_private(old)
    return old


def activated(story: Story) -> Page:
    """A counter of a pharmacy, ready."""
    page = story.desk.new_page()
    story.seen.append(Seen(page, story.house.url))
    page.goto("/counter/activate")
    page.get_by_label("激活码").fill(story.activation)
    page.get_by_test_id("activate").click()
    page.get_by_test_id("start").click()
    expect(page.get_by_test_id("link")).to_have_text("平台连接正常")
    return page


def test_a_card_from_the_first_question_to_the_counter_and_back(story: Story) -> None:
    phone = apply(story)
    masked_then_revealed(phone, story.person)
    counter = activated(story)

    digits = shown_code(phone)
    gun(counter, digits, ime=True)
    verdict(counter, "PASS")
    expect(counter.get_by_test_id("v-name")).to_have_text(story.person.name)
    expect(counter.get_by_test_id("s-result")).not_to_contain_text(story.person.number)
    expect(phone.get_by_test_id("code-result")).to_have_attribute("data-verdict", "PASS")
    expect(phone.get_by_test_id("code-result")).to_contain_text("核验成功")
    counter.keyboard.press("Enter")
    verdict(counter, "CONFIRMED")
    gun(counter, digits)
    verdict(counter, "USED")
    gun(counter, aged(story, shown_code(phone)))
    verdict(counter, "EXPIRED")

    _until_records(phone, 3)
    expect(phone.get_by_test_id("use").nth(1)).to_contain_text("二维码已使用过")

    digits = shown_code(phone)
    story.house.sandbox.move(story.person.card_number, "report_loss")
    _until_standing(phone, "lost")
    gun(counter, digits)
    verdict(counter, "CARD_LOST")
    expect(phone.get_by_test_id("halt")).to_contain_text("社保卡已挂失，电子社保卡不能使用。")
    phone.goto("/m/code")
    expect(phone.get_by_test_id("no-code")).to_be_visible()

    story.house.sandbox.move(story.person.card_number, "lift_loss")
    _until_standing(phone, "level1")
    gun(counter, shown_code(phone))
    verdict(counter, "PASS")

    _until_records(phone, 5)
    phone.get_by_test_id("use").first.click()
    phone.get_by_test_id("not-me").click()
    phone.get_by_test_id("not-me-yes").click()
    expect(phone.get_by_test_id("signin")).to_contain_text("二维码已冻结，所有设备已退出。")
    assert [seen.told() for seen in story.seen] == [{"console": [], "elsewhere": []}] * 2


def _until_standing(page: Page, standing: str) -> None:
    """Look at the first page again until the card stands so."""
    def stands() -> bool:
        page.goto("/m/")
        return page.get_by_test_id("card-face").get_attribute("data-standing") == standing
    within(2, stands, f"the card stands as {standing}", pause=0.2)


def _until_records(page: Page, count: int) -> None:
    """Look at the history again until so many verifications stand in it."""
    def told() -> bool:
        page.goto("/m/records?kind=verify")
        return page.get_by_test_id("use").count() == count
    within(1, told, f"{count} uses are told", pause=0.2)
