"""How figures are written: short in KPIs, grouped by thin spaces elsewhere, changes with their sign (ux E10)."""
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from essc.kit.i18n import Locale

THIN: Final = "\u2009"
MINUS: Final = "−"
NONE: Final = "–"
_ZH: Final = ((100_000_000, "亿"), (10_000, "万"))
_EN: Final = ((1_000_000_000, "bn"), (1_000_000, "M"), (100_000, "k"))
_SMALL: Final = 0.0005
"""Below this a share would round to 0.0 %, which it is not."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure moved: words with their sign, and whether that is good (ok), bad, or neither ("")."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure at the head of a page: key of its label, value, unit, change, what it is compared with, a sparkline (SVG, may be empty)."""

    name: str
    value: str
    unit: str
    change: Change | None
    against: str
    spark: str


def grouped(number: int) -> str:
    """1 234 567, with thin spaces; a real minus sign."""
    return f"{number:,}".replace(",", THIN).replace("-", MINUS)


def short(number: int, locale: Locale) -> tuple[str, str]:
    """A figure for a KPI and the unit that shortens it: 5.02 亿, 3 182.6 万; below that in full."""
    for size, unit in _ZH if locale == "zh-CN" else _EN:
        if abs(number) >= size:
            value = number / (1000 if unit == "k" else size)
            return f"{value:,.{2 if value < 100 else 1}f}".replace(",", THIN), unit
    return grouped(number), ""


def percent(share: float | None, digits: int = 1) -> str:
    """A share of one as percent, without the sign: 35.4; "–" where there is none; "<0.1" rather than a nought that is none."""
    if share is None:
        return NONE
    return "<0.1" if 0 < share < _SMALL and digits == 1 else f"{share * 100:.{digits}f}"


def with_sign(number: int) -> str:
    """+12, −3, or 0."""
    return f"+{grouped(number)}" if number > 0 else grouped(number)


def moved(number: int) -> Change:
    """A change in number, more being better."""
    return Change(with_sign(number), "ok" if number > 0 else "bad" if number < 0 else "")


def points(now: float | None, before: float | None, unit: str) -> Change | None:
    """A change of a share in percentage points; None where one of both is missing."""
    if now is None or before is None:
        return None
    by = round((now - before) * 100, 1)
    return Change(f"{'+' if by > 0 else MINUS if by < 0 else '±'}{abs(by):.1f} {unit}", "ok" if by > 0 else "bad" if by < 0 else "")


def relative(now: int, before: int) -> Change | None:
    """A change in percent of what was before; None where there was nothing."""
    if before <= 0:
        return None
    by = round((now - before) / before * 100, 1)
    return Change(f"{'+' if by > 0 else MINUS if by < 0 else '±'}{abs(by):.1f} %", "ok" if by > 0 else "bad" if by < 0 else "")


def running(start: int, added: Sequence[int]) -> list[int]:
    """What there was after each day, from what there was before the first."""
    found = []
    for one in added:
        start += one
        found.append(start)
    return found
