from datetime import timedelta

import anyio
import msgspec
import pytest

from essc.cards import actions, queries
from essc.cards.model import State, Told
from essc.cards.store import cards as store
from essc.kit.db.checks import prove, prove_all
from essc.regions import actions as regions
from tests.cards.rows import card, card_number, event, issue


async def report(tx, region, events):
    return await actions.report(tx, region, events, demonstration=True)


def outcomes(answers):
    return [answer.outcome.value for answer in answers]


async def whole(tx):
    return [(f.check.name, f.broken) for f in await prove(tx, queries.CHECKS) if not f.holds]


async def test_an_event_moves_the_card_and_everyone_hears(tx, world):
    made = await card(tx)
    [answer] = await report(tx, "450000", [event(5, 0, "lost")])
    assert (answer.outcome, answer.card.state, answer.card.version, answer.card.sequence) == ("applied", State.LOST, 2, 5)
    assert (await queries.get(tx, made.id)).state is State.LOST
    assert await world.events("cards.moved")
    assert [m["move"] for m in await queries.history(tx, made.id)] == ["issue", "report_loss"]
    assert not await whole(tx)


async def test_the_same_event_again_is_applied_once(tx, world):
    await card(tx)
    assert outcomes(await report(tx, "450000", [event(5, 0, "lost"), event(5, 0, "lost")])) == ["applied", "applied"]
    assert outcomes(await report(tx, "450000", [event(5, 0, "lost")])) == ["duplicate"]
    assert await world.events("cards.moved") == ["cards.moved"]


async def test_a_gap_holds_back_this_card_and_no_other(tx):
    one, other = await card(tx, 1), await card(tx, 2)
    answers = await report(tx, "450000", [event(7, 6, "active", 1), event(8, 0, "lost", 2)])
    assert outcomes(answers) == ["held", "applied"]
    assert [(await queries.get(tx, c.id)).state for c in (one, other)] == ["active", "lost"]
    gaps = await queries.gaps(tx, "450000")
    assert [(g.card_id, g.last_sequence, g.waiting_for, g.held) for g in gaps.cards] == [(one.id, 0, 6, 1)]
    assert outcomes(await report(tx, "450000", [event(6, 0, "lost", 1)])) == ["applied"]
    assert (await queries.get(tx, one.id)).sequence == 7
    assert not (await queries.gaps(tx, "450000")).cards
    assert not await whole(tx)


async def test_numbers_that_never_came_are_told(tx):
    await card(tx)
    await report(tx, "450000", [event(3, 0, "lost"), event(9, 3, "active")])
    assert (await queries.gaps(tx, "450000")).missing == [(4, 8)]
    assert (await queries.gaps(tx, "110000")).missing == []


async def test_a_late_older_event_never_overwrites_a_newer_state(tx):
    made = await card(tx)
    await report(tx, "450000", [event(5, 0, "lost"), event(6, 5, "cancelled")])
    assert outcomes(await report(tx, "450000", [event(4, 0, "lost")])) == ["late"]
    assert (await queries.get(tx, made.id)).state is State.CANCELLED


@pytest.mark.parametrize(("told", "code"), [
    (event(5, 0, "not_enabled"), "card_move_not_allowed"), (event(5, 0, "lost", 77), "card_not_found"),
])
async def test_what_cannot_be_is_refused_and_changes_nothing(tx, told, code):
    made = await card(tx)
    await report(tx, "450000", [event(1, 0, "locked")])
    told = actions.StatusEvent(told.card_number, type(told.told)(5, 1 if code != "card_not_found" else 0, told.told.state, told.told.occurred_at))
    [answer] = await report(tx, "450000", [told])
    assert (answer.outcome, answer.code) == ("refused", code)
    assert (await queries.get(tx, made.id)).version == 2


async def test_a_region_speaks_for_its_own_cards_only(tx):
    await card(tx)
    [answer] = await report(tx, "110000", [event(5, 0, "lost")])
    assert (answer.outcome, answer.code) == ("refused", "card_feed_not_this_region")


