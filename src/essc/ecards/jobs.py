"""What electronic cards hear: a new card of the third generation brings its e-card with it (同步签发, since 2021-01-01)."""
from typing import Final

from essc.cards import calls as cards_calls
from essc.cards import queries as cards
from essc.cards.events import CardIssued
from essc.ecards import actions
from essc.ecards.events import EcardIssued
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.outbox import Delivery, Subscribers

THIRD_GENERATION: Final = 3

jobs = Subscribers("ecards")


@jobs.on(CardIssued)
async def prepare(tx: Tx, delivery: Delivery[CardIssued]) -> None:
    """Make the e-card of a new card of the third generation; the holder's consent on a channel links it."""
    card = await cards.get(tx, delivery.event.card_id)
    if card.generation >= THIRD_GENERATION:
        await actions.issue_with_card(tx, card.id)


@jobs.calls(EcardIssued)
async def fetch_photo(db: Database, delivery: Delivery[EcardIssued]) -> None:
    """Fetch the photo of the card from its province, once, so that counters can show it."""
    await cards_calls.photo(db, delivery.event.card_id)
