"""Natural micro-batching: what everybody does at once is written once.

There is no timer. While one batch is being committed, the next one gathers; the poster takes what is there, opens one
transaction, calls the set-based verb once, and hands every caller its own answer or refusal. One request alone is a batch of
one, so nothing waits when nothing is busy. Items carry ids of their own, so a batch may be done again after a lost connection.
"""
import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import msgspec

from essc.kit import clock, metrics, troubles
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import Kind, Refused

Item = TypeVar("Item")
Answer = TypeVar("Answer")

TRIES: Final = 4
"""How often a batch is sent in all when its trouble is of a kind that passes."""
PAUSES: Final = (0.0, 0.02, 0.1, 0.4)
"""Seconds before each try."""
BATCHER: Final = Actor("system", "batch")
"""A batch's transaction has no actor of its own: who asks travels in each item."""

log = logging.getLogger(__name__)


class QueueFull(Refused):
    """More is asked at this moment than the queue may hold."""

    kind, code = Kind.UNAVAILABLE, "queue_full"


class OutcomeUnknown(Refused):
    """The batch failed in a way that leaves open whether it was done: the same request again finds out."""

    kind, code = Kind.UNAVAILABLE, "outcome_unknown"


class ItemRefused(Refused):
    """The database refuses a value of this one item."""

    kind, code = Kind.INVALID, "value_refused"


class ContentDiffers(Refused):
    """The same id with other content, at the same moment."""

    kind, code = Kind.INVALID, "idempotency_key_reused"


class ShuttingDown(Refused):
    """The process is ending and takes no more."""

    kind, code = Kind.UNAVAILABLE, "shutting_down"


class Replayed(msgspec.Struct, Generic[Answer], frozen=True):
    """An answer that was given before, to the same item: the edge marks it as a replay."""

    answer: Answer


class BatchSettings(msgspec.Struct, frozen=True):
    """`largest`: items in one transaction; `queue`: items waiting before callers are sent away; `posters`: transactions at once (1 or 2)."""

    largest: int = 512
    queue: int = 8192
    posters: int = 1


USUAL: Final = BatchSettings()

Many = Callable[[Tx, Sequence[Item]], Awaitable[Sequence[Answer | Replayed[Answer] | Refused]]]


class _Slot(Generic[Item, Answer]):
    """One item in the queue, and those who wait for its answer."""

    __slots__ = ("content", "id", "item", "waiters")

    def __init__(self, item: Item, id: Hashable, content: Hashable, first: "asyncio.Future[Any]") -> None:
        self.item = item
        self.id = id
        self.content = content
        self.waiters = [first]


