"""The sandbox's feed reaches the platform's edge: signed, in order, again until taken."""
import base64

import httpx
import pytest

from essc.cards import actions, queries
from essc.cards import api as cards_api
from essc.cards.model import State
from essc.kit.http.api import Api, ApiSettings
from essc.kit.i18n import Texts
from essc.names import PREFIXES
from essc.regions import queries as regions
from essc_sandbox.province.app import Province
from essc_sandbox.province.holders import find
from essc_sandbox.province.people import HEADER_EN
from tests.cards.rows import RULES, take

WEI, TEXTS = find("正常"), Texts.load()


@pytest.fixture
def province(tmp_path):
    regions.furnish(demonstration=True)
    made = Province(tmp_path, people=0)
    made.feed.point_at("http://essc.localhost/v1/card-events")
    yield made
    made.office.close()
    regions.furnish(demonstration=False)


def platform(db):
    edge = Api([cards_api.operations], db=db, texts=TEXTS, authenticators={"region": cards_api.authenticate_region}, settings=ApiSettings(prefixes=PREFIXES))
    return httpx.AsyncClient(transport=httpx.ASGITransport(edge))


async def known(db, province):
    """The platform knows the province's key and Wei's card."""
    async with db.tx() as tx:
        await actions.register_region_key(tx, "000000", province.keyring.key_id, "ed25519", base64.b64decode(province.keyring.public_text()))
        card = province.office.find(WEI.card.number)
        values = (card["number"], card["identifier"], WEI.name, WEI.number, card["region"], card["bank_code"], "3", card["issued_on"], card["valid_to"], "1")
        await take(tx, dict(zip(HEADER_EN, values, strict=True)), rules=RULES)


async def state(db, number):
    async with db.tx() as tx:
        card = await queries.by_number(tx, number)
    return card.state if card else None


async def test_a_card_goes_through_loss_and_replacement_by_feed(db, province):
    await known(db, province)
    client = platform(db)
    province.office.move("韦晓兰", "report_loss")
    assert await province.feed.flush(client), province.feed.last_answer
    assert await state(db, WEI.card.number) is State.LOST
    new = province.office.replace("韦晓兰")
    assert await province.feed.flush(client), province.feed.last_answer
    assert (await state(db, WEI.card.number), await state(db, new)) == (State.CANCELLED, State.ACTIVE)
    assert province.office.unsent() == []


async def test_a_lost_event_holds_back_the_card_and_what_is_not_taken_is_sent_again(db, province):
    await known(db, province)
    client = platform(db)
    province.feed.drop_next = 1
    province.office.move("韦晓兰", "report_loss")
    await province.feed.flush(client)
    province.office.move("韦晓兰", "lift_loss")
    province.office.move("韦晓兰", "lock")
    assert await province.feed.flush(client)
    assert await state(db, WEI.card.number) is State.ACTIVE and "held" in str(province.feed.last_answer["body"])


async def test_nothing_is_marked_as_sent_that_the_platform_refused(db, province):
    province.office.move("韦晓兰", "report_loss")
    assert not await province.feed.flush(platform(db))
    assert len(province.office.unsent()) == 1
