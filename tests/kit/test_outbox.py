"""The outbox: at least once, applied once, in any order, past every bad event."""
import asyncio
from collections import Counter
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import anyio
import pytest

from essc.kit import clock, ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.kit.events import Event
from essc.kit.outbox import Pump, Subscribers, backlog, heard, store
from essc.kit.outbox.pump import pause

pytestmark = pytest.mark.anyio


class Rang(Event):
    kind: ClassVar[str] = "bells.rang"
    subject: ClassVar[str] = "bell_id"
    bell_id: UUID
    times: int


class Cracked(Event):
    kind: ClassVar[str] = "bells.cracked"
    subject: ClassVar[str] = "bell_id"
    bell_id: UUID


async def ring(db: Database, times: int, **how) -> list[UUID]:
    """`times` bells ring, in one transaction."""
    async with db.tx(**how) as tx:
        return await tx.emit_all([Rang(bell_id=ids.new(), times=n) for n in range(times)])


async def left(db: Database):
    async with db.read_tx() as tx:
        return await backlog(tx)


async def make_due(db: Database) -> None:
    """The pauses of all failed deliveries are over."""
    async with db.tx() as tx:
        await tx.run("UPDATE kit.retry SET next_at = $1 WHERE given_up_at IS NULL", tx.now - timedelta(seconds=1))


async def test_every_event_reaches_every_subscriber_once(db):
    jobs, one, many = Subscribers("tower"), Counter(), Counter()

    @jobs.on(Rang)
    async def hear(tx, delivery):
        one[delivery.event.times] += 1

    @jobs.on(Rang, Cracked, many=True)
    async def gather(tx, deliveries):
        many.update(delivery.event_id for delivery in deliveries)

    pump = Pump(db, [jobs])
    named = await ring(db, 25)
    assert await pump.deliver() == 25
    assert await pump.deliver() == 0
    assert one == Counter(range(25)) and many == Counter(named)
    assert (await left(db)).waiting == 0


async def test_a_delivery_carries_who_when_and_for_which_request(db):
    jobs, seen = Subscribers("tower"), []

    @jobs.on(Rang)
    async def hear(tx, delivery):
        seen.append((delivery, tx.request_id))

    [named] = await ring(db, 1, actor=Actor("channel", "chan_1"), request_id="req_7")
    await Pump(db, [jobs]).deliver()
    delivery, request_id = seen[0]
    assert delivery.event_id == named and delivery.bucket == ids.bucket(named)
    assert delivery.actor == Actor("channel", "chan_1") and delivery.request_id == request_id == "req_7"
    assert delivery.occurred_at == delivery.recorded_at


async def test_what_is_delivered_again_is_not_applied_again(db):
    jobs, heard_by = Subscribers("tower"), Counter()

    @jobs.on(Rang)
    async def hear(tx, delivery):
        heard_by[delivery.event_id] += 1

    pump = Pump(db, [jobs])
    await ring(db, 3)
    await pump.deliver()
    async with db.tx() as tx:   # as after a crash between the effect and the mark
        await tx.run("UPDATE kit.event SET delivered_at = NULL")
    assert await pump.deliver() == 3
    assert set(heard_by.values()) == {1}


async def test_effect_and_inbox_stand_or_fall_together(db):
    jobs, tries = Subscribers("tower"), Counter()

    @jobs.on(Rang)
    async def hear(tx, delivery):
        await tx.emit(Cracked(bell_id=delivery.event.bell_id))
        tries["hear"] += 1
        if tries["hear"] == 1:
            raise RuntimeError("after the write")

    pump = Pump(db, [jobs])
    await ring(db, 1)
    await pump.deliver()
    async with db.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.event WHERE kind = 'bells.cracked'") == 0
        assert await tx.value("SELECT count(*) FROM kit.inbox") == 0
    await make_due(db)
    assert await pump.repeat() == 1
    async with db.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.event WHERE kind = 'bells.cracked'") == 1
        assert await tx.value("SELECT count(*) FROM kit.retry") == 0


