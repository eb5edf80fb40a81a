"""Applying, linking, unlinking and resetting as people do it: proof first, password after, nothing half done."""
import asyncio

import pytest

from essc.cards.model import State as CardState
from essc.ecards import actions, calls, errors, queries
from essc.ecards.calls import Mobile, Proof
from essc.holders import actions as people
from essc.holders import queries as holders
from essc.identity import actions as identity
from essc.identity import calls as proving
from essc.identity import errors as proofs
from essc.identity.model import Purpose, State, Way
from essc.kit import ids
from essc.kit.db.checks import prove_all
from essc.kit.db.tx import SYSTEM
from essc.names import CheckId, TerminalId
from essc.passwords import calls as passwords
from essc.passwords import errors as password_errors
from tests.ecards.house import carded, channel, moved, replaced
from tests.ecards.story import PASSWORD, face, holder, sms
from tests.sandbox.people import somebody

WRONG, NEW = "264819", "509371"


async def test_applying_with_face_mobile_and_password(db, partners):
    who, ecard, link = await holder(db, partners)
    async with db.tx() as tx:
        assert (await holders.get(tx, ecard.holder_id)).mobile == who.mobile
        assert (await queries.standings(tx, link.id)).standing.usable
    await passwords.verify(db, ecard.id, PASSWORD, SYSTEM)
    assert all(finding.holds for finding in await prove_all(db, queries.CHECKS))


async def applying(db, partners, *, password=PASSWORD, proof=None, mobile=None):
    who = somebody()
    async with db.tx() as tx:
        card = await carded(tx, who)
    given = proof or await face(db, who, Purpose.APPLY)
    return who, card, calls.apply(db, SYSTEM, who.person, channel(), given, password, mobile=mobile)


@pytest.mark.parametrize(("given", "error"), [
    ({"password": "123456"}, password_errors.PasswordWeak), ({"password": "12345"}, password_errors.PasswordWeak),
    ({"proof": Proof(CheckId(ids.new()))}, proofs.EvidenceMissing), ({"proof": Proof(CheckId(ids.new()), "000000")}, proofs.SmsCodeOver),
    ({"mobile": Mobile("19900000001", Proof(CheckId(ids.new()), "000000"))}, proofs.SmsCodeOver),
])
async def test_a_refused_application_leaves_nothing(db, partners, given, error):
    _, card, application = await applying(db, partners, **given)
    with pytest.raises(error):
        await application
    async with db.tx() as tx:
        assert await queries.of_card(tx, card.id) is None


async def test_two_applications_at_once_make_one_ecard(db, partners):
    who = somebody()
    async with db.tx() as tx:
        card = await carded(tx, who)
    given = [await face(db, who, Purpose.APPLY) for _ in range(4)]
    outcomes = await asyncio.gather(*(calls.apply(db, SYSTEM, who.person, channel(), one, PASSWORD) for one in given), return_exceptions=True)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert {type(o) for o in outcomes if isinstance(o, Exception)} <= {errors.EcardChangedMeanwhile, errors.HeldElsewhere}
    async with db.tx() as tx:
        assert len(await queries.links(tx, card.holder_id)) == 1


async def test_a_second_channel_needs_a_proof_and_the_password(db, partners):
    who, ecard, _ = await holder(db, partners)
    given = await sms(db, partners, who, Purpose.LINK)
    with pytest.raises(password_errors.PasswordWrong):
        await calls.link(db, SYSTEM, who.person, channel(), given, WRONG)
    second, link = await calls.link(db, SYSTEM, who.person, channel(), given, PASSWORD)
    assert (second.id, link.sign_seq) == (ecard.id, 2)


async def test_a_stranger_without_a_proof_spends_no_try_of_the_holder(db, partners):
    who, ecard, _ = await holder(db, partners)
    for _ in range(8):
        with pytest.raises(proofs.EvidenceMissing):
            await calls.link(db, SYSTEM, who.person, channel(), Proof(CheckId(ids.new())), WRONG)
    await passwords.verify(db, ecard.id, PASSWORD, SYSTEM)


@pytest.mark.parametrize("way", ["face", "sms", "password"])
async def test_one_of_face_sms_and_password_unlinks(db, partners, way):
    who, _, link = await holder(db, partners)
    given = {"face": lambda: face(db, who, Purpose.UNLINK), "sms": lambda: sms(db, partners, who, Purpose.UNLINK)}
    proof = await given[way]() if way in given else None
    ended = await calls.unlink(db, SYSTEM, link.id, proof=proof, password=PASSWORD if proof is None else None)
    assert ended.unlinked_at is not None


async def test_unlinking_without_any_proof_is_refused(db, partners):
    _, _, link = await holder(db, partners)
    with pytest.raises(errors.ProofNeeded):
        await calls.unlink(db, SYSTEM, link.id)
    with pytest.raises(password_errors.PasswordWrong):
        await calls.unlink(db, SYSTEM, link.id, password=WRONG)


