"""What is written aside: rows that are nice to have, kept off the path of the request that caused them.

`put` costs an append. A task writes what gathered every `seconds`; when more gathers than `most`, the newest are dropped and counted;
when a write fails, its rows are dropped and counted. A crash loses what was not written yet. Whatever may not be lost belongs into the
transaction of the request instead.
"""
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

from essc.kit import log, metrics

Item = TypeVar("Item")

MOST: Final = 5_000
SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 5.0
"""A last write that takes longer than this when the process ends is given up."""

DROPPED: Final = metrics.Counter("essc_aside_dropped", "Rows written aside that were given up: too many at once, or the database was away.", ["name"])

_log = log.get("aside")


class Aside(Generic[Item]):
    """A bounded list that is written away every so often by `write`; `start` it once, `close` it to write what is left."""

    def __init__(self, write: Callable[[Sequence[Item]], Awaitable[None]], *, name: str, most: int = MOST, seconds: float = SECONDS) -> None:
        self._write = write
        self._name = name
        self._most = most
        self._seconds = seconds
        self._items: list[Item] = []
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def put(self, item: Item) -> bool:
        """Put one aside; False when there is no room and it was dropped."""
        if len(self._items) >= self._most:
            DROPPED.labels(self._name).inc()
            return False
        self._items.append(item)
        return True

    def start(self) -> None:
        """Begin to write every so often."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Write what is left, for a few seconds at most; nothing may be put aside afterwards."""
        self._closing.set()
        if self._task is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._task, PATIENCE_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.flush(), PATIENCE_SECONDS)

    async def flush(self) -> None:
        """Write what has gathered. A write that fails is logged and its rows are gone: it never comes back to whoever put them."""
        items, self._items = self._items, []
        if not items:
            return
        try:
            await self._write(items)
        except Exception as error:  # noqa: BLE001  what is written aside is nobody's trouble
            DROPPED.labels(self._name).inc(len(items))
            _log.warning("aside_dropped", name=self._name, rows=len(items), error=type(error).__name__)

    async def _run(self) -> None:
        while not self._closing.is_set():
            await self.flush()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self._seconds)
