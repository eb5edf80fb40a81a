"""Lets rooms hear events inside the test's own transaction, as the pump would after the commit."""
from collections.abc import Sequence

from essc.kit.db.tx import Tx
from essc.kit.outbox import Delivery, Subscribers


async def hear(tx: Tx, room: Subscribers, *, again: bool = False) -> list[str]:
    """Deliver every event so far to the room's `on` subscribers (twice when `again`). Gives the kinds that somebody heard."""
    rows = await tx.rows("SELECT * FROM kit.event ORDER BY recorded_at, id")
    heard = []
    for _ in range(2 if again else 1):
        for one in room.subscriptions:
            deliveries = [one.delivery(row) for row in rows if row["kind"] in one.events]
            heard += [delivery.event.kind for delivery in deliveries]
            if one.calls or not deliveries:
                continue
            await _apply(tx, one.handler, deliveries, many=one.many)
    return heard


async def _apply(tx: Tx, handler, deliveries: Sequence[Delivery], *, many: bool) -> None:
    if many:
        await handler(tx, deliveries)
        return
    for delivery in deliveries:
        await handler(tx, delivery)
