"""The counter's page against a platform of canned answers: activation, the gun in every mood, verdicts, a lost line."""
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import looked_at
from tests.browser.platform import Platform, code
from tests.browser.stage import served

pytestmark = pytest.mark.browser


class Desk(NamedTuple):
    """A counter that was activated, and the platform it talks to."""

    page: Page
    platform: Platform
    address: str


@pytest.fixture
def desk(browser: Browser) -> Iterator[Desk]:
    """A counter, activated and ready."""
    platform = Platform()
    with served(platform) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", locale="zh-CN")
        page = context.new_page()
        page.goto(f"{address}/counter/activate")
        page.get_by_label("激活码").fill("k7qx-2m9p")
        page.get_by_test_id("activate").click()
        page.get_by_test_id("start").click()
        expect(page.get_by_test_id("link")).to_have_text("平台连接正常")
        yield Desk(page, platform, address)
        context.close()


def gun(page: Page, text: str, *, ime: bool = False) -> None:
    """Type as a gun does: at once, then Enter. With an input method the browser sees only key 229, but the physical key is true."""
    page.evaluate("""([text, ime]) => { for (const char of [...text, 'Enter']) {
      const code = char === 'Enter' ? 'Enter' : /[0-9]/.test(char) ? 'Digit' + char : 'Key' + char;
      const key = char === 'Enter' ? 'Enter' : ime ? 'Process' : char;
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, code, keyCode: ime ? 229 : 0, bubbles: true, cancelable: true}));
    } }""", [text, ime])


def verdict(page: Page, name: str) -> None:
    expect(page.get_by_test_id("s-verdict")).to_have_attribute("data-verdict", name)


def test_an_activated_counter_signs_what_it_sends(desk):
    gun(desk.page, code(9))
    verdict(desk.page, "PASS")
    assert desk.platform.judged[-2:] == ["/v1/terminal-sessions", "/v1/code-redemptions"]
    assert {"code": code(9), "scene": "pharmacy.buy"} in [one["body"] for one in desk.platform.seen]


def test_a_wrong_activation_code_is_told_with_what_to_do(browser):
    with served(Platform()) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/counter/activate")
        page.get_by_label("激活码").fill("AAAABBBB")
        page.get_by_test_id("activate").click()
        expect(page.get_by_role("alert").filter(has_text="激活码不正确")).to_contain_text("请向管理员核对后再输入。")
        context.close()


def test_the_keys_of_a_terminal_cannot_be_taken_out_of_the_browser(desk):
    extractable = desk.page.evaluate("""() => new Promise((done) => { const open = indexedDB.open('essc-terminal'); open.onsuccess = () => {
      const store = open.result.transaction('terminal').objectStore('terminal'), terminal = store.get('terminal'), session = store.get('session');
      session.onsuccess = () => done([terminal.result.pair.privateKey.extractable, session.result.secret.extractable]); }; })""")
    assert extractable == [False, False]


def test_a_pass_shows_person_and_fields_and_is_cleared_by_the_clerk(desk):
    gun(desk.page, code(9))
    expect(desk.page.get_by_test_id("v-name")).to_have_text("韦晓兰")
    expect(desk.page.get_by_test_id("s-result")).to_contain_text("9999**********0026")
    expect(desk.page.get_by_test_id("s-result")).to_contain_text("广西 南宁")
    expect(desk.page.get_by_text("卡面照片未采集")).to_be_hidden()
    desk.page.keyboard.press("Enter")
    verdict(desk.page, "CONFIRMED")
    assert desk.platform.seen[-1]["body"] == {"code": code(9), "matched": True}
    expect(desk.page.get_by_test_id("v-name")).to_have_count(0)


def test_a_card_without_a_photo_says_so_and_keeps_its_place(desk):
    gun(desk.page, code(8))
    expect(desk.page.get_by_text("卡面照片未采集，请核对其他有效证件")).to_be_visible()
    expect(desk.page.get_by_text("9999**********0026")).to_be_visible()
    box = desk.page.get_by_text("9999**********0026").bounding_box()
    assert box is not None
    assert box["height"] < 40


