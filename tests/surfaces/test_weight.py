"""A phone on a slow line: what a screen brings, packed as it is sent, stays small; the scanner's engine is fetched only where it is needed."""
import gzip
import re
from functools import cache

import pytest

from essc.surfaces.shared.rendering import HERE
from tests.surfaces.gallery import SCREENS, STATIC, renderer

RENDER = renderer()
PHONE = [screen for screen in SCREENS if screen.mode == "phone"]
DESK = [screen for screen in SCREENS if screen.mode == "desk"]
PAGE_BYTES, SCRIPT_BYTES, SHEET_BYTES, ENGINE_BYTES = 60 * 1024, 35 * 1024, 15 * 1024, 450 * 1024
DESK_BYTES = 450 * 1024


@cache
def packed(name: str) -> int:
    """Bytes of a static file as a browser gets it."""
    found = STATIC.find(STATIC.url(name))
    assert found is not None
    return len(found[0].packed or found[0].plain)


@cache
def heavy(name: str) -> int:
    """Bytes of the vendored files that an element fetches by itself (the scanner's engine is counted apart)."""
    text = (HERE / "shared/static" / name).read_text(encoding="utf-8") if name.startswith("elements/") else ""
    return sum(packed(f"vendor/{file}") for file in set(re.findall(r"vendor/([a-z.-]+\.js)", text)) if "zxing" not in file)


def scripts(html: str) -> set[str]:
    """The scripts that a page loads: those it names, and the elements that are on it."""
    named = {address.removeprefix(f"/static/{STATIC.mark}/") for address in re.findall(r'<script src="([^"]+)"', html)}
    return named | {f"elements/{name}.js" for name in set(re.findall(r"<ssc-([a-z]+)", html))}


def sheets(html: str) -> int:
    """Bytes of the style sheets that a page loads."""
    return sum(packed(name) for name in set(re.findall(r'<link rel="stylesheet" href="/static/[0-9a-f]+/([^"]+)"', html)))


@pytest.mark.parametrize("screen", PHONE, ids=lambda screen: screen.name)
def test_a_phone_screen_is_light(screen):
    html = screen.html(RENDER, "en")
    script = sum(packed(name) for name in scripts(html))
    images = packed("vendor/icons.svg") + packed("guilloche.svg")
    assert script <= SCRIPT_BYTES
    assert len(gzip.compress(html.encode(), 5)) + script + sheets(html) + images <= PAGE_BYTES


@pytest.mark.parametrize("screen", DESK, ids=lambda screen: screen.name)
def test_a_desk_screen_is_bearable_with_its_charts(screen):
    html = screen.html(RENDER, "en")
    script = sum(packed(name) + heavy(name) for name in scripts(html))
    assert len(gzip.compress(html.encode(), 5)) + script + sheets(html) + packed("vendor/icons.svg") <= DESK_BYTES


@pytest.mark.parametrize("sheet", ["ssc.css", "elder.css", "desk.css"])
def test_a_sheet_is_light(sheet):
    assert packed(sheet) <= SHEET_BYTES


def test_the_scanner_is_fetched_by_its_element_only():
    assert packed("vendor/zxing-reader.js") + packed("vendor/zxing_reader.wasm") <= ENGINE_BYTES
    assert not [screen.name for screen in SCREENS if "zxing" in screen.html(RENDER, "zh-CN")]
