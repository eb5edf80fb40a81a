"""The worker process: moves events to their subscribers, runs periodic jobs, sequences the audit log. Any number of them may run."""
import asyncio
import signal
from collections.abc import Callable
from typing import Final

from essc import app
from essc.audit.jobs import Sequencer, Watch, denied
from essc.kit import clock, log, metrics, outbox, troubles
from essc.kit.db.pool import Database
from essc.kit.outbox.pump import SMALLEST_POOL
from essc.settings import Settings

LOOK_SECONDS: Final = 5.0
"""How often the backlog is measured and the clock compared with the database's."""

_log = log.get("worker")


async def work(settings: Settings, ready: Callable[[], None] = lambda: None) -> None:
    """Work until SIGTERM or SIGINT; what is under way is finished."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with app.database(settings, largest=max(settings.database_connections, SMALLEST_POOL), name="essc worker") as db:
        ready()
        _log.info("worker_started")
        async with asyncio.TaskGroup() as group:
            group.create_task(outbox.Pump(db, app.SUBSCRIBERS, alarm=denied).run(stop))
            group.create_task(Sequencer(db, settings.data / "audit", settings.audit_origin).run(stop))
            group.create_task(Watch(db, settings.data / "audit").run(stop))
            group.create_task(_measure(db, stop))
    _log.info("worker_stopped")


async def _measure(db: Database, stop: asyncio.Event) -> None:
    """Tell the metrics what waits, and keep the clock right; a database that is away is not this task's trouble."""
    while not stop.is_set():
        try:
            await db.correct_clock()
            async with db.read_tx() as tx:
                waits = await outbox.backlog(tx)
            metrics.OUTBOX_WAITING.set(waits.waiting)
            metrics.OUTBOX_AGE.set(waits.oldest_seconds)
            metrics.OUTBOX_STUCK.set(waits.given_up)
        except Exception as error:
            if not troubles.is_away(error):
                raise
        if not clock.clock.ready():
            _log.error("clock_is_off", seconds=clock.clock.offset.total_seconds())
        try:
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        except TimeoutError:
            continue
