"""The wallet's later screens with their scripts: the card that closes itself, the scanner, the sizes, the history that grows."""
import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import DEFINED
from tests.browser.stage import POSTED

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, stage):
    """A phone that forbids nobody to move things."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=stage, service_workers="block", locale="zh-CN")
    yield context.new_page()
    context.close()


def screen(page: Page, name: str) -> Page:
    """Open a screen of the gallery."""
    page.goto(f"/screen/zh-CN/{name}")
    page.wait_for_function(DEFINED)
    return page


def test_the_card_in_full_has_a_clock_that_goes_and_closes_after_a_minute(page):
    page.clock.install()
    screen(page, "card")
    before = page.get_by_test_id("clock").inner_text()
    page.clock.run_for(3_000)
    assert page.get_by_test_id("clock").inner_text() != before
    expect(page.get_by_test_id("cert-number")).to_have_text("999901199003070026")
    page.clock.run_for(58_000)
    expect(page.get_by_text("为保护隐私已收起")).to_be_visible()
    expect(page.get_by_test_id("cert-number")).to_have_count(0)


def test_the_rings_stand_still_for_who_wants_no_motion_and_the_clock_goes_on(page):
    screen(page, "card")
    moving = "() => getComputedStyle(document.querySelector('.rosette')).animationName"
    assert page.evaluate(moving) == "turn"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == "none"
    expect(page.get_by_test_id("clock")).not_to_have_text("--:--:--")


def test_the_card_leaves_the_page_when_nobody_looks(page):
    screen(page, "card")
    page.evaluate("() => { Object.defineProperty(document, 'hidden', {get: () => true}); document.dispatchEvent(new Event('visibilitychange')); }")
    expect(page.get_by_test_id("cert-closed")).to_be_visible()
    expect(page.get_by_test_id("cert-name")).to_have_count(0)


def test_twice_on_the_card_shows_it_in_full_and_so_does_the_link(page):
    screen(page, "home")
    expect(page.get_by_test_id("certify")).to_have_attribute("href", "/m/card")
    with page.expect_request("**/m/card"):
        page.get_by_test_id("card-standing").dblclick()


def test_a_card_that_cannot_be_used_is_not_shown_in_full(page):
    screen(page, "home-lost").get_by_test_id("card-standing").dblclick()
    assert page.url.endswith("/home-lost")


def test_a_size_shows_at_once_how_it_looks(page):
    screen(page, "size").get_by_test_id("size-200").check()
    assert page.evaluate("() => parseFloat(getComputedStyle(document.querySelector('main b')).fontSize)") >= 30
    page.get_by_test_id("size-100").check()
    assert page.evaluate("() => parseFloat(getComputedStyle(document.querySelector('main b')).fontSize)") < 20


def test_older_uses_come_below_those_that_are_there(page):
    piece = '<h2 class="month">2026年9月</h2><section class="panel sec">older</section>'
    page.route("**/m/records?cursor=abc", lambda route: route.fulfill(status=200, body=piece, content_type="text/html"))
    screen(page, "records").get_by_test_id("more").click()
    expect(page.get_by_text("2026年9月")).to_be_visible()
    expect(page.get_by_test_id("use").first).to_be_visible()
    expect(page.get_by_test_id("more")).to_have_count(0)


def test_without_a_camera_the_album_is_offered_in_the_words_that_were_agreed(page):
    screen(page, "scan")
    expect(page.get_by_test_id("scanner")).to_have_attribute("data-state", "NotFoundError")
    expect(page.get_by_role("status")).to_have_text("此设备打不开相机，请从相册选择二维码图片。")
    expect(page.get_by_role("button", name="相册")).to_be_visible()
    expect(page.get_by_role("button", name="手电筒")).to_be_hidden()


def test_a_file_that_is_no_picture_is_told_and_sent_nowhere(page):
    before = len(POSTED)
    screen(page, "scan").get_by_test_id("album").set_input_files({"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"not a picture"})
    expect(page.get_by_role("status")).to_have_text("这张图片打不开，请换一张照片")
    assert len(POSTED) == before


def test_fifty_megabytes_that_are_no_picture_are_told_and_sent_nowhere(page, tmp_path):
    before, large = len(POSTED), tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    screen(page, "scan").get_by_test_id("album").set_input_files(large)
    expect(page.get_by_role("status")).to_have_text("这张图片打不开，请换一张照片", timeout=20_000)
    assert len(POSTED) == before


def test_a_picture_without_a_code_for_this_reader_goes_to_the_servers_made_small(page):
    screen(page, "scan")
    picture = {"name": "wall.png", "mimeType": "image/png", "buffer": page.get_by_test_id("scan").screenshot()}
    with page.expect_response(lambda answer: answer.request.method == "POST", timeout=20_000):
        page.get_by_test_id("album").set_input_files(picture)
    assert b"\xff\xd8\xff" in POSTED[-1]
    assert b'name="picture"' in POSTED[-1]
    expect(page.get_by_test_id("scanner")).to_have_attribute("data-engine", "server")


def test_codes_that_were_renewed_too_often_come_back_by_themselves(page):
    page.clock.install()
    page.route("**/m/code", lambda route: route.fulfill(status=200, body="<p>neu</p>"))
    screen(page, "code-often")
    expect(page.get_by_text("二维码刷新太频繁，请 10 秒后再试")).to_be_visible()
    page.clock.run_for(11_000)
    expect(page.get_by_text("neu")).to_be_visible()
