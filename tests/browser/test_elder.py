"""Elder mode with its scripts (journey 10): targets and text are measured in test_screens; here is what is said aloud, and when."""
import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import DEFINED, looked_at
from tests.browser.voice import VOICE, said
from tests.surfaces.gallery_elder import SCREENS
from tests.surfaces.screen import TEXTS, renderer

pytestmark = pytest.mark.browser
DIGITS = "736019284455102938475610"


@pytest.fixture
def page(browser, stage):
    """A phone with a voice."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=stage, service_workers="block", locale="zh-CN", reduced_motion="reduce")
    context.add_init_script(f"({VOICE})()")
    yield context.new_page()
    context.close()


def screen(page: Page, name: str, locale: str = "zh-CN") -> Page:
    """Open a screen of the gallery."""
    page.goto(f"/screen/{locale}/{name}")
    page.wait_for_function(DEFINED)
    return page


@pytest.mark.parametrize("name", [one.name for one in SCREENS if one.name in ("el-home", "el-code", "el-unlock", "el-card", "el-records", "el-which", "el-not-me", "el-msg", "el-loss", "el-reset-face", "el-reset-counter", "el-reset")])
def test_every_page_can_be_read_aloud_slowly_in_its_own_words(page, name):
    screen(page, name).get_by_test_id("read").click()
    [said] = page.evaluate("() => window.said")
    assert (said["lang"], said["rate"]) == ("zh-CN", 0.85)
    assert len(said["text"]) > 8
    expect(page.get_by_test_id("read")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("read").click()
    expect(page.get_by_test_id("read")).to_have_attribute("aria-pressed", "false")


def test_a_code_is_read_digit_by_digit(page):
    screen(page, "el-code").get_by_test_id("read").click()
    assert page.evaluate("() => window.said.at(-1).text").endswith(" ".join(DIGITS))


def test_nothing_speaks_before_somebody_has_touched_the_page(page):
    screen(page, "el-code")
    assert page.evaluate("() => window.said") == []
    page.get_by_text("请把手机给工作人员扫一扫").click()
    assert [one["text"] for one in page.evaluate("() => window.said")] == ["社保码已打开"]


def test_speaking_stops_when_the_page_is_left(page):
    screen(page, "el-home").get_by_test_id("read").click()
    before = page.evaluate("() => window.quiet")
    page.evaluate("() => window.dispatchEvent(new Event('pagehide'))")
    assert page.evaluate("() => window.quiet") > before


def test_a_browser_without_a_voice_shows_no_dead_button(browser, stage):
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=stage, service_workers="block", locale="zh-CN")
    context.add_init_script("delete window.speechSynthesis; Object.defineProperty(window, 'speechSynthesis', {value: undefined})")
    page = screen(context.new_page(), "el-home")
    expect(page.get_by_test_id("read")).to_be_hidden()
    expect(page.get_by_test_id("call")).to_be_visible()
    context.close()


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize(("verdict", "why"), [("PASS", ""), ("USED", "used"), ("CARD_LOST", "card_lost")])
def test_the_counters_answer_covers_the_page_is_said_and_can_be_reached(page, locale, verdict, why):
    answer = answered(locale, verdict, why)
    page.route("**/m/elder/code/result", lambda route: route.fulfill(status=200, body=answer, content_type="text/html"))
    screen(page, "el-code", locale).locator("h1").click()
    result = page.get_by_test_id("code-result")
    expect(result).to_have_attribute("data-verdict", verdict)
    expect(result.locator("h1")).to_be_focused()
    assert (TEXTS.say(locale, f"wallet.use.why.{why}") if why else "安康大药房（演示）") in said(page)[-1]
    assert page.evaluate("() => [...document.body.children].filter((part) => !part.inert).length") == 1
    assert {kind: what for kind, what in looked_at(page, elder=True).items() if what} == {}
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    result.evaluate("(answer) => answer.scrollTo(0, answer.scrollHeight)")
    low = result.locator(".acts a").last.bounding_box()
    assert low["y"] + low["height"] <= result.get_by_test_id("call").bounding_box()["y"]


def answered(locale, verdict, why):
    """What the house sends when a counter has said something."""
    def say(key, /, **given):
        return TEXTS.say(locale, key, **given)
    given = {"t": say, "locale": locale, "passed": not why, "verdict": verdict, "place": "安康大药房（演示）", "scene": say("records.action.code"), "time": "16:42",
             "why": say(f"wallet.use.why.{why}") if why else "", "use": "use_1"}
    return renderer()("elder/code_result.html", given)


@pytest.mark.parametrize("width", [320, 360, 390])
def test_the_code_is_large_and_its_one_button_is_in_reach(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    screen(page, "el-code")
    box = page.get_by_test_id("qr").bounding_box()
    assert min(box["width"], box["height"]) >= 280
    renew, bar = page.get_by_test_id("renew").bounding_box(), page.get_by_test_id("call").bounding_box()
    assert renew["y"] + renew["height"] <= bar["y"]


def test_nothing_opens_by_itself_and_help_stays_in_sight(page):
    for one in SCREENS:
        screen(page, one.name)
        assert page.evaluate("() => document.querySelectorAll('dialog[open]').length") == 0
        assert page.get_by_test_id("call").bounding_box()["y"] < 844


@pytest.mark.parametrize("size", ["125", "150", "200"])
def test_larger_text_leaves_the_address_and_the_page_as_they_are(page, size):
    screen(page, "el-home")
    page.evaluate("(size) => { document.documentElement.dataset.zoom = size; }", size)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    expect(page.get_by_test_id("el-show")).to_be_visible()


@pytest.mark.parametrize("name", ["apply-consent", "apply-details", "apply-mobile", "apply-sms", "apply-face", "apply-counter", "apply-password", "apply-existing-code",
                                  "signin", "signin-sms", "signin-face", "signin-counter-digits", "lift-face", "unlock-counter", "reset-password", "channels", "unlink", "password-done"])
def test_steps_that_are_shared_with_the_wallet_grow(page, name):
    screen(page, name)
    page.evaluate("""async () => { document.documentElement.dataset.mode = 'elder';
      const sheet = Object.assign(document.createElement('link'), {rel: 'stylesheet', href: document.querySelector('link[rel=stylesheet]').href.replace('ssc.css', 'elder.css')});
      await new Promise((done) => { sheet.onload = done; document.head.append(sheet); }); }""")
    found = looked_at(page, elder=True)
    assert {kind: what for kind, what in found.items() if what} == {}
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
