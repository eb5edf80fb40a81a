"""What goes wrong on a phone or at a desk, and what it says then: the exact sentence with its button, and nothing is lost."""
import re
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.sessions.api import COOKIE
from tests.browser.camera import film_of_code
from tests.browser.platform import Platform, code
from tests.browser.stage import CAMERA, SIZES, chromium, served
from tests.running import House
from tests.town import Resident, Town

pytestmark = pytest.mark.browser
ELSEWHERE = "https://elsewhere.example/login"
BIG = 50 * 1024 * 1024


class Visit(NamedTuple):
    """Somebody with a card, their phone, and where they are."""

    house: House
    who: Resident
    phone: BrowserContext
    page: Page


@pytest.fixture(scope="module")
def resident(house: House, town: Town) -> Resident:
    """Somebody who has applied; their session is the phone's."""
    async def wallet(db: Database) -> None:
        wanted = Application("电子社保卡（故障）", Form.WEBSITE, Kind.HUMAN_RESOURCES, 1, "000000", tuple(Ability), ("name",))
        async with db.tx(SYSTEM) as tx:
            await channels.register(tx, wanted, sandbox=True, demonstration=True)
    house.operate(wallet)
    return town.resident()


@pytest.fixture
def visit(house: House, resident: Resident, tmp_path) -> Iterator[Visit]:
    """A phone whose camera sees another site's address as a code."""
    film = film_of_code(tmp_path / "code.y4m", ELSEWHERE)
    with chromium(*CAMERA, f"--use-file-for-fake-video-capture={film}") as browser:
        phone = browser.new_context(viewport=SIZES["phone"], base_url=house.url, locale="zh-CN", permissions=["camera"], service_workers="block")
        phone.set_default_timeout(20_000)
        phone.add_cookies([{"name": COOKIE, "value": resident.phone.token, "url": house.url}])
        yield Visit(house, resident, phone, phone.new_page())


def test_a_phone_meets_what_can_go_wrong_and_says_each_in_its_own_words(visit):
    an_address_in_a_code_is_opened_by_nobody(visit)
    a_file_that_is_no_picture_and_one_that_is_too_large_are_told(visit)
    a_page_that_is_not_there_leads_home(visit.page)
    the_back_button_sends_nothing_again(visit)
    two_tabs_ask_for_one_sign_in(visit)


def an_address_in_a_code_is_opened_by_nobody(visit: Visit) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.goto("/m/scan")
    expect(visit.page.get_by_test_id("scan-kind")).to_contain_text("这不是社保卡业务二维码，为了您的安全没有打开。")
    assert not [url for url in asked if "elsewhere" in url]
    assert "elsewhere" not in visit.page.url


def a_file_that_is_no_picture_and_one_that_is_too_large_are_told(visit: Visit) -> None:
    visit.phone.clear_permissions()
    cookies = {one["name"]: one["value"] for one in visit.phone.cookies()}
    for content in (b"no picture", b"\0" * BIG):      # past the browser's driver, which would carry 50 MB as text
        answer = httpx.post(f"{visit.house.url}/m/scan", headers={"origin": visit.house.url, "accept": "text/html"}, cookies=cookies, timeout=60,
                            trust_env=False, files={"picture": ("a.jpg", content, "image/jpeg")})
        assert answer.status_code in (413, 422)
        assert "图片" in answer.text
        assert "/m/scan" in answer.text


def a_page_that_is_not_there_leads_home(page: Page) -> None:
    page.goto("/m/nothing-here")
    expect(page.get_by_role("heading", name="没有找到这个页面，可能已下线或地址有误。")).to_be_visible()
    page.get_by_role("link", name="返回首页").click()
    expect(page.get_by_test_id("home")).to_be_visible()


def the_back_button_sends_nothing_again(visit: Visit) -> None:
    posted: list[str] = []
    visit.page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    visit.page.goto("/m/me/password")
    visit.page.locator("input[type=password]").first.fill("1")
    visit.page.goto("/m/me")
    visit.page.go_back()
    visit.page.go_forward()
    expect(visit.page.get_by_test_id("me")).to_be_visible()
    assert [url for url in posted if "password" in url] == []


def two_tabs_ask_for_one_sign_in(visit: Visit) -> None:
    other = visit.phone.new_page()
    other.goto("/m/me/devices")
    visit.who.phone.post(f"/sessions/{visit.who.phone.session}/revocation")
    visit.page.goto("/m/me/channels")
    expect(visit.page.get_by_text("为了您的安全，长时间未操作已退出。")).to_be_visible()
    assert "next=%2Fm%2Fme%2Fchannels" in visit.page.url
    other.reload()
    expect(other.get_by_text("为了您的安全，长时间未操作已退出。")).to_be_visible()


