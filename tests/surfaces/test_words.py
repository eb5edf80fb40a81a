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
QUOTED = re.compile(r"""["'`]([a-z_]+\.[A-Za-z0-9_.]*)""")
FACE_FILES = ("shared", "wallet", "elder", "signin", "counter", "console", "console_venues", "console_person", "console_audit", "portal", "portal_reference")
TILE = re.compile(r"<(?:nav|div) class=\"(?:tabs|quick|tiles|seg)\b[^>]*>(.*?)</(?:nav|div)>", re.S)
LONGEST = 1.6
"""English words may be so many times as wide as the Chinese ones before a tile breaks into more than two lines (ux E10)."""


@cache
def spoken() -> tuple[frozenset[str], tuple[str, ...]]:
    """The keys that source and templates name: whole ones, and beginnings that a variable completes."""
    files = [path for suffix in ("*.py", "*.html", "*.js") for path in SOURCE.rglob(suffix) if "vendor" not in path.parts]
    found = {key for path in files for key in QUOTED.findall(path.read_text(encoding="utf-8"))}
    return frozenset(key for key in found if not key.endswith(".")), tuple(key for key in found if key.endswith((".", "_")))


def keys(file: str) -> list[str]:
    """The keys of a locale file."""
    path = DIRECTORY / "zh_CN" / f"{file}.toml"
    return sorted(_flat(tomllib.loads(path.read_text(encoding="utf-8")))) if path.exists() else []


def _flat(table: dict, before: str = "") -> list[str]:
    return [one for name, value in table.items() for one in (_flat(value, f"{before}{name}.") if isinstance(value, dict) else [before + name])]


@pytest.mark.parametrize("file", FACE_FILES)
def test_no_sentence_of_a_face_is_left_that_nobody_says(file):
    whole, beginnings = spoken()
    unsaid = [key for key in keys(file) if key not in whole and not key.startswith(("error.", "field.", "event.")) and not key.startswith(beginnings)]
    assert unsaid == []


def test_no_sentence_is_missing_or_differs_in_its_parameters_in_either_language():
    assert TEXTS.gaps() == []


def width(text: str) -> float:
    """How wide a text is drawn, in Latin letters: a Chinese character is as wide as two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def tiles(screen, locale: str) -> list[str]:
    """The words of the tiles and tabs of a screen."""
    parts = re.findall(r"<(?:a|button)\b[^>]*>(.*?)</(?:a|button)>", " ".join(TILE.findall(screen.html(renderer(), locale))), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in parts]


def test_the_english_words_of_tiles_break_into_two_lines_at_most():
    seen = {pair for screen in SCREENS for pair in zip(tiles(screen, "zh-CN"), tiles(screen, "en"), strict=True)}
    assert {(zh, en) for zh, en in seen if width(en) > 2 * LONGEST * max(width(zh), 4)} == set()
