"""Notes: one a rule and subject while nobody closed it, told once however often it is told, and worked on by whoever took it over."""
from datetime import timedelta

import pytest

from essc.kit import ids
from essc.kit.db.checks import prove
from essc.kit.db.tx import Actor
from essc.kit.paging import Page
from essc.risk import actions, model, queries, store
from essc.risk.errors import NoteChangedMeanwhile, NoteMoveNotAllowed, NoteNotFound, NoteReasonMissing
from essc.risk.model import Act, Closing, Filter, Level, Sort, State

pytestmark = pytest.mark.anyio


async def raised(tx, *, rule="forged_reported", level=Level.MEDIUM, subject=None, region="450100", kind="terminal", fact_id=None, **facts):
    return await actions.raise_note(tx, rule=rule, level=level, subject_kind=kind, subject=subject or ids.new(), region=region, facts=facts, fact_id=fact_id)


async def of(tx, note_id):
    return (await queries.get(tx, note_id)).note


async def seen(tx, page=None, **wanted):
    return [one.note.id for one in (await queries.listed(tx, Filter(**wanted), page or Page())).items]


@pytest.fixture
def officer(tx):
    tx.actor = Actor("operator", "staff_one")
    return tx


async def test_what_is_noted_waits_with_its_facts(tx, world):
    note = await of(tx, await raised(tx, scene="pharmacy.buy", tries=3))
    assert (note.state, note.count, note.facts, note.owner, note.closing) == (State.OPEN, 1, {"scene": "pharmacy.buy", "tries": 3}, None, None)
    assert await world.last_event() == "risk.note_raised"


async def test_the_same_about_the_same_counts_up_and_keeps_the_higher_level(tx):
    subject = ids.new()
    first = await raised(tx, subject=subject, level=Level.HIGH)
    tx.now += timedelta(hours=1)
    assert await raised(tx, subject=subject, level=Level.LOW, tries=9) == first
    note = await of(tx, first)
    assert (note.count, note.level, note.last_at, note.facts) == (2, Level.HIGH, tx.now, {"tries": 9})
    assert len(await queries.sightings(tx, note)) == 2


@pytest.mark.parametrize("other", [{"rule": "forged_flood"}, {"subject": ids.new()}], ids=["another rule", "another subject"])
async def test_anything_else_is_another_note(tx, other):
    subject = ids.new()
    assert await raised(tx, subject=subject) != await raised(tx, **{"subject": subject} | other)


async def test_a_fact_told_twice_counts_once_even_when_the_note_is_closed(officer):
    subject, fact = ids.new(), ids.new()
    note_id = await raised(officer, subject=subject, fact_id=fact)
    assert await raised(officer, subject=subject, fact_id=fact) == note_id and (await of(officer, note_id)).count == 1
    await actions.close(officer, note_id, Closing.HANDLED, "已核实")
    assert await raised(officer, subject=subject, fact_id=fact) == note_id
    assert await raised(officer, subject=subject, fact_id=ids.new()) != note_id


async def test_a_rule_that_does_not_exist_is_no_rule(tx):
    with pytest.raises(ValueError):
        await raised(tx, rule="looks_odd")


async def test_whoever_does_something_first_owns_it_and_another_may_take_it_over(officer):
    note_id = await raised(officer)
    assert (await actions.remark(officer, note_id, "已电话联系药店")).owner == "staff_one"
    officer.actor = Actor("operator", "staff_two")
    assert (await actions.act(officer, note_id, Act.DISABLE_TERMINAL, "疑似改装")).owner == "staff_one"
    taken = await actions.take(officer, note_id)
    assert (taken.owner, taken.state) == ("staff_two", State.HANDLING)
    closed = await actions.close(officer, note_id, Closing.FALSE_ALARM, "扫码枪故障")
    assert (closed.state, closed.closing) == (State.CLOSED, Closing.FALSE_ALARM)
    assert [(one.move, one.word, one.moved_by) for one in await queries.timeline(officer, closed)] == [
        ("false_alarm", "扫码枪故障", "staff_two"), ("take", "", "staff_two"), ("disable_terminal", "疑似改装", "staff_two"), ("remark", "已电话联系药店", "staff_one")]


