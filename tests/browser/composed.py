"""One picture of the faces for README.md: real screens of the gallery, as the browser shows them, side by side. `make screens` makes it anew."""
import base64
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page

from tests.browser.desk import gun
from tests.browser.platform import Platform, code
from tests.browser.stage import SIZES, chromium, served

PLACE: Final = Path(__file__).parents[2] / "docs/pictures/faces.webp"
MOST: Final = 250 * 1024
"""Bytes: whoever opens the project's first page on a phone waits for it."""
PHONES: Final = ("home", "code", "home-lost", "el-home")
SAMPLE_NOW: Final = 4_102_444_800
"""The second at which the gallery's code is shown: a phone whose clock says otherwise is told so."""
SCALES: Final = {"phone": 0.75, "desk": 0.494}
"""Pictures are taken as small as they are shown, so that the browser draws the letters for that size."""
SHEET: Final = """<!doctype html><style>body { margin: 0; padding: 36px; background: #dde6f3; display: inline-grid; gap: 28px }
div { display: flex; gap: 28px } img { display: block; border-radius: 14px; box-shadow: 0 0 0 1px #c3cede } .phone img { border-radius: 22px }</style>"""

PACK: Final = """async (source) => { const image = new Image(); image.src = source; await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), {width: image.width, height: image.height});
  canvas.getContext('2d').drawImage(image, 0, 0); return canvas.toDataURL('image/webp', 0.9); }"""


def _page(browser: Browser, mode: str) -> Page:
    return browser.new_context(viewport=SIZES[mode], device_scale_factor=SCALES[mode], reduced_motion="reduce",  # type: ignore[arg-type]
                               service_workers="block").new_page()


def phones(browser: Browser, stage: str) -> list[bytes]:
    """What a holder sees."""
    page, taken = _page(browser, "phone"), []
    page.clock.set_fixed_time(SAMPLE_NOW)
    for name in PHONES:
        page.goto(f"{stage}/screen/zh-CN/{name}", wait_until="load")
        taken.append(page.screenshot())
    return taken


def desks(browser: Browser, stage: str) -> list[bytes]:
    """What a counter sees after a scan, and the console's overview."""
    page = _page(browser, "desk")
    page.goto(f"{stage}/counter/activate")
    page.locator("#f-code").fill("K7QX2M9P")
    page.get_by_test_id("activate").click()
    page.get_by_test_id("start").click()
    page.wait_for_selector("[data-link=ok]")
    page.get_by_test_id("gun-input").focus()
    gun(page, code(9))
    page.wait_for_selector("[data-verdict=PASS]")
    verdict = page.screenshot()
    page.goto(f"{stage}/screen/zh-CN/c-home", wait_until="load")
    page.wait_for_selector("ssc-chart canvas")
    return [verdict, page.screenshot()]


def composed(browser: Browser, rows: Mapping[str, list[bytes]]) -> bytes:
    """The rows of pictures on one sheet, packed as WebP by the browser: as PNG it would weigh twice what a first page may."""
    page = browser.new_page(viewport={"width": 1400, "height": 1200})
    page.set_content(SHEET + "".join(f'<div class="{name}">{"".join(_img(one) for one in row)}</div>' for name, row in rows.items()), wait_until="load")
    whole = page.locator("body").screenshot()
    packed: str = page.evaluate(PACK, f"data:image/png;base64,{base64.b64encode(whole).decode()}")
    return base64.b64decode(packed.partition(",")[2])


def _img(picture: bytes) -> str:
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(picture).decode()}">'


def main() -> None:
    """Write it to docs/pictures."""
    with served(Platform()) as stage, chromium() as browser:
        picture = composed(browser, {"phone": phones(browser, stage), "desk": desks(browser, stage)})
    if len(picture) > MOST:
        sys.exit(f"{len(picture) // 1024} KB are more than a first page should weigh")
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_bytes(picture)
    sys.stdout.write(f"{PLACE}: {len(picture) // 1024} KB\n")


if __name__ == "__main__":
    main()
