"""What a good password is, when it is locked, and what is hashed. Pure: no clock, no database, no threads.

The electronic card's password is six digits, one for all channels, apart from the PIN of the physical card (facts §1.4).
"""
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from essc.kit import ids
from essc.kit.clock import SHANGHAI
from essc.names import EcardId
from essc.passwords.errors import PasswordLocked

DIGITS: Final = 6
_UP: Final = "0123456789"
_DOWN: Final = _UP[::-1]
_LONGEST_RUN: Final = 3


@dataclass(frozen=True)
class Hashed:
    """An Argon2id hash in its encoded form, and the version of the pepper under it."""

    encoded: str
    pepper_version: int


@dataclass(frozen=True)
class Rule:
    """How many wrong tries in a row a region allows, and for how long they lock the password."""

    tries: int
    lock: timedelta


@dataclass(frozen=True)
class Password:
    """The password of one electronic card as it is kept. `tries` counts those since the last right one, in flight ones too."""

    ecard_id: EcardId
    region: str
    hashed: Hashed
    epoch: int
    tries: int
    tried_at: datetime | None

    @property
    def bucket(self) -> int:
        """The bucket of the holder."""
        return ids.bucket(self.ecard_id)


@dataclass(frozen=True)
class Attempt:
    """One reserved try: it counts before it is known to be right or wrong."""

    password: Password
    rule: Rule

    @property
    def left(self) -> int:
        """How many tries remain when this one is wrong."""
        return max(0, self.rule.tries - self.password.tries)


def weaknesses(password: str, number: str) -> list[str]:
    """Why `password` must not be used by the holder of `number`; empty when it may.

    Codes: `not_six_digits`, `consecutive` (123456, 987654), `repeated` (one digit four times in a row, or the whole a repetition
    of one, two or three digits), `part_of_number` (any six characters in a row of the number, so the birth date too).
    """
    if len(password) != DIGITS or not (password.isascii() and password.isdigit()):
        return ["not_six_digits"]
    found = [("consecutive", password in _UP or password in _DOWN), ("repeated", _repeats(password)), ("part_of_number", password in number)]
    return [code for code, wrong in found if wrong]


def _repeats(password: str) -> bool:
    run = any(password[at] * (_LONGEST_RUN + 1) in password for at in range(DIGITS))
    return run or any(password == password[:period] * (DIGITS // period) for period in (1, 2, 3))


def peppered(ecard_id: EcardId, password: str) -> bytes:
    """What goes through the keyed pepper: the same six digits of two people never hash alike."""
    return ecard_id.bytes + password.encode()


def locked_until(password: Password, rule: Rule, now: datetime) -> datetime | None:
    """Until when nobody may try; None when trying is allowed. Derived: a lock is tries that are spent and not yet old."""
    if password.tries < rule.tries or password.tried_at is None:
        return None
    until = password.tried_at + rule.lock
    return until if until > now else None


def refusal_of_lock(until: datetime, rule: Rule, now: datetime) -> PasswordLocked:
    """The refusal that says how many tries were wrong and until when to wait."""
    return PasswordLocked("too many wrong passwords", retry_after=(until - now).total_seconds(), n=rule.tries,
                          time=f"{until.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
