"""Staff look people up: for a reason, exactly, in their areas, and told of whatever comes of it."""
import json
from datetime import timedelta

import pytest

from essc.cards import actions as cards
from essc.holders import actions, model, queries
from essc.holders.errors import HolderNotInArea, LookupNotFound, LookupOver, LookupsThrottled, LookupWrong
from essc.holders.model import LookupReason, asked
from essc.kit import ids
from essc.kit.errors import Refused
from essc.names import LookupId
from essc.regions import queries as regions
from tests.cards.rows import REGION
from tests.ecards.house import carded
from tests.holders.people import somebody as numbered
from tests.operators.staffing import staff
from tests.sandbox.people import somebody

pytestmark = pytest.mark.anyio
ASKED = asked("case", "补换卡进度咨询", "GD-2026-1121-0042")


@pytest.fixture(autouse=True)
def _demonstration():
    regions.furnish(demonstration=True)
    yield
    regions.furnish(demonstration=False)


async def city_desk(tx, area=REGION):
    return await staff(tx, areas=(area,))


async def told(tx, kind):
    rows = await tx.rows("SELECT body, actor_kind, actor_id FROM kit.event WHERE kind = $1 ORDER BY id", kind)
    return [json.loads(row["body"]) | {"by": (row["actor_kind"], row["actor_id"])} for row in rows]


async def found(tx, session, who, said=ASKED):
    tx.actor = session.actor
    return await cards.look_up(tx, session, who.person, said)


async def test_exactly_this_name_and_number_is_found_and_told_with_ids_only(tx):
    who, session = somebody(), await city_desk(tx)
    card = await carded(tx, who)
    lookup = await found(tx, session, who)
    again = await queries.lookup(tx, session, lookup.id)
    assert (again.holder_id, again.asked, again.level, again.area, again.full) == (card.holder_id, ASKED, "city", REGION, frozenset())
    [event] = await told(tx, "holders.looked_up")
    assert (event["by"], event["fields"], event["full"], event["reason"]) == (("operator", session.actor.id), list(model.LOOKED_AT), False, "case")
    assert not any(word in json.dumps(event, ensure_ascii=False) for word in (who.name, who.number, "GD-2026", "补换卡"))


async def test_ticket_and_words_stand_sealed(tx):
    who, session = somebody(), await city_desk(tx)
    await carded(tx, who)
    await found(tx, session, who)
    row = await tx.value("SELECT l::text FROM holders.staff_lookup l")
    assert "GD-2026" not in row and "补换卡".encode().hex() not in row


@pytest.mark.parametrize(("why", "area", "name", "known"), [("unknown", REGION, "", False), ("name", REGION, "韦小兰", True), ("area", "330100", "", True)])
async def test_nobody_another_name_and_another_area_are_answered_alike_and_told_apart_in_the_log(tx, why, area, name, known):
    who, session = somebody(), await city_desk(tx, area)
    if known:
        await carded(tx, who)
    person = model.person(name or who.name, who.number, demonstration=True)
    answer = await cards.look_up(tx, session, person, ASKED)
    assert isinstance(answer, HolderNotInArea) and (answer.params, answer.fields) == ({}, ())
    [event] = await told(tx, "holders.lookup_missed")
    assert (event["why"], event["holder_id"] is not None) == (why, known)
    assert await told(tx, "holders.looked_up") == [] and await tx.value("SELECT count(*) FROM holders.staff_lookup") == 0


@pytest.mark.parametrize(("area", "sees"), [("000000", True), ("450000", True), (REGION, True), ("450200", False), ("440000", False)])
async def test_only_whose_card_was_issued_in_the_members_areas_is_shown(tx, area, sees):
    who, session = somebody(), await city_desk(tx, area)
    await carded(tx, who)
    assert isinstance(await found(tx, session, who), Refused) is not sees


