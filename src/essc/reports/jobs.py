"""What is counted, as it happens; and once, what had happened before this room was there."""
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from essc.cards.events import CardIssued, CardMoved, CardsImported
from essc.codes.events import CodePresented
from essc.ecards.events import EcardIssued, EcardLinked
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.ids import BUCKETS
from essc.kit.outbox import Delivery, Subscribers, hear_earlier
from essc.reports import actions
from essc.reports.model import DONE, ROUNDS, Earlier

jobs: Final = Subscribers("reports")

SLICE: Final = 2000
"""Facts of a bucket that are counted in one transaction."""
BUCKETS_AT_ONCE: Final = 128
TURN: Final = 64
"""Transactions of one turn: the rest waits for the next."""
AGAIN_AFTER: Final = timedelta(minutes=10)
"""A worker of before may have delivered without us while the new ones started: what it did is looked for once more after this."""
TOO_LATE: Final = timedelta(days=1)
"""Far less than the inbox remembers: a second look later than that might count again what it forgot."""
FIRST: Final = UUID(int=0)


@jobs.on(CardsImported, CardIssued, CardMoved, EcardIssued, EcardLinked, CodePresented, many=True)
async def count(tx: Tx, deliveries: Sequence[Delivery[Any]]) -> None:
    """Add up what happened; the inbox sees to it that each fact comes once."""
    await actions.count(tx, deliveries)


@jobs.every(5.0, outside=True)
async def catch_up(db: Database) -> None:
    """Count what was delivered before this room was there, some of it every few seconds, until all is."""
    for _ in range(TURN):
        async with db.tx(request_id="reports.catch_up") as tx:
            if not await catch_up_some(tx):
                return


async def catch_up_some(tx: Tx) -> bool:
    """Count the next slice of earlier facts. Gives whether there may be more to do now."""
    at = await actions.begin_earlier(tx)
    if at.round == DONE:
        return False
    if at.bucket == BUCKETS:
        return await _next_round(tx, at)
    bucket, after = at.bucket, at.after_id
    for _ in range(BUCKETS_AT_ONCE):
        last = await hear_earlier(tx, jobs.subscriptions[0], bucket, after, at.until, SLICE)
        bucket, after = (bucket, last) if last is not None else (bucket + 1, FIRST)
        if last is not None or bucket == BUCKETS:
            break
    await actions.moved_on(tx, at, bucket, after)
    return True


async def _next_round(tx: Tx, at: Earlier) -> bool:
    if at.round == ROUNDS or tx.now - at.until > TOO_LATE:
        await actions.end_earlier(tx, at)
    elif tx.now - at.until > AGAIN_AFTER:
        await actions.begin_again(tx, at)
    else:
        return False
    return True


@jobs.every(3600)
async def forget(tx: Tx) -> None:
    """Drop old hours."""
    await actions.forget(tx)


@jobs.every(3600)
async def mend(tx: Tx) -> None:
    """Set right what a worker of before the sums of areas counted without them."""
    await actions.mend(tx)
