"""What an engine of one's own compares with: the photo on the card, which the province has, also before there is an e-card."""
import pytest

from essc.cards import calls as provinces
from essc.identity import calls
from essc.identity.model import Purpose, State
from essc.kit import clock
from essc.kit.db.tx import SYSTEM
from essc.partners.person import Said
from essc.partners.province import CardPhoto
from tests.ecards.house import carded
from tests.sandbox.people import somebody

PHOTO = b"\xff\xd8\xff the photo"


class Engine:
    """Takes everybody who has a photo for themselves."""

    needs_photo = True

    def __init__(self):
        self.seen = []

    async def check(self, question):
        self.seen.append(question.photo)
        return Said("engine", question.check, question.nonce, question.subject, 9_900, question.photo is not None, 1, clock.now(), "trace")


class Office:
    """A province that has one photo, and notes how often it is asked."""

    def __init__(self):
        self.asked = 0

    async def photo(self, card_number):
        self.asked += 1
        return CardPhoto("image/jpeg", PHOTO)


@pytest.fixture
def office(partners):
    """The only province, and an engine beside it."""
    made = Office()
    provinces.furnish(provinces.Desk({"000000": made}))
    calls.furnish(calls.Desk(Engine(), partners.sms))
    yield made
    provinces.furnish(provinces.Desk())


async def test_a_first_application_is_compared_with_the_photo_that_the_province_has(db, office):
    who = somebody()
    async with db.tx() as tx:
        await carded(tx, who)
    for _ in range(2):
        check = await calls.start(db, SYSTEM, name=who.name, number=who.number, purpose=Purpose.APPLY)
        assert (await calls.submit(db, SYSTEM, check.id, [b"\xff\xd8\xff frame"])).state is State.PASSED
    assert (calls.desk().person.seen, office.asked) == ([PHOTO, PHOTO], 1)
