"""What goes wrong on a phone or at a desk, and what it says then: the exact sentence with its button, and nothing is lost."""
import re
from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.sessions.api import COOKIE
from tests.browser.camera import film_of_code
from tests.browser.looking import DEFINED
from tests.browser.platform import Platform, code
from tests.browser.stage import CAMERA, SIZES, chromium, served
from tests.callers import OTHER_PASSWORD, PASSWORD
from tests.running import House
from tests.surfaces.gallery import SCREENS, renderer
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
    two_clicks_send_once_and_the_back_button_sends_nothing_again(visit)
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


def two_clicks_send_once_and_the_back_button_sends_nothing_again(visit: Visit) -> None:
    posted: list[str] = []
    visit.page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    visit.page.goto("/m/me/password")
    for label, text in (("原密码", PASSWORD), ("新密码", OTHER_PASSWORD), ("再输入一次新密码", OTHER_PASSWORD)):
        visit.page.get_by_label(label, exact=True).fill(text)
    visit.page.get_by_role("button", name="保存新密码").dblclick()
    expect(visit.page.get_by_test_id("done")).to_contain_text("密码已修改")
    visit.page.go_back()
    visit.page.go_forward()
    expect(visit.page.get_by_test_id("done")).to_be_visible()
    visit.page.reload()
    expect(visit.page.get_by_test_id("done")).to_be_visible()
    assert posted == [f"{visit.house.url}/m/me/password"]


def two_tabs_ask_for_one_sign_in(visit: Visit) -> None:
    other, code = visit.phone.new_page(), visit.phone.new_page()
    other.goto("/m/me/devices")
    code.goto("/m/unlock")
    code.get_by_label("电子社保卡密码").fill(OTHER_PASSWORD)
    code.get_by_role("button", name="确认").click()
    expect(code.get_by_test_id("qr")).to_be_visible()
    visit.who.phone.post(f"/sessions/{visit.who.phone.session}/revocation")
    visit.page.goto("/m/me/channels")
    expect(visit.page.get_by_text("为了您的安全，长时间未操作已退出。")).to_be_visible()
    assert "next=%2Fm%2Fme%2Fchannels" in visit.page.url
    expect(code.get_by_text("为了您的安全，长时间未操作已退出。")).to_be_visible()      # by itself: nobody touched it
    expect(code.get_by_test_id("qr")).to_have_count(0)
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
        page.wait_for_function(DEFINED)
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


PATIENCE_MS = 8000
OFFLINE = "当前没有网络。出示二维码、扫码和缴费需要联网。急用时请出示实体社保卡。"
TROUBLE = "服务暂时出了问题，我们正在处理。请稍后再试。"
LATE = "等待时间太长，没有办成。您的资料没有丢失。"


@pytest.mark.parametrize(("screen", "address"), [("code", "/m/code"), ("el-code", "/m/elder/code")])
@pytest.mark.parametrize(("trouble", "sentence", "button"), [("500", TROUBLE, "重试"), ("503", TROUBLE, "重试"), ("away", OFFLINE, "重新连接"), ("silent", LATE, "重试")])
def test_a_code_that_cannot_be_renewed_leaves_the_screen_with_what_is_the_matter(phone, screen, address, trouble, sentence, button):
    held: list[Route] = []
    answers = {"away": lambda route: route.abort(), "silent": lambda route: held.append(route)}
    phone.goto(f"/screen/zh-CN/{screen}")
    assert phone.evaluate("() => htmx.config.timeout") == PATIENCE_MS
    phone.evaluate("() => { htmx.config.timeout = 300; }")
    phone.route(f"**{address}", answers.get(trouble, lambda route: route.fulfill(status=int(trouble), body="", content_type="text/html")))
    phone.get_by_test_id("renew").click()
    expect(phone.get_by_text(sentence)).to_be_visible()
    expect(phone.get_by_test_id("qr")).to_have_count(0)
    expect(phone.get_by_test_id("digits")).to_have_count(0)
    expect(phone.get_by_role("link", name="12333").first).to_be_visible()
    phone.unroute(f"**{address}")
    phone.route(f"**{address}", lambda route: route.fulfill(status=200, body="<p>neu</p>", content_type="text/html"))
    phone.get_by_role("button", name=button).click()
    expect(phone.get_by_text("neu")).to_be_visible()


@pytest.mark.parametrize(("name", "sentence", "buttons"), [
    ("trouble-500", TROUBLE, ["重试", "拨打 12333"]), ("trouble-503", TROUBLE, ["重试", "拨打 12333"]),
    ("trouble-403", "您没有查看此页面的权限。如需开通，请联系本单位管理员。", ["返回"]), ("trouble-429", "操作太频繁，请 3 分钟后再试。", ["知道了"]),
    ("not-found", "没有找到这个页面，可能已下线或地址有误。", ["返回首页"]),
])
def test_a_page_that_cannot_be_shown_says_why_with_its_buttons_first(phone, name, sentence, buttons):
    phone.goto(f"/screen/zh-CN/{name}")
    expect(phone.get_by_role("heading", name=sentence)).to_be_visible()
    shown = [text.strip() for text in phone.locator("main .end a").all_inner_texts()]
    assert shown[:len(buttons)] == buttons


def test_a_form_that_met_trouble_is_gone_back_to_with_what_was_typed(phone):
    trouble = next(one for one in SCREENS if one.name == "trouble-500").html(renderer(), "zh-CN").replace('data-testid="again"', 'data-back data-testid="again"')
    phone.route("**/m/apply/details", lambda route: route.fulfill(status=500, body=trouble, content_type="text/html"))
    phone.goto("/screen/zh-CN/apply-details")
    phone.get_by_label("姓名").fill("韦晓兰")
    phone.get_by_label("社会保障号码").fill("999901199003070026")
    phone.get_by_test_id("next").click()
    expect(phone.get_by_role("heading", name=TROUBLE)).to_be_visible()
    phone.get_by_test_id("again").click()
    expect(phone.get_by_label("姓名")).to_have_value("韦晓兰")
    expect(phone.get_by_label("社会保障号码")).to_have_value("999901199003070026")
    expect(phone.get_by_test_id("next")).to_be_enabled()
    assert phone.evaluate("() => sessionStorage.length") > 0
    phone.goto("/screen/zh-CN/apply-mobile")
    assert phone.evaluate("() => Object.keys(sessionStorage).filter((key) => key.includes('details'))") == []


def test_without_a_camera_a_face_can_be_shown_in_another_way(phone):
    for name in ("apply-face", "el-reset-face"):
        phone.goto(f"/screen/zh-CN/{name}")
        phone.wait_for_function(DEFINED)
        phone.get_by_test_id("face-start").click()
        expect(phone.get_by_text("此设备打不开相机。请从相册选择照片，或选择其他核验方式。")).to_be_visible()
        expect(phone.get_by_role("button", name="相册")).to_be_visible()


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
