"""The divisions of GB/T 2260 at and above the county, those in force and those that were, from the vendored list.

Where each comes from stands in the room's README. A code's newest name is its name; earlier ones are kept beside it.
"""
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from essc.regions.errors import RegionUnknown

DEMONSTRATION_PREFIX: Final = "9999"
"""Reserved: no division will ever have it, so what carries it is invented."""

_PERMIT_PREFIXES: Final = {"810000", "820000", "830000"}
"""Residence permits of people from Hong Kong, Macao and Taiwan begin with these (2018 measures, art. 7); 83 is no division."""


class Level(StrEnum):
    """How high a division stands; the code alone says it."""

    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a code had earlier; the years are inclusive, None is "since the first list" (1980)."""

    name: str
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Division:
    """One code: its newest name, the code above it, and the years in which lists show it.

    `first` None means since the first list (1980); `last` None means in force. `year` is the newest list that shows it and
    `source` says which lists do, by the letters of the README.
    """

    code: str
    name: str
    level: Level
    parent: str
    first: int | None
    last: int | None
    year: int
    source: str
    former_names: tuple[Name, ...] = ()

    @property
    def abolished(self) -> bool:
        """Whether the code is no longer in force; citizen numbers and old cards still carry it."""
        return self.last is not None

    @property
    def demonstration(self) -> bool:
        """Whether the division is invented."""
        return self.code.startswith(DEMONSTRATION_PREFIX)


NATION: Final = Division("000000", "全国", Level.NATION, "", None, None, 2023, "")

_DEMONSTRATION: Final = (
    Division("999900", "示例省", Level.PROVINCE, "000000", None, None, 2026, "z"),
    Division("999901", "示例市", Level.CITY, "999900", None, None, 2026, "z"),
    Division("999902", "样例市", Level.CITY, "999900", None, None, 2026, "z"),
    Division("999911", "城东区", Level.COUNTY, "999901", None, None, 2026, "z"),
    Division("999912", "城西区", Level.COUNTY, "999901", None, None, 2026, "z"),
    Division("999921", "样例县", Level.COUNTY, "999902", None, None, 2026, "z"),
)


class PrefixNote(StrEnum):
    """What there is to say about the first six digits of a citizen number. None of them refuses the number."""

    CURRENT = "current"
    ABOLISHED = "abolished"
    UNKNOWN = "unknown"
    PERMIT = "permit"
    DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class Prefix:
    """The first six digits of a citizen number: the division, if any list has it, and the note to keep with the number."""

    code: str
    division: Division | None
    note: PrefixNote


def division(code: str) -> Division | None:
    """The division of `code`, in force, abolished or invented; "000000" is the nation; None when no list has it."""
    return divisions().get(code)


def card_region(code: str, *, demonstration: bool = False) -> Division:
    """The division that a card says it was issued in (AAB301), abolished ones included.

    Raises RegionUnknown when no list has the code, and for the reserved prefix 9999 unless `demonstration`, the mark of the
    data directory, is set: unlike a citizen number's prefix, the region of a card decides who serves it.
    """
    found = divisions().get(code)
    if found is None or found is NATION or (found.demonstration and not demonstration):
        raise RegionUnknown("no division has this code")
    return found


def citizen_prefix(number: str) -> Prefix:
    """What the first six digits of a citizen number say. Never refuses: people keep the code of a place that is gone."""
    code = number[:6]
    if code in _PERMIT_PREFIXES:
        return Prefix(code, division(code), PrefixNote.PERMIT)
    if code.startswith(DEMONSTRATION_PREFIX):
        return Prefix(code, division(code), PrefixNote.DEMONSTRATION)
    found = None if code == NATION.code else division(code)
    if found is None:
        return Prefix(code, None, PrefixNote.UNKNOWN)
    return Prefix(code, found, PrefixNote.ABOLISHED if found.abolished else PrefixNote.CURRENT)


def ancestors(code: str) -> tuple[str, ...]:
    """`code` and every code above it, nearest first, up to "000000". Raises RegionUnknown."""
    found = division(code)
    if found is None:
        raise RegionUnknown("no division has this code")
    return (code,) if found is NATION else (code, *ancestors(found.parent))


def region_path(code: str) -> tuple[Division, ...]:
    """Nation, province, city, county down to `code`: the ministry–province–city path. Raises RegionUnknown."""
    return tuple(divisions()[step] for step in reversed(ancestors(code)))


def children(parent: str) -> Sequence[Division]:
    """The divisions directly below `parent`, by code, abolished ones included."""
    return _children().get(parent, ())


@cache
def divisions() -> Mapping[str, Division]:
    """Every division by code."""
    return MappingProxyType({found.code: found for found in (NATION, *_listed(), *_DEMONSTRATION)})


@cache
def _children() -> Mapping[str, Sequence[Division]]:
    below: dict[str, list[Division]] = {}
    for found in divisions().values():
        below.setdefault(found.parent, []).append(found)
    return below


def _listed() -> Iterator[Division]:
    """The vendored list: rows of one code stand together, the newest name last."""
    periods: list[dict[str, str]] = []
    text = files("essc.regions").joinpath("divisions.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        if periods and periods[-1]["code"] != row["code"]:
            yield _division(periods)
            periods = []
        periods.append(row)
    yield _division(periods)


def _division(periods: Sequence[Mapping[str, str]]) -> Division:
    now = periods[-1]
    former = tuple(Name(row["name"], _year(row["first"]), _year(row["last"])) for row in periods[:-1])
    return Division(now["code"], now["name"], _level(now["code"]), now["parent"], _year(periods[0]["first"]), _year(now["last"]),
                    int(now["year"]), "".join(sorted({letter for row in periods for letter in row["source"]})), former)


def _year(text: str) -> int | None:
    return int(text) if text else None


def _level(code: str) -> Level:
    if code.endswith("0000"):
        return Level.PROVINCE
    return Level.CITY if code.endswith("00") else Level.COUNTY
