"""Every sentence of the faces is said somewhere, in both languages, and the English ones fit where the Chinese ones do."""
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

import essc
from essc.kit.i18n import DIRECTORY, Texts
from tests.surfaces.gallery import SCREENS, renderer

SOURCE = Path(essc.__file__).parent
TEXTS = Texts.load()
RENDER = renderer()
QUOTED = re.compile(r"""["'`]([a-z_]+\.[A-Za-z0-9_.]*(?:\{[^}]+\}[A-Za-z0-9_.]*)*)["'`]""")
"""A key in quotes, also one that an f-string puts together."""
JOINED = re.compile(r"""'([a-z_]+\.[A-Za-z0-9_.]*)' ~ ([^~,)}]+?)(?: ~ '([A-Za-z0-9_.]*)')?\s*[,)}\]~|]""")
"""A key that a template puts together."""
FACE_FILES = ("shared", "wallet", "elder", "signin", "counter", "console", "console_venues", "console_person", "console_audit", "portal", "portal_reference")
ELSEWHERE = ("error.", "field.", "event.")
"""Said by the code of a refusal, a field or an event: tests/house knows them."""
TILE = re.compile(r"<(?:nav|div) class=\"(?:tabs|quick|tiles|seg)\b[^>]*>(.*?)</(?:nav|div)>", re.DOTALL)
LONGEST = 1.6
"""English words may be so many times as wide as the Chinese ones before a tile breaks into more than two lines (ux E10)."""


@cache
def spoken() -> re.Pattern[str]:
    """The keys that source and templates name. What a variable stands for is one or more names; a key may be the beginning of longer ones (f"{key}.title")."""
    files = [path for suffix in ("*.py", "*.html", "*.js") for path in SOURCE.rglob(suffix) if "vendor" not in path.parts]
    texts = [path.read_text(encoding="utf-8") for path in files]
    whole = {re.sub(r"\\\{.*?\\\}", ".+", re.escape(key)) for text in texts for key in QUOTED.findall(text)}
    joined = {f"{re.escape(before)}.+{re.escape(after)}" for text in texts for before, _, after in JOINED.findall(text)}
    return re.compile("|".join(f"{one}(?:[.].+)?" for one in sorted(whole | joined) if "." in one.rstrip(".+")))


def keys(file: str) -> list[str]:
    """The keys of a locale file."""
    path = DIRECTORY / "zh_CN" / f"{file}.toml"
    return sorted(_flat(tomllib.loads(path.read_text(encoding="utf-8")))) if path.exists() else []


def _flat(table: dict, before: str = "") -> list[str]:
    return [one for name, value in table.items() for one in (_flat(value, f"{before}{name}.") if isinstance(value, dict) else [before + name])]


@pytest.mark.parametrize("file", FACE_FILES)
def test_no_sentence_of_a_face_is_left_that_nobody_says(file):
    assert [key for key in keys(file) if not spoken().fullmatch(key) and not key.startswith(ELSEWHERE)] == []


def test_no_sentence_is_missing_or_differs_in_its_parameters_in_either_language():
    assert TEXTS.gaps() == []


def width(text: str) -> float:
    """How wide a text is drawn, in Latin letters: a Chinese character is as wide as two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def tiles(screen, locale: str) -> list[str]:
    """The words of the tiles and tabs of a screen."""
    parts = re.findall(r"<(?:a|button)\b[^>]*>(.*?)</(?:a|button)>", " ".join(TILE.findall(screen.html(RENDER, locale))), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in parts]


def test_the_english_words_of_tiles_break_into_two_lines_at_most():
    seen = {pair for screen in SCREENS for pair in zip(tiles(screen, "zh-CN"), tiles(screen, "en"), strict=True)}
    assert {(zh, en) for zh, en in seen if width(en) > 2 * LONGEST * max(width(zh), 4)} == set()
