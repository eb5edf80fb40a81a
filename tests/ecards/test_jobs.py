"""What electronic cards hear from cards and holders."""
import pytest

from essc.cards.events import CardIssued
from essc.ecards import jobs, queries
from essc.ecards.model import Origin
from essc.holders.events import HolderErased
from essc.kit import ids
from essc.kit.db.tx import SYSTEM
from essc.kit.outbox import Delivery
from tests.ecards.house import applied, carded
from tests.sandbox.people import somebody


def told(tx, event):
    return Delivery(ids.new(), ids.bucket(event.subject_id()), event, tx.now, tx.now, SYSTEM, "req_test")


async def issued(tx, generation):
    who = somebody()
    card = await carded(tx, who, generation=str(generation))
    event = CardIssued(card_id=card.id, holder_id=card.holder_id, region="450100", state="not_enabled", version=1, occurred_at=tx.now)
    await jobs.prepare(tx, told(tx, event))
    return await queries.of_card(tx, card.id)


@pytest.mark.parametrize(("generation", "prepared"), [(2, False), (3, True)])
async def test_a_new_card_of_the_third_generation_brings_its_ecard(tx, generation, prepared):
    ecard = await issued(tx, generation)
    assert (ecard is not None and ecard.origin is Origin.PREPARED) is prepared


async def test_an_erased_person_is_linked_nowhere(tx):
    who = somebody()
    await carded(tx, who)
    ecard, _ = await applied(tx, who)
    await jobs.forget(tx, told(tx, HolderErased(holder_id=ecard.holder_id)))
    assert await queries.links(tx, ecard.holder_id) == []
