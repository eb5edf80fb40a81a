"""A developer before a browser without scripts: registers an app, takes its key, copies commands from pages and runs them."""
import html
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

NEW = {"organisation": "示例科技（演示）", "name": "快速接入（演示）", "contact_name": "陈晓明", "contact_mobile": "19900000013", "form": "app", "kind": "social", "level": "1",
       "region": "450000", "abilities": ["issue", "present"], "fields": ["name", "region"], "source": "made", "algorithm": "Ed25519"}


class Developer:
    """One browser, and the page that it shows."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False, follow_redirects=True,
                                 headers={"accept": "text/html", "accept-language": "en", "origin": url})
        self.page: httpx.Response | None = None

    def get(self, path: str) -> "Developer":
        """Open a page."""
        self.page = self.http.get(path)
        return self

    def post(self, path: str, **fields: object) -> "Developer":
        """Send a form; the hidden key of the page before goes with it."""
        found = re.search(r'name="form_key" value="([^"]+)"', self.text)
        self.page = self.http.post(path, data={"form_key": found[1] if found else "", **fields})
        return self

    @property
    def text(self) -> str:
        """What the browser shows."""
        return self.page.text.replace("<wbr>", "") if self.page is not None else ""    # where a line may break is not read

    @property
    def at(self) -> str:
        """Where it is."""
        assert self.page is not None
        return self.page.url.path

    @property
    def testid(self) -> str:
        """Which screen that is."""
        found = re.search(r'<main[^>]*data-testid="([^"]+)"', self.text)
        return found[1] if found else ""

    @property
    def problem(self) -> str:
        """The code of the problem that the page tells."""
        found = re.search(r'data-testid="problem" data-code="([^"]+)"', self.text)
        return found[1] if found else ""

    @property
    def app(self) -> str:
        """The app of the page's address."""
        found = re.search(r"/dev/app/(chan_[0-9a-z]+)", self.at + self.text)
        assert found is not None, self.text[:2000]
        return found[1]

    def code(self, name: str) -> str:
        """A block of code of the page, by its id."""
        found = re.search(rf'<figure class="dev-code" id="{name}">.*?<code>(.*?)</code>', self.text, re.DOTALL)
        assert found is not None, self.text[:3000]
        return html.unescape(found[1])

    def register(self, **changes: object) -> str:
        """Register an app; gives its id. The page shows key and token."""
        self.get("/dev/apply").post("/dev/apply", **NEW | changes)
        assert self.testid == "d-welcome", self.text
        return self.app

    def blocks(self, language: str) -> Mapping[str, tuple[str, str]]:
        """The commands of the quickstart in one language with what they should print, by their name, as they stand on the page."""
        self.get("/dev/quickstart")
        found = {}
        for name, block in re.findall(r'data-tabs="lang" data-block="([a-z]+)">(.*?)</details>', self.text, re.DOTALL):
            [section] = re.findall(rf'data-tab="{language}">(.*?)</section>', block, re.DOTALL)
            told = re.search(r"<code>(.*?)</code>", section, re.DOTALL)
            seen = re.search(r'class="dev-out">.*?<pre[^>]*>(.*?)</pre>', section, re.DOTALL)
            assert told is not None
            found[name] = (html.unescape(told[1]), html.unescape(seen[1]) if seen else "")
        return found


def typed(shell: str, text: str, place: Path) -> str:
    """What somebody sees who pastes this into a shell (or into Python) in a directory: both streams, as they come."""
    command = ["bash"] if shell == "bash" else [sys.executable, "-u"]
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(place), "LANG": "C.UTF-8"}
    done = subprocess.run(command, input=text, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120, env=environment)
    return done.stdout


def fits(seen: str, told: str) -> bool:
    """Whether a text is what a page said: … stands for anything."""
    return re.search(".*?".join(re.escape(part) for part in told.split("…")), seen, re.DOTALL) is not None
