"""A developer's first ten minutes in a real browser: register, paste the key, make a real signed call, find it in the log, find the wrong character."""
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.stage import SIZES
from tests.running import House

pytestmark = pytest.mark.browser
FORM = {"organisation": "示例科技（演示）", "name": "试一试（演示）", "contact_name": "测试", "contact_mobile": "13900000000"}


class Desk:
    """A developer's browser, with an app that was registered a moment ago."""

    def __init__(self, page: Page, address: str, algorithm: str) -> None:
        self.page = page
        self.address = address
        self.trouble: list[str] = []
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("console", lambda said: self.trouble.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(f"{address}/dev/apply")
        for name, value in FORM.items():
            page.fill(f"[name={name}]", value)
        page.select_option("[name=algorithm]", algorithm)
        page.get_by_test_id("register").click()
        page.wait_for_url("**/welcome")
        self.pem = re.search(r"-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----", page.inner_text("main"), re.DOTALL)[0]
        self.app = re.search(r"chan_[0-9a-z]{26}", page.url)[0]

    def open(self, operation: str) -> Page:
        self.page.goto(f"{self.address}/dev/api/{operation}")
        return self.page

    def bring_key(self) -> None:
        self.page.fill("[name=private]", self.pem)
        self.page.click("[data-import]")
        expect(self.page.locator("[data-kept]")).to_be_visible()

    def send(self, status: int) -> str:
        """Send, and give the request id."""
        self.page.click("[data-send]")
        result = self.page.locator(f"[data-result][data-status='{status}']")
        expect(result).to_be_visible()
        return re.search(r"req_[0-9a-f]+", result.inner_text())[0]

    def logged(self, request_id: str) -> Page:
        """The log's page of a call; it is written within a second or two."""
        for _ in range(50):
            self.page.goto(f"{self.address}/dev/app/{self.app}/logs?request={request_id}")
            if self.page.locator("tbody tr").count():
                return self.page
            self.page.wait_for_timeout(100)
        raise AssertionError("the call did not come into the log")


@pytest.fixture
def desk(browser: Browser, house: House):
    """Opens desks in windows of their own."""
    contexts = []

    def opened(algorithm: str = "Ed25519") -> Desk:
        contexts.append(browser.new_context(viewport=SIZES["desk"], locale="zh-CN"))
        return Desk(contexts[-1].new_page(), house.url.replace("127.0.0.1", "localhost"), algorithm)
    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256"])
def test_a_pasted_key_signs_a_real_call_and_the_log_shows_it(desk, algorithm):
    here = desk(algorithm)
    page = here.open("channels.channel")
    expect(page.locator("[data-send]")).to_be_disabled()
    here.bring_key()
    assert page.input_value("[name=private]") == "" and algorithm in page.inner_text("[data-which]")
    request_id = here.send(200)
    lines = page.locator("[data-base] li")
    assert lines.count() == 4 and page.locator("[data-base] code").first.inner_text() == '"@method": GET'
    assert all(lines.nth(place).locator("span").inner_text() for place in range(4))
    assert '"state": "active"' in page.inner_text("[data-answer]") and "signature-input: sig=(" in page.inner_text("[data-headers]")
    here.logged(request_id).click(f"text={request_id}")
    assert "正确" in page.inner_text("main") and '"state": "active"' in page.inner_text(".dev-aside") and FORM["name"] not in page.inner_text(".dev-aside .dev-code:last-child")
    assert here.trouble == []


def test_the_key_stays_in_the_browser_signs_a_write_and_can_be_forgotten(desk):
    here = desk()
    here.open("channels.channel")
    here.bring_key()
    page = here.open("identity.start")
    request_id = here.send(201)
    assert page.locator("[data-base] li").count() == 7
    here.logged(request_id)
    page = here.open("ecards.apply")
    refused = here.send(403)                                # nothing was proved under the sample's check
    assert page.locator("[data-verdict] a[href^='/dev/errors#']").count() == 1 and refused
    page.click("[data-forget]")
    page = here.open("channels.channel")
    expect(page.locator("[data-send]")).to_be_disabled()
    assert page.evaluate("new Promise((done) => { const r = indexedDB.open('essc-portal', 1); r.onsuccess = () => { const a = r.result.transaction('keys').objectStore('keys')"
                         ".getAll(); a.onsuccess = () => done(a.result.length); }; })") == 0


def test_a_key_that_cannot_be_read_or_has_no_id_is_said_so(desk):
    here = desk()
    page = here.open("channels.channel")
    for private, keyid, words in (("nonsense!", "ckey_" + "0" * 26, "私钥无法读取"), (here.pem, "", "请填写密钥编号"), ('{"crv": "SM2"}', "", "SM2")):
        page.fill("[name=private]", private)
        page.fill("[name=keyid]", keyid)
        page.click("[data-import]")
        expect(page.locator("[data-trouble]")).to_contain_text(words)


def test_a_refused_signature_is_compared_to_the_character(desk):
    here = desk()
    page = here.open("channels.channel")
    here.bring_key()
    page.evaluate("const plain = fetch; window.fetch = (where, how) => plain(where + '?a=1', how)")     # what is sent is not what was signed
    request_id = here.send(401)
    signed = "\n".join(page.locator("[data-base] code").all_inner_texts())
    assert page.locator("[data-verdict] a[href='/dev/errors#signature_wrong']").count() == 1
    here.logged(request_id).click(f"text={request_id}")
    page.fill("[name=theirs]", signed)
    page.click("button:has-text('比较')")
    expect(page.get_by_test_id("d-difference")).to_contain_text("第 3 行")
    assert page.locator("mark").count() == 2


def test_the_examples_run_as_they_stand(desk, tmp_path):
    here = desk()
    (tmp_path / "channel.pem").write_text(here.pem)
    page = here.open("channels.keys")
    for tab, command in (("curl", ["bash", "-c"]), ("python", [sys.executable, "-c"])):
        example = page.locator(f"section[data-tab={tab}] code").text_content()
        if tab == "python":
            subprocess.run(["curl", "-sSO", f"{here.address}/dev/quickstart/essc_client.py"], cwd=tmp_path, check=True)
        done = subprocess.run([*command, example], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "-> 200 req_" in done.stderr and "ckey_" in done.stdout, done.stderr


def test_anybody_reads_the_reference_and_finds_an_error(desk):
    here = desk()
    page = here.page
    page.goto(f"{here.address}/dev/errors")
    page.fill("form.filters [name=q]", "signature_wrong")
    page.click("button:has-text('查找')")
    expect(page.locator("#signature_wrong")).to_be_visible()
    page.goto(f"{here.address}/dev/errors#card_lost")
    expect(page.locator("#card_lost")).to_be_in_viewport()
