"""Every screen of the gallery, in a real browser under the real policy: nothing inline, nothing from elsewhere, readable, reachable, no wider than a small phone."""
from collections.abc import Iterator

import pytest

from essc.kit.i18n import LOCALES
from tests.browser.looking import NARROW, Seen, Window
from tests.browser.stage import LIVE, SIZES
from tests.surfaces.gallery import SCREENS

pytestmark = pytest.mark.browser

STILL = [screen for screen in SCREENS if screen.template not in LIVE]
"""The counter's pages live by their platform: they are looked at in test_counter.py."""
ONCE = {screen.path: screen.name for screen in reversed(STILL)}
"""One screen of each address: it is looked at in English too, and at 320 px and with the largest text, which its other states share."""
LOOKED_AT = [(screen, locale) for mode in SIZES for screen in STILL if screen.mode == mode for locale in LOCALES
             if locale == "zh-CN" or ONCE[screen.path] == screen.name]


@pytest.fixture(scope="module")
def windows(browser, stage) -> Iterator[dict[str, Window]]:
    """A phone and a desk."""
    made = {mode: Window(browser, stage, size) for mode, size in SIZES.items()}
    yield made
    for window in made.values():
        window.context.close()


@pytest.mark.parametrize(("screen", "locale"), LOOKED_AT, ids=lambda value: getattr(value, "name", value))
def test_a_screen_is_accessible_keeps_the_policy_and_fits_a_small_phone(windows, screen, locale):
    window = windows[screen.mode]
    window.show(f"/screen/{locale}/{screen.name}")
    assert window.wrong(elder=screen.elder) == {}
    if locale == "en":
        assert window.squeezed(axe=True) == {}


def test_the_last_resort_is_one_file_that_keeps_the_policy(browser, stage):
    page = browser.new_page(viewport=NARROW)
    seen = Seen(page, stage)
    page.goto(f"{stage}/error_5xx")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius") == "20px"
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert [line for line in seen.console if "500" not in line] == []
    found = page.evaluate("async (rules) => { await import('/axe.js'); return (await axe.run(document, {runOnly: rules})).violations.map((rule) => rule.id); }",
                          ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    assert found == []
    page.close()
