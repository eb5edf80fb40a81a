"""What was delivered before a subscriber was there: a room that comes later hears it too, by the same inbox, so nothing is applied twice."""
from datetime import datetime
from uuid import UUID

from essc.kit.db.tx import Tx
from essc.kit.outbox import store
from essc.kit.outbox.subscribers import Subscription


async def hear_earlier(tx: Tx, subscription: Subscription, bucket: int, after: UUID, until: datetime, limit: int) -> UUID | None:
    """Apply the next `limit` events of a bucket that were recorded before `until` and are delivered, in this transaction.

    Gives the last one looked at, to go on from; None when there are no more. Those that wait in kit.retry are left to it.
    Raises what the subscriber raises. Only for subscribers that take many and keep an inbox.
    """
    rows = await store.delivered_before(tx, subscription.name, list(subscription.events), bucket, after, until, limit)
    if not rows:
        return None
    fresh = await store.first_time(tx, subscription.name, rows)
    deliveries = [subscription.delivery(row) for row in rows if row["id"] in fresh]
    if deliveries:
        await subscription.handler(tx, deliveries)
    last: UUID = rows[-1]["id"]
    return last
