"""What the room forgets in time, and sets right."""
from typing import Final

from essc.kit.db.tx import Tx
from essc.kit.outbox import Subscribers
from essc.venues import actions

jobs: Final = Subscribers("venues")


@jobs.every(3600)
async def forget(tx: Tx) -> None:
    """Drop what terminals read more than a year ago."""
    await actions.forget_tallies(tx)


@jobs.every(3600)
async def mend(tx: Tx) -> None:
    """See that every terminal has a sighting."""
    await actions.mend_sightings(tx)
