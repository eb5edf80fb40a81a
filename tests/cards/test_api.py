"""The feed over HTTP, signed as a province signs it."""
from datetime import timedelta

import httpx
import msgspec
import pytest

from essc.cards import actions, api, queries
from essc.cards.model import State
from essc.kit import clock, ids
from essc.kit.crypto import Algorithm, PrivateKey
from essc.kit.crypto.signing import new_secret
from essc.kit.http.api import Api, ApiSettings
from essc.kit.http.signing import PartnerKey, signed
from essc.kit.i18n import Texts
from essc.names import PREFIXES
from essc.regions import queries as regions
from tests.cards.rows import card, card_number, row

TEXTS = Texts.load()
PRIVATE = PrivateKey(Algorithm.ED25519, new_secret(Algorithm.ED25519))
KEY = PartnerKey("guangxi-1", PRIVATE)
PATH = "/v1/card-events"


class Province:
    """A region's side of the feed, without a network."""

    def __init__(self, db):
        edge = Api([api.operations], db=db, authenticators={"region": api.authenticate_region}, texts=TEXTS, settings=ApiSettings(prefixes=PREFIXES))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://essc.test")
        self.count = 0

    async def send(self, *events, region="450000", key=KEY, name=None):
        self.count += 1
        raw = msgspec.json.encode({"region": region, "events": list(events)})
        return await self.http.post(PATH, content=raw, headers=signed("POST", PATH, raw, key=key, idempotency_key=name or f"k{self.count}"))

    async def gaps(self, query=""):
        return await self.http.get(f"{PATH}/gaps?{query}", headers=signed("GET", f"{PATH}/gaps", query=query, key=KEY))


def told(sequence, previous, state, serial=1, **more):
    at = (clock.now() - timedelta(hours=1)).isoformat()
    return {"sequence": sequence, "card_previous_sequence": previous, "card_number": card_number(serial), "state": state, "occurred_at": at} | more


@pytest.fixture
async def province(swept):
    regions.furnish(demonstration=True)
    async with swept.tx() as tx:
        await actions.register_region_key(tx, "450000", KEY.keyid, Algorithm.ED25519, PRIVATE.public)
        await card(tx, 1)
    yield Province(swept)
    regions.furnish(demonstration=False)


async def test_each_event_has_its_own_result(province, swept):
    answer = await province.send(told(5, 0, "lost"), told(9, 7, "active"), told(6, 0, "lost", 88))
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [(one["sequence"], one["outcome"], one["state"], one["code"]) for one in results] == [
        (5, "applied", "lost", None), (9, "held", "lost", None), (6, "refused", None, "card_not_found")]
    async with swept.read_tx() as tx:
        found = await queries.by_number(tx, card_number(1))
    assert results[0]["card_id"] == ids.wire("card", found.id) and found.state is State.LOST


async def test_the_same_message_again_is_answered_the_same(province):
    event = told(5, 0, "lost")
    first, again = await province.send(event, name="m1"), await province.send(event, name="m1")
    assert again.json() == first.json() and again.headers["idempotency-replayed"] == "true"
    assert (await province.send(event)).json()["results"][0]["outcome"] == "duplicate"


async def test_a_new_card_comes_with_its_fields_and_replaces_the_old_one(province, swept):
    fields = {name: row(2, person=1)[name] for name in ("name", "number", "region", "bank_code")}
    new = fields | {"card_identifier": row(2)["identifier"], "generation": 3, "issued_on": "2025-01-01", "valid_to": "2035-01-01", "replaces": card_number(1)}
    answer = await province.send(told(6, 0, "not_enabled", 2, card=new), told(7, 6, "active", 2))
    assert [one["outcome"] for one in answer.json()["results"]] == ["applied", "applied"]
    async with swept.read_tx() as tx:
        old = await queries.by_number(tx, card_number(1))
        assert (old.state, old.replaced, (await queries.usable(tx, old.holder_id)).id) == (State.CANCELLED, True, old.replaced_by)


async def test_gaps_are_told_to_the_region(province):
    await province.send(told(5, 0, "lost"), told(9, 7, "active"))
    answer = (await province.gaps()).json()
    assert [(one["last_sequence"], one["waiting_for"], one["held"]) for one in answer["cards"]] == [(5, 7, 1)]
    assert answer["missing"] == [{"first": 6, "last": 8}]
    assert (await province.gaps("region=110000")).json()["code"] == "card_feed_not_this_region"


@pytest.mark.parametrize(("change", "status", "code"), [
    ({"region": "110000"}, 403, "card_feed_not_this_region"), ({"key": PartnerKey("nobody-1", PRIVATE)}, 401, "key_unknown"),
    ({"key": PartnerKey(KEY.keyid, PrivateKey(Algorithm.ED25519, new_secret(Algorithm.ED25519)))}, 401, "signature_wrong"),
])
async def test_a_message_counts_only_with_the_regions_own_key(province, change, status, code):
    answer = await province.send(told(5, 0, "lost"), **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_key_that_has_ended_signs_nothing(province, swept):
    async with swept.tx() as tx:
        await actions.end_region_key(tx, KEY.keyid)
    assert (await province.send(told(5, 0, "lost"))).json()["code"] == "region_key_unknown"


@pytest.mark.parametrize("event", [
    told(0, 0, "lost"), told(5, -1, "lost"), told(5, 0, "stolen"), told(5, 0, "lost", colour="red"), told(5, 0, "lost") | {"occurred_at": "2026-11-20T10:00:00"},
    told(5, 0, "lost") | {"card_number": "1234"}, told(2**63, 0, "lost"),
])
async def test_a_malformed_event_is_refused_with_the_message(province, event):
    answer = await province.send(event)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_what_has_not_happened_yet_is_refused(province):
    answer = await province.send(told(5, 0, "lost") | {"occurred_at": (clock.now() + timedelta(hours=1)).isoformat()})
    assert answer.json()["results"][0]["code"] == "card_event_in_future"


async def test_no_message_and_a_message_that_is_too_long(province):
    assert (await province.send()).status_code == 422
    assert (await province.send(*[told(n, 0, "lost") for n in range(1, 1002)])).status_code == 422
