"""A province is asked: by the job, as often as it takes, and with the same request id each time."""
import pytest

from essc.cards import actions, calls, jobs, queries
from essc.cards.events import CardLiftRequested, CardLossRequested
from essc.holders import actions as people
from essc.kit import outbox
from essc.kit.db.tx import SYSTEM
from essc.partners.province import CardPhoto
from essc.partners.wire import PartnerRefuses, PartnerSilent
from tests.cards.rows import card, card_number


class Office:
    """A province that notes what it is asked and answers as it is told to."""

    def __init__(self):
        self.asked, self.says = [], None

    async def report_loss(self, card_number, request_id, *, temporary=False):
        return self._answer("loss", card_number, request_id)

    async def lift_loss(self, card_number, request_id):
        return self._answer("lift", card_number, request_id)

    async def photo(self, card_number):
        self.asked.append(("photo", card_number))
        return CardPhoto("image/svg+xml", b"<svg/>")

    def _answer(self, *asked):
        self.asked.append(asked)
        if self.says:
            raise self.says
        return "receipt-1"


@pytest.fixture
def office():
    """The province 450000 of this test."""
    made = Office()
    calls.furnish(calls.Desk({"450000": made}))
    yield made
    calls.furnish(calls.Desk())


async def asked_for(db, verb):
    """A card whose holder asked for something, and the event of it."""
    async with db.tx() as tx:
        made = await card(tx, state="1" if verb is actions.request_loss else "2")
        await verb(tx, made.id)
        body = await tx.value("SELECT body->>'request_id' FROM kit.event WHERE kind LIKE 'cards.%requested'")
    kind = CardLossRequested if verb is actions.request_loss else CardLiftRequested
    return made, kind(card_id=made.id, holder_id=made.holder_id, request_id=body)


def delivery(event):
    return outbox.Delivery(event.card_id, 0, event, None, None, SYSTEM, "")


@pytest.mark.parametrize(("verb", "job", "what"), [
    (actions.request_loss, jobs.ask_for_loss, "loss"), (actions.request_lift, jobs.ask_for_lift, "lift"),
])
async def test_what_the_holder_asks_reaches_the_province(swept, office, verb, job, what):
    _, told = await asked_for(swept, verb)
    office.says = PartnerSilent("no answer")
    with pytest.raises(PartnerSilent):
        await job(swept, delivery(told))
    office.says = None
    await job(swept, delivery(told))
    assert office.asked == [(what, card_number(1), told.request_id)] * 2
    async with swept.read_tx() as tx:
        assert await tx.value("SELECT receipt FROM cards.request") == "receipt-1"


async def test_a_no_of_the_province_ends_the_request_and_the_holder_may_take_it_back(swept, office):
    made, told = await asked_for(swept, actions.request_loss)
    office.says = PartnerRefuses("unknown card")
    await jobs.ask_for_loss(swept, delivery(told))
    async with swept.tx() as tx:
        assert await tx.value("SELECT count(*) FROM cards.request WHERE closed_at IS NULL") == 0
        assert (await queries.get(tx, made.id)).loss_requested_at is not None
        assert await tx.value("SELECT body->>'taken' FROM kit.event WHERE kind = 'cards.request_answered'") == "false"
        assert (await actions.request_lift(tx, made.id)).loss_requested_at is None


async def test_the_last_word_of_the_holder_is_what_the_province_hears(swept, office):
    made, first = await asked_for(swept, actions.request_loss)
    office.says = PartnerSilent("no answer")
    with pytest.raises(PartnerSilent):
        await jobs.ask_for_loss(swept, delivery(first))
    async with swept.tx() as tx:
        for verb in (actions.request_lift, actions.request_loss):
            await verb(tx, made.id)
        told = [row["id"] for row in await tx.rows("SELECT body->>'request_id' AS id FROM kit.event WHERE kind LIKE 'cards.%requested' ORDER BY ctid")]
    office.says, office.asked = None, []
    for job, event, id in zip((jobs.ask_for_loss, jobs.ask_for_loss, jobs.ask_for_lift), (CardLossRequested, CardLossRequested, CardLiftRequested),
                              (told[2], told[0], told[1]), strict=True):
        await job(swept, delivery(event(card_id=made.id, holder_id=made.holder_id, request_id=id)))
    assert office.asked == [("loss", card_number(1), told[2])] and len(set(told)) == 3


async def test_without_a_province_nothing_is_asked(swept):
    _, told = await asked_for(swept, actions.request_loss)
    await jobs.ask_for_loss(swept, delivery(told))


async def test_a_photo_is_fetched_once_and_kept_sealed(swept, office):
    async with swept.tx() as tx:
        made = await card(tx)
    for _ in range(2):
        assert (await calls.photo(swept, made.id)).content == b"<svg/>"
    assert office.asked == [("photo", card_number(1))]


async def test_an_erased_person_takes_card_numbers_along_by_the_job(swept):
    async with swept.tx() as tx:
        made = await card(tx)
        await people.erase(tx, made.holder_id)
        await jobs.forget(tx, outbox.Delivery(made.id, 0, type("E", (), {"holder_id": made.holder_id}), None, None, SYSTEM, ""))
        assert await queries.by_number(tx, card_number(1)) is None
