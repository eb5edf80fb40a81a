"""What a reader is told, with real rooms below: one PASS a code, and nothing of an unusable card."""
from datetime import timedelta

import pytest

from essc.cards import actions as cards
from essc.channels import actions as channels
from essc.channels.model import Move as ChannelMove
from essc.codes import actions, store
from essc.codes.actions import FORGED_TRIES_A_MINUTE, Word
from essc.ecards import actions as ecards
from essc.ecards.model import Freeze
from essc.kit.db.checks import prove
from essc.venues import actions as venues
from tests.cards.rows import event
from tests.codes.scene import forged, staged, terminal_of


async def told(tx, *requests):
    return [answer.verdict for answer in await actions.redeem(tx, requests)]


async def test_a_code_passes_once(tx, world):
    here = await staged(tx)
    assert await told(tx, here.scan(tx)) == ["PASS"]
    assert await told(tx, here.scan(tx, request="r2")) == ["USED"]
    assert (await world.events("codes.presented")) == ["codes.presented"] * 2
    assert not [f for f in await prove(tx, store.CHECKS) if not f.holds]


async def test_of_two_readers_in_one_batch_one_gets_a_pass(tx):
    here, other = await staged(tx), await terminal_of(tx, name="另一家药房（演示）")
    code = here.code(tx)
    assert sorted(await told(tx, here.scan(tx, code), here.scan(tx, code, terminal=other, request="r9"))) == ["PASS", "USED"]


async def test_the_same_request_twice_in_one_batch_is_answered_twice_the_same(tx):
    here = await staged(tx)
    code = here.code(tx)
    first, again = await actions.redeem(tx, [here.scan(tx, code), here.scan(tx, code)])
    assert (first.verdict, first.judgement.replayed, again.verdict, again.judgement.replayed) == ("PASS", False, "PASS", True)
    assert (again.decided_at, again.card_version) == (first.decided_at, first.card_version)


async def test_the_same_request_again_gets_the_first_verdict_whatever_happened_since(tx, world):
    here = await staged(tx)
    code = here.code(tx)
    await told(tx, here.scan(tx, code))
    await cards.report(tx, "450000", [event(5, 0, "lost")], demonstration=True)
    decided = tx.now
    tx.now += timedelta(seconds=90)
    [again] = await actions.redeem(tx, [here.scan(tx, code, after=0)])
    assert (again.verdict, again.judgement.replayed) == ("PASS", True)
    assert (again.decided_at, again.card_version) == (decided, here.card.version)
    assert len(await world.events("codes.presented")) == 1


async def test_a_new_code_does_not_end_the_one_before_it(tx):
    here = await staged(tx)
    assert await told(tx, here.scan(tx, here.code(tx, nonce=1)), here.scan(tx, here.code(tx, nonce=2), request="r2")) == ["PASS", "PASS"]


@pytest.mark.parametrize(("state", "verdict"), [
    ("2", "CARD_LOST"), ("3", "CARD_LOCKED"), ("4", "CARD_LOST"), ("0", "CARD_SEALED"), ("9", "CARD_CANCELLED"),
])
async def test_no_code_of_an_unusable_card_passes(tx, state, verdict):
    words = {"2": "lost", "3": "locked", "4": "temporarily_lost", "0": "sealed", "9": "cancelled"}
    here = await staged(tx)
    await cards.report(tx, "450000", [event(5, 0, words[state])], demonstration=True)
    fresh = here.code(tx, versions=(here.card.version + 1 + here.ecard.version + here.link.version) % 16)
    assert await told(tx, here.scan(tx, fresh)) == [verdict]


async def test_what_was_minted_before_a_loss_stays_refused_after_its_lift(tx):
    here = await staged(tx)
    before = here.code(tx)
    await cards.report(tx, "450000", [event(5, 0, "lost"), event(6, 5, "active")], demonstration=True)
    [answer] = await actions.redeem(tx, [here.scan(tx, before)])
    assert (answer.verdict, answer.judgement.reason) == ("EXPIRED", "superseded")
    after = here.code(tx, versions=(here.card.version + 2 + here.ecard.version + here.link.version) % 16)
    assert await told(tx, here.scan(tx, after, request="r2")) == ["PASS"]


async def test_a_freeze_an_unlink_and_a_paused_channel_stop_codes(tx):
    here, other, third = await staged(tx, 1), await staged(tx, 2), await staged(tx, 3)
    await ecards.freeze(tx, here.ecard.id, Freeze.HOLDER)
    await ecards.unlink(tx, other.link.id, "password")
    await channels.move(tx, third.channel.id, ChannelMove.PAUSE, "test")
    assert await told(tx, here.scan(tx), other.scan(tx, request="r2"), third.scan(tx, request="r3")) == ["FROZEN", "NOT_LINKED", "CHANNEL_PAUSED"]


async def test_a_wrong_reader_burns_nothing(tx):
    here, park = await staged(tx), await terminal_of(tx, "park", "示例公园（演示）")
    code = here.code(tx)
    await venues.disable(tx, park.id, "test")
    assert await told(tx, here.scan(tx, code, terminal=park, scene="park.enter"), here.scan(tx, code, scene="park.enter", request="r2")) == [
        "TERMINAL_DISABLED", "SCENE_NOT_ALLOWED"]
    assert await told(tx, here.scan(tx, code, request="r3")) == ["PASS"]