async def test_a_reset_by_face_counts_at_once_and_needs_face_or_clerk(db, partners):
    who, ecard, _ = await holder(db, partners)
    with pytest.raises(proofs.WayNotOffered):
        await calls.reset_password(db, SYSTEM, who.person, await sms(db, partners, who, Purpose.RESET), NEW)
    await calls.reset_password(db, SYSTEM, who.person, await face(db, who, Purpose.RESET), NEW)
    await passwords.verify(db, ecard.id, NEW, SYSTEM)
    with pytest.raises(password_errors.PasswordWrong):
        await passwords.verify(db, ecard.id, PASSWORD, SYSTEM)


async def test_after_a_replacement_one_proof_ends_all_old_links(db, partners):
    who, _, _ = await holder(db, partners)
    await calls.link(db, SYSTEM, who.person, channel(), await sms(db, partners, who, Purpose.LINK), PASSWORD)
    async with db.tx() as tx:
        await replaced(tx, who, somebody().card_number)
    ended = await calls.unlink_replaced(db, SYSTEM, who.person, await face(db, who, Purpose.UNLINK))
    assert len(ended) == 2
    await calls.apply(db, SYSTEM, who.person, channel(), await face(db, who, Purpose.APPLY), PASSWORD)
    assert all(finding.holds for finding in await prove_all(db, queries.CHECKS))


async def test_a_found_card_is_lifted_on_a_proof(db, partners):
    who, ecard, link = await holder(db, partners)
    async with db.tx() as tx:
        await moved(tx, who, CardState.LOST)
    await calls.lift_loss(db, SYSTEM, ecard.id, await face(db, who, Purpose.UNFREEZE))
    async with db.tx() as tx:
        await moved(tx, who, CardState.ACTIVE)
        assert (await queries.standings(tx, link.id)).standing.usable


async def test_a_clerks_look_without_digits_unlinks_nothing_for_a_stranger(db, partners):
    who, _, link = await holder(db, partners)
    async with db.tx() as tx:
        await replaced(tx, who, somebody().card_number)
        await identity.record_terminal_check(tx, link.holder_id, TerminalId(ids.new()))
    check = await proving.start(db, SYSTEM, name=who.name, number=who.number, purpose=Purpose.UNLINK, way=Way.TERMINAL)
    assert check.state is State.PASSED
    with pytest.raises(proofs.EvidenceMissing):
        await calls.unlink_replaced(db, SYSTEM, who.person, Proof(check.id))


async def test_links_of_a_card_that_was_not_replaced_stay(db, partners):
    who, _, link = await holder(db, partners)
    with pytest.raises(errors.EcardNotFound):
        await calls.unlink_replaced(db, SYSTEM, who.person, await face(db, who, Purpose.UNLINK))
    with pytest.raises(errors.NameMismatch):
        await calls.unlink_replaced(db, SYSTEM, who._replace(name="别的人").person, await face(db, who, Purpose.UNLINK))
    async with db.tx() as tx:
        assert (await queries.link(tx, link.id)).live


@pytest.mark.parametrize("card", ["the same", "a new"])
async def test_applying_again_by_sms_takes_the_password_that_is_known_and_no_other(db, partners, card):
    who, ecard, link = await holder(db, partners)
    async with db.tx() as tx:
        if card == "a new":
            await replaced(tx, who, somebody().card_number)
        await actions.unlink(tx, link.id, "face")
    given = await sms(db, partners, who, Purpose.APPLY)
    with pytest.raises(password_errors.PasswordWrong):
        await calls.apply(db, SYSTEM, who.person, channel(), given, NEW)
    again, _ = await calls.apply(db, SYSTEM, who.person, channel(), given, PASSWORD)
    assert (again.id == ecard.id) is (card == "the same")
    await passwords.verify(db, again.id, PASSWORD, SYSTEM)


async def test_who_never_had_a_password_applies_by_face_or_clerk(db, partners):
    who = somebody()
    async with db.tx() as tx:
        await people.prove_mobile(tx, (await carded(tx, who)).holder_id, who.mobile)
    with pytest.raises(proofs.WayNotOffered):
        await calls.apply(db, SYSTEM, who.person, channel(), await sms(db, partners, who, Purpose.APPLY), PASSWORD)


async def test_a_card_that_was_cancelled_before_a_file_brought_the_new_one_is_unlinked_alike(db, partners):
    who, _, _ = await holder(db, partners)
    async with db.tx() as tx:
        await moved(tx, who, CardState.CANCELLED)
        await carded(tx, who, card_number=somebody().card_number, issued_on="2026-11-01")
        with pytest.raises(errors.CardReplaced):
            await queries.prospect(tx, who.person, channel())
    assert len(await calls.unlink_replaced(db, SYSTEM, who.person, await face(db, who, Purpose.UNLINK))) == 1
    await calls.apply(db, SYSTEM, who.person, channel(), await face(db, who, Purpose.APPLY), PASSWORD)
