"""Figures are exact: each fact once, whatever the order, whoever repeats it, and whether it was heard live or afterwards."""
import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from essc.cards.model import State
from essc.ecards import actions as ecards
from essc.kit import ids
from essc.kit.clock import SHANGHAI, business_hour
from essc.kit.outbox import Pump, Subscribers
from essc.names import ChannelId
from essc.regions import queries as regions
from essc.reports import actions, model, queries
from essc.reports.jobs import catch_up, jobs
from essc.reports.model import DONE, Flow, Stock, Tally, Way, laid_out, municipality, prefix, way_of
from tests.channels.applications import registered
from tests.reports.counting import applied, broken, carded, caught_up, deliver, earlier, later, linked, live, moved, pending, shown, tables
from tests.sandbox.people import somebody

pytestmark = pytest.mark.anyio
NANNING, BEIJING = "450100", "110100"


async def history(tx):
    """Five people in two municipalities; one applies and links a second channel, one applies and the card is cancelled, one shows a code twice."""
    one, two, three, four, five = (somebody() for _ in range(5))
    await carded(tx, NANNING, one, two)
    await carded(tx, "450102", three)
    await carded(tx, "110101", four)
    await carded(tx, BEIJING, five, state="9")
    app, bank = [await registered(later(tx), name=f"渠道 {name}（演示）") for name in "甲乙"]
    ecard, link = await applied(later(tx), one, app.id)
    await linked(later(tx, minutes=1), one, bank.id)
    await applied(later(tx, days=-1), two, app.id)
    await applied(later(tx), four, bank.id)
    await moved(later(tx, minutes=5), two, State.CANCELLED)
    await shown(later(tx, minutes=10), one, ecard, link, app, times=2)
    return app, bank


async def test_stock_and_flow_are_what_happened(tx):
    await history(tx)
    await live(tx)
    today = model.day_of(tx.now)
    assert await queries.stock(tx, "000000") == Stock(cards=3, ecards=2, persons=3)
    assert await queries.stock(tx, "450000") == await queries.stock(tx, NANNING) == Stock(cards=2, ecards=1, persons=2)
    assert await queries.stock(tx, "110000") == Stock(cards=1, ecards=1, persons=1)
    days = await queries.days(tx, "450000", today - timedelta(1), today)
    assert list(days.values()) == [Flow(ecards=1, persons=1, issued=1), Flow(cards=2, persons=1, issued=2, presented=2, passed=1)]
    assert (await queries.stock(tx, NANNING)).rate == 0.5
    assert days[today].success == 0.5
    assert await broken(tx) == []


async def test_every_place_below_an_area_has_its_line_and_sums_to_it(tx):
    await history(tx)
    await live(tx)
    today = model.day_of(tx.now)
    nation = await queries.places(tx, "000000", today, today)
    assert [(place.code, place.stock.cards) for place in nation] == [("110000", 1), ("450000", 2)]
    assert [place.code for place in await queries.places(tx, "450000", today, today)] == [NANNING]
    assert sum(place.flow.presented for place in nation) == 2


async def test_links_by_way_channel_and_level(tx):
    app, _ = await history(tx)
    await live(tx)
    today = model.day_of(tx.now)
    wanted = model.Wanted(today - timedelta(1), today, "000000")
    assert {line.key: line.links for line in await queries.issued(tx, wanted, model.By.WAY)} == {"counter": 3, "password": 1}
    assert {line.key: dict(line.ways) for line in await queries.issued(tx, wanted, model.By.CHANNEL)}[str(app.id)] == {Way.COUNTER: 2}
    assert [line.key for line in await queries.issued(tx, wanted, model.By.REGION)] == ["110000", "450000"]
    assert [line.links for line in await queries.issued(tx, model.Wanted(today, today, NANNING, level=1, way=Way.PASSWORD), model.By.DAY)] == [1]
    assert await queries.issued(tx, model.Wanted(today, today, NANNING, level=2), model.By.DAY) == []
    assert [name for _, name in await queries.issuing_channels(tx, "110000", today, today)] == ["渠道 乙（演示）"]


async def test_a_fact_delivered_twice_is_counted_once(tx):
    await history(tx)
    rows = await pending(tx)
    await deliver(tx, rows, mark=False)
    once = await tables(tx)
    await deliver(tx, rows, mark=False)
    await deliver(tx, rows[::-1])
    assert await tables(tx) == once


