"""What the kit itself forgets in time: kept answers after a day, throttles that hold nothing any more."""
from typing import Final

from essc.kit import throttle
from essc.kit.db.tx import Tx
from essc.kit.http import idempotency
from essc.kit.outbox import Subscribers

SECONDS: Final = 300.0

jobs: Final = Subscribers("kit")


@jobs.every(SECONDS)
async def forget_answers(tx: Tx) -> None:
    """Drop the answers that are not given again any more."""
    await idempotency.prune(tx)


@jobs.every(SECONDS)
async def forget_throttles(tx: Tx) -> None:
    """Drop the throttles whose quota is long whole again."""
    await throttle.prune(tx)
