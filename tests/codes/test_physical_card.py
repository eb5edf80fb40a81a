"""The physical card at a counter: same scenes, fields and verdicts as a code."""
import pytest

from essc.cards import actions as cards
from essc.cards import queries as known_cards
from essc.codes import actions
from essc.codes.actions import FORGED_TRIES_A_MINUTE, Reading, Word
from essc.codes.errors import CardUnreadable, PresentationUnknown
from essc.holders import queries as holders
from essc.holders.model import Person
from essc.identity import actions as identity
from essc.identity import queries as proofs
from essc.identity.model import Purpose, State, Way
from essc.passwords import actions as passwords
from essc.passwords.model import Hashed
from essc.sessions import actions as sessions
from essc.sessions import queries as signed_in
from essc.sessions.model import Device
from tests.cards import rows
from tests.channels.applications import registered
from tests.codes.scene import PHARMACY, linked, terminal_of


async def string_of(tx, card, **other):
    detail, who = await known_cards.detail(tx, card.id), await holders.get(tx, card.holder_id)
    said = {"region": card.region, "number": who.number, "card_number": detail.card_number, "identifier": detail.identifier, "name": who.name} | other
    return "|".join([*said.values(), "0000", "3.00", "20210315", "20310315", "000000000000", "0"])


def reading(tx, terminal, text, scene=PHARMACY):
    return Reading(text=text, scene=scene, terminal_id=terminal.id, session_began=tx.now, received_at=tx.now)


async def test_a_card_gets_the_fields_of_the_scene_and_its_use_is_told(tx, world):
    card, terminal = await rows.card(tx), await terminal_of(tx)
    answer, shown = await actions.read_card(tx, reading(tx, terminal, await string_of(tx, card)))
    assert (answer.verdict, shown.name, shown.number, shown.card_last4) == ("PASS", "韦晓兰", None, "0001")
    assert await world.events("codes.presented") == ["codes.presented"]


async def test_a_lost_card_is_refused_and_shows_nothing(tx):
    card, terminal = await rows.card(tx), await terminal_of(tx)
    text = await string_of(tx, card)
    await cards.report(tx, "450000", [rows.event(5, 0, "lost")], demonstration=True)
    answer, shown = await actions.read_card(tx, reading(tx, terminal, text))
    assert (answer.verdict, shown) == ("CARD_LOST", None)


@pytest.mark.parametrize("other", [{"name": "别人"}, {"number": "999901199003070015"}, {"card_number": "990000099"}, {"identifier": "F" * 32}, {"region": "450300"}])
async def test_a_card_that_says_something_else_than_the_province_is_forged(tx, world, other):
    card, terminal = await rows.card(tx), await terminal_of(tx)
    answer, shown = await actions.read_card(tx, reading(tx, terminal, await string_of(tx, card, **other)))
    assert (answer.verdict, shown) == ("FORGED", None)
    assert not await world.events("codes.presented")


async def test_a_reader_that_guesses_cards_learns_nothing_more_from_a_right_one_than_from_a_wrong_one(tx):
    card, terminal = await rows.card(tx), await terminal_of(tx)
    right, wrong = await string_of(tx, card), await string_of(tx, card, identifier="F" * 32)
    for _ in range(FORGED_TRIES_A_MINUTE):
        await actions.read_card(tx, reading(tx, terminal, wrong))
    answers = [await actions.read_card(tx, reading(tx, terminal, text)) for text in (right, wrong, "|".join(["1"] * 11))]
    assert [(answer.verdict, shown) for answer, shown in answers] == [("READER_THROTTLED", None)] * 3


@pytest.mark.parametrize("text", ["", "450100|1|2", "450100||990000001|F|韦晓兰|0|3|1|2|3|4", "|" * 10])
async def test_what_no_card_says_is_unreadable(tx, text):
    with pytest.raises(CardUnreadable):
        await actions.read_card(tx, reading(tx, await terminal_of(tx), text))


async def test_a_card_that_is_guessed_by_comparing_persons_counts_like_one_that_is_read(tx):
    card, terminal = await rows.card(tx), await terminal_of(tx, "service_point", "示例市民中心")
    right, wrong = await string_of(tx, card), await string_of(tx, card, identifier="F" * 32)
    for _ in range(FORGED_TRIES_A_MINUTE):
        told = await actions.compare_card_person(tx, reading(tx, terminal, wrong, "counter.person_check"), Word(matched=False))
        assert isinstance(told, PresentationUnknown)
    with pytest.raises(PresentationUnknown):
        await actions.compare_card_person(tx, reading(tx, terminal, right, "counter.person_check"), Word(matched=False))
    answer, _ = await actions.read_card(tx, reading(tx, terminal, right, "counter.person_check"))
    assert answer.verdict == "READER_THROTTLED"


async def test_a_check_on_the_phone_passes_when_the_clerk_compares_the_person_with_the_card(tx):
    card, terminal = await rows.card(tx), await terminal_of(tx, "service_point", "示例市民中心")
    who = await holders.get(tx, card.holder_id)
    check = await identity.start(tx, Person(who.name, who.number, who.kind), Purpose.APPLY, Way.TERMINAL)
    here = reading(tx, terminal, await string_of(tx, card), "counter.person_check")
    await actions.compare_card_person(tx, here, Word(matched=True, pairing=check.pairing))
    assert (await proofs.check(tx, check.id)).state is State.PASSED


async def test_no_word_of_a_clerk_counts_for_a_card_that_does_not_pass(tx):
    card, terminal = await rows.card(tx), await terminal_of(tx, "service_point", "示例市民中心")
    text = await string_of(tx, card)
    await cards.report(tx, "450000", [rows.event(5, 0, "lost")], demonstration=True)
    with pytest.raises(PresentationUnknown):
        await actions.compare_card_person(tx, reading(tx, terminal, text, "counter.person_check"), Word(matched=True))


async def test_a_lost_phone_is_ended_at_a_counter(tx, world):
    card, terminal = await rows.card(tx), await terminal_of(tx, "service_point", "示例市民中心")
    ecard, link = await linked(tx, card, await registered(tx))
    await passwords.set_first(tx, ecard.id, card.region, Hashed("nobody knows it", 1))
    await sessions.open(tx, link.id, Device("a-phone-1234", "手机"), "sms")
    here = reading(tx, terminal, await string_of(tx, card), "counter.person_check")
    await actions.compare_card_person(tx, here, Word(matched=True, end_sessions=True))
    assert await world.events("sessions.revoked") == ["sessions.revoked"]
    assert not await signed_in.listed(tx, card.holder_id)