@pytest.mark.parametrize("move", [
    lambda tx, n: actions.take(tx, n), lambda tx, n: actions.remark(tx, n, "补充"), lambda tx, n: actions.act(tx, n, Act.FREEZE_CODES, "补充"),
    lambda tx, n: actions.close(tx, n, Closing.HANDLED, "补充")], ids=["take", "remark", "act", "close"])
async def test_what_is_closed_stays_as_it_is(officer, move):
    note_id = await raised(officer)
    await actions.close(officer, note_id, Closing.HANDLED, "已处理")
    with pytest.raises(NoteMoveNotAllowed):
        await move(officer, note_id)


@pytest.mark.parametrize("word", ["", " ", "x", "字" * 201], ids=["empty", "blank", "one", "too long"])
async def test_a_reason_is_asked_for(officer, word):
    note_id = await raised(officer)
    for move in (actions.remark(officer, note_id, word), actions.close(officer, note_id, Closing.FALSE_ALARM, word)):
        with pytest.raises(NoteReasonMissing):
            await move
    assert (await of(officer, note_id)).state == State.OPEN


async def test_two_moves_decided_on_the_same_note_do_not_both_win(officer):
    note = await of(officer, await raised(officer))
    await actions.take(officer, note.id)
    with pytest.raises(NoteChangedMeanwhile):
        await store.save(officer, model.closed(note, "staff_two", Closing.HANDLED), was=note, move="handled", word="")


async def test_there_is_no_note_of_another_id(tx):
    with pytest.raises(NoteNotFound):
        await queries.get(tx, ids.new())


async def test_a_region_sees_its_own_and_what_lies_below(tx):
    city, other, nation = await raised(tx, region="450100"), await raised(tx, region="460100"), await raised(tx, region="000000")
    assert await seen(tx, region="450000") == [city] and await seen(tx, region="450100") == [city] and await seen(tx, region="450300") == []
    assert set(await seen(tx)) == {city, other, nation}
    assert await queries.waiting(tx, "450000") == {(State.OPEN, Level.MEDIUM): 1}


async def test_filters_keep_what_was_asked_for(officer):
    low = await raised(officer, level=Level.LOW, rule="password_locked", kind="holder")
    high = await raised(officer, level=Level.HIGH)
    await actions.take(officer, high)
    for wanted, found in [({"level": Level.LOW}, [low]), ({"rule": model.Rule.FORGED_REPORTED}, [high]), ({"state": State.HANDLING}, [high]),
                          ({"owner": "staff_one"}, [high]), ({"subject_kind": model.SubjectKind.HOLDER}, [low]), ({"since": officer.now + timedelta(1)}, [])]:
        assert await seen(officer, **wanted) == found, wanted


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("falling", [True, False])
async def test_pages_follow_each_other_in_every_order(tx, sort, falling):
    subjects = [ids.new() for _ in range(7)]
    for turn, subject in enumerate(subjects):
        tx.now += timedelta(minutes=turn)
        for _ in range(1 + turn % 3):
            await raised(tx, subject=subject, level=Level(1 + turn % 3))
    found, cursor = [], None
    for _ in range(4):
        page = await queries.listed(tx, Filter(sort=sort, falling=falling), Page(limit=3, cursor=cursor))
        found += [one.note for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    key = {Sort.TIME: lambda n: n.last_at, Sort.LEVEL: lambda n: n.level, Sort.COUNT: lambda n: n.count}[sort]
    assert [key(note) for note in found] == sorted((key(note) for note in found), reverse=falling) and len({note.id for note in found}) == 7


async def test_the_series_counts_what_was_seen_when(tx):
    subject = ids.new()
    for hours in (0, 0, 3, 26):
        tx.now += timedelta(hours=hours)
        note_id = await raised(tx, subject=subject)
    bars = await queries.series(tx, await of(tx, note_id), step=timedelta(hours=1), count=24)
    assert sum(bar.count for bar in bars) == 1 and bars[-1].count == 1
    days = await queries.series(tx, await of(tx, note_id), step=timedelta(days=1), count=7)
    assert [bar.count for bar in days][-2:] == [3, 1]


async def test_the_books_of_the_room_are_proved(officer):
    note_id = await raised(officer)
    await actions.close(officer, note_id, Closing.HANDLED, "已处理")
    assert all(found.holds for found in await prove(officer, queries.CHECKS))
