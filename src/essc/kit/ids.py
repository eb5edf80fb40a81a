"""Identifiers: UUIDv7 (RFC 9562 §5.7) that carry their bucket, and their prefixed form on the wire.

The ten low bits of `rand_a` hold the bucket (0–1023) of everything that belongs to one holder, so a row's place is known
from its id alone. The wire form is `prefix_` and 26 characters of Crockford base32.
"""
import os
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, SafeUUID

from essc.kit.errors import Kind, Refused

BUCKETS: Final = 1024
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUE: Final = {char: value for value, char in enumerate(_ALPHABET)}
_WIRE_LENGTH: Final = 26
_blank, _put = object.__new__, object.__setattr__


class BadId(Refused):
    """The identifier is not one of ours: wrong prefix, length or alphabet."""

    kind, code = Kind.NOT_FOUND, "id_not_found"


def new(bucket: int | None = None, at: datetime | None = None) -> UUID:
    """A fresh UUIDv7 in `bucket` (random when None), of the moment `at` (now when None). Raises ValueError on a wrong bucket."""
    noise = int.from_bytes(os.urandom(10), "big")
    place = (noise >> 64) % BUCKETS if bucket is None else bucket
    if not 0 <= place < BUCKETS:
        raise ValueError(f"a bucket is 0 to {BUCKETS - 1}, not {bucket}")
    milliseconds = time.time_ns() // 1_000_000 if at is None else int(at.timestamp() * 1000)
    rand_a = (noise >> 74 & 0b11) << 10 | place
    value = milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | noise & (1 << 62) - 1
    return UUID(int=value)


def new_many(buckets: Sequence[int], at: datetime) -> list[UUID]:
    """A fresh UUIDv7 of the moment `at` in each of `buckets` (0 to 1023, not checked); a third of the cost of as many `new`."""
    noise = os.urandom(9 * len(buckets))
    stamp = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62
    made = []
    for place, bucket in enumerate(buckets):
        chance = int.from_bytes(noise[place * 9:place * 9 + 9], "big")
        id = _blank(UUID)
        _put(id, "int", stamp | (chance >> 62 & 0b11) << 74 | bucket << 64 | chance & (1 << 62) - 1)
        _put(id, "is_safe", SafeUUID.unknown)
        made.append(id)
    return made


def bucket(id: UUID) -> int:
    """The bucket that `id` carries, 0 to 1023."""
    return id.int >> 64 & BUCKETS - 1


def placed(wanted: Iterable[UUID]) -> tuple[list[int], list[UUID]]:
    """Two columns for `unnest`: buckets and ids, each id once. Rows are found pair by pair; `bucket = ANY` and `id = ANY` would try each with each."""
    once = list(dict.fromkeys(wanted))
    return [bucket(id) for id in once], once


def wire(prefix: str, id: UUID) -> str:
    """`id` as it is written outside the house: `card_01j…`."""
    number, digits = id.int, []
    for _ in range(_WIRE_LENGTH):
        digits.append(_ALPHABET[number & 31])
        number >>= 5
    return f"{prefix}_{''.join(reversed(digits))}"


def parse(prefix: str, text: str) -> UUID:
    """The id that was written as `text`. Raises BadId unless it has this prefix and reads back to the very same text."""
    head, _, tail = text.rpartition("_")
    if head != prefix or len(tail) != _WIRE_LENGTH or tail[0] > "7":
        raise BadId(f"not a {prefix} id")
    number = 0
    for char in tail:
        value = _VALUE.get(char)
        if value is None:
            raise BadId(f"not a {prefix} id")
        number = number << 5 | value
    return UUID(int=number)
