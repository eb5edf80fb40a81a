"""The pump: moves events from the table to their subscribers, in the worker process; many of them may run at once.

One round claims events in a transaction that stays open, applies them for each subscriber in a transaction of its own, and marks
them at the end. A process that dies between leaves its claim behind unlocked: the inbox makes the repeat harmless.
"""
import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg
from asyncpg import Record

from essc.kit import clock, troubles
from essc.kit import log as logs
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.kit.metrics import Counter
from essc.kit.outbox import store
from essc.kit.outbox.horizon import Horizon
from essc.kit.outbox.subscribers import Periodic, Subscribers, Subscription

BATCH: Final = 1000
LANES: Final = 2
"""Rounds under way at once in one process: a slow subscriber does not hold up the events behind it."""
SIDE_BY_SIDE: Final = 3
"""Subscribers of one round that work at the same time, each on its own connection."""
TURNS: Final = 2
"""Periodic jobs that run at the same time in one process."""
SMALLEST_POOL: Final = LANES + TURNS + 1 + SIDE_BY_SIDE
QUICKEST: Final = 0.1
SLOWEST: Final = 0.2
"""Seconds between two looks at the table, from busy to idle. What gathers meanwhile shares a round's transactions: a fifth less of the
processor for each event than with five times as many rounds."""
CULPRITS: Final = 8
"""After so many bad events in one round the rest of it is put off without being tried one by one."""
CALLS_AT_ONCE: Final = 8
CALL_LEASE: Final = timedelta(minutes=2)
LONGEST_PAUSE: Final = timedelta(minutes=15)

DELIVERED: Final = Counter("essc_outbox_delivered", "Events applied, by subscriber", ["subscriber"])
FAILED: Final = Counter("essc_outbox_failed", "Deliveries that raised, by subscriber", ["subscriber"])
GIVEN_UP: Final = Counter("essc_outbox_given_up", "Deliveries given up, by subscriber", ["subscriber"])

KEPT: Final = timedelta(days=30)
"""How long the inbox remembers what was applied: far longer than anything is tried again."""

Alarm = Callable[[Database, str, str], Awaitable[None]]
"""Told when the database refused us a right and `Database.denied` was not set: (db, who, what)."""

log: Final = logs.get("outbox")


async def _forget(tx: Tx) -> None:
    await store.forget_applied(tx, tx.now - KEPT)


FORGET: Final = Periodic("outbox.forget", 3600, _forget)