async def test_what_a_region_said_in_advance_of_another_regions_card_never_counts(tx):
    foreign = [event(11, 10, "cancelled", 2), event(12, 11, "cancelled", 2)]
    assert outcomes(await report(tx, "110000", foreign)) == ["held", "held"]
    assert outcomes(await report(tx, "450000", [event(11, 10, "active", 2)])) == ["held"]
    assert outcomes(await report(tx, "450000", [issue(10, 2)])) == ["applied"]
    found = await queries.by_number(tx, card_number(2))
    assert (found.state, found.sequence) == (State.ACTIVE, 11)
    assert not (await queries.gaps(tx, "110000")).cards and not (await queries.gaps(tx, "450000")).cards


async def test_two_events_after_the_same_one_are_a_fork_and_the_second_is_refused(tx):
    await card(tx)
    answers = await report(tx, "450000", [event(5, 0, "lost"), event(6, 0, "locked")])
    assert [(a.outcome, a.code) for a in answers] == [("applied", None), ("refused", "card_feed_forked")]
    assert not (await queries.gaps(tx, "450000")).cards


async def test_a_card_that_moves_too_often_waits_and_then_goes_on(tx):
    made = await card(tx)
    steps = [event(n, n - 1, "locked" if n % 2 else "active") for n in range(1, 13)]
    answers = await report(tx, "450000", steps)
    assert outcomes(answers) == ["applied"] * 7 + ["refused"] + ["held"] * 4
    assert answers[7].code == "card_moved_too_often"
    later = type(tx)(tx.conn, now=tx.now + timedelta(minutes=2), actor=tx.actor, keys=tx.keys)
    assert outcomes(await report(later, "450000", steps[7:8])) == ["applied"]
    assert (await queries.get(later, made.id)).sequence == 12
    assert not await whole(later)


async def test_held_events_go_on_without_a_message_when_their_turn_has_come(tx):
    made = await card(tx)
    steps = [event(n, n - 1, "locked" if n % 2 else "active") for n in range(1, 13)]
    assert outcomes(await report(tx, "450000", steps[1:])) == ["held"] * 11
    await report(tx, "450000", steps[:1])
    assert (await queries.get(tx, made.id)).sequence == 7
    later = type(tx)(tx.conn, now=tx.now + timedelta(minutes=2), actor=tx.actor, keys=tx.keys)
    assert await actions.follow_held(later) == 1
    assert (await queries.get(later, made.id)).sequence == 12
    assert await actions.follow_held(later) == 0


async def test_a_new_card_arrives_by_the_feed_and_stops_the_old_one_when_enabled(tx, world):
    old = await card(tx, 1)
    answers = await report(tx, "450000", [issue(10, 2, person=1)])
    assert outcomes(answers) == ["applied"]
    new = answers[0].card
    assert (new.state, new.holder_id) == (State.NOT_ENABLED, old.holder_id)
    assert (await queries.get(tx, old.id)).state is State.ACTIVE
    await report(tx, "450000", [event(11, 10, "active", 2)])
    old = await queries.get(tx, old.id)
    assert (old.state, old.replaced_by, old.replaced) == (State.CANCELLED, new.id, True)
    assert (await queries.usable(tx, old.holder_id)).id == new.id
    assert await world.events("cards.issued") == ["cards.issued"]
    assert outcomes(await report(tx, "450000", [event(12, 0, "cancelled", 1)])) == ["confirmed"]
    assert not await whole(tx)


async def test_an_event_of_a_card_that_is_still_to_come_waits_for_it(tx):
    await card(tx, 1)
    assert outcomes(await report(tx, "450000", [event(11, 10, "active", 2)])) == ["held"]
    [gap] = (await queries.gaps(tx, "450000")).cards
    assert (gap.card_id, gap.waiting_for) == (None, 10)
    await report(tx, "450000", [issue(10, 2, person=1)])
    assert (await queries.by_number(tx, card_number(2))).state is State.ACTIVE


async def test_a_bad_new_card_is_refused_alone(tx):
    bad = issue(10, 2)
    bad = actions.StatusEvent(bad.card_number, bad.told, {**bad.fields, "number": "999901199002300217"})
    answers = await report(tx, "450000", [bad, issue(11, 3)])
    assert [(a.outcome, a.code) for a in answers] == [("refused", "number_birth_date"), ("applied", None)]
    assert await queries.by_number(tx, card_number(2)) is None


