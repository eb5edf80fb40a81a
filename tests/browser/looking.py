"""One window that many screens are shown in, one after the other, and what is measured of each in a single visit (look.js does the measuring)."""
from typing import Any, Final

from playwright.sync_api import Browser, Page

RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGET, ELDER_TARGET = 44, 60
"""CSS pixels that something to press is at least high and wide (MIIT 2.1)."""
FONT, ELDER_FONT = 10, 20
"""CSS pixels that text is at least high."""
LARGEST, HANDHELD = 30, 600
"""CSS pixels that main text is at least high on a phone when text is set to its largest (MIIT 1.1); wider windows are no phones."""
NARROW: Final = {"width": 320, "height": 640}
DEFINED: Final = "() => [...document.querySelectorAll('*')].every((node) => !node.localName.startsWith('ssc-') || customElements.get(node.localName))"
_WOKEN: Final = """async () => { await Promise.all([...document.querySelectorAll('*')].filter((node) => node.localName.startsWith('ssc-'))
  .map((node) => customElements.whenDefined(node.localName))); }"""
_LOOK: Final = "async (asked) => (await import('/look.js')).look(asked)"
_SQUEEZE: Final = "async (rules) => (await import('/look.js')).squeezed(rules)"


class Seen:
    """What went wrong while a page was open: complaints of the browser (the policy's among them), and requests to elsewhere."""

    def __init__(self, page: Page, own: str) -> None:
        self.page = page
        self.console: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", lambda message: self.console.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("request", lambda request: self.elsewhere.append(request.url) if not request.url.startswith((own, "data:", "blob:")) else None)

    def told(self) -> dict[str, list[str]]:
        """What was seen since the last time, and a clean sheet."""
        told = {"console": self.console[:], "elsewhere": self.elsewhere[:]}
        self.console.clear()
        self.elsewhere.clear()
        return told


class Window:
    """A window of one size; screens are shown in it in turn."""

    def __init__(self, browser: Browser, stage: str, size: dict[str, int]) -> None:
        self.stage, self.size = stage, size
        self.context = browser.new_context(viewport=size, service_workers="block", reduced_motion="reduce")  # type: ignore[arg-type]
        self.page = self.context.new_page()
        self.seen = Seen(self.page, stage)

    def show(self, path: str) -> Page:
        """Open a page; its scripts have run and its elements are awake when it is given."""
        self.seen.told()
        self.page.goto(self.stage + path, wait_until="load")
        self.page.evaluate(_WOKEN)
        return self.page

    def wrong(self, *, elder: bool = False) -> dict[str, list[str]]:
        """What is wrong with what is shown: kind → findings, kinds without any left out."""
        found = looked_at(self.page, elder=elder) | self.seen.told()
        return {kind: what for kind, what in found.items() if what}

    def squeezed(self, *, axe: bool) -> dict[str, Any]:
        """What is wrong with it at 320 px, also with text at 200 %; with `axe`, its findings there too."""
        self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        try:
            told = self.page.evaluate(_SQUEEZE, RULES if axe else [])
        finally:
            self.page.set_viewport_size(self.size)  # type: ignore[arg-type]
        wide = [width for width in told.pop("widths") if width > NARROW["width"]]
        low = [text for text in [told.pop("text")] if text < LARGEST and self.size["width"] < HANDHELD]
        return {kind: what for kind, what in (told | {"wide": wide, "low": low}).items() if what}


def looked_at(page: Page, *, elder: bool = False) -> dict[str, list[str]]:
    """What axe and the ruler find on a page of the stage."""
    asked = {"rules": RULES, "target": ELDER_TARGET if elder else TARGET, "font": ELDER_FONT if elder else FONT}
    found: dict[str, list[str]] = page.evaluate(_LOOK, asked)
    return found
