"""The stretches of time that figures are shown for, and what each is compared with."""
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

MONTH: Final = 30
"""Days of 近 30 天."""


class Span(StrEnum):
    """今日 · 近 30 天 · 今年."""

    TODAY = "today"
    DAYS = "30d"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span as days, both ends included, and the days before that it is compared with: as many of them."""

    span: Span
    since: date
    until: date
    before_since: date
    before_until: date


def stretch(wish: str, today: date) -> Stretch:
    """The span that was asked for; 近 30 天 when nothing known was. A year is compared with the same days of the year before."""
    span = next((one for one in Span if one == wish), Span.DAYS)
    if span is Span.TODAY:
        return Stretch(span, today, today, today - timedelta(1), today - timedelta(1))
    if span is Span.YEAR:
        since = today.replace(month=1, day=1)
        then = since.replace(year=since.year - 1)
        return Stretch(span, since, today, then, then + (today - since))
    return Stretch(span, today - timedelta(MONTH - 1), today, today - timedelta(2 * MONTH - 1), today - timedelta(MONTH))