async def test_a_reader_that_guesses_is_not_answered_for_the_rest_of_the_minute(tx, world):
    here = await staged(tx)
    code = here.code(tx)
    guesses = [here.scan(tx, forged(here.code(tx, nonce=n)), request=f"g{n}") for n in range(FORGED_TRIES_A_MINUTE)]
    assert set(await told(tx, *guesses)) == {"FORGED"}
    assert await told(tx, here.scan(tx, code), here.scan(tx, forged(code), request="g99")) == ["READER_THROTTLED"] * 2
    other = await terminal_of(tx, name="另一家药房（演示）")
    assert await told(tx, here.scan(tx, code, terminal=other, request="r2")) == ["PASS"]
    assert len(await world.events("codes.presented")) == 2


async def test_a_reader_that_guesses_in_one_batch_gets_no_more_answers_and_its_neighbours_do(tx):
    here, other = await staged(tx), await terminal_of(tx, name="另一家药房（演示）")
    code, cut = here.code(tx), here.scan(tx, "1234", request="cut")
    guesses = [here.scan(tx, forged(here.code(tx, nonce=n)), request=f"g{n}") for n in range(2 * FORGED_TRIES_A_MINUTE)]
    verdicts = await told(tx, cut, *guesses, here.scan(tx, code), here.scan(tx, code, terminal=other, request="r2"))
    assert verdicts == ["FORGED"] * (1 + FORGED_TRIES_A_MINUTE) + ["READER_THROTTLED"] * (FORGED_TRIES_A_MINUTE + 1) + ["PASS"]


@pytest.mark.parametrize(("after", "verdict"), [(-5.0, "PASS"), (-6.0, "NOT_YET"), (60.0, "PASS"), (65.0, "PASS"), (66.1, "EXPIRED"), (86_400.0, "FORGED")])
async def test_a_code_lives_a_minute(tx, after, verdict):
    here = await staged(tx)
    assert await told(tx, here.scan(tx, after=after)) == [verdict]


async def test_a_bad_one_never_spoils_its_neighbours(tx):
    here = await staged(tx)
    code = here.code(tx)
    requests = [here.scan(tx, "not a code", request="a"), here.scan(tx, forged(code), request="b"), here.scan(tx, code, request="c"),
                here.scan(tx, here.code(tx, slot=here.link.slot ^ 1), request="d")]
    assert await told(tx, *requests) == ["FORGED", "FORGED", "PASS", "FORGED"]


async def test_a_reader_that_was_stopped_hears_its_first_verdict_again_and_sees_nobody(tx):
    here = await staged(tx)
    scan = here.scan(tx)
    [seen] = await actions.disclose(tx, await actions.redeem(tx, [scan]))
    await venues.disable(tx, here.terminal.id, "stolen")
    again = await actions.redeem(tx, [scan])
    assert seen.name and (again[0].verdict, again[0].judgement.replayed) == ("PASS", True)
    assert await actions.disclose(tx, again) == [None]


async def test_a_reader_sees_just_the_fields_of_its_scene(tx):
    here = await staged(tx)
    answers = await actions.redeem(tx, [here.scan(tx), here.scan(tx, request="r2")])
    shown, nothing = await actions.disclose(tx, answers)
    assert nothing is None
    assert shown is not None
    assert (shown.name, shown.number, shown.name_masked, shown.card_last4) == ("韦晓兰", None, None, "0001")
    assert shown.number_masked is not None and "*" in shown.number_masked


@pytest.mark.parametrize(("scene", "matched", "proofs"), [
    ("counter.person_check", True, 1), ("counter.person_check", False, 0), ("counter.identify", True, 0)])
async def test_a_clerks_word_in_the_scene_of_person_checks_is_a_proof_of_the_person(tx, scene, matched, proofs):
    here, desk = await staged(tx), await terminal_of(tx, "service_point", "示例市民中心")
    code = here.code(tx)
    assert await told(tx, here.scan(tx, code, scene=scene, terminal=desk)) == ["PASS"]
    await actions.compare_person(tx, code, desk.id, Word(matched=matched), tx.now)
    assert await tx.value("SELECT count(*) FROM kit.event WHERE kind = 'identity.proved'") == proofs


async def test_the_clerk_compares_the_person_after_a_pass_here_and_soon(tx):
    here, other = await staged(tx), await terminal_of(tx, name="另一家药房（演示）")
    code = here.code(tx)
    await told(tx, here.scan(tx, code))
    with pytest.raises(actions.PresentationUnknown):
        await actions.compare_person(tx, code, other.id, Word(matched=True), tx.now)
    fact = await actions.compare_person(tx, code, here.terminal.id, Word(matched=True), tx.now)
    assert (fact.holder_id, fact.matched) == (here.card.holder_id, True)
    tx.now += timedelta(minutes=11)
    with pytest.raises(actions.PresentationUnknown):
        await actions.compare_person(tx, code, here.terminal.id, Word(matched=True), tx.now)
