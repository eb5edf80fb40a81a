"""What holders choose for the faces: remembered for the account, asked once, agreed to by version."""
from datetime import date

import pytest

from essc.holders import actions as people
from essc.preferences import actions, jobs, queries
from essc.preferences.model import Mode, Preference, TextSize, to_be_asked
from tests.hearing import hear
from tests.holders.people import somebody

TODAY = date(2026, 11, 21)


async def test_whoever_never_chose_gets_the_standard(tx):
    id = await people.enrol(tx, somebody())
    assert await queries.get(tx, id) == Preference(id)


async def test_a_mode_is_remembered_and_answers_the_question(tx, world):
    id = await people.enrol(tx, somebody())
    await actions.choose_mode(tx, id, Mode.ELDER)
    assert await queries.get(tx, id) == Preference(id, Mode.ELDER, TextSize.STANDARD, tx.now)
    assert await world.last_event() == "preferences.mode_chosen"


async def test_mode_and_size_do_not_undo_each_other(tx, world):
    id = await people.enrol(tx, somebody())
    await actions.choose_text_size(tx, id, TextSize.LARGEST)
    await actions.choose_mode(tx, id, Mode.STANDARD)
    found = await queries.get(tx, id)
    assert (found.mode, found.text_size, found.asked_at) == (Mode.STANDARD, TextSize.LARGEST, tx.now)


async def test_terms_agreed_to_twice_are_agreed_to_once(tx):
    id = await people.enrol(tx, somebody())
    for _ in range(2):
        await actions.agree(tx, id, "2026-11")
    assert await queries.agreed(tx, id) == [("2026-11", tx.now)]


async def test_an_erased_person_leaves_the_agreement_only(tx):
    id = await people.enrol(tx, somebody())
    await actions.choose_mode(tx, id, Mode.ELDER)
    await actions.agree(tx, id, "2026-11")
    await people.erase(tx, id)
    await hear(tx, jobs.jobs)
    assert (await queries.get(tx, id)).mode is Mode.STANDARD
    assert len(await queries.agreed(tx, id)) == 1


async def test_the_invariant_holds_and_sees_strangers(tx):
    id = await people.enrol(tx, somebody())
    await actions.choose_mode(tx, id, Mode.ELDER)
    [check] = queries.CHECKS
    assert await check.find(tx) == []


@pytest.mark.parametrize(("born", "asked"), [
    (date(1966, 11, 21), True), (date(1966, 11, 22), False), (date(1958, 3, 1), True), (date(1990, 5, 12), False), (None, False),
])
def test_elder_mode_is_offered_from_sixty_on(born, asked):
    assert to_be_asked(Preference(None), born, TODAY) is asked


async def test_who_has_answered_is_not_asked_again(tx):
    assert not to_be_asked(Preference(None, asked_at=tx.now), date(1950, 1, 1), TODAY)
    assert not to_be_asked(Preference(None, Mode.ELDER), date(1950, 1, 1), TODAY)
