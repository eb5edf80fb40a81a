"""What is kept for a time is forgotten in time."""
from datetime import timedelta

from essc.kit import sweeping, throttle
from essc.kit.db.tx import Tx
from essc.kit.throttle import Rate


async def test_answers_and_throttles_are_dropped_when_their_time_is_over(tx: Tx) -> None:
    await tx.run("INSERT INTO kit.idempotency (client, key, request_hash, state, created_at) VALUES ('a', 'b', '', 'done', $1)", tx.now)
    await throttle.spend(tx, Rate("guess", 5, 60), b"k")
    left = []
    for later in (timedelta(hours=23), timedelta(hours=2), timedelta(days=2)):
        tx.now += later
        for job in sweeping.jobs.periodic:
            await job.handler(tx)
        left.append((await tx.value("SELECT count(*) FROM kit.idempotency"), await tx.value("SELECT count(*) FROM kit.throttle")))
    assert left == [(1, 1), (0, 1), (0, 0)]
