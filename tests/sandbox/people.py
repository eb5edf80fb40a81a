"""Invented people, a new one at every call, so that tests can share a database."""
from itertools import count
from typing import NamedTuple

from essc.holders.model import NumberKind, Person
from essc_sandbox.province.holders import card_number, citizen_number

_counted = count(1)


class Somebody(NamedTuple):
    """Name, number, mobile, card number."""

    name: str
    number: str
    mobile: str
    card_number: str

    @property
    def person(self) -> Person:
        return Person(self.name, self.number, NumberKind.CITIZEN)


def somebody() -> Somebody:
    """Somebody whom no test has met before."""
    place = next(_counted)
    number = citizen_number(f"9999021984{place // 27 // 900 % 12 + 1:02d}{place % 27 + 1:02d}{place // 27 % 900 + 100:03d}")
    return Somebody("测试人", number, f"1991{place:07d}", card_number(f"98{place:06d}"))
