"""Every rule has a source: a room that sees the fact while it does its work, tells it once, and tells nothing personal."""
import pytest

from essc.cards import actions as cards
from essc.codes import actions as codes
from essc.codes.actions import FORGED_TRIES_A_MINUTE, Word
from essc.kit import ids
from essc.kit.db.tx import Actor
from essc.kit.paging import Page
from essc.passwords.events import PasswordWasLocked
from essc.records import actions as records
from essc.records import jobs as records_jobs
from essc.records import queries as known_records
from essc.risk import jobs as risk_jobs
from essc.risk import queries
from essc.risk.model import Filter, Level, Rule, SubjectKind, region_subject
from essc.venues import actions as venues
from essc.venues import model as venue_model
from tests.cards.rows import card, event
from tests.channels.applications import public_key
from tests.codes.scene import forged, staged
from tests.hearing import hear

pytestmark = pytest.mark.anyio


async def noted(tx):
    return [one.note for one in (await queries.listed(tx, Filter(), Page())).items]


async def test_a_disowned_use_is_noted_for_the_region_of_the_card(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx)])
    await hear(tx, records_jobs.jobs)
    holder = here.ecard.holder_id
    use = (await known_records.uses(tx, holder, Page())).items[0].use
    for _ in range(2):
        await records.dispute(tx, holder, use.id)
    [note] = await noted(tx)
    assert (note.rule, note.level, note.subject_kind, note.subject, note.region, note.count) == (
        Rule.USE_DISPUTED, Level.HIGH, SubjectKind.HOLDER, holder, here.card.region, 1)
    assert note.facts["verdict"] == "PASS" and note.facts["use"] == ids.wire("use", use.id) and note.facts["terminal"] == ids.wire("term", here.terminal.id)


async def test_a_password_that_locked_is_noted_once_however_often_it_is_heard(tx):
    here = await staged(tx)
    await tx.emit(PasswordWasLocked(ecard_id=here.ecard.id, until=tx.now), actor=Actor("channel", ids.wire("chan", here.channel.id)))
    await hear(tx, records_jobs.jobs, again=True)
    [note] = await noted(tx)
    assert (note.rule, note.level, note.subject, note.count, note.facts["by"]) == (Rule.PASSWORD_LOCKED, Level.LOW, here.ecard.holder_id, 1, "channel")


async def test_a_clerk_who_sees_somebody_else_has_it_noted(tx):
    here = await staged(tx)
    code = here.code(tx)
    await codes.redeem(tx, [here.scan(tx, code)])
    await codes.compare_person(tx, code, here.terminal.id, Word(matched=False), tx.now)
    await hear(tx, records_jobs.jobs, again=True)
    [note] = await noted(tx)
    assert (note.rule, note.subject_kind, note.subject, note.count) == (Rule.PERSON_MISMATCH, SubjectKind.HOLDER, here.ecard.holder_id, 1)


async def test_a_clerk_reports_what_is_none_of_our_codes(tx):
    here = await staged(tx)
    await codes.redeem(tx, [here.scan(tx, forged(here.code(tx)))])
    first = await codes.report_forgery(tx, here.terminal.id, "pharmacy.buy")
    assert await codes.report_forgery(tx, here.terminal.id, "pharmacy.buy") == first
    [note] = await noted(tx)
    assert (note.id, note.rule, note.region, note.count, note.facts) == (
        first, Rule.FORGED_REPORTED, here.terminal.region, 2, {"scene": "pharmacy.buy", "forged_tries_10min": 1})


async def test_a_terminal_that_is_not_answered_any_more_is_noted_once_in_the_minute(tx):
    here = await staged(tx)
    guesses = [here.scan(tx, forged(here.code(tx, nonce=n)), request=f"g{n}") for n in range(FORGED_TRIES_A_MINUTE + 5)]
    for guess in guesses[:-8]:
        await codes.redeem(tx, [guess])
    assert await noted(tx) == []
    await codes.redeem(tx, guesses[-8:])
    await codes.redeem(tx, guesses[-1:])
    [note] = await noted(tx)
    assert (note.rule, note.level, note.subject, note.count, note.facts) == (
        Rule.FORGED_FLOOD, Level.HIGH, here.terminal.id, 1, {"tries": FORGED_TRIES_A_MINUTE})


async def test_an_address_that_used_up_its_activation_codes_is_noted_by_a_hash(tx):
    for number in range(venues.OF_ADDRESS.count):
        assert await noted(tx) == []
        code = venue_model.activation_code(number.to_bytes(16, "big"))
        await venues.try_activation(tx, code[:1] + "23456789A"[number % 9] + code[2:], public_key(), "10.9.8.7")
        await hear(tx, risk_jobs.jobs)
    [note] = await noted(tx)
    assert (note.rule, note.subject_kind, note.count, note.facts) == (Rule.ACTIVATION_GUESSED, SubjectKind.ADDRESS, 1, {"tries": 10})
    assert "10.9.8.7" not in str(note)


async def test_two_histories_of_one_card_are_noted_for_the_province(tx):
    await card(tx)
    answers = await cards.report(tx, "450000", [event(5, 0, "lost"), event(6, 2, "active")], demonstration=True)
    assert answers[1].code in ("card_feed_forked", "card_event_forked")
    [note] = await noted(tx)
    assert (note.rule, note.subject, note.region, note.facts) == (
        Rule.FEED_FORKED, region_subject("450000"), "450000", {"events": 1, "first_sequence": 6})
