"""What time it is: our clock, corrected against the database's, because the database's clock is the one all processes share.

Time is aware UTC everywhere in code and database; Asia/Shanghai on screens and for business days.
"""
import time
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

SHANGHAI: Final[tzinfo] = ZoneInfo("Asia/Shanghai")
TOLERANCE: Final = timedelta(seconds=2)
"""A process whose own clock is further off than this is not ready to judge codes."""


class Clock:
    """A clock with a measured offset; `now` is ours plus the offset."""

    def __init__(self) -> None:
        self.offset = timedelta(0)

    def now(self) -> datetime:
        """The moment, aware, in UTC, as the database sees it."""
        return datetime.now(UTC) + self.offset

    def corrected(self, asked: float, answered: float, theirs: datetime) -> timedelta:
        """Take over the database's time: `asked` and `answered` are time.time() around the question. Gives the offset.

        A question that took so long that its answer may be off by more than `TOLERANCE` says nothing: the offset stays.
        """
        if answered - asked > 2 * TOLERANCE.total_seconds():
            return self.offset
        middle = datetime.fromtimestamp((asked + answered) / 2, UTC)
        self.offset = theirs - middle
        return self.offset

    def ready(self) -> bool:
        """Whether our own clock is near enough to the database's."""
        return abs(self.offset) <= TOLERANCE


clock = Clock()


def now() -> datetime:
    """The moment by the process's corrected clock, aware, in UTC."""
    return clock.now()


def today() -> date:
    """The day of business, which is Shanghai's."""
    return now().astimezone(SHANGHAI).date()


def business_hour(moment: datetime) -> tuple[date, int]:
    """The day of business and its hour (0 to 23), in Shanghai, of an aware moment. Worked out once for all moments of an hour."""
    return _hour(int(moment.timestamp() // 3600))


@lru_cache(maxsize=8192)
def _hour(number: int) -> tuple[date, int]:
    local = datetime.fromtimestamp(number * 3600, SHANGHAI)
    return local.date(), local.hour


def stopwatch() -> float:
    """Seconds on a clock that only goes forward, for measuring durations."""
    return time.perf_counter()


def epoch() -> float:
    """Seconds since 1970 on this machine's uncorrected clock, for measuring the offset."""
    return time.time()
