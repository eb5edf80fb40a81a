"""One row of a card file: which columns it has, and what each value may look like. Pure."""
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar
from unicodedata import normalize

import msgspec

from essc.cards.errors import FileColumnsWrong, RowWrong
from essc.cards.model.card import CODES, State, covers
from essc.holders.errors import PersonWrong
from essc.holders.model import Person, mask_name, mask_number, person
from essc.regions.errors import RegionUnknown
from essc.regions.model import card_region

T = TypeVar("T")

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "card_number": ("aaz500", "社保卡号", "社会保障卡号", "卡号"),
    "identifier": ("aaz501", "卡识别码", "card_identifier"),
    "name": ("aac003", "姓名"),
    "number": ("aac002", "社会保障号码", "社会保障号", "social_security_number"),
    "region": ("aab301", "发卡地行政区划", "发卡地区划", "行政区划", "发卡地"),
    "bank_code": ("aae008", "银行代码", "bank"),
    "generation": ("卡代次", "代次", "card_generation"),
    "issued_on": ("aaz503", "发卡日期", "issued", "issue_date"),
    "valid_to": ("validdate", "有效期", "有效期至", "valid_until"),
    "state": ("aaz502", "卡状态", "状态", "status"),
}
"""Our names of the columns, and the others that are understood: the codes of LD/T, Chinese, further English. Case and order do not matter."""

_CANONICAL: Final = {alias: name for name, aliases in COLUMNS.items() for alias in (name, *aliases)}
_CARD_NUMBER: Final = re.compile(r"[0-9A-Z]{9}")
_IDENTIFIER: Final = re.compile(r"[0-9A-F]{32}")
_BANK: Final = re.compile(r"[0-9]{3,6}|")
_DATE: Final = re.compile(r"([0-9]{4})([-/.]?)([0-9]{1,2})\2([0-9]{1,2})(?: 00:00:00)?")
_GENERATIONS: Final = {"1": 1, "2": 2, "3": 3, "一代": 1, "二代": 2, "三代": 3, "第一代": 1, "第二代": 2, "第三代": 3}
_SHOWN: Final = 10


class Rules(msgspec.Struct, frozen=True, array_like=True):
    """What the place and the day of an import decide: the division that the file is of, today, and whether invented people pass."""

    region: str
    today: date
    demonstration: bool


class CardRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row in which everything can be right."""

    card_number: str
    identifier: str
    person: Person
    region: str
    bank_code: str
    generation: int
    issued_on: date
    valid_to: date
    state: State


class Reject(msgspec.Struct, frozen=True, array_like=True):
    """A row that was not taken: its line or row number, the field, its value masked, and why (`cards.reject.<code>`)."""

    row: int
    field: str
    masked: str
    code: str


def columns(header: Sequence[Any]) -> list[str]:
    """Our names of the columns of a file, in its order. Raises FileColumnsWrong, which names what is missing, unknown or there twice."""
    given = [normalize("NFKC", str(cell if cell is not None else "")).strip().lower() for cell in header]
    found = [_CANONICAL.get(cell, "") for cell in given]
    missing = [name for name in COLUMNS if name not in found]
    unknown = [cell[:20] for cell, name in zip(given, found, strict=True) if not name]
    twice = sorted({name for name in found if name and found.count(name) > 1})
    if missing or unknown or twice:
        raise FileColumnsWrong(f"missing {missing}, unknown {len(unknown)}, twice {twice}", missing=", ".join(missing) or "–",
                               unknown=", ".join(unknown) or "–", twice=", ".join(twice) or "–")
    return found


def card_row(row: Mapping[str, str], rules: Rules) -> CardRow:
    """A row of text, checked field by field. Raises RowWrong for the first field that cannot be right."""
    card_number = _matching("card_number", row["card_number"], _CARD_NUMBER)
    identifier = _matching("identifier", row["identifier"], _IDENTIFIER)
    who = _person(row["name"], row["number"], rules)
    region = row["region"].strip()
    if problem := _region_problem(region, rules.region, rules.demonstration):
        raise RowWrong("region", problem)
    issued_on = _day("issued_on", row["issued_on"])
    if issued_on > rules.today:
        raise RowWrong("issued_on", "date_in_future")
    valid_to = _day("valid_to", row["valid_to"])
    if valid_to <= issued_on:
        raise RowWrong("valid_to", "valid_before_issued")
    return CardRow(card_number, identifier, who, region, _matching("bank_code", row["bank_code"], _BANK),
                   _one_of("generation", row["generation"], _GENERATIONS), issued_on, valid_to, _one_of("state", row["state"], CODES))


def _matching(field: str, value: str, pattern: re.Pattern[str]) -> str:
    if pattern.fullmatch(value):
        return value
    clean = normalize("NFKC", value).strip().upper()
    if not pattern.fullmatch(clean):
        raise RowWrong(field, f"{field}_wrong" if clean else "value_missing")
    return clean


def _one_of(field: str, value: str, words: Mapping[str, T]) -> T:
    found = words.get(value)
    if found is None:
        found = words.get(normalize("NFKC", value).strip().lower())
    if found is None:
        raise RowWrong(field, f"{field}_wrong" if value.strip() else "value_missing")
    return found


def _person(name: str, number: str, rules: Rules) -> Person:
    try:
        return person(name, number, demonstration=rules.demonstration, today=rules.today)
    except PersonWrong as wrong:
        raise RowWrong(wrong.field, wrong.code) from None


@lru_cache(4096)
def _region_problem(region: str, of: str, demonstration: bool) -> str | None:
    try:
        card_region(region, demonstration=demonstration)
    except RegionUnknown:
        return "region_unknown"
    return None if covers(of, region) else "region_of_others"


def _day(field: str, value: str) -> date:
    day = _date(value)
    if day is None:
        raise RowWrong(field, "date_wrong" if value.strip() else "value_missing")
    return day


@lru_cache(65536)
def _date(value: str) -> date | None:
    found = _DATE.fullmatch(normalize("NFKC", value).strip())
    if found is None or (not found[2] and len(found[0]) != 8):
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None


_MASKS: Final[dict[str, Callable[[str], str]]] = {
    "name": mask_name, "number": mask_number, "card_number": lambda v: f"{v[:2]}*****{v[-2:]}" if len(v) > 6 else "*" * len(v),
    "identifier": mask_number,
}


def masked(field: str, value: str) -> str:
    """A value as the rejects file may show it: personal fields masked, others cut; never something that a spreadsheet takes for a formula."""
    mask = _MASKS.get(field)
    shown = mask(value[:64]) if mask else value if len(value) <= _SHOWN else f"{value[:2]}***{value[-2:]}"
    clean = "".join(char if char.isprintable() else "?" for char in shown)
    return f"'{clean}" if clean[:1] in ("=", "+", "-", "@") else clean
