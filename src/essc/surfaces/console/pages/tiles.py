"""方格图: the 34 provincial divisions as a grid of tiles. It shows who lies roughly where and no border, so it is no map and needs no review number."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

SIDE, GAP = 52, 5
COLUMNS, ROWS = 7, 9
CLASSES: Final = 5
TILES: Final[Mapping[str, tuple[int, int, str]]] = {
    "230000": (6, 0, "黑"), "220000": (6, 1, "吉"), "150000": (3, 2, "蒙"), "110000": (4, 2, "京"), "120000": (5, 2, "津"), "210000": (6, 2, "辽"),
    "650000": (0, 3, "新"), "620000": (1, 3, "甘"), "640000": (2, 3, "宁"), "140000": (3, 3, "晋"), "130000": (4, 3, "冀"), "370000": (5, 3, "鲁"),
    "540000": (0, 4, "藏"), "630000": (1, 4, "青"), "610000": (2, 4, "陕"), "410000": (3, 4, "豫"), "340000": (4, 4, "皖"), "320000": (5, 4, "苏"),
    "310000": (6, 4, "沪"), "510000": (1, 5, "川"), "500000": (2, 5, "渝"), "420000": (3, 5, "鄂"), "360000": (4, 5, "赣"), "330000": (5, 5, "浙"),
    "530000": (1, 6, "滇"), "520000": (2, 6, "黔"), "430000": (3, 6, "湘"), "350000": (4, 6, "闽"), "710000": (6, 6, "台"),
    "450000": (2, 7, "桂"), "440000": (3, 7, "粤"), "810000": (5, 7, "港"), "460000": (2, 8, "琼"), "820000": (5, 8, "澳"),
}
"""Column, row and the one-character name of each."""
_STEPS: Final = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile with a figure: how it is written, its value, its full name and sentence, and where a click leads ("" for nowhere)."""

    value: float
    text: str
    title: str
    address: str


def bounds(values: Sequence[float]) -> list[float]:
    """Four round limits between five classes, from nought to a little above the largest value."""
    top = max(values, default=0.0)
    if top <= 0:
        return [0.2, 0.4, 0.6, 0.8]
    size = 10.0 ** _floor_log(top / CLASSES)
    step = next((factor * size for factor in _STEPS if factor * size * CLASSES >= top), 10 * size)
    return [step * n for n in range(1, CLASSES)]


def _floor_log(value: float) -> int:
    power = 0
    while 10.0 ** power > value:
        power -= 1
    while 10.0 ** (power + 1) <= value:
        power += 1
    return power


def band(value: float, limits: Sequence[float]) -> int:
    """The class of a value, 0 to 4."""
    return sum(value >= limit for limit in limits)


def grid(tiles: Mapping[str, Tile], names: Mapping[str, str], label: str, nothing: str) -> Markup:
    """The whole grid. Tiles without a figure are dashed; each says its sentence to readers and to the pointer."""
    limits = bounds([tile.value for tile in tiles.values()])
    drawn = "".join(_tile(code, tiles.get(code), limits, f"{names[code]}{nothing}") for code in TILES)
    wide, high = COLUMNS * (SIDE + GAP) - GAP, ROWS * (SIDE + GAP) - GAP
    shape = f'viewBox="-2 -2 {wide + 4} {high + 4}" width="{wide}" height="{high}"'
    return Markup(f'<svg class="tiles" {shape} role="group" aria-label="{escape(label)}">{drawn}</svg>')  # noqa: S704 all words are escaped


def _tile(code: str, tile: Tile | None, limits: Sequence[float], nothing: str) -> str:
    column, row, word = TILES[code]
    x, y = column * (SIDE + GAP), row * (SIDE + GAP)
    if tile is None:
        return (f'<g class="t nil" role="img" aria-label="{escape(nothing)}"><title>{escape(nothing)}</title>'
                f'<rect x="{x + .5}" y="{y + .5}" width="{SIDE - 1}" height="{SIDE - 1}" rx="8"/>'
                f'<text x="{x + SIDE / 2}" y="{y + 32}" text-anchor="middle">{word}</text></g>')
    body = (f'<title>{escape(tile.title)}</title><rect x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" rx="8"/>'
            f'<text x="{x + SIDE / 2}" y="{y + 23}" text-anchor="middle">{word}</text>'
            f'<text class="v" x="{x + SIDE / 2}" y="{y + 42}" text-anchor="middle">{escape(tile.text)}</text>')
    kind = f"t q{band(tile.value, limits)}"
    if not tile.address:
        return f'<g class="{kind}" role="img" aria-label="{escape(tile.title)}">{body}</g>'
    return f'<a class="{kind}" href="{escape(tile.address)}">{body}</a>'
