"""What the room of codes does by the clock."""
from essc.codes import actions
from essc.kit.db.tx import Tx
from essc.kit.outbox import Subscribers

jobs = Subscribers("codes")


@jobs.every(600)
async def prune(tx: Tx) -> None:
    """Six times an hour: drop the burns that no live code can need."""
    await actions.prune(tx)
