"""The camera of the counter: a code held up to it is read and judged, whatever else it shows is opened by nobody."""
import pytest
from playwright.sync_api import expect

from tests.browser.camera import film_of_code
from tests.browser.platform import Platform, code
from tests.browser.stage import CAMERA, chromium, served

pytestmark = pytest.mark.browser


def scanned(text: str, tmp_path) -> tuple[str, Platform]:
    """Hold a QR code of `text` up to an activated counter; gives the verdict on its screen, and the platform that was asked."""
    platform, film = Platform(), film_of_code(tmp_path / "code.y4m", text)
    with served(platform) as address, chromium(*CAMERA, f"--use-file-for-fake-video-capture={film}") as browser:
        page = browser.new_context(permissions=["camera"], locale="zh-CN").new_page()
        page.goto(f"{address}/counter/activate")
        page.get_by_label("激活码").fill("K7QX2M9P")
        page.get_by_test_id("activate").click()
        page.get_by_test_id("start").click()
        expect(page.get_by_test_id("link")).to_have_text("平台连接正常")
        page.keyboard.press("F2")
        expect(page.get_by_test_id("s-verdict")).to_be_visible(timeout=20_000)
        assert page.get_by_test_id("scan").get_attribute("data-engine") == "wasm"
        assert page.url == f"{address}/counter"
        return page.get_by_test_id("s-verdict").get_attribute("data-verdict") or "", platform


def test_a_code_before_the_camera_is_judged(tmp_path):
    found, platform = scanned(code(9), tmp_path)
    assert found == "PASS"
    assert code(9) in [one["body"].get("code") for one in platform.seen]


def test_an_address_before_the_camera_is_opened_by_nobody(tmp_path):
    found, platform = scanned("https://elsewhere.example/login", tmp_path)
    assert found == "FORGED"
    assert "/v1/code-redemptions" not in [one["path"] for one in platform.seen]


