"""How soon can a person use each page of the phone on a slow line? Debian's Chromium, 390 × 844, cold cache, emulated slow 4G (1.6 Mbit/s, 150 ms).

Paint is the first contentful paint, usable is when the document stands and its scripts have run, whichever of both is later; the limit is 2 s for each
route, the median of the runs. Bytes are those that came over the line, packed.
"""
import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, async_playwright

import seed
from codes import free_port, serving
from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.sessions.api import COOKIE
from essc.surfaces.faces import FACES
from harness import report, say
from mint import signed_in

CHROMIUM: Final = "/usr/bin/chromium"
SLOW_4G: Final = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
HOMES: Final = ("/m/", "/m/elder")
"""Pages that everybody may open, and that show a holder the card."""
LIMIT_S: Final = 2.0
PHONE: Final = {"width": 390, "height": 844}
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
TIMES: Final = """() => new Promise((done) => {
  const told = () => { const paint = performance.getEntriesByName('first-contentful-paint')[0], page = performance.getEntriesByType('navigation')[0];
    if (paint && page.domContentLoadedEventEnd) done([paint.startTime, page.domContentLoadedEventEnd]); else setTimeout(told, 20); }; told(); })"""


@dataclass(frozen=True)
class Visit:
    """One route, opened once. Seconds and bytes."""

    paint: float
    usable: float
    bytes: int
    requests: int


def routes() -> Iterator[tuple[str, bool]]:
    """Every page of the phone that stands alone (no file, no parameter in its address), and whether its visitor is signed in."""
    for face in FACES:
        if face.pages.face in {"wallet", "signin", "elder"}:
            pages = sorted({(page.path, page.signed_in) for page in face.pages.pages if page.method == "GET" and "{" not in page.path and "." not in page.path})
            yield from ((path, signed_in or path in HOMES) for path, signed_in in pages)


async def visit(context: BrowserContext, url: str) -> Visit | None:
    """Open a page on a slow line with nothing in the cache; None when it is no page but data or a picture, or leads to another page."""
    page = await context.new_page()
    line = await context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await line.send("Network.emulateNetworkConditions", SLOW_4G)
    sizes: list[int] = []
    line.on("Network.loadingFinished", lambda told: sizes.append(int(told["encodedDataLength"])))
    try:
        answer = await page.goto(url, wait_until="load", timeout=30_000)
        if answer is None or page.url != url or not answer.ok or not answer.headers.get("content-type", "").startswith("text/html"):
            return None
        paint, ready = await page.evaluate(TIMES)
        return Visit(paint / 1000, max(paint, ready) / 1000, sum(sizes), len(sizes))
    finally:
        await page.close()


async def measured(browser: Browser, url: str, cookies: Sequence[Any], runs: int) -> dict[str, Visit]:
    """The median of the runs for each route; every run begins with an empty browser."""
    found: dict[str, list[Visit]] = {}
    for route, known in routes():
        for _ in range(runs):
            context = await browser.new_context(viewport=PHONE, locale="zh-CN", service_workers="block")  # type: ignore[arg-type]
            await context.add_cookies(cookies if known else [])
            seen = await visit(context, url + route)
            await context.close()
            if seen is not None:
                found.setdefault(route, []).append(seen)
    return {route: sorted(seen, key=lambda one: one.usable)[len(seen) // 2] for route, seen in found.items()}


async def house(runs: int) -> dict[str, Visit]:
    """Put up a house with a holder who is signed in, and open its pages."""
    with tempfile.TemporaryDirectory() as folder:
        async with seed.house(Path(folder), 200, terminals=0) as made:
            wallet = Application("电子社保卡（基准测试）", Form.WEBSITE, Kind.HUMAN_RESOURCES, 1, "000000", tuple(Ability), ("name",))
            async with made.db.tx() as tx:
                await channels.register(tx, wallet, sandbox=True, demonstration=True)
            [token] = await signed_in(made.db, 1)
            async with made.db.tx() as tx:                # as right after the password was typed: the code is shown
                await tx.run("UPDATE sessions.session SET unlocked_until = $1", tx.now + timedelta(hours=1))
            with serving(made, free_port(), 1) as url:
                async with async_playwright() as playwright:
                    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
                    try:
                        return await measured(browser, url, [{"name": COOKIE, "value": token, "url": url}], runs)
                    finally:
                        await browser.close()


async def main() -> None:
    """Measure, print the table and the one line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    asked = options.parse_args()
    found = await house(1 if asked.quick else 5)
    say(f"{'route':36} {'paint s':>8} {'usable s':>9} {'KB':>7} {'requests':>9}")
    for route, seen in found.items():
        say(f"{route:36} {seen.paint:8.2f} {seen.usable:9.2f} {seen.bytes / 1024:7.1f} {seen.requests:9}{'' if seen.usable < LIMIT_S else '  over the limit'}")
    slowest = max(found, key=lambda route: found[route].usable)
    report("pages", routes=len(found), slowest=slowest, slowest_s=round(found[slowest].usable, 2), median_s=round(statistics.median(one.usable for one in found.values()), 2),
           largest_kb=round(max(one.bytes for one in found.values()) / 1024, 1), limit_s=LIMIT_S, over=sum(one.usable >= LIMIT_S for one in found.values()))


if __name__ == "__main__":
    asyncio.run(main())
