"""A small server that shows the gallery's screens under the real policy, and the browser that looks at them."""
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright

from essc.kit.http import site, static
from essc.kit.http.site import CSP
from essc.kit.i18n import Locale
from essc.surfaces.shared.rendering import HERE
from tests.surfaces.gallery import SCREENS, STATIC, renderer

CHROMIUM: Final = Path("/usr/bin/chromium")
CAMERA: Final = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
"""Flags of a camera that shows a film: add `--use-file-for-fake-video-capture=…`."""
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--force-color-profile=srgb")
SIZES: Final = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}}
PAGES: Final = {"counter": "s-ready", "counter/activate": "s-activate", "counter/gate": "s-gate", "counter/shift": "s-shift", "m": "home", "m/code": "code", "m/offline": "offline"}
"""Screens that stand at their own address, because their scripts go there."""
LIVE: Final = frozenset({"counter/ready.html", "counter/gate.html", "counter/shift.html"})
"""Templates whose scripts talk to a platform as soon as they are shown."""
LOOK: Final = {"/look.js": Path(__file__).parent / "look.js", "/axe.js": Path(__file__).parent.parent / "vendor/axe.min.js"}
"""Scripts of the tests, served so that the browser keeps them compiled from one screen to the next."""
PHOTO: Final = (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 110 140"><rect width="110" height="140" fill="#f4f7fb"/><path d="M27 60c-2-28 12-42 28-42s31 13 29 '
                b'44c-1 14 3 24 5 32H22c2-9 6-20 5-34z" fill="#22262f"/><path d="M46 84h18v18c0 6-18 6-18 0z" fill="#e7b792"/><path d="M14 140c1-24 15-32 30-35 3 5 19 5 22 '
                b'0 15 3 29 11 30 35z" fill="#2c4a78"/><path d="M35 56c0 19 9 34 20 34s20-15 20-34c0-20-40-20-40 0z" fill="#f2c9a8"/></svg>')

OLDER: Final = PHOTO.replace(b'<path d="M27 60c-2-28 12-42 28-42s31 13 29 44c-1 14 3 24 5 32H22c2-9 6-20 5-34z" fill="#22262f"/>', b"").replace(
    b'<path d="M35 56c0 19 9 34 20 34s20-15 20-34c0-20-40-20-40 0z" fill="#f2c9a8"/>',
    b'<path d="M34 50c0 24 9 40 21 40s21-16 21-40c0-22-42-22-42 0z" fill="#f2c9a8"/><path d="M33 54c-4-22 8-33 22-33s26 11 22 33c-3-12-8-16-22-16s-19 4-22 16z" fill="#9aa3ad"/>')
"""The portrait of an older man: the same coat, short grey hair."""
PORTRAITS: Final = {"/sample/photo.svg": PHOTO, "/sample/older.svg": OLDER}

POSTED: Final[list[bytes]] = []
"""The bodies of the forms that were sent, for tests that look into them."""


class _Stage(BaseHTTPRequestHandler):
    """`/screen/<locale>/<name>` is a screen of the gallery; everything else is a static file or nothing."""

    render = renderer()
    protocol_version = "HTTP/1.1"                        # a browser asks for many files: one line for all of them

    def do_GET(self) -> None:
        parts = self.path.split("?")[0].strip("/").split("/")
        if (name := PAGES.get("/".join(parts))) is not None:
            self._send(200, "text/html; charset=utf-8", _html(self.render, name, "zh-CN"))
        elif self.path == "/m/sw.js":
            self._send(200, "text/javascript", (HERE / "wallet/static/sw.js").read_bytes())
        elif parts[0] in ("v1", "readyz"):
            self._platform(b"")
        elif parts[0] == "screen":
            self._send(200, "text/html; charset=utf-8", _html(self.render, parts[2], "en" if parts[1] == "en" else "zh-CN"))
        elif self.path in PORTRAITS:
            self._send(200, "image/svg+xml", PORTRAITS[self.path])
        elif self.path == "/m/reveal":
            self._send(200, "application/json", '{"name": "韦晓兰", "number": "999901199003070026"}'.encode())
        elif self.path == "/favicon.ico":
            self._send(204, "image/x-icon", b"")
        elif self.path in LOOK:
            self._send(200, "text/javascript; charset=utf-8", LOOK[self.path].read_bytes(), lasting=True)
        elif self.path == "/error_5xx":
            self._send(500, "text/html; charset=utf-8", (Path(site.__file__).parent / "error_5xx.html").read_bytes())
        else:
            self._static()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.startswith("/v1/"):
            self._platform(body)
        else:
            POSTED.append(body)
            self._send(204, "text/plain", b"")

    def _platform(self, body: bytes) -> None:
        status, answer = self.server.platform.answer(self.command, self.path, dict(self.headers), body)  # type: ignore[attr-defined]
        self._send(status, "application/json", json.dumps(answer).encode())

    def _static(self) -> None:
        found = STATIC.find(self.path.split("?")[0]) if self.path.startswith(static.PREFIX) else None
        if found is None:
            self._send(404, "text/plain", b"nothing here")
        else:
            self._send(200, found[0].media_type, found[0].plain, lasting=found[1])

    def _send(self, status: int, media_type: str, body: bytes, *, lasting: bool = False) -> None:
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", CSP)
        if lasting:
            self.send_header("cache-control", "public, max-age=31536000, immutable")
        self.end_headers()
        with suppress(BrokenPipeError):                   # the page has gone elsewhere
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests say what they saw."""


def _html(render: Any, name: str, locale: Locale) -> bytes:
    screen = next(one for one in SCREENS if one.name == name)
    return screen.html(render, locale).encode()


@contextmanager
def served(platform: Any = None) -> Iterator[str]:
    """The stage's address while it is up; `platform` answers what the counter asks."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stage)
    server.platform = platform  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Debian's Chromium, no other browser is downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()
