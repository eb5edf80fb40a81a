"""What the room hears from rooms below it, which cannot call up."""
from typing import Final

from essc.kit.db.tx import Tx
from essc.kit.outbox import Delivery, Subscribers
from essc.risk import actions
from essc.risk.model import Level, Rule, SubjectKind
from essc.venues.events import ActivationGuessed

jobs: Final = Subscribers("risk")


@jobs.on(ActivationGuessed)
async def guessed(tx: Tx, delivery: Delivery[ActivationGuessed]) -> None:
    """An address used up its tries of activation codes: nobody who installs a terminal mistypes that often."""
    await actions.raise_note(tx, rule=Rule.ACTIVATION_GUESSED, level=Level.MEDIUM, subject_kind=SubjectKind.ADDRESS,
                             subject=delivery.event.address_id, facts={"tries": delivery.event.tries}, fact_id=delivery.event_id,
                             at=delivery.occurred_at)
