"""用卡记录: every use is there, refusals too; it is never changed; and "this was not me" stops everything."""
import asyncio
from datetime import date, timedelta

import pytest

from essc.codes import actions as codes
from essc.ecards import actions as ecards
from essc.ecards import queries as known_ecards
from essc.ecards.model import Freeze, Standing
from essc.holders import actions as holders
from essc.holders.events import HolderLookedUp
from essc.kit import ids
from essc.kit.db.checks import prove
from essc.kit.db.tx import Actor
from essc.kit.outbox import Pump, Subscribers
from essc.kit.paging import Page
from essc.names import HolderId, LookupId, UseId
from essc.passwords.events import PasswordChanged, PasswordWasLocked
from essc.records import actions, queries
from essc.records.errors import UseNotFound
from essc.records.jobs import jobs
from essc.records.model import NO_FILTER, Action, Filter, Kind, Outcome
from essc.sessions.events import SignedIn
from essc.venues import queries as venues
from tests.codes.scene import PHARMACY, staged
from tests.hearing import hear

pytestmark = pytest.mark.anyio


async def seen(tx, holder_id, wanted=NO_FILTER, limit=30):
    return (await queries.uses(tx, holder_id, Page(limit=limit), wanted)).items


async def newest(tx, holder_id):
    return (await seen(tx, holder_id))[0]


async def holds(tx):
    return [f"{found.check.name} {found.broken}" for found in await prove(tx, queries.CHECKS) if not found.holds]


async def test_a_code_that_passed_is_shown_with_place_scene_and_what_was_read(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx)])
    await hear(tx, jobs)
    shown = await newest(tx, here.ecard.holder_id)
    assert (shown.use.kind, shown.use.action, shown.use.outcome, shown.use.verdict) == (Kind.VERIFY, Action.CODE, Outcome.DONE, "PASS")
    assert (shown.venue_name, shown.terminal_name, shown.scene_zh, shown.scene_en) == ("安康大药房（演示）", "收银 1 号", "购药", "Buy medicine")
    assert (shown.channel_name, shown.use.way, shown.use.scene) == (here.channel.name, "code", PHARMACY)
    assert set(shown.use.fields) and "name" in shown.use.fields
    assert shown.use.request_id == "r1" and shown.disputed_at is None
    assert not await holds(tx)


async def test_a_refusal_is_shown_too_with_its_reason_and_nothing_read(tx):
    here = await staged(tx)
    code = here.code(tx)
    await codes.redeem(tx, [here.scan(tx, code)])
    await codes.redeem(tx, [here.scan(tx, code, request="r2", after=2)])
    await hear(tx, jobs)
    refused = [one.use for one in await seen(tx, here.ecard.holder_id, Filter(kind=Kind.VERIFY, outcome=Outcome.REFUSED))]
    assert [(one.verdict, tuple(one.fields)) for one in refused] == [("USED", ())]


async def test_heard_twice_it_is_written_once(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx)])
    await hear(tx, jobs, again=True)
    assert len(await seen(tx, here.ecard.holder_id, Filter(kind=Kind.VERIFY))) == 1


async def test_the_id_of_a_use_is_that_of_its_event(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx)])
    await hear(tx, jobs)
    assert await tx.value("SELECT id FROM kit.event WHERE kind = 'codes.presented'") == (await newest(tx, here.ecard.holder_id)).use.id


EVENTS = [
    (lambda h: PasswordChanged(ecard_id=h.ecard.id, epoch=2), Action.PASSWORD_CHANGED, Kind.SECURITY, Outcome.DONE),
    (lambda h: PasswordWasLocked(ecard_id=h.ecard.id, until=h.ecard.created_at), Action.PASSWORD_LOCKED, Kind.SECURITY, Outcome.REFUSED),
    (lambda h: SignedIn(session_id=ids.new(h.ecard.bucket), holder_id=h.ecard.holder_id, ecard_id=h.ecard.id, link_id=h.link.id,
                        channel_id=h.channel.id, way="face"), Action.SIGNED_IN, Kind.SIGNIN, Outcome.DONE),
]


