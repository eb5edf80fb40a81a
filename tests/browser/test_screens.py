"""Every screen of the gallery, in a real browser under the real policy: nothing inline, nothing from elsewhere, readable, reachable, no wider than a small phone."""
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from essc.kit.i18n import LOCALES
from tests.browser.stage import SIZES
from tests.surfaces.gallery import SCREENS

AXE = (Path(__file__).parent.parent / "vendor/axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGET = 44
STILL = [screen for screen in SCREENS if screen.name != "s-ready"]
"""The counter's ready page lives by its platform: it is looked at in test_counter.py."""
pytestmark = pytest.mark.browser

DEFINED = "() => [...document.querySelectorAll('*')].every((node) => !node.localName.startsWith('ssc-') || customElements.get(node.localName))"
ONCE = list({screen.template: screen for screen in reversed(STILL)}.values())[::-1]
"""One screen of each template: what a language or a narrow window changes is the same in all its states."""
LOOKED_AT = [(screen, locale) for locale in LOCALES for screen in (STILL if locale == "zh-CN" else ONCE)]
SMALL_TARGETS = """(least) => [...document.querySelectorAll('a, button, input, select, [role=tab]')].filter((node) => {
  const box = node.getBoundingClientRect(), style = getComputedStyle(node);
  if (!box.width || style.visibility === 'hidden' || node.closest('[hidden], .sr, .skip, dialog:not([open])') || node.type === 'hidden' || node.disabled) return false;
  const label = node.closest('label'), area = label ? label.getBoundingClientRect() : box;
  return Math.min(area.width, area.height) < least - 0.5;
}).map((node) => node.outerHTML.slice(0, 120))"""


class Seen:
    """What went wrong while a screen was open."""

    def __init__(self, page: Page, own: str) -> None:
        self.page = page
        self.console: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", lambda message: self.console.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda request: self.elsewhere.append(request.url) if not request.url.startswith((own, "data:", "blob:")) else None)


@contextmanager
def opened(browser: Browser, stage: str, screen: Any, locale: str, size: dict[str, int] | None = None) -> Iterator[Seen]:
    """A screen in a window of its own; the scripts have run when it is given."""
    context = browser.new_context(viewport=size or SIZES[screen.mode], service_workers="block", reduced_motion="reduce")
    page = context.new_page()
    seen = Seen(page, stage)
    page.goto(f"{stage}/screen/{locale}/{screen.name}", wait_until="load")
    page.wait_for_function(DEFINED)
    try:
        yield seen
    finally:
        context.close()


@pytest.mark.parametrize(("screen", "locale"), LOOKED_AT, ids=lambda value: getattr(value, "name", value))
def test_a_screen_is_accessible_and_keeps_the_policy(browser, stage, screen, locale):
    with opened(browser, stage, screen, locale) as seen:
        seen.page.evaluate(AXE)
        found = seen.page.evaluate("(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)["violations"]
        assert [(rule["id"], [node["html"][:140] for node in rule["nodes"]]) for rule in found] == []
        assert seen.page.evaluate(SMALL_TARGETS, TARGET) == []
        assert seen.console == []
        assert seen.elsewhere == []


@pytest.mark.parametrize("screen", ONCE, ids=lambda screen: screen.name)
def test_a_screen_fits_a_small_phone_also_with_text_twice_as_large(browser, stage, screen):
    with opened(browser, stage, screen, "en", {"width": 320, "height": 640}) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 320
        seen.page.evaluate("document.documentElement.dataset.zoom = '200'")
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_last_resort_is_one_file_that_keeps_the_policy(browser, stage):
    page = browser.new_page(viewport={"width": 320, "height": 640})
    seen = Seen(page, stage)
    page.goto(f"{stage}/error_5xx")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius") == "20px"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert [line for line in seen.console if "500" not in line] == []
    page.evaluate(AXE)
    found = page.evaluate("(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)["violations"]
    assert [rule["id"] for rule in found] == []
    page.close()
