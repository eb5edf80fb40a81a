"""Text can be read: every pair of text and ground that the style sheet uses reaches 4.5:1 (WCAG 1.4.3), edges of fields 3:1 (1.4.11)."""
import re

import pytest

from essc.surfaces.shared.rendering import HERE

FIRST, *OTHERS = ((HERE / f"shared/static/{name}.css").read_text(encoding="utf-8") for name in ("ssc", "elder", "desk"))
SHEET = FIRST + "".join(OTHERS)
TOKENS = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})", FIRST))

TEXT = [
    ("ink", "bg"), ("ink", "card"), ("ink-2", "bg"), ("ink-2", "card"), ("ink-2", "line-2"), ("ink-3", "card"), ("ink-3", "bg"),
    ("ok", "ok-bg"), ("ok-ink", "ok-bg"), ("warn", "warn-bg"), ("warn-ink", "warn-bg"), ("bad", "bad-bg"), ("bad-ink", "bad-bg"), ("bad", "card"), ("ok", "card"),
    ("warn", "card"), ("info", "info-bg"), ("brand-800", "info-bg"), ("brand-600", "card"), ("brand-600", "bg"), ("brand-700", "brand-50"), ("violet", "violet-bg"),
    ("cyan", "cyan-bg"), ("code-ink", "card"), ("bad-ink", "card"), ("ok-ink", "card"),
]
WHITE_ON = ["brand-600", "brand-700", "brand-grad", "grey-1", "grey-2", "ok-fill", "bad-fill", "brand-900"]
LITERAL = [
    ("#6b3500", "#ffe7b8"), ("#5f3600", "#fff8ea"), ("#7d3900", "#fff8ea"), ("#5a6474", "#dfe5ee"), ("#ffffff", "#0d3a86"), ("#ffffff", "#7c1a13"), ("#ffffff", "#1250bd"),
    ("#ffffff", "#c4261b"), ("#ffffff", "#0c6437"), ("#ffffff", "#8f1a11"), ("#9a4b00", "#fff1dc"), ("#b52c1e", "#fdecea"), ("#67707f", "#ffffff"), ("#ffffff", "#6b7584"),
    ("#0b2a66", "#dde9fd"), ("#0b2a66", "#a9c8f7"), ("#061736", "#5b94ea"), ("#ffffff", "#1557c7"), ("#ffffff", "#0b3a8a"),
    ("#e4eaf6", "#13203d"), ("#c3cfe8", "#13203d"), ("#e4eaf6", "#0d1830"), ("#c3cfe8", "#0d1830"), ("#ffffff", "#24386a"),
]


def luminance(color: str) -> float:
    channels = [int(color[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read_on_its_ground(text, ground):
    assert contrast(TOKENS[text], TOKENS[ground]) >= 4.5


@pytest.mark.parametrize("ground", WHITE_ON)
def test_white_text_can_be_read_also_on_the_lightest_end_of_a_gradient(ground):
    assert contrast("#ffffff", TOKENS[ground]) >= 4.5


@pytest.mark.parametrize(("text", "ground"), LITERAL)
def test_the_few_colours_without_a_token_can_be_read_too(text, ground):
    assert text in SHEET or text == "#ffffff"
    assert ground in SHEET
    assert contrast(text, ground) >= 4.5


def test_the_edge_of_a_field_can_be_seen():
    assert contrast(TOKENS["edge"], TOKENS["card"]) >= 3


def test_the_focus_mark_can_be_seen_on_light_and_on_dark():
    assert contrast("#0b1c3f", "#ffbf47") >= 3
    assert contrast("#ffbf47", TOKENS["brand-700"]) >= 3
    assert contrast("#0b1c3f", TOKENS["card"]) >= 3
