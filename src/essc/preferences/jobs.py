"""What preferences hear: an erased person has none."""
from typing import Final

from essc.holders.events import HolderErased
from essc.kit.db.tx import Tx
from essc.kit.outbox import Delivery, Subscribers
from essc.preferences import actions

jobs: Final = Subscribers("preferences")


@jobs.on(HolderErased)
async def forget(tx: Tx, delivery: Delivery[HolderErased]) -> None:
    """Drop the choices of an erased person."""
    await actions.forget(tx, delivery.event.holder_id)