@pytest.mark.parametrize("many", [False, True])
async def test_a_poisonous_event_waits_alone_while_the_others_go_on(db, many):
    jobs, applied = Subscribers("tower"), []

    async def one(tx, delivery):
        if delivery.event.times == 13:
            raise ValueError("thirteen")
        applied.append(delivery.event.times)

    async def hear(tx, deliveries):
        if any(delivery.event.times == 13 for delivery in deliveries):
            raise ValueError("thirteen")
        applied.extend(delivery.event.times for delivery in deliveries)

    jobs.on(Rang, many=many)(hear if many else one)
    named = await ring(db, 40)
    await Pump(db, [jobs]).deliver()
    assert set(applied) == set(range(40)) - {13}
    async with db.read_tx() as tx:
        row = await tx.row("SELECT * FROM kit.retry")
        assert (row["event_id"], row["tries"]) == (named[13], 1) and row["error"].startswith("ValueError at ")
    assert (await left(db)).waiting == 0


async def test_after_enough_tries_an_event_is_given_up_and_the_check_names_it(db):
    jobs = Subscribers("tower")

    @jobs.on(Rang)
    async def hear(tx, delivery):
        raise ValueError("always")

    pump = Pump(db, [jobs])
    [named] = await ring(db, 1)
    await pump.deliver()
    for _ in range(9):
        await make_due(db)
        assert await pump.repeat() == 1
    await make_due(db)
    assert await pump.repeat() == 0
    async with db.tx() as tx:
        found = await store.CHECKS[1].find(tx)
        assert len(found) == 1 and str(named) in found[0] and "tower.hear" in found[0] and "ValueError" in found[0]
        assert await store.again(tx, "tower.hear") == 1
    assert await pump.repeat() == 1


async def test_a_body_that_is_not_its_kind_is_kept_with_the_reason(db):
    jobs = Subscribers("tower")

    @jobs.on(Rang)
    async def hear(tx, delivery):
        raise AssertionError("never reached")

    async with db.tx() as tx:
        await tx.run("""INSERT INTO kit.event (bucket, id, kind, body, recorded_at, actor_kind, actor_id, request_id)
                        VALUES (0, $1, 'bells.rang', '{"bell_id": 7}', $2, 'system', 'essc', '')""", ids.new(0), tx.now)
    await Pump(db, [jobs]).deliver()
    async with db.read_tx() as tx:
        assert (await tx.value("SELECT error FROM kit.retry")).startswith("ValidationError")


async def test_when_everything_fails_a_round_stays_short(db):
    jobs, tried = Subscribers("tower"), Counter()

    @jobs.on(Rang, many=True)
    async def hear(tx, deliveries):
        tried["hear"] += 1
        raise ValueError("all of them")

    await ring(db, 500)
    await Pump(db, [jobs]).deliver()
    assert tried["hear"] < 100
    assert (await left(db)).again == 500


async def test_many_processes_apply_each_event_once(db):
    jobs, applied = Subscribers("tower"), Counter()

    @jobs.on(Rang)
    async def hear(tx, delivery):
        applied[delivery.event_id] += 1
        await tx.emit(Cracked(bell_id=delivery.event.bell_id))

    named = await ring(db, 300)
    pumps = [Pump(db, [jobs], batch=20) for _ in range(3)]

    async def drain(pump):
        while await pump.deliver():
            pass

    await asyncio.gather(*(drain(pump) for pump in pumps))
    await drain(pumps[0])
    assert applied == Counter(named)


async def test_a_long_transaction_holds_up_nothing_and_is_heard_when_it_commits(db):
    jobs, applied = Subscribers("tower"), []

    @jobs.on(Rang)
    async def hear(tx, delivery):
        applied.append(delivery.event_id)

    pump = Pump(db, [jobs])
    async with db.tx(now=clock.now() - timedelta(hours=1)) as slow:
        [late] = await slow.emit_all([Rang(bell_id=ids.new(), times=0)])
        quick = await ring(db, 2)
        assert await pump.deliver() == 2 and set(applied) == set(quick)
    async with asyncio.timeout(30):
        while not await pump.deliver():   # the next sweep over all ages may be a moment away
            pass
    assert applied[-1] == late


async def test_a_claim_that_dies_gives_its_events_back(db):
    await ring(db, 4)
    with pytest.raises(ConnectionError):
        async with db.tx() as claim:
            assert len(await store.claim(claim, 10, UUID(int=0))) == 4
            async with db.tx() as other:
                assert await store.claim(other, 10, UUID(int=0)) == []
            raise ConnectionError
    async with db.tx() as next_one:
        assert len(await store.claim(next_one, 10, UUID(int=0))) == 4