async def test_a_temporary_loss_ends_by_itself_after_the_regions_days(tx, world):
    await regions.decide(tx, "450000", "temporary_loss_days", "10", set_by="test")
    made = await card(tx)
    await report(tx, "450000", [event(5, 0, "temporarily_lost")])
    lost = await queries.get(tx, made.id)
    assert lost.until == lost.since + timedelta(days=10)
    early = type(tx)(tx.conn, now=lost.until - timedelta(seconds=1), actor=tx.actor, keys=tx.keys)
    assert await actions.end_temporary_losses(early) == 0
    due = type(tx)(tx.conn, now=lost.until, actor=tx.actor, keys=tx.keys)
    assert await actions.end_temporary_losses(due) == 1
    found = await queries.get(due, made.id)
    assert (found.state, found.version, found.until) == (State.ACTIVE, 3, None)
    assert (await queries.history(due, made.id))[-1]["source"] == "expiry"
    assert outcomes(await report(due, "450000", [event(6, 5, "active")])) == ["confirmed"]
    assert not await whole(due)


async def test_a_temporary_loss_of_a_replaced_card_does_not_end_in_use(tx):
    made = await card(tx, 1)
    await report(tx, "450000", [event(5, 0, "temporarily_lost", 1), issue(6, 2, person=1), event(7, 6, "active", 2)])
    assert (await queries.get(tx, made.id)).state is State.CANCELLED
    far = type(tx)(tx.conn, now=tx.now + timedelta(days=400), actor=tx.actor, keys=tx.keys)
    assert await actions.end_temporary_losses(far) == 0


def at(tx, sequence, previous, state, *, after):
    """An event of a moment after now."""
    return actions.StatusEvent(card_number(), Told(sequence, previous, State(state), tx.now + after))


BEFORE, AFTER = timedelta(minutes=-5), timedelta(minutes=5)


@pytest.mark.parametrize(("steps", "stays"), [
    ([("locked", AFTER), ("active", AFTER)], True), ([("temporarily_lost", BEFORE)], True), ([("temporarily_lost", BEFORE), ("active", BEFORE)], True),
    ([("temporarily_lost", AFTER)], False), ([("temporarily_lost", BEFORE), ("active", AFTER)], False),
    ([("lost", BEFORE)], False), ([("lost", BEFORE), ("active", BEFORE)], False), ([("cancelled", BEFORE)], False),
])
async def test_a_card_that_its_holder_called_lost_stays_stopped_until_the_province_has_answered(tx, steps, stays):
    made = await card(tx)
    await actions.request_loss(tx, made.id)
    await report(tx, "450000", [at(tx, n + 5, n + 4 if n else 0, state, after=after) for n, (state, after) in enumerate(steps)])
    found = await queries.get(tx, made.id)
    assert (found.sequence, found.loss_requested_at is not None) == (4 + len(steps), stays)
    assert await tx.value("SELECT count(*) FROM cards.request WHERE closed_at IS NULL") == stays


async def test_the_end_of_a_temporary_loss_is_no_answer_to_a_holder_who_called_the_card_lost(tx):
    made = await card(tx)
    await report(tx, "450000", [event(5, 0, "temporarily_lost")])
    await actions.request_loss(tx, made.id)
    due = type(tx)(tx.conn, now=tx.now + timedelta(days=400), actor=tx.actor, keys=tx.keys)
    assert await actions.end_temporary_losses(due) == 1
    found = await queries.get(due, made.id)
    assert (found.state, found.loss_requested_at) == (State.ACTIVE, tx.now)


async def test_a_holder_who_calls_the_card_lost_while_the_feed_writes_is_not_overwritten(tx):
    made = await card(tx)
    await actions.request_loss(tx, made.id)
    assert await store.save(tx, [(made, msgspec.structs.replace(made, sequence=5))]) == 0
    asked = await queries.get(tx, made.id)
    assert await store.save(tx, [(asked, msgspec.structs.replace(asked, sequence=5))]) == 1
    assert (await queries.get(tx, made.id)).loss_requested_at == tx.now


async def test_messages_at_once_about_one_card_are_all_taken(swept):
    async with swept.tx() as tx:
        made = await card(tx)

    async def send(n):
        async with swept.tx() as tx:
            await report(tx, "450000", [event(n, n - 1, "locked" if n % 2 else "active")])

    async with anyio.create_task_group() as group:
        for n in (3, 1, 5, 2, 4):
            group.start_soon(send, n)
    async with swept.read_tx() as tx:
        assert (await queries.get(tx, made.id)).sequence == 5
    assert all(finding.holds for finding in await prove_all(swept, queries.CHECKS))
