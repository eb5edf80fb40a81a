"""The elements on their own: what they do when all is well, and what they say when it is not."""
import pytest
from playwright.sync_api import Page, expect

from essc.identity.model import LARGEST_FRAME
from tests.browser.looking import DEFINED
from tests.browser.stage import POSTED

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, stage):
    """A phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=stage, service_workers="block", reduced_motion="reduce", locale="zh-CN")
    yield context.new_page()
    context.close()


def screen(page: Page, name: str, locale: str = "zh-CN") -> Page:
    """Open a screen of the gallery."""
    page.goto(f"/screen/{locale}/{name}")
    page.wait_for_function(DEFINED)
    return page


@pytest.mark.parametrize(("pin", "run", "same", "number"), [
    ("738146", "1", "1", "1"), ("123456", "0", "1", "1"), ("654321", "0", "1", "1"), ("111111", "1", "0", "1"), ("199003", "1", "1", "0"), ("7381", "", "", ""),
])
def test_the_hints_of_a_password_follow_what_is_typed(page, pin, run, same, number):
    screen(page, "apply-password").get_by_label("设置密码").fill(pin)
    assert [page.locator(f"[data-rule={rule}]").get_attribute("data-ok") or "" for rule in ("run", "same", "number")] == [run, same, number]


def test_a_password_is_one_field_that_takes_pasted_and_wide_digits_and_tells_how_many(page):
    field = screen(page, "apply-existing-code").get_by_label("电子社保卡密码")
    field.fill("７３８ 1")
    assert field.input_value() == "7381"
    expect(page.get_by_text("6 位密码，已输入 4 位")).to_have_count(1)
    assert field.get_attribute("type") == "password"


def test_a_button_that_needs_a_tick_says_why_it_is_shut(page):
    screen(page, "apply-consent")
    expect(page.get_by_test_id("next")).to_be_disabled()
    expect(page.get_by_text("请先阅读并勾选同意")).to_be_visible()
    page.get_by_test_id("agree").check()
    expect(page.get_by_test_id("next")).to_be_enabled()
    expect(page.get_by_text("请先阅读并勾选同意")).to_be_hidden()


def test_a_form_is_sent_once(page):
    before = len(POSTED)
    screen(page, "apply-details").get_by_label("姓名").fill("韦晓兰")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.evaluate("() => { const button = document.querySelector('[data-testid=next]'); button.click(); button.click(); button.click(); }")
    page.evaluate("() => fetch('/favicon.ico')")
    assert len(POSTED) == before + 1


def test_what_was_typed_survives_a_reload(page):
    screen(page, "apply-details").get_by_label("姓名").fill("韦晓兰")
    page.reload()
    expect(page.get_by_label("姓名")).to_have_value("韦晓兰")


def test_the_eye_shows_and_hides_again(page):
    screen(page, "home").get_by_test_id("eye").click()
    expect(page.get_by_test_id("card-number")).to_have_text("999901199003070026")
    expect(page.get_by_test_id("eye")).to_have_attribute("aria-label", "隐藏完整信息")
    page.get_by_test_id("eye").click()
    expect(page.get_by_test_id("card-number")).to_have_text("9999**********0026")


def test_the_eye_shuts_by_itself(page):
    page.clock.install()
    screen(page, "home").get_by_test_id("eye").click()
    expect(page.get_by_test_id("card-number")).to_have_text("999901199003070026")
    page.clock.run_for(31_000)
    expect(page.get_by_test_id("card-number")).to_have_text("9999**********0026")


def test_a_code_counts_down_and_is_renewed_at_the_end(page):
    page.clock.install()
    asked = []
    page.route("**/m/code", lambda route: (asked.append(route.request.headers.get("hx-request")), route.fulfill(status=200, body="<p>neu</p>")))
    screen(page, "code")
    page.clock.run_for(20_000)
    assert int(page.locator("[data-count]").inner_text()) in range(36, 40)
    assert asked == []
    page.clock.run_for(40_000)
    expect(page.get_by_text("neu")).to_be_visible()
    assert asked == ["true"]


def test_a_code_that_cannot_be_renewed_leaves_the_screen(page):
    page.route("**/m/code", lambda route: route.abort())
    screen(page, "code").get_by_test_id("renew").click()
    expect(page.get_by_text("当前没有网络。出示二维码、扫码和缴费需要联网。急用时请出示实体社保卡。")).to_be_visible()
    expect(page.get_by_test_id("qr")).to_have_count(0)
    expect(page.get_by_test_id("digits")).to_have_count(0)


def test_a_wrong_clock_is_told(page):
    screen(page, "code")
    expect(page.get_by_text("手机时间不准，二维码可能无法识别。")).to_be_visible()


def test_what_the_counter_said_fills_the_screen(page):
    answer = '<section class="result" role="alertdialog" aria-labelledby="h" data-testid="code-result"><h1 id="h" tabindex="-1">核验成功</h1></section>'
    page.route("**/m/code/result", lambda route: route.fulfill(status=200, body=answer, content_type="text/html"))
    screen(page, "code")
    expect(page.get_by_test_id("code-result")).to_be_visible()
    expect(page.get_by_test_id("qr")).to_have_count(0)
    expect(page.locator("h1", has_text="核验成功")).to_be_focused()


def test_a_phone_without_a_camera_says_what_to_do(page):
    screen(page, "apply-face").get_by_test_id("face-start").click()
    trouble = page.get_by_test_id("face")
    expect(trouble).to_have_attribute("data-state", "NotFoundError")
    expect(page.get_by_text("此设备打不开相机。请从相册选择照片，或选择其他核验方式。")).to_be_visible()
    expect(page.get_by_role("button", name="打不开相机？从相册选择照片")).to_be_visible()


def test_a_photo_from_the_album_is_sent_as_a_small_jpeg(page):
    face = screen(page, "apply-face").get_by_test_id("face-photo")
    picture = {"name": "me.png", "mimeType": "image/png", "buffer": page.get_by_test_id("face").screenshot()}
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        face.set_input_files(picture)
    assert b'name="frame0"' in POSTED[-1]
    assert b"\xff\xd8\xff" in POSTED[-1]
    assert len(POSTED[-1]) < LARGEST_FRAME + 1000


def test_a_file_that_is_no_picture_is_told(page):
    screen(page, "apply-face").get_by_test_id("face-photo").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": b"not a picture"})
    expect(page.get_by_text("这张图片打不开，请换一张照片")).to_be_visible()


def test_a_dialog_names_what_will_happen_and_escape_closes_it(page):
    screen(page, "record").get_by_test_id("not-me").click()
    expect(page.get_by_role("dialog")).to_contain_text("二维码立即冻结")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_test_id("not-me")).to_be_focused()