@asynccontextmanager
async def undone(tx):
    """What happens inside did not happen."""
    savepoint = tx.conn.transaction()
    await savepoint.start()
    yield
    await savepoint.rollback()


async def test_what_was_there_before_is_counted_as_if_it_had_been_heard(tx):
    await history(tx)
    async with undone(tx):
        await live(tx)
        heard = await tables(tx)
    await earlier(tx)
    assert await tables(tx) == heard
    assert await broken(tx) == []


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
async def test_live_and_earlier_facts_meet_without_a_gap_or_an_overlap(tx, cut):
    await history(tx)
    async with undone(tx):
        await live(tx)
        heard = await tables(tx)
    rows = await pending(tx)
    at = int(len(rows) * cut)
    await deliver(tx, rows[at:])                                          # the new worker hears what is fresh
    await earlier(tx)                                                     # and finds what the old one had delivered
    assert await tables(tx) == heard
    again = later(tx, hours=2)
    await caught_up(again)                                                # the second round finds nothing new
    await caught_up(later(again, minutes=30))
    assert await tables(tx) == heard
    assert await tx.value("SELECT round FROM reports.earlier") == DONE
    assert await broken(tx) == []


async def test_a_second_round_that_comes_too_late_is_left_out(tx):
    await earlier(tx)
    await caught_up(later(tx, days=40))
    assert await tx.value("SELECT round FROM reports.earlier") == DONE


async def test_whoever_applies_again_after_unlinking_everything_is_no_second_person(tx):
    who = somebody()
    await carded(tx, NANNING, who)
    _, link = await applied(later(tx), who)
    await ecards.unlink(later(tx, minutes=1), link.id, "face")
    await applied(later(tx, minutes=2), who)
    await live(tx)
    assert await queries.stock(tx, NANNING) == Stock(1, 1, 1)
    today = model.day_of(tx.now)
    assert (await queries.days(tx, NANNING, today, today))[today].issued == 2


async def test_a_proof_finds_a_figure_that_is_wrong(tx):
    await history(tx)
    await earlier(tx)
    await tx.run("UPDATE reports.stock SET cards = cards + 1 WHERE region = $1", NANNING)
    await tx.run("UPDATE reports.verdict_day SET presented = presented + 5 WHERE verdict = 'PASS'")
    found = await broken(tx)
    assert [name.split()[0] for name in found] == ["reports.cards_counted", "reports.uses_counted", "reports.tables_agree", "reports.areas_agree"]


async def test_sums_of_areas_that_a_worker_of_before_left_out_are_set_right_and_proved(tx):
    await history(tx)
    await live(tx)
    before = await tables(tx)
    await tx.run("UPDATE reports.area_day SET presented = presented + 7 WHERE area = '450000'")
    await tx.run("UPDATE reports.area_verdict_day SET presented = presented + 1")
    await tx.run("UPDATE reports.area_issue_day SET links = links + 1 WHERE channel_id = '00000000-0000-0000-0000-000000000000'")
    await tx.run("DELETE FROM reports.area_hour WHERE area = '000000'")
    assert [name.split()[0] for name in await broken(tx)] == ["reports.areas_agree"]
    assert await actions.mend(tx) >= 4
    assert await broken(tx) == [] and await tables(tx) == before
    assert await actions.mend(tx) == 0


async def test_nothing_is_claimed_to_be_wrong_while_earlier_facts_are_being_counted(tx):
    await history(tx)
    assert await broken(tx) == []
    assert (await queries.freshness(tx)).filling


async def test_freshness_tells_the_newest_fact_and_what_waits(tx):
    await history(tx)
    fresh = await queries.freshness(tx)
    assert fresh.last_at is None and fresh.waiting > 0 and fresh.late(tx.now) and not fresh.late(fresh.since + model.STALE)
    await live(tx)
    fresh = await queries.freshness(tx)
    assert fresh.waiting == 0 and fresh.last_at is not None and not fresh.late(tx.now + timedelta(days=1))


