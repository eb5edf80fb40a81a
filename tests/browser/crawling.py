"""Somebody who opens every page of the running site that they can find, and what their browser complained of."""
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Error, Page, Response

from essc.surfaces.faces import FACES
from tests.browser.looking import Seen

DECLARED: Final = {path: re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[a-z_]+\}", path)))
                   for path in sorted({page.path for face in FACES for page in face.pages.pages if page.method == "GET"}, key=lambda path: path.count("{"))}
"""Every address that a face declares, fixed ones first, with what fits it."""
LINKS: Final = "() => [...document.querySelectorAll('a[href]')].filter((node) => !node.hasAttribute('download')).map((node) => new URL(node.getAttribute('href'), location.href).href)"
LEAVES: Final = re.compile(r"/language/|/sign-?out|/logout|\?.*after=")
"""Links that a crawl does not follow: they change who one is."""


def template(path: str) -> str:
    """The declared address that a path is one of; "" when no face declares it."""
    return next((declared for declared, fits in DECLARED.items() if fits.fullmatch(path)), "")


@dataclass
class Crawl:
    """What was opened and what was wrong, of all visitors together."""

    url: str
    reached: set[str] = field(default_factory=set)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def visit(self, browser: Browser, who: str, starts: Iterable[str], context: BrowserContext | None = None) -> None:
        """Open `starts` and what can be found from there: one page of each declared address that nobody has reached yet."""
        own = context or browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN", service_workers="block")
        page = own.new_page()
        seen, waiting, tried = Seen(page, self.url), deque(starts), set()
        while waiting:
            path = waiting.popleft()
            declared = template(path.partition("?")[0])
            if not declared or declared in self.reached or (declared, who) in tried:
                continue
            if "{" not in declared or path.count("?") == 0:
                tried.add((declared, who))
            waiting.extend(self._open(page, seen, who, path))
        page.close()
        if context is None:
            own.close()

    def _open(self, page: Page, seen: Seen, who: str, path: str) -> list[str]:
        answer = self._gone(page, path)
        if answer is None:
            self.reached.add(template(path.partition("?")[0]))
            return []
        found = [href.removeprefix(self.url).partition("#")[0] for href in _links(page) if href.startswith(self.url)]
        self.note(page, seen, who, answer.status)
        return [href for href in found if not LEAVES.search(href)]

    def _gone(self, page: Page, path: str) -> Response | None:
        """The answer of an address; None for a file to keep, or an answer without a page. A page that was on its way elsewhere by itself
        (a counter that was never activated) may cut in; where it went is waited for.
        """
        for _ in range(4):
            try:
                return page.goto(self.url + path, wait_until="load")
            except Error as stopped:
                if "interrupted by another navigation" not in str(stopped):
                    assert "ERR_ABORTED" in str(stopped) or "Download" in str(stopped)
                    return None
                page.wait_for_load_state()
        raise AssertionError(f"{path} is never reached")

    def note(self, page: Page, seen: Seen, who: str, status: int = 200) -> None:
        """Somebody stands on this page now; what the browser complained of on the way belongs to it."""
        at = page.url.removeprefix(self.url)
        trouble = [line for told in seen.told().values() for line in told if "status of 4" not in line]
        if status >= 500 or trouble:
            self.wrong[f"{who} {at}"] = [str(status), *trouble]
        if status < 300 and not trouble:
            self.reached.add(template(at.partition("?")[0]))


def _links(page: Page) -> list[str]:
    """Where a page leads to; a page whose script goes elsewhere at once is left for the one it goes to."""
    try:
        return list(page.evaluate(LINKS))
    except Error:
        page.wait_for_load_state("load")
        return list(page.evaluate(LINKS))