class _Failure:
    """A delivery that did not go through. `tried` is False when it was put off because of its neighbours."""

    __slots__ = ("error", "row", "subscription", "tried")

    def __init__(self, row: Record, subscription: Subscription, error: str, *, tried: bool = True) -> None:
        self.row, self.subscription, self.error, self.tried = row, subscription, error, tried

    def parked(self, tries: int, now: datetime) -> tuple[int, str, UUID, int, datetime, str]:
        """The row of kit.retry after so many tries before this one."""
        tries += self.tried
        return self.row["bucket"], self.subscription.name, self.row["id"], tries, now + pause(tries), self.error


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: one second, doubling, at most a quarter of an hour."""
    return min(LONGEST_PAUSE, timedelta(seconds=2 ** min(tries, 20) / 2))


def reason(problem: BaseException) -> str:
    """What went wrong, in words that cannot hold personal data: the type, a code, and the line of our code."""
    where = traceback.extract_tb(problem.__traceback__)
    place = f" at {where[-1].filename.rpartition('/essc/')[2]}:{where[-1].lineno}" if where else ""
    if isinstance(problem, Refused):
        return f"{problem.code}: {problem.detail}"
    if isinstance(problem, asyncpg.PostgresError):
        return f"{type(problem).__name__} {problem.sqlstate or ''} {getattr(problem, 'constraint_name', None) or ''}".strip() + place
    return type(problem).__name__ + place


class Pump:
    """Runs deliveries, retries, calls to partners and periodic work until it is told to stop."""

    def __init__(self, db: Database, subscribers: Iterable[Subscribers], *, alarm: Alarm | None = None, batch: int = BATCH) -> None:
        rooms = list(subscribers)
        self._db = db
        self._alarm = alarm
        self._batch = batch
        self._all = {one.name: one for room in rooms for one in room.subscriptions}
        self._periodic = [FORGET, *(one for room in rooms for one in room.periodic)]
        self._by_kind: dict[str, list[Subscription]] = {}
        for one in self._all.values():
            for kind in one.events:
                self._by_kind.setdefault(kind, []).append(one)
        self._horizon = Horizon()
        self._turns = asyncio.Semaphore(TURNS)
        self._registered: set[str] = set()
        if db.pool.get_max_size() < SMALLEST_POOL:
            raise ValueError(f"the pump holds claims open while subscribers work: it needs a pool of {SMALLEST_POOL} connections or more")

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way is finished. Nothing that a subscriber raises ends it."""
        async with asyncio.TaskGroup() as group:
            for _ in range(LANES):
                group.create_task(self._loop(stop, self.deliver, QUICKEST, SLOWEST))
            group.create_task(self._loop(stop, self.repeat, SLOWEST, SLOWEST))
            group.create_task(self._loop(stop, self.call, QUICKEST, SLOWEST))
            for job in self._periodic:
                group.create_task(self._loop(stop, partial(self.turn, job), job.seconds, max(job.seconds, SLOWEST)))

    async def _loop(self, stop: asyncio.Event, once: Callable[[], Awaitable[int]], quick: float, slow: float) -> None:
        """Call `once` again and again: at once after a full round, soon after a busy one, less and less often when there is nothing."""
        delay = quick
        while not stop.is_set():
            try:
                done = await once()
                delay = 0.0 if done >= self._batch else quick if done else min(slow, max(delay, quick) * 1.5)
            except Exception as problem:  # noqa: BLE001 an edge: one bad round does not end the worker
                log.error("database_away" if troubles.is_away(problem) else "round_failed", reason=reason(problem))
                delay = max(slow, 1.0)
            try:
                await asyncio.wait_for(stop.wait(), delay)
            except TimeoutError:
                continue

    # ── new events ──

    async def deliver(self) -> int:
        """One round: claim, apply, mark. Gives the number of events claimed."""
        since = self._horizon.since()
        async with self._db.tx() as claim:
            began = clock.stopwatch()
            rows = await store.claim(claim, self._batch, since)
            self._horizon.looked(since, began, len(rows))
            if rows:
                failures = await self._apply_all(self._sorted(rows))
                later = [failure.parked(0, claim.now) for failure in failures]
                await store.park(claim, later + self._calls(rows, claim.now))
                await store.delivered(claim, rows)
        return len(rows)

    def _calls(self, rows: Sequence[Record], now: datetime) -> list[tuple[int, str, UUID, int, datetime, str]]:
        """The partner calls these events ask for: they wait in kit.retry, due at once, because a call must not hold a claim."""
        return [(row["bucket"], one.name, row["id"], 0, now, "") for row in rows for one in self._by_kind.get(row["kind"], ()) if one.calls]

    def _sorted(self, rows: Sequence[Record]) -> list[tuple[Subscription, list[Record]]]:
        work: dict[str, list[Record]] = {}
        for row in rows:
            for one in self._by_kind.get(row["kind"], ()):
                if not one.calls:
                    work.setdefault(one.name, []).append(row)
        return [(self._all[name], batch) for name, batch in work.items()]

    async def _apply_all(self, work: Sequence[tuple[Subscription, list[Record]]]) -> list[_Failure]:
        free = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(subscription: Subscription, rows: list[Record]) -> list[_Failure]:
            async with free:
                return await self._apply(subscription, rows)

        # Every one is waited for, whatever the others raise: the claim must not end while a subscriber still works.
        results = await asyncio.gather(*(one(*item) for item in work), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return [failure for result in results if not isinstance(result, BaseException) for failure in result]

    async def _apply(self, subscription: Subscription, rows: list[Record]) -> list[_Failure]:
        """Apply to one subscriber; the bad ones are found by halving. Gives what did not go through."""
        failures: list[_Failure] = []
        pieces = [rows]
        while pieces:
            piece = pieces.pop()
            if len(failures) >= CULPRITS:
                failures += [_Failure(row, subscription, "put off: too many neighbours failed", tried=False) for row in piece]
                continue
            try:
                await self._attempt(subscription, piece)
                DELIVERED.labels(subscription.name).inc(len(piece))
            except Exception as problem:
                if troubles.is_away(problem):   # not the event's fault: the whole round is given back
                    raise
                if len(piece) > 1:
                    pieces += [piece[len(piece) // 2:], piece[:len(piece) // 2]]
                    continue
                failures.append(await self._failed(subscription, piece[0], problem))
        return failures

    async def _failed(self, subscription: Subscription, row: Record, problem: Exception) -> _Failure:
        FAILED.labels(subscription.name).inc()
        why = reason(problem)
        log.warning("delivery_failed", subscriber=subscription.name, event_id=str(row["id"]), kind=row["kind"], reason=why)
        if self._alarm is not None and self._db.denied is None and isinstance(problem, asyncpg.InsufficientPrivilegeError):
            await self._alarm(self._db, subscription.name, why)
        return _Failure(row, subscription, why)

    async def _attempt(self, subscription: Subscription, rows: Sequence[Record]) -> None:
        for left in (2, 1, 0):
            try:
                await self._attempt_once(subscription, rows)
                return
            except asyncpg.PostgresError as problem:
                if not left or not (troubles.is_momentary(problem) or troubles.is_held(problem)):
                    raise

    async def _attempt_once(self, subscription: Subscription, rows: Sequence[Record]) -> None:
        deliveries = [subscription.delivery(row) for row in rows]
        async with self._db.tx(request_id=subscription.name) as tx:
            if subscription.inbox:
                fresh = await store.first_time(tx, subscription.name, rows)
                deliveries = [delivery for delivery in deliveries if delivery.event_id in fresh]
            if subscription.many and deliveries:
                await subscription.handler(tx, deliveries)
            elif not subscription.many:
                for delivery in deliveries:
                    tx.request_id = delivery.request_id
                    await subscription.handler(tx, delivery)

    # ── once more ──

    async def repeat(self) -> int:
        """One round over deliveries that failed and whose time has come. Gives their number."""
        async with self._db.tx() as claim:
            rows = await store.due(claim, [one.name for one in self._all.values() if not one.calls], self._batch)
            if not rows:
                return 0
            work: dict[str, list[Record]] = {}
            for row in rows:
                work.setdefault(row["subscriber"], []).append(row)
            failures = await self._apply_all([(self._all[name], batch) for name, batch in work.items()])
            bad = {(failure.subscription.name, failure.row["id"]) for failure in failures}
            await store.settled(claim, [row for row in rows if (row["subscriber"], row["id"]) not in bad])
            await self._note(claim.now, failures, claim)
        return len(rows)

    async def _note(self, now: datetime, failures: Sequence[_Failure], tx: Tx) -> None:
        rows = [failure.parked(failure.row["tries"], now) for failure in failures]
        over = [row[3] >= failure.subscription.tries for row, failure in zip(rows, failures, strict=True)]
        for failure, given_up in zip(failures, over, strict=True):
            if given_up:
                GIVEN_UP.labels(failure.subscription.name).inc()
                log.error("given_up", subscriber=failure.subscription.name, event_id=str(failure.row["id"]), reason=failure.error)
        await store.failed(tx, rows, over)

    # ── partners ──

    async def call(self) -> int:
        """One round of calls to partners, outside any transaction. Gives their number."""
        names = [one.name for one in self._all.values() if one.calls]
        if not names:
            return 0
        async with self._db.tx() as tx:
            rows = await store.due(tx, names, CALLS_AT_ONCE)
            if rows:
                await store.lease(tx, rows, tx.now + CALL_LEASE)
        failures = [failure for failure in await asyncio.gather(*(self._call(row) for row in rows)) if failure is not None]
        if rows:
            bad = {(failure.subscription.name, failure.row["id"]) for failure in failures}
            async with self._db.tx() as tx:
                await store.settled(tx, [row for row in rows if (row["subscriber"], row["id"]) not in bad])
                await self._note(tx.now, failures, tx)
        return len(rows)

    async def _call(self, row: Record) -> _Failure | None:
        subscription = self._all[row["subscriber"]]
        try:
            async with asyncio.timeout(CALL_LEASE.total_seconds() / 2):
                await subscription.handler(self._db, subscription.delivery(row))
        except Exception as problem:  # noqa: BLE001 an edge: a partner may fail in any way
            return await self._failed(subscription, row, problem)
        DELIVERED.labels(subscription.name).inc()
        return None

    # ── periodic work ──

    async def turn(self, job: Periodic) -> int:
        """Run a periodic job if it is due and no other process runs it. Gives 1 when it ran."""
        if job.name not in self._registered:
            async with self._db.tx() as tx:
                await store.register(tx, job.name)
            self._registered.add(job.name)
        async with self._turns, self._db.tx() as claim:
            if not await store.take_turn(claim, job.name, job.seconds):
                return 0
            began = clock.stopwatch()
            error = await self._ran(job, claim)
            await store.ran(claim, job.name, round((clock.stopwatch() - began) * 1000), error)
        return 1

    async def _ran(self, job: Periodic, claim: Tx) -> str | None:
        """Run it; gives what went wrong. Inside, its writes commit with the note that it ran, or are undone alone."""
        try:
            if job.outside:
                await job.handler(self._db)
            else:
                async with claim.conn.transaction():
                    await job.handler(claim)
        except Exception as problem:
            if troubles.is_away(problem):
                raise
            log.error("job_failed", job=job.name, reason=reason(problem))
            return reason(problem)
        return None
