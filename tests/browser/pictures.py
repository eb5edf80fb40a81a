"""A picture of every screen of the gallery, in both languages, for whoever looks at them as a designer would: `make screens`."""
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from essc.kit.i18n import LOCALES
from tests.browser.looking import Window
from tests.browser.platform import Platform, code
from tests.browser.stage import LIVE, SIZES, chromium, served
from tests.surfaces.gallery import SCREENS

FOLDER = Path(__file__).parents[2] / "artifacts/screens"
COUNTER = (("s-ready", None), ("s-verdict-pass", 9), ("s-verdict-expired", 2), ("s-verdict-forged", 3), ("s-verdict-lost", 4), ("s-gate-pass", 9), ("s-gate-refused", 2),
           ("s-gate", None), ("s-shift", None))
GUN = """(digits) => { for (const char of [...digits, 'Enter']) document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
  {key: char, code: char === 'Enter' ? char : 'Digit' + char, bubbles: true, cancelable: true})); }"""


def still(browser: Browser, stage: str, folder: Path) -> int:
    """The screens that need no platform; answers how many pictures."""
    windows = {mode: Window(browser, stage, size) for mode, size in SIZES.items()}
    wanted = [(screen, locale) for screen in SCREENS if screen.template not in LIVE for locale in LOCALES]
    for screen, locale in wanted:
        page = windows[screen.mode].show(f"/screen/{locale}/{screen.name}")
        page.screenshot(path=folder / locale / screen.mode / f"{screen.name}.png", full_page=True)
    return len(wanted)


def counter(browser: Browser, stage: str, platform: Platform, folder: Path) -> int:
    """The counter after a scan; answers how many pictures."""
    page = browser.new_context(viewport=SIZES["desk"], reduced_motion="reduce").new_page()  # type: ignore[arg-type]
    page.goto(f"{stage}/counter/activate")
    page.locator("#f-code").fill("K7QX2M9P")
    page.get_by_test_id("activate").click()
    page.get_by_test_id("start").click()
    for locale in LOCALES:
        for name, first in COUNTER:
            platform.forget()                             # what was shown for the picture before is no used code here
            _counter(page, f"{stage}/screen/{locale}/{_base(name)}", first)
            page.screenshot(path=folder / locale / "desk" / f"{name}.png")
    return len(COUNTER) * len(LOCALES)


def _base(name: str) -> str:
    return next((base for base in ("s-gate", "s-shift") if name.startswith(base)), "s-ready")


def _counter(page: Page, address: str, first: int | None) -> None:
    page.goto(address)
    page.wait_for_selector("[data-link=ok]")
    if first is not None:
        page.get_by_test_id("gun-input").focus()
        page.evaluate(GUN, code(first))
        page.wait_for_selector("[data-testid=s-verdict]:not([hidden])")


def main(given: Sequence[str]) -> None:
    """Write them below the folder given, else below artifacts/screens."""
    folder = Path(given[0]) if given else FOLDER
    for locale in LOCALES:
        for mode in SIZES:
            (folder / locale / mode).mkdir(parents=True, exist_ok=True)
    platform = Platform()
    with served(platform) as stage, chromium() as browser:
        written = still(browser, stage, folder) + counter(browser, stage, platform, folder)
    sys.stdout.write(f"{written} pictures in {folder}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
