"""The counter's page against a platform of canned answers: activation, the gun in every mood, verdicts, a lost line."""
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, gun, verdict
from tests.browser.looking import Seen, looked_at
from tests.browser.platform import Platform, code
from tests.browser.stage import served

pytestmark = pytest.mark.browser


def test_an_activated_counter_signs_what_it_sends(desk):
    gun(desk.page, code(9))
    verdict(desk.page, "PASS")
    assert "/v1/terminal-sessions" in desk.platform.judged
    assert desk.platform.judged[-1] == "/v1/code-redemptions"
    assert {"code": code(9), "scene": "pharmacy.buy"} in [one["body"] for one in desk.platform.seen]


def test_a_counter_says_that_it_is_there_before_anybody_comes(desk):
    before = desk.platform.beats
    with desk.page.expect_response("**/v1/heartbeats") as told:
        desk.page.reload()
    assert told.value.ok and desk.platform.beats > before      # the page before may still have been saying so


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


CARD = "450100|999901199003070026|A00000019|" + "9" * 32 + "|韦晓兰|0|3.00|20240101|20340101|0|0"


def test_a_physical_card_is_judged_alike_and_its_person_compared(desk):
    desk.page.keyboard.press("F6")
    desk.page.get_by_test_id("card-string").fill(CARD)
    desk.page.get_by_test_id("card-read").click()
    verdict(desk.page, "PASS")
    expect(desk.page.get_by_test_id("s-result")).to_contain_text("读卡只证明持有，请比对照片")
    desk.page.get_by_test_id("mismatch").click()
    verdict(desk.page, "MISMATCH")
    assert desk.platform.seen[-1]["body"] == {"card_string": CARD, "scene": "pharmacy.buy", "matched": False}


def test_a_forged_code_is_reported_without_the_code(desk):
    gun(desk.page, code(3))
    desk.page.get_by_test_id("report").click()
    expect(desk.page.get_by_text("已上报。值班人员会核查，请勿办理业务。")).to_be_visible()
    expect(desk.page.get_by_test_id("report")).to_be_disabled()
    assert (desk.platform.seen[-1]["path"], desk.platform.seen[-1]["body"]) == ("/v1/forgery-reports", {"scene": "pharmacy.buy"})


def checked(desk: Desk) -> Page:
    """A person before a counter whose scene is the check of persons."""
    desk.page.get_by_test_id("scene").select_option("counter.person_check")
    desk.page.get_by_test_id("gun-input").focus()
    gun(desk.page, code(9))
    expect(desk.page.get_by_test_id("person-check")).to_be_visible()
    return desk.page


def test_a_check_of_the_person_names_the_check_on_the_phone_and_ends_the_lost_phones_sessions(desk):
    page = checked(desk)
    page.get_by_test_id("pairing").fill("４０７ 133")
    page.get_by_test_id("end-sessions").check()
    page.get_by_test_id("pairing").press("Enter")
    verdict(page, "CONFIRMED")
    expect(page.get_by_test_id("s-verdict")).to_contain_text("持卡人的所有设备已退出")
    assert desk.platform.seen[-1]["body"] == {"code": code(9), "matched": True, "pairing": "407133", "end_sessions": True}


def test_wrong_pairing_digits_are_told_and_can_be_typed_again(desk):
    page = checked(desk)
    page.get_by_test_id("pairing").fill("000000")
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("trouble")).to_contain_text("请与持卡人核对手机上的 6 位核对码。")
    page.get_by_test_id("pairing").fill("407133")
    page.get_by_test_id("confirm").click()
    verdict(page, "CONFIRMED")


def test_elsewhere_nothing_is_asked_about_a_phone(desk):
    gun(desk.page, code(9))
    verdict(desk.page, "PASS")
    expect(desk.page.get_by_test_id("person-check")).to_have_count(0)


def test_a_gun_that_nobody_hears_says_so(desk):
    desk.page.get_by_test_id("scene").focus()
    expect(desk.page.get_by_text("请点一下此处再扫码")).to_be_visible()
    desk.page.get_by_test_id("gun-input").click()
    expect(desk.page.get_by_text("已就绪，可连续扫码")).to_be_visible()


def test_the_tone_can_be_switched_off_and_stays_off(desk):
    desk.page.get_by_role("button", name="提示音：开").click()
    desk.page.reload()
    expect(desk.page.get_by_role("button", name="提示音：关")).to_have_attribute("aria-pressed", "false")


def test_the_scene_that_was_chosen_last_stays(desk):
    desk.page.get_by_test_id("scene").select_option("park.enter")
    desk.page.goto(f"{desk.address}/counter/gate")
    expect(desk.page.get_by_test_id("scene")).to_have_value("park.enter")


def test_everything_is_reached_by_the_keyboard(desk):
    desk.page.keyboard.press("F9")
    expect(desk.page.get_by_test_id("n-all")).to_have_text("154")
    desk.page.keyboard.press("F8")
    expect(desk.page.get_by_test_id("today")).to_have_text("142")
    desk.page.keyboard.press("F8")
    expect(desk.page.get_by_test_id("s-ready")).to_be_visible()


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


def test_a_lost_line_fills_the_screen_says_since_when_and_ends_by_itself(desk):
    desk.platform.down = True
    desk.page.evaluate("() => dispatchEvent(new Event('offline'))")
    expect(desk.page.get_by_test_id("s-offline")).to_contain_text(re.compile(r"平台连接中断 \d\d:\d\d 起"))
    expect(desk.page.get_by_test_id("s-offline")).to_contain_text("结果未知，请勿办理业务")
    desk.platform.down = False
    desk.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(desk.page.get_by_text("请持卡人出示电子社保卡")).to_be_visible()


LOOKS = [("s-ready", None), ("s-ready", 9), ("s-ready", 3), ("s-ready", 4), ("s-gate", None), ("s-gate", 9), ("s-gate", 2), ("s-shift", None)]


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_counter_is_accessible_in_every_state_and_fits_its_smallest_screen(desk, locale):
    seen, wrong = Seen(desk.page, desk.address), {}
    desk.page.set_viewport_size({"width": 1024, "height": 768})
    for name, first in LOOKS:
        desk.page.goto(f"{desk.address}/screen/{locale}/{name}")
        expect(desk.page.get_by_test_id("link")).to_have_attribute("data-tone", "ok")
        if first is not None:
            gun(desk.page, code(first))
            expect(desk.page.get_by_test_id("s-verdict")).to_be_visible()
        found = looked_at(desk.page) | {"wide": desk.page.evaluate("[document.documentElement.scrollWidth].filter((width) => width > 1024)")}
        wrong[name, first] = {kind: what for kind, what in found.items() if what}
    assert {screen: what for screen, what in wrong.items() if what} == {}
    assert seen.told() == {"console": [], "elsewhere": []}


def test_a_verdict_can_be_read_from_two_metres(desk):
    for first in (9, 2, 4):
        gun(desk.page, code(first))
        expect(desk.page.get_by_test_id("s-verdict")).to_be_visible()
        assert desk.page.evaluate("parseFloat(getComputedStyle(document.querySelector('[data-testid=s-verdict] b')).fontSize)") >= 24
