"""Without a network the wallet says so; nothing of a holder is kept for that moment."""
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_without_a_network_there_is_a_page_that_says_so_and_never_an_old_code(browser, stage):
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=stage, locale="zh-CN")
    page = context.new_page()
    page.goto("/m/")
    page.evaluate("() => navigator.serviceWorker.ready.then((found) => found.active.state)")
    page.goto("/m/code")
    expect(page.get_by_test_id("qr")).to_be_visible()
    context.set_offline(True)
    page.goto("/m/code")
    expect(page.get_by_test_id("offline")).to_be_visible()
    expect(page.get_by_text("急用时请出示实体社保卡")).to_be_visible()
    assert page.evaluate("() => getComputedStyle(document.querySelector('.btn.p')).backgroundColor") == "rgb(21, 87, 199)"
    kept = page.evaluate("""async () => { const found = []; for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname); } return found; }""")
    assert [path for path in kept if not path.startswith("/static/")] == ["/m/offline"]
    context.close()