def test_escape_says_that_the_person_does_not_match(desk):
    gun(desk.page, code(9))
    verdict(desk.page, "PASS")
    desk.page.keyboard.press("Escape")
    verdict(desk.page, "MISMATCH")
    assert desk.platform.seen[-1]["body"] == {"code": code(9), "matched": False}


@pytest.mark.parametrize(("first", "name", "words"), [
    (1, "USED", "二维码已使用过"), (2, "EXPIRED", "二维码已过期"), (3, "FORGED", "不是有效的电子社保卡二维码"), (4, "CARD_LOST", "社保卡已挂失，不能办理"),
    (5, "CHANNEL_PAUSED", "该渠道已暂停"),
])
def test_a_refusal_has_its_words_and_shows_nobody(desk, first, name, words):
    gun(desk.page, code(first))
    verdict(desk.page, name)
    expect(desk.page.get_by_test_id("s-verdict")).to_contain_text(words)
    expect(desk.page.get_by_test_id("v-name")).to_have_count(0)


def test_a_gun_is_understood_behind_a_chinese_input_method(desk):
    gun(desk.page, code(9), ime=True)
    verdict(desk.page, "PASS")


def test_digits_typed_by_hand_with_blanks_are_taken(desk):
    digits = code(9)
    desk.page.get_by_test_id("gun-input").fill(" ".join(digits[at:at + 4] for at in range(0, 24, 4)))
    desk.page.get_by_test_id("gun-input").press("Enter")
    verdict(desk.page, "PASS")


def test_half_a_code_is_told_and_sent_nowhere(desk):
    sent = len(desk.platform.seen)
    gun(desk.page, code(9)[:17])
    expect(desk.page.get_by_text("没有读完整，请再扫一次")).to_be_visible()
    assert not [one for one in desk.platform.seen[sent:] if one["method"] == "POST"]


def test_the_next_code_can_be_scanned_while_a_verdict_stands(desk):
    gun(desk.page, code(1))
    verdict(desk.page, "USED")
    gun(desk.page, code(9))
    verdict(desk.page, "PASS")
    assert not [one for one in desk.platform.seen if one["path"] == "/v1/person-comparisons"]


def test_a_physical_card_is_judged_alike(desk):
    desk.page.keyboard.press("F6")
    desk.page.get_by_test_id("card-string").fill("450100|999901199003070026|A00000019|" + "9" * 32 + "|韦晓兰|0|3.00|20240101|20340101|0|0")
    desk.page.get_by_test_id("card-read").click()
    verdict(desk.page, "PASS")
    expect(desk.page.get_by_test_id("s-result")).to_contain_text("读卡只证明持有，请比对照片")


def test_without_a_line_it_never_says_yes_and_the_same_request_is_asked_again(desk):
    desk.platform.down = True
    gun(desk.page, code(9))
    verdict(desk.page, "NETWORK")
    expect(desk.page.get_by_test_id("s-verdict")).to_contain_text("连不上平台，结果未知，请勿办理业务")
    expect(desk.page.get_by_test_id("link")).to_contain_text("平台连接中断")
    expect(desk.page.get_by_test_id("gun-input")).to_be_disabled()
    desk.platform.down = False
    expect(desk.page.get_by_test_id("link")).to_have_text("平台连接正常")
    desk.page.get_by_test_id("next").click()
    verdict(desk.page, "PASS")


def test_what_a_holder_showed_leaves_the_screen_by_itself(desk):
    desk.page.clock.install()
    desk.page.reload()
    expect(desk.page.get_by_test_id("link")).to_have_text("平台连接正常")
    gun(desk.page, code(9))
    verdict(desk.page, "PASS")
    desk.page.clock.run_for(61_000)
    expect(desk.page.get_by_test_id("v-name")).to_have_count(0)
    expect(desk.page.get_by_text("韦晓兰")).to_have_count(0)


def test_a_counter_that_was_never_activated_goes_to_activation(browser):
    with served(Platform()) as address:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/counter")
        expect(page.get_by_test_id("s-activate")).to_be_visible()
        context.close()


@pytest.mark.parametrize("first", [None, 9, 4])
def test_the_counter_is_accessible_in_every_state(desk, first):
    if first is not None:
        gun(desk.page, code(first))
        expect(desk.page.get_by_test_id("s-verdict")).to_be_visible()
    assert not {kind: found for kind, found in looked_at(desk.page).items() if found}
