"""A counter for tests: the browser that was made a terminal, the gun in the clerk's hand, the verdict on the screen."""
from typing import NamedTuple

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.platform import Platform


class Desk(NamedTuple):
    """A counter that was activated, and the platform it talks to."""

    page: Page
    platform: Platform
    address: str


class Activated(NamedTuple):
    """A browser that was made a terminal, once for all tests of this file."""

    context: BrowserContext
    platform: Platform
    address: str


def gun(page: Page, text: str, *, ime: bool = False) -> None:
    """Type as a gun does: at once, then Enter. With an input method the browser sees only key 229, but the physical key is true."""
    page.evaluate("""([text, ime]) => { for (const char of [...text, 'Enter']) {
      const code = char === 'Enter' ? 'Enter' : /[0-9]/.test(char) ? 'Digit' + char : 'Key' + char;
      const key = char === 'Enter' ? 'Enter' : ime ? 'Process' : char;
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, code, keyCode: ime ? 229 : 0, bubbles: true, cancelable: true}));
    } }""", [text, ime])


def verdict(page: Page, name: str) -> None:
    expect(page.get_by_test_id("s-verdict")).to_have_attribute("data-verdict", name)