@pytest.mark.parametrize(("event", "action", "kind", "outcome"), EVENTS, ids=[row[1] for row in EVENTS])
async def test_what_happens_to_passwords_and_sessions_is_shown(tx, event, action, kind, outcome):
    here = await staged(tx)
    await tx.emit(event(here))
    await hear(tx, jobs)
    use = (await newest(tx, here.ecard.holder_id)).use
    assert (use.action, use.kind, use.outcome) == (action, kind, outcome)


async def test_loss_freeze_and_lookups_by_a_channel_are_shown(tx):
    here = await staged(tx)
    await ecards.report_loss(tx, here.ecard.id)
    await ecards.freeze(tx, here.ecard.id, Freeze.HOLDER)
    tx.actor = Actor("channel", ids.wire("chan", here.channel.id))
    await holders.disclose(tx, here.ecard.holder_id, ("name",), "benefit")
    await hear(tx, jobs)
    found = {one.use.action: one for one in await seen(tx, here.ecard.holder_id)}
    assert {Action.LOSS_REQUESTED, Action.FROZEN, Action.LOOKUP} <= set(found)
    assert found[Action.LOOKUP].channel_name == here.channel.name and tuple(found[Action.LOOKUP].use.fields) == ("name",)


async def test_what_an_unknown_room_tells_is_no_use(tx):
    await tx.run("""INSERT INTO kit.event (bucket, id, kind, body, recorded_at, actor_kind, actor_id, request_id)
                    VALUES (3, $1, 'future.happened', '{"holder_id": 1}', $2, 'system', 'essc', '')""", ids.new(3), tx.now)
    assert await hear(tx, jobs) == []


async def test_pages_follow_each_other_newest_first(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx, here.code(tx, nonce=n), request=f"r{n}") for n in range(7)])
    await hear(tx, jobs)
    wanted, found, cursor = Filter(kind=Kind.VERIFY), [], None
    while True:
        page = await queries.uses(tx, here.ecard.holder_id, Page(limit=3, cursor=cursor), wanted)
        found += [one.use.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(found) == len(set(found)) == 7 and found == sorted(found, reverse=True)


async def test_filters_keep_what_was_asked_for(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx)])
    await ecards.freeze(tx, here.ecard.id, Freeze.HOLDER)
    await hear(tx, jobs)
    day = (tx.now + timedelta(hours=8)).date()

    async def counted(**how) -> int:
        return len(await seen(tx, here.ecard.holder_id, Filter(**how)))

    everything = await counted()
    assert await counted(kind=Kind.VERIFY) == 1 and await counted(kind=Kind.LINK) == 0
    assert await counted(channel_id=here.channel.id, kind=Kind.VERIFY) == 1 and await counted(channel_id=ids.new()) == 0
    assert await counted(since=day, until=day) == everything and await counted(since=day + timedelta(days=1)) == 0
    assert await counted(until=day - timedelta(days=1)) == 0 and await counted(since=date.min, until=date.max) == everything


async def test_nobody_sees_another_persons_uses(tx):
    here, there = await staged(tx, 1), await staged(tx, 2)
    await codes.redeem(tx, [here.scan(tx)])
    await hear(tx, jobs)
    use_id = (await newest(tx, here.ecard.holder_id)).use.id
    for act in (queries.use, actions.dispute):
        with pytest.raises(UseNotFound):
            await act(tx, there.ecard.holder_id, use_id)
    assert not [one for one in await seen(tx, there.ecard.holder_id) if one.use.kind is Kind.VERIFY]


# ── this was not me ──

async def used(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx)])
    await hear(tx, jobs)
    return here, (await seen(tx, here.ecard.holder_id, Filter(kind=Kind.VERIFY)))[0].use.id


async def test_not_me_freezes_the_codes_ends_the_sessions_and_opens_a_note(tx, world):
    here, use_id = await used(tx)
    said = await actions.dispute(tx, here.ecard.holder_id, use_id)
    ecard = await known_ecards.get(tx, here.ecard.id)
    assert (ecard.frozen_why, ecard.sessions_since, said.ecard_id) == (Freeze.NOT_ME, tx.now, ecard.id)
    assert (await known_ecards.standings(tx, here.link.id)).standing is Standing.FROZEN
    assert await world.events("records.disputed") and await world.events("ecards.frozen")
    assert (await queries.use(tx, here.ecard.holder_id, use_id)).disputed_at == tx.now
    [refused] = await codes.redeem(tx, [here.scan(tx, request="r9")])
    assert refused.verdict != "PASS"


