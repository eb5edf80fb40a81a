"""Where a look for unmarked events begins: at the young ones mostly, at all of them as often as that is cheap."""
from datetime import timedelta
from typing import Final
from uuid import UUID

from essc.kit import clock

YOUNG: Final = timedelta(seconds=15)
CHEAP: Final = 0.005
SHARE: Final = 20
WORTH: Final = 0.0001
"""Seconds that finding one event may take."""
EVER: Final = UUID(int=0)


class Horizon:
    """Ids begin with their time, so a look may leave out what is old; it matters only after a very long transaction elsewhere.

    Such a transaction keeps the index entries of marked events alive, and a look at all of them walks over every one. A sweep
    that wastes more than `CHEAP` seconds is therefore done for at most a twentieth of the time; events that were committed late
    wait for the next one.
    """

    __slots__ = ("_swept", "_took")

    def __init__(self) -> None:
        self._swept = self._took = 0.0

    def since(self) -> UUID:
        """The smallest id to look at now; EVER for a sweep."""
        if self._took < CHEAP or clock.stopwatch() - self._swept >= SHARE * self._took:
            return EVER
        return UUID(int=int((clock.now() - YOUNG).timestamp() * 1000) << 80)

    def looked(self, since: UUID, began: float, found: int) -> None:
        """Note a look that began at `began` on the stopwatch and found so many; finding is no waste of time."""
        if since == EVER:
            self._swept = clock.stopwatch()
            self._took = self._swept - began - found * WORTH
