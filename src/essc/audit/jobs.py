"""The sequencer: every event becomes a leaf, every second the leaves become tiles and a signed checkpoint. And the watch that proves them again."""
import asyncio
import contextlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from essc.audit import actions, queries
from essc.audit.model import tiles
from essc.audit.model.alarm import Alarm
from essc.audit.model.note import BadNote, Checkpoint
from essc.audit.store.files import Folder, TileChanged
from essc.kit import clock, troubles
from essc.kit import log as logs
from essc.kit.db.pool import Database
from essc.kit.metrics import Counter, Gauge
from essc.kit.outbox.horizon import Horizon
from essc.kit.outbox.pump import reason

BATCH: Final = 4000
IDLE: Final = 0.25
"""Seconds between two looks when there is nothing to do."""
AFTER_TROUBLE: Final = 1.0
PUBLISH_EVERY: Final = 1.0
HISTORY_EVERY: Final = timedelta(minutes=1)
INDEX_BATCH: Final = 2000
INDEX_EVERY: Final = 2.0
"""Seconds after which what came can be found, and after which it was proved, when the worker keeps up."""
SLICE: Final = 10_000
"""Leaves that one look proves: a tenth of a second for the files, half a second for the rows."""

LEAVES: Final = Counter("essc_audit_leaves", "Events that got their leaf")
PUBLISHED: Final = Gauge("essc_audit_published_size", "Leaves under the newest signed checkpoint", multiprocess_mode="max")

log: Final = logs.get("audit")


class Sequencer:
    """Gives events their leaves and publishes the log below `directory`. Several may run: one works, the others find nothing to do."""

    def __init__(self, db: Database, directory: Path, origin: str, *, batch: int = BATCH) -> None:
        self._db, self._origin, self._batch = db, origin, batch
        self._folder = Folder(directory)
        self._horizon = Horizon()
        self._written: int | None = None
        self._kept: datetime | None = None
        self._tried = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then sequence and publish what is left."""
        stopping = False
        while not stopping:
            stopping = stop.is_set()
            delay = await self._round(publish=stopping or clock.stopwatch() - self._tried >= PUBLISH_EVERY)
            try:
                await asyncio.wait_for(stop.wait(), delay)
            except TimeoutError:
                continue

    async def _round(self, *, publish: bool) -> float:
        """Sequence a batch, and publish when asked. Gives the seconds to wait before the next round; whatever fails is tried again."""
        try:
            done = await self.sequence()
            if publish:
                await self.publish()
        except Exception as problem:  # noqa: BLE001 an edge: the log goes on when what stopped it is mended
            log.error("database_away" if troubles.is_away(problem) else "round_failed", reason=reason(problem))
            return AFTER_TROUBLE
        return 0.0 if done >= self._batch else IDLE

    async def sequence(self) -> int:
        """One round: up to a batch of events get their leaves. Gives how many."""
        since = self._horizon.since()
        began = clock.stopwatch()
        async with self._db.tx() as tx:
            done = await actions.sequence(tx, self._batch, since)
        LEAVES.inc(done)
        self._horizon.looked(since, began, done)
        return done

    async def publish(self) -> int:
        """Write the tiles that are missing, then sign. Gives the size of the log that is published by us."""
        self._tried = clock.stopwatch()
        since = self._on_disk() if self._written is None else self._written
        async with self._db.read_tx() as tx:
            tree = await queries.tree(tx)
            if tree.size == since and self._written is not None:
                return since
            try:
                async for group in queries.files(tx, tree.size, since):
                    await asyncio.to_thread(self._folder.write, group)
            except TileChanged as problem:
                await self._alarm(Alarm.TILE_CHANGED, str(problem))
                raise
        async with self._db.tx() as tx:
            note = await actions.sign(tx, tree, self._origin)
            if note is not None:
                keep = self._kept is None or tx.now - self._kept >= HISTORY_EVERY
                await asyncio.to_thread(self._folder.publish, note, queries.day(tx.now), keep=keep)
                self._kept = tx.now if keep else self._kept
                self._folder.keep_key("".join(f"{key.text()}\n" for key in actions.note_keys(self._origin, tx.keys)))
        self._written = tree.size
        PUBLISHED.set(tree.size)
        return tree.size

    def _on_disk(self) -> int:
        """How far the folder is known to be whole: the size in its checkpoint. What came after is written again."""
        raw = self._folder.read(tiles.CHECKPOINT)
        try:
            return Checkpoint.parse(raw.decode("utf-8", "replace")).size if raw else 0
        except BadNote:
            return 0

    async def _alarm(self, what: Alarm, place: str) -> None:
        async with self._db.tx() as tx:
            await actions.alarm(tx, what, place)


class Watch:
    """The house's own reader of the log: proves what came as it comes, and the whole log again and again. One works, the others find nothing to do."""

    def __init__(self, db: Database, directory: Path, *, slice: int = SLICE) -> None:
        self._db, self._slice = db, slice
        self._folder = Folder(directory)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            try:
                behind = await self._index_most(stop)
                more = await self.look()
                delay = 0.0 if more or behind else INDEX_EVERY
            except Exception as problem:  # noqa: BLE001 an edge: the log is looked at again when what stopped it is mended
                log.error("database_away" if troubles.is_away(problem) else "watch_failed", reason=reason(problem))
                delay = AFTER_TROUBLE
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), delay)

    async def _index_most(self, stop: asyncio.Event) -> bool:
        """Let what came be found, up to ten batches before the next look. Gives whether there is more."""
        for _ in range(10):
            if stop.is_set() or await self.index() < INDEX_BATCH:
                return False
        return True

    async def index(self) -> int:
        """Let what came since be found. Gives how many leaves."""
        async with self._db.tx() as tx:
            return await actions.index(tx, INDEX_BATCH)

    async def look(self) -> bool:
        """One look. Gives whether there is more to be looked at right away."""
        async with self._db.tx() as tx:
            return await actions.look(tx, self._folder, self._slice)


async def denied(db: Database, who: str, what: str) -> None:
    """The alarm of every edge of ours that sees SQLSTATE 42501: our own code tried what its role may not do."""
    log.critical("permission_denied", who=who, reason=what)
    async with db.tx() as tx:
        await actions.alarm(tx, Alarm.PERMISSION_DENIED, who)
