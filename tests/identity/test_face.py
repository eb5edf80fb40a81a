"""The real-person check, against a face service that lies: nothing but a signed, fresh, own answer proves anybody."""
import asyncio

import pytest

from essc.identity import actions, calls, errors, queries
from essc.identity.model import Purpose, State, Way
from essc.kit.db.checks import prove_all
from essc.kit.db.tx import SYSTEM, Actor
from essc.partners.wire import PartnerSilent
from essc_sandbox.province.holders import find
from tests.sandbox.people import somebody

FRAMES = [b"\xff\xd8\xff one", b"\xff\xd8\xff two"]


async def started(db, who=None):
    who = who or somebody()
    return await calls.start(db, SYSTEM, name=who.name, number=who.number, purpose=Purpose.APPLY)


async def submitted(db, check, frames=FRAMES):
    return await calls.submit(db, SYSTEM, check.id, frames)


async def test_a_person_who_shows_the_movements_is_proved_once(db, partners):
    wei = somebody()
    check = await submitted(db, await started(db, wei))
    assert check.state is State.PASSED
    async with db.tx() as tx:
        proof = await actions.consume(tx, check.id, Purpose.APPLY, wei.number)
    assert (proof.way, proof.level, proof.score_band, proof.provider) == (Way.FACE, 2, "high", "sandbox-face")
    with pytest.raises(errors.EvidenceUsed):
        async with db.tx() as tx:
            await actions.consume(tx, check.id, Purpose.APPLY, wei.number)
    assert all(finding.holds for finding in await prove_all(db, queries.CHECKS))


@pytest.mark.parametrize(("lie", "error"), [
    ("wrong_subject", errors.AnswerNotTrusted), ("wrong_nonce", errors.AnswerNotTrusted), ("old_time", errors.AnswerNotTrusted),
    ("future_time", errors.AnswerNotTrusted), ("bad_signature", errors.AnswerNotTrusted), ("unsigned", errors.AnswerNotTrusted),
    ("unknown_key", errors.AnswerNotTrusted), ("garbage", errors.AnswerNotTrusted), ("timeout", PartnerSilent), ("error", PartnerSilent),
])
async def test_an_answer_that_cannot_be_trusted_decides_nothing_and_may_be_asked_again(db, partners, lie, error):
    check = await started(db)
    await partners.lie(lie)
    with pytest.raises(error) as refused:
        await submitted(db, check)
    assert refused.value.retryable
    async with db.tx() as tx:
        kept = await queries.check(tx, check.id)
    assert (kept.state, kept.failures, kept.nonce) == (State.PENDING, 0, check.nonce)
    assert (await submitted(db, check)).state is State.PASSED


async def test_the_good_answer_to_one_check_is_no_answer_to_another(db, partners):
    await submitted(db, await started(db))
    other = await started(db)
    await partners.lie("replay")
    with pytest.raises(errors.AnswerNotTrusted):
        await submitted(db, other)


@pytest.mark.parametrize(("lie", "error"), [
    ("low_score", errors.FaceMismatch), ("many_faces", errors.FaceManyPeople), ("no_face", errors.FaceManyPeople), ("no_liveness", errors.FaceNotLive)])
async def test_a_face_that_does_not_prove_costs_a_try_and_gets_another_challenge(db, partners, lie, error):
    check = await started(db)
    await partners.lie(lie)
    with pytest.raises(error) as refused:
        await submitted(db, check)
    assert refused.value.params["n"] == 2
    async with db.tx() as tx:
        again = await queries.check(tx, check.id)
    assert again.nonce != check.nonce and again.tries_left == 2


async def test_the_third_failure_closes_the_check_and_leads_to_people(db, partners):
    check = await started(db, find("人脸不匹配"))
    for error in (errors.FaceMismatch, errors.FaceMismatch, errors.FaceTriesSpent, errors.FaceTriesSpent):
        with pytest.raises(error):
            await submitted(db, check)
    async with db.tx() as tx:
        assert (await queries.check(tx, check.id)).state is State.FAILED
        closed = await tx.value(
            "SELECT body->>'closed' FROM kit.event WHERE kind = 'identity.not_proved' AND body->>'check_id' = $1 ORDER BY id DESC LIMIT 1", str(check.id))
        assert closed == "true"
    assert all(finding.holds for finding in await prove_all(db, queries.CHECKS))


async def test_pictures_sent_twice_at_once_prove_once(db, partners):
    check = await started(db)
    outcomes = await asyncio.gather(*(submitted(db, check) for _ in range(4)), return_exceptions=True)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} == {errors.CheckDecided}


async def test_no_picture_and_no_name_stay(db, partners):
    wei = somebody()
    check = await submitted(db, await started(db, wei))
    async with db.tx() as tx:
        kept = dict(await tx.row("SELECT * FROM identity.person_check WHERE id = $1", check.id))
        told = await tx.value("SELECT string_agg(body::text, '') FROM kit.event")
    assert kept["person"] is None
    assert wei.number not in told and wei.name not in told and not any(FRAMES[0] in value for value in kept.values() if isinstance(value, bytes))


@pytest.mark.parametrize(("purpose", "of_another"), [(Purpose.RESET, False), (Purpose.APPLY, True)])
async def test_a_proof_is_none_for_another_purpose_or_person(db, partners, purpose, of_another):
    wei, other = somebody(), somebody()
    check = await submitted(db, await started(db, wei))
    with pytest.raises(errors.EvidenceMissing):
        async with db.tx() as tx:
            await actions.consume(tx, check.id, purpose, other.number if of_another else wei.number)


async def test_without_a_face_service_the_way_is_not_offered(db, partners):
    calls.furnish(calls.Desk(None, partners.sms))
    with pytest.raises(errors.WayNotOffered):
        await started(db)


async def test_one_channel_checks_one_person_twenty_times_an_hour_and_keeps_nobody_out_elsewhere(db, partners):
    wei = somebody()
    for _ in range(20):
        await started(db, wei)
    with pytest.raises(errors.ChecksTooOften):
        await started(db, wei)
    await calls.start(db, Actor("channel", "chan_other"), name=wei.name, number=wei.number, purpose=Purpose.APPLY)


async def test_a_stranger_on_our_pages_keeps_nobody_out_who_is_elsewhere(db, partners):
    wei = somebody()

    async def begin(address):
        return await calls.start(db, Actor("anonymous", "page"), name=wei.name, number=wei.number, purpose=Purpose.SIGN_IN, peer=address)

    for _ in range(20):
        await begin("192.0.2.1")
    with pytest.raises(errors.ChecksTooOften):
        await begin("192.0.2.1")
    await begin("192.0.2.2")
    async with db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.throttle WHERE name = 'identity_checks_strangers'") >= 1


async def test_a_check_has_ten_minutes(db, partners):
    check = await started(db)
    with pytest.raises(errors.CheckOver):
        async with db.tx() as tx:
            tx.now = check.expires_at
            await actions.ask(tx, check.id)