@pytest.mark.parametrize(("path", "sentence"), [
    ("/screen/zh-CN/scan", "未获得相机权限。请在手机“设置 › 应用 › 权限”中允许使用相机，或从相册选择图片。"),
    ("/screen/zh-CN/apply-face", "未获得相机权限。请在手机“设置 › 应用 › 权限”中允许使用相机，或从相册选择图片。"),
])
def test_a_camera_that_was_refused_is_named_with_the_way_out(stage, path, sentence):
    with chromium("--use-fake-device-for-media-stream", "--deny-permission-prompts") as browser:
        page = browser.new_page(viewport=SIZES["phone"], locale="zh-CN")
        page.goto(stage + path)
        if page.get_by_test_id("face-start").count():
            page.get_by_test_id("face-start").click()
        expect(page.get_by_text(sentence)).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("相册"))).to_be_visible()


@pytest.fixture
def phone(browser: Browser, stage: str) -> Iterator[Page]:
    """A phone before the stage."""
    context = browser.new_context(viewport=SIZES["phone"], base_url=stage, locale="zh-CN", service_workers="block", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def test_without_a_camera_the_scanner_says_so_and_offers_the_album(phone):
    phone.goto("/screen/zh-CN/scan")
    expect(phone.get_by_test_id("scanner")).to_have_attribute("data-state", "NotFoundError")
    expect(phone.get_by_text("此设备打不开相机，请从相册选择二维码图片。")).to_be_visible()
    expect(phone.get_by_role("button", name="相册")).to_be_visible()


def test_a_file_that_is_no_picture_is_told_before_it_is_sent(phone):
    phone.goto("/screen/zh-CN/scan")
    phone.get_by_test_id("album").set_input_files({"name": "me.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(phone.get_by_test_id("scanner").get_by_role("status")).to_contain_text("图片打不开")


def test_while_a_slow_line_carries_a_form_the_button_says_so(phone):
    phone.clock.install()
    phone.goto("/screen/zh-CN/apply-details")
    phone.get_by_label("姓名").fill("韦晓兰")
    phone.get_by_test_id("next").evaluate("(button) => { button.form.noValidate = true; button.click(); }")
    phone.clock.run_for(500)
    expect(phone.get_by_test_id("next")).to_have_text("正在提交…")
    phone.clock.run_for(4000)
    expect(phone.get_by_test_id("next")).to_have_text("网络较慢，请稍候")
    expect(phone.get_by_test_id("next")).to_be_disabled()


@pytest.mark.parametrize("status", [500, 503])
def test_a_code_that_the_platform_cannot_renew_leaves_the_screen(phone, status):
    phone.route("**/m/code", lambda route: route.fulfill(status=status, body="", content_type="text/html"))
    phone.goto("/screen/zh-CN/code")
    phone.get_by_test_id("renew").click()
    expect(phone.get_by_test_id("qr")).to_have_count(0)
    expect(phone.get_by_test_id("digits")).to_have_count(0)


def test_the_page_of_last_resort_says_what_and_offers_both_buttons(phone):
    phone.goto("/error_5xx")
    expect(phone.get_by_role("heading")).to_have_text("服务暂时出了问题，我们正在处理。请稍后再试。")
    expect(phone.get_by_role("link", name=re.compile("重试"))).to_be_visible()
    expect(phone.get_by_role("link", name=re.compile("拨打 12333"))).to_have_attribute("href", "tel:12333")


def test_at_a_counter_a_platform_in_trouble_is_never_a_yes(browser):
    platform = Platform()
    with served(platform) as address:
        context = browser.new_context(viewport=SIZES["desk"], locale="zh-CN")
        page = context.new_page()
        page.goto(f"{address}/counter/activate")
        page.get_by_label("激活码").fill("K7QX2M9P")
        page.get_by_test_id("activate").click()
        page.get_by_test_id("start").click()
        expect(page.get_by_test_id("link")).to_have_text("平台连接正常")
        for status, verdict in ((500, "OTHER"), (503, "NETWORK")):
            page.route("**/v1/code-redemptions", lambda route, _, status=status: route.fulfill(status=status, body="{}", content_type="application/json"))
            page.get_by_test_id("gun-input").fill(code(9))
            page.get_by_test_id("gun-input").press("Enter")
            expect(page.get_by_test_id("s-verdict")).to_have_attribute("data-verdict", verdict)
            expect(page.get_by_test_id("s-verdict")).to_contain_text("请勿办理业务")
            page.unroute("**/v1/code-redemptions")
            page.get_by_test_id("next").click()
        context.close()
