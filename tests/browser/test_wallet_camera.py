"""The camera of the wallet: what it reads goes to our own server, and nowhere is an address opened."""
import pytest

from tests.browser.camera import film_of_code
from tests.browser.looking import DEFINED
from tests.browser.stage import CAMERA, POSTED, chromium, served

pytestmark = pytest.mark.browser
FOREIGN = "https://elsewhere.example/login"


def test_what_the_camera_reads_is_sent_and_never_opened(tmp_path):
    film = film_of_code(tmp_path / "code.y4m", FOREIGN)
    with served() as address, chromium(*CAMERA, f"--use-file-for-fake-video-capture={film}") as browser:
        page = browser.new_context(permissions=["camera"], base_url=address, locale="zh-CN", service_workers="block").new_page()
        away = []
        page.on("request", lambda request: away.append(request.url) if not request.url.startswith((address, "blob:", "data:")) else None)
        with page.expect_response(lambda answer: answer.request.method == "POST", timeout=25_000):
            page.goto("/screen/zh-CN/scan")
            page.wait_for_function(DEFINED)
        assert FOREIGN.encode() in POSTED[-1]
        assert away == []