async def test_a_look_up_opens_in_the_session_that_asked_only_and_for_a_quarter_of_an_hour(tx):
    who, session, other = somebody(), await city_desk(tx), await city_desk(tx)
    await carded(tx, who)
    lookup = await found(tx, session, who)
    with pytest.raises(LookupNotFound):
        await queries.lookup(tx, other, lookup.id)
    with pytest.raises(LookupNotFound):
        await queries.lookup(tx, session, LookupId(ids.new()))
    tx.now += timedelta(minutes=14, seconds=59)
    await queries.lookup(tx, session, lookup.id)
    tx.now += timedelta(seconds=1)
    with pytest.raises(LookupOver):
        await queries.lookup(tx, session, lookup.id)


async def test_a_field_is_in_full_for_a_minute_and_each_asking_is_told(tx):
    who, session = somebody(), await city_desk(tx)
    await carded(tx, who)
    lookup = await found(tx, session, who)
    await actions.show_full(tx, session, lookup.id, "number", LookupReason.OFFICIAL)
    assert (await queries.lookup(tx, session, lookup.id)).full == {"number"}
    [event] = [one for one in await told(tx, "holders.looked_up") if one["full"]]
    assert (event["fields"], event["reason"], event["lookup_id"]) == (["number"], "official", str(lookup.id))
    tx.now += timedelta(seconds=61)
    assert (await queries.lookup(tx, session, lookup.id)).full == frozenset()
    with pytest.raises(LookupWrong):
        await actions.show_full(tx, session, lookup.id, "photo", LookupReason.CASE)


async def test_whoever_tries_names_and_numbers_is_stopped(tx):
    session = await city_desk(tx)
    for order in range(10):
        await cards.look_up(tx, session, numbered(order), ASKED)
    with pytest.raises(LookupsThrottled) as refused:
        await cards.look_up(tx, session, numbered(50), ASKED)
    assert refused.value.params["n"] >= 1
    assert isinstance(await cards.look_up(tx, await city_desk(tx), numbered(50), ASKED), HolderNotInArea)


async def test_a_member_looks_up_sixty_people_in_an_hour_and_no_more(tx):
    who, session = somebody(), await city_desk(tx)
    await carded(tx, who)
    for _ in range(60):
        await found(tx, session, who)
    with pytest.raises(LookupsThrottled):
        await found(tx, session, who)
    tx.now += timedelta(hours=1)
    await found(tx, session, who)


async def test_the_erased_are_found_by_nobody_and_their_look_ups_are_shut(tx):
    who, session = somebody(), await city_desk(tx)
    card = await carded(tx, who)
    lookup = await found(tx, session, who)
    await actions.erase(tx, card.holder_id)
    with pytest.raises(LookupNotFound):
        await queries.lookup(tx, session, lookup.id)
    assert isinstance(await found(tx, session, who), HolderNotInArea)


async def test_what_is_done_about_a_person_is_told(tx):
    who, session = somebody(), await city_desk(tx)
    await carded(tx, who)
    lookup = await found(tx, session, who)
    assert (await actions.act_on(tx, session, lookup.id, "freeze", "stolen")).id == lookup.id
    [event] = await told(tx, "holders.lookup_acted")
    assert (event["act"], event["reason"]) == ("freeze", "stolen")


WRONG = [
    (("", "补换卡进度咨询", "GD-1"), ["reason"]), (("curious", "补换卡进度咨询", "GD-1"), ["reason"]), (("case", "查查", "GD-1"), ["note"]),
    (("case", "x" * 201, "GD-1"), ["note"]), (("case", "补换卡进度咨询", "1"), ["ticket"]), (("case", "补换卡进度咨询", "GD 1; DROP"), ["ticket"]),
    (("case", "补换卡进度咨询", "999901199003070026"), ["ticket"]), (("", "", ""), ["reason", "note", "ticket"]),
]


@pytest.mark.parametrize(("said", "fields"), WRONG)
def test_without_reason_words_and_ticket_nobody_is_looked_up(said, fields):
    with pytest.raises(LookupWrong) as refused:
        asked(*said)
    assert [error.field for error in refused.value.fields] == fields
