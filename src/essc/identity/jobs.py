"""What proofs do by themselves: checks and codes that are over are forgotten, with the name and number they held."""
from datetime import timedelta
from typing import Final

from essc.identity import actions
from essc.kit.db.tx import Tx
from essc.kit.outbox import Subscribers

KEPT: Final = timedelta(hours=1)
"""How long a check or code that is over can still be asked for."""

jobs = Subscribers("identity")


@jobs.every(300)
async def forget(tx: Tx) -> None:
    """Drop checks and codes of before the last hour; proofs stay."""
    await actions.forget(tx, tx.now - KEPT)
