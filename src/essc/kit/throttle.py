"""How often: the generic cell rate algorithm (GCRA), in memory for plain rate limits and in PostgreSQL for guesses.

A rate of `count` in `seconds` lets `count` through at once and then one every `seconds / count`. What is kept is one moment,
the theoretical arrival time (TAT): when the quota would be whole again.
"""
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil
from typing import Final, NamedTuple

import msgspec

from essc.kit.db.tx import Tx
from essc.kit.errors import Kind, Refused

KEPT: Final = timedelta(days=2)
"""A throttle whose time lies further back than this holds nothing any more."""
MOST_CALLERS: Final = 100_000
"""Callers that one process remembers; beyond it the quiet ones are forgotten."""


class Throttled(Refused):
    """Too many tries; `retry_after` says how long to wait."""

    kind, code = Kind.THROTTLED, "throttled"


class Rate(msgspec.Struct, frozen=True):
    """`count` in `seconds`, all of them at once if need be."""

    name: str
    count: int
    seconds: float

    @property
    def step(self) -> float:
        """Seconds that one use costs."""
        return self.seconds / self.count


class Spent(NamedTuple):
    """Whether one more was allowed; `retry_after` in seconds when it was not."""

    allowed: bool
    retry_after: float = 0.0


# ── in PostgreSQL: guesses. Inside the transaction that judges the guess, so a batch counts all of its own ──────────────

_SPEND: Final = """INSERT INTO kit.throttle AS t (name, key, tat)
    SELECT $1, k, $3::timestamptz + n * $4::interval FROM unnest($2::bytea[], $6::int[]) AS u(k, n) ORDER BY k
    ON CONFLICT (name, key) DO UPDATE SET tat = greatest(t.tat, $3::timestamptz) + (excluded.tat - $3::timestamptz)
     WHERE greatest(t.tat, $3::timestamptz) + $4::interval - $3::timestamptz <= $5::interval
    RETURNING key"""


async def spend(tx: Tx, rate: Rate, key: bytes) -> Spent:
    """Count one try of `key`, unless its quota is used up. `key` is an id or a keyed hash, never a number in clear.

    It counts in this transaction: whoever refuses the caller afterwards must commit first (an answer, or a transaction of its own).
    """
    return (await spend_many(tx, rate, {key: 1}))[key]


async def spend_many(tx: Tx, rate: Rate, tries: Mapping[bytes, int]) -> dict[bytes, Spent]:
    """Count the tries of many keys in one statement, in key order. A key with room for one more may overdraw within this call."""
    keys = sorted(tries)
    if not keys:
        return {}
    rows = await tx.rows(_SPEND, rate.name, keys, tx.now, timedelta(seconds=rate.step), timedelta(seconds=rate.seconds), [tries[key] for key in keys])
    counted = {row["key"] for row in rows}
    waits = await waiting(tx, rate, [key for key in keys if key not in counted])
    return {key: Spent(True) if key in counted else Spent(False, waits.get(key, rate.step)) for key in keys}


async def waiting(tx: Tx, rate: Rate, keys: Sequence[bytes]) -> dict[bytes, float]:
    """The keys among these that may not try now, and for how many seconds; nothing is counted."""
    if not keys:
        return {}
    rows = await tx.rows("SELECT key, tat FROM kit.throttle WHERE name = $1 AND key = ANY($2::bytea[])", rate.name, list(keys))
    room = rate.seconds - rate.step
    waits = {row["key"]: (row["tat"] - tx.now).total_seconds() - room for row in rows}
    return {key: wait for key, wait in waits.items() if wait > 0}


async def forgive(tx: Tx, rate: Rate, key: bytes) -> None:
    """Give the whole quota back: the right password was given."""
    await tx.run("DELETE FROM kit.throttle WHERE name = $1 AND key = $2", rate.name, key)


async def prune(tx: Tx) -> int:
    """Drop what holds nothing any more; the worker does so now and then. Gives how many."""
    return await tx.run("DELETE FROM kit.throttle WHERE tat < $1", tx.now - KEPT)


# ── in memory: how many requests a caller sends to this process ─────────────────────────────────────────────────────────

class Taken(NamedTuple):
    """One request counted, with the headers that tell the caller (RateLimit header fields for HTTP, IETF draft)."""

    allowed: bool
    retry_after: float
    policy: bytes
    told: bytes


class _Counter:
    """The callers of one rate."""

    __slots__ = ("callers", "policy", "rate", "start", "step")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.step = rate.step
        self.callers: dict[str, float] = {}
        self.policy = f'"{rate.name}";q={rate.count};w={ceil(rate.seconds)}'.encode()
        self.start = f'"{rate.name}";r='.encode()

    def take(self, key: str, now: float) -> Taken:
        """Count one request of `key` at `now` (seconds on a clock that only goes forward)."""
        rate, tat = self.rate, max(self.callers.get(key, 0.0), now) + self.step
        over = tat - now - rate.seconds
        if over > 1e-9:
            return Taken(False, over, self.policy, self.start + b"0;t=%d" % ceil(over))
        if len(self.callers) >= MOST_CALLERS and key not in self.callers:
            quiet_gone = {caller: until for caller, until in self.callers.items() if until > now}
            self.callers = quiet_gone if len(quiet_gone) < MOST_CALLERS else {}
        self.callers[key] = tat
        left = int((rate.seconds - (tat - now)) / self.step + 1e-6)
        return Taken(True, 0.0, self.policy, self.start + b"%d;t=%d" % (left, ceil(tat - now)))


class Rates:
    """Plain rate limits by kind of caller."""

    def __init__(self, rates: Mapping[str, Rate]) -> None:
        self._counters = {by: _Counter(rate) for by, rate in rates.items()}

    def take(self, by: str, key: str, now: float) -> Taken:
        """Count one request of `key` among the callers of kind `by`."""
        return self._counters[by].take(key, now)
