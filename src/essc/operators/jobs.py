"""What the room does by itself: sessions that ended long ago are forgotten."""
from datetime import timedelta
from typing import Final

from essc.kit.db.tx import Tx
from essc.kit.outbox import Subscribers
from essc.operators import actions

KEPT: Final = timedelta(days=30)
"""How long an ended session can still be looked up."""

jobs = Subscribers("operators")


@jobs.every(3600)
async def forget(tx: Tx) -> None:
    """Drop sessions that ended a month ago."""
    await actions.forget(tx, tx.now - KEPT)