async def test_a_partner_is_called_outside_any_transaction_with_the_same_id_until_it_answers(db):
    jobs, asked = Subscribers("tower"), []

    @jobs.calls(Rang)
    async def tell(database, delivery):
        asked.append(delivery.event_id)
        if len(asked) < 3:
            raise TimeoutError("no answer")

    pump = Pump(db, [jobs])
    [named] = await ring(db, 1)
    await pump.deliver()
    assert asked == []
    for _ in range(3):
        await make_due(db)
        assert await pump.call() == 1
    await make_due(db)
    assert await pump.call() == 0
    assert asked == [named] * 3


async def test_a_periodic_job_runs_once_over_all_processes(db):
    jobs, ran = Subscribers("tower"), Counter()

    @jobs.every(3600)
    async def wind(tx):
        ran["wind"] += 1

    pumps = [Pump(db, [jobs]) for _ in range(4)]
    await asyncio.gather(*(pump.turn(jobs.periodic[0]) for pump in pumps for _ in range(3)))
    assert ran["wind"] == 1
    async with db.tx() as tx:
        await tx.run("UPDATE kit.schedule SET last_at = last_at - interval '2 hours'")
    await pumps[1].turn(jobs.periodic[0])
    assert ran["wind"] == 2


async def test_a_job_that_fails_says_so_and_comes_again(db):
    jobs = Subscribers("tower")

    @jobs.every(3600, outside=True)
    async def wind(database):
        raise ValueError("no key")

    pump = Pump(db, [jobs])
    assert await pump.turn(jobs.periodic[0]) == 1
    async with db.read_tx() as tx:
        assert (await tx.value("SELECT error FROM kit.schedule WHERE job = 'tower.wind'")).startswith("ValueError")


async def test_a_refused_right_sounds_the_alarm(db):
    jobs, alarms = Subscribers("tower"), []

    @jobs.on(Rang)
    async def hear(tx, delivery):
        await tx.run("DELETE FROM kit.event")

    async def alarm(database, who, what):
        alarms.append((who, what))

    await ring(db, 1)
    await Pump(db, [jobs], alarm=alarm).deliver()
    assert [(who, what.split()[1]) for who, what in alarms] == [("tower.hear", "42501")]


async def test_the_running_pump_delivers_and_stops_when_told(db):
    jobs, stop = Subscribers("tower"), asyncio.Event()

    @jobs.on(Rang)
    async def hear(tx, delivery):
        stop.set()

    await ring(db, 1)
    async with asyncio.timeout(30):
        await Pump(db, [jobs]).run(stop)
    assert (await left(db)).waiting == 0


def test_pauses_grow_from_one_second_to_a_quarter_of_an_hour():
    assert [pause(n).total_seconds() for n in (1, 2, 3, 10, 11, 100)] == [1, 2, 4, 512, 900, 900]


def test_who_hears_what_is_a_list():
    jobs = Subscribers("tower")

    @jobs.on(Rang)
    async def hear(tx, delivery):
        """Nothing."""

    assert [(one.kind, one.by) for one in heard([jobs], ["bells.cast"])] == [("bells.cast", ()), ("bells.rang", ("tower.hear",))]


def test_two_subscribers_of_one_name_are_refused():
    jobs = Subscribers("tower")

    async def hear(tx, delivery):
        """Nothing."""

    jobs.on(Rang)(hear)
    with pytest.raises(ValueError, match=r"tower\.hear"):
        jobs.on(Cracked)(hear)


async def test_an_old_backlog_is_worked_off_without_a_pause(db):
    jobs, applied = Subscribers("tower"), Counter()

    @jobs.on(Rang, many=True, inbox=False)
    async def hear(tx, deliveries):
        applied["events"] += len(deliveries)

    for _ in range(4):
        await ring(db, 500, now=clock.now() - timedelta(hours=1))
    pump = Pump(db, [jobs], batch=100)
    with anyio.fail_after(30):                 # a machine that is busy makes a sweep dear, and dear sweeps are done less often
        while applied["events"] < 2000:
            if not await pump.deliver():
                await anyio.sleep(0.01)
    assert applied["events"] == 2000


async def test_the_inbox_forgets_what_was_applied_long_ago(db):
    jobs = Subscribers("tower")

    @jobs.on(Rang)
    async def hear(tx, delivery):
        """Nothing."""

    pump = Pump(db, [jobs])
    await ring(db, 2)
    await pump.deliver()
    async with db.tx() as tx:
        assert await store.forget_applied(tx, tx.now - timedelta(days=30)) == 0
        assert await store.forget_applied(tx, tx.now + timedelta(seconds=1)) == 2
