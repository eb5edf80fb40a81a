"""What can be chosen. Pure: no clock, no database, no network."""
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Final

from essc.names import HolderId

ELDER_FROM: Final = 60
"""Years from which a person is asked about elder mode at the first entry (screen W1): the age of the law for the protection of the elderly, §2."""


class Mode(StrEnum):
    """Which set of pages."""

    STANDARD = "standard"
    ELDER = "elder"


class TextSize(IntEnum):
    """Percent of the usual size; the largest makes main text 30 px (适老化 rule 1.1: at least 30 dp)."""

    STANDARD = 100
    LARGE = 125
    LARGER = 150
    LARGEST = 200


@dataclass(frozen=True)
class Preference:
    """What somebody chose; `asked_at`: when elder mode was offered and answered."""

    holder_id: HolderId
    mode: Mode = Mode.STANDARD
    text_size: TextSize = TextSize.STANDARD
    asked_at: datetime | None = None


def age(born: date, today: date) -> int:
    """Full years of life."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def to_be_asked(chosen: Preference, born: date | None, today: date) -> bool:
    """Whether elder mode is to be offered: once, to whoever is of that age by their number."""
    return chosen.asked_at is None and chosen.mode is Mode.STANDARD and born is not None and age(born, today) >= ELDER_FROM