class Batch(Generic[Item, Answer]):
    """A queue in front of one set-based verb.

    `many(tx, items)` gives one answer, `Replayed` or Refused for each item, in order. `reads_only` runs it in a read-only
    transaction. Two items of one id never stand in one call. `name` is the verb's in the metrics.
    """

    def __init__(self, db: Database, many: Many[Item, Answer], settings: BatchSettings = USUAL, *, reads_only: bool = False, name: str = "") -> None:
        self._db = db
        self._name = name
        self._many = many
        self._settings = settings
        self._reads_only = reads_only
        self._queue: dict[Hashable, _Slot[Item, Answer]] = {}
        self._taken: dict[Hashable, _Slot[Item, Answer]] = {}
        self._posters: set[asyncio.Task[None]] = set()
        self._closed = False
        self._anonymous = 0

    def __len__(self) -> int:
        """Items that wait or are being worked on."""
        return len(self._queue) + len(self._taken)

    async def ask(self, item: Item, id: Hashable = None, content: Hashable = None) -> Answer | Replayed[Answer]:
        """The answer to `item`. Raises its Refused, QueueFull, OutcomeUnknown, ShuttingDown, or ContentDiffers.

        `id` joins duplicates inside this process before they reach SQL (`content` tells whether they are the same); None = unique.
        A caller that is cancelled takes its item out of the queue while it is not taken; later the item goes through without it.
        """
        slot, future = self._put(item, id, content)
        try:
            answer: Answer | Replayed[Answer] = await future
            return answer
        except asyncio.CancelledError:
            self._leave(slot, future)
            raise

    def _put(self, item: Item, id: Hashable, content: Hashable) -> tuple[_Slot[Item, Answer], "asyncio.Future[Any]"]:
        if self._closed:
            raise ShuttingDown(retry_after=1)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if id is None:
            self._anonymous += 1
            id = (Batch, self._anonymous)
        slot = self._queue.get(id) or self._taken.get(id)
        if slot is not None:
            if slot.content != content:
                raise ContentDiffers("this id is being worked on with other content")
            slot.waiters.append(future)
            return slot, future
        if len(self._queue) >= self._settings.queue:
            raise QueueFull(f"{len(self._queue)} items are waiting", retry_after=1)
        slot = self._queue[id] = _Slot(item, id, content, future)
        if len(self._posters) < self._settings.posters:
            self._posters.add(asyncio.get_running_loop().create_task(self._post()))
        return slot, future

    def _leave(self, slot: _Slot[Item, Answer], future: "asyncio.Future[Any]") -> None:
        if future in slot.waiters:
            slot.waiters.remove(future)
        if not slot.waiters and self._queue.get(slot.id) is slot:
            del self._queue[slot.id]

    async def _post(self) -> None:
        """Take what is there until nothing is; between the last look and leaving nobody else runs, so no item is left behind."""
        try:
            while self._queue:
                slots = self._take()
                try:
                    await self._settle(slots)
                finally:
                    for slot in slots:
                        self._answer(slot, OutcomeUnknown("the poster was stopped", retry_after=1))
        finally:
            self._posters.discard(asyncio.current_task())

    def _take(self) -> list[_Slot[Item, Answer]]:
        queue, largest = self._queue, self._settings.largest
        if len(queue) <= largest:
            self._queue, slots = {}, list(queue.values())
        else:
            slots = [queue.pop(id) for id in list(islice(queue, largest))]
        for slot in slots:
            self._taken[slot.id] = slot
        return slots

    async def _settle(self, slots: list[_Slot[Item, Answer]]) -> None:
        """Do these items and answer their callers; on a data error of SQL, half of them each, down to the culprit."""
        try:
            answers = await self._try_often([slot.item for slot in slots])
        except Refused as refused:
            answers = [refused] * len(slots)
        except Exception as error:  # noqa: BLE001  the poster is an edge: whatever a verb raises, callers get an answer
            if troubles.is_data(error) and len(slots) > 1:
                middle = len(slots) // 2
                await self._settle(slots[:middle])
                await self._settle(slots[middle:])
                return
            answers = [_refusal(error)] * len(slots)
        for slot, answer in zip(slots, answers, strict=True):
            self._answer(slot, answer)

    def _answer(self, slot: _Slot[Item, Answer], answer: Any) -> None:
        """Wake everybody who waits for this slot; whoever asks for its id from now on asks anew."""
        if self._taken.get(slot.id) is slot:
            del self._taken[slot.id]
        waiters, slot.waiters = slot.waiters, []
        for future in waiters:
            if future.done():
                continue
            if isinstance(answer, Refused):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    async def _try_often(self, items: list[Item]) -> Sequence[Answer | Replayed[Answer] | Refused]:
        for tried, pause in enumerate(PAUSES[:TRIES], start=1):
            if pause:
                await asyncio.sleep(pause)
            committing, began = False, clock.stopwatch()
            try:
                async with self._open() as tx:
                    answers = await self._many(tx, items)
                    if len(answers) != len(items):
                        raise ValueError(f"{len(items)} items, {len(answers)} answers")
                    committing = True
                metrics.batch_done(self._name, len(items), clock.stopwatch() - began)
                return answers
            except Exception as error:  # what passes is tried again, the rest goes on up
                if tried == TRIES or not (troubles.is_away(error) or troubles.is_momentary(error, committing=committing)):
                    raise
                log.warning("batch tried again", extra={"verb": self._name, "try": tried, "error": type(error).__name__, "items": len(items)})
                metrics.BATCH_RETRIES.labels(self._name).inc()
        raise AssertionError("unreachable")

    def _open(self) -> AbstractAsyncContextManager[Tx]:
        return self._db.read_tx(BATCHER, request_id="batch") if self._reads_only else self._db.tx(BATCHER, request_id="batch")

    async def close(self) -> None:
        """Take no more, and wait until what was taken or queued is answered."""
        self._closed = True
        while self._posters:
            await asyncio.gather(*self._posters, return_exceptions=True)


def _refusal(error: Exception) -> Refused:
    if troubles.is_data(error):
        log.error("an item of a batch was refused by the database", extra={"sqlstate": troubles.sqlstate(error)})
        return ItemRefused("the database refuses a value of this item")
    log.error("a batch failed", exc_info=error)
    return OutcomeUnknown(f"the batch failed: {type(error).__name__}", retry_after=1)