async def test_channels_at_work_are_known_for_every_moment(tx):
    regions.furnish(demonstration=False)
    await history(tx)
    await live(tx)
    moments = [tx.now - timedelta(hours=1), tx.now + timedelta(hours=1)]
    assert await queries.active_channels(tx, "000000", moments) == [0, 0]     # those of the sandbox count in a demonstration only
    regions.furnish(demonstration=True)
    try:
        assert await queries.active_channels(tx, "000000", moments) == [0, 2]
        assert await queries.active_channels(tx, "450000", moments) == [0, 0]
        first, second = await queries.channels(tx, "000000", moments[0].date(), moments[1].date())
    finally:
        regions.furnish(demonstration=False)
    assert (first.name, first.presented, first.passed, second.issued) == ("渠道 甲（演示）", 2, 1, 2)


async def test_the_pump_counts_and_catches_up(db):
    who = somebody()
    async with db.tx() as tx:
        await carded(later(tx, minutes=-5), NANNING, who)
        await tx.run("UPDATE kit.event SET delivered_at = $1", tx.now)        # a worker of before had heard it
    async with db.tx() as tx:
        await applied(tx, who)
    stop = asyncio.Event()
    running = asyncio.create_task(Pump(db, [jobs, Subscribers("test")]).run(stop))
    async with asyncio.timeout(30):
        found = Stock()
        while found != Stock(1, 1, 1):
            async with db.read_tx() as tx:
                found = await queries.stock(tx, "000000")
    stop.set()
    await running
    await catch_up(db)
    async with db.read_tx() as tx:
        assert await queries.stock(tx, "000000") == Stock(1, 1, 1)


# ── pure ──

FACTS = st.lists(st.tuples(st.sampled_from([NANNING, BEIJING]), st.sampled_from(["PASS", "USED"]), st.integers(0, 72)), max_size=40)


@given(FACTS, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_facts_and_the_cut_of_batches_do_not_matter(facts, chance):
    begin = model.datetime(2026, 11, 1, tzinfo=SHANGHAI)

    def counted(some, tally):
        tally.presented((business_hour(begin + timedelta(hours=hour)), region, None, "code", verdict) for region, verdict, hour in some)
        return tally
    together = counted(facts, Tally())
    mixed = chance.sample(facts, len(facts))
    cut = len(mixed) // 2
    first, second = counted(mixed[:cut], Tally()), counted(mixed[cut:], Tally())
    for name in ("day", "hour", "channel", "verdict"):
        assert getattr(first, name) + getattr(second, name) == getattr(together, name)
    rows = laid_out(together.day, ["presented", "passed"])
    assert rows == sorted(rows) and sum(row[2] for row in rows) == len(facts)
    sums = model.rolled_up(together.day, 1)
    for area in ("000000", "450000", "110000"):
        assert sum(many for (where, _, measure), many in sums.items() if (where, measure) == (area, "presented")) == \
            sum(region[:2] == area[:2] or area == "000000" for region, _, _ in facts)


@pytest.mark.parametrize(("code", "counted", "head"), [
    ("450102", "450100", "450102"), ("450100", "450100", "4501"), ("110105", "110105", "110105"), ("450000", "450000", "45"), ("000000", "000000", ""),
    ("999911", "999901", "999911"), ("429004", "429004", "429004"),
])
def test_a_division_is_counted_under_its_municipality(code, counted, head):
    assert (municipality(code), prefix(code)) == (counted, head)


@pytest.mark.parametrize(("origin", "proof", "way"), [
    ("applied", "face", Way.SELF), ("applied", "", Way.SELF), ("applied", "terminal", Way.COUNTER), ("prepared", "face", Way.SYNCED),
])
def test_how_a_link_came_about(origin, proof, way):
    assert way_of(origin, proof) is way


def test_an_unknown_channel_is_counted_as_none():
    tally = Tally()
    tally.presented([(business_hour(model.datetime(2026, 11, 1, 23, 30, tzinfo=SHANGHAI)), NANNING, None, "physical_card", "PASS")])
    assert {key[1] for key in tally.channel} == {model.NO_CHANNEL} and {key[1] for key in tally.hour} == {23}
    assert ChannelId(ids.new()) != model.NO_CHANNEL


def test_the_kinds_that_wait_are_those_that_are_heard():
    [subscription] = jobs.subscriptions
    assert (subscription.name, tuple(subscription.events)) == (queries.COUNT, queries.KINDS)