async def test_not_me_said_twice_is_the_same(tx, world):
    here, use_id = await used(tx)
    assert await actions.dispute(tx, here.ecard.holder_id, use_id) == await actions.dispute(tx, here.ecard.holder_id, use_id)
    assert len(await world.events("records.disputed")) == 1


async def test_not_me_after_the_holders_own_freeze_is_the_stronger_one(tx):
    here, use_id = await used(tx)
    await ecards.freeze(tx, here.ecard.id, Freeze.HOLDER)
    await actions.dispute(tx, here.ecard.holder_id, use_id)
    assert (await known_ecards.get(tx, here.ecard.id)).frozen_why is Freeze.NOT_ME


@pytest.mark.parametrize("why", [Freeze.OPERATOR, Freeze.NOT_ME])
async def test_not_me_of_what_is_frozen_already_is_noted_and_ends_the_sessions_since(tx, why):
    here, use_id = await used(tx)
    await ecards.freeze(tx, here.ecard.id, why)
    later = type(tx)(tx.conn, now=tx.now + timedelta(hours=1), actor=tx.actor, keys=tx.keys)
    assert (await actions.dispute(later, here.ecard.holder_id, use_id)).ecard_id == here.ecard.id
    ecard = await known_ecards.get(tx, here.ecard.id)
    assert (ecard.frozen_why, ecard.frozen_at, ecard.sessions_since) == (why, tx.now, later.now)


async def test_an_unknown_use_cannot_be_disowned(tx):
    with pytest.raises(UseNotFound):
        await actions.dispute(tx, HolderId(ids.new()), UseId(ids.new()))


async def test_the_running_pump_shows_a_use(db):
    stop, done = asyncio.Event(), Subscribers("test")
    async with db.tx() as tx:
        here = await staged(tx)
        await codes.redeem(tx, [here.scan(tx, after=0)])
    running = asyncio.create_task(Pump(db, [jobs, done]).run(stop))
    async with asyncio.timeout(30):
        found = []
        while not found:
            async with db.read_tx() as tx:
                found = await seen(tx, here.ecard.holder_id, Filter(kind=Kind.VERIFY))
    stop.set()
    await running
    async with db.read_tx() as tx:
        assert not await holds(tx)


async def test_a_look_up_by_staff_is_shown_with_its_reason_and_level_and_nobodys_name(tx):
    here = await staged(tx)
    tx.actor = Actor("operator", "staff_01kaq7xw3m2y8r5t6v9b0c1d2e")
    for full, fields in ((False, ("name_masked", "cards")), (True, ("number",))):
        await tx.emit(HolderLookedUp(holder_id=here.ecard.holder_id, lookup_id=LookupId(ids.new(here.ecard.bucket)), fields=fields, full=full, reason="case",
                                     ticket="t", area="450100", level="city"))
    await hear(tx, jobs, again=True)
    found = (await queries.uses(tx, here.ecard.holder_id, Page(), Filter(kind=Kind.STAFF))).items
    assert {(one.use.action, one.use.verdict, one.use.way, tuple(one.use.fields)) for one in found} == {
        (Action.STAFF_LOOKUP, "case", "city", ("name_masked", "cards")), (Action.STAFF_FULL, "case", "city", ("number",))}
    assert not any("staff_01" in str(one) for one in found)


async def test_what_a_terminal_read_is_added_up_once_however_often_it_is_delivered(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx), here.scan(tx, request="r2")])
    await hear(tx, jobs, again=True)
    uses = (await queries.uses(tx, here.ecard.holder_id, Page(), Filter(kind=Kind.VERIFY))).items
    days = await venues.days(tx, [uses[0].use.terminal_id], date(2026, 1, 1))
    assert [(one.day, one.uses, one.passed) for one in days] == [(date(2026, 11, 20), len(uses), sum(one.use.outcome is Outcome.DONE for one in uses))]
