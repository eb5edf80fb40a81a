"""Applying, linking, unlinking, freezing: who may, and what it does to the rest."""
import asyncpg
import pytest

from essc.cards.errors import CardMoveNotAllowed
from essc.cards.model import State
from essc.channels.errors import SandboxNotHere
from essc.ecards import actions, errors, queries, store
from essc.ecards.model import Freeze, Origin, Standing
from essc.ecards.queries import Next
from essc.holders import actions as holders
from essc.holders import queries as people
from essc.identity import errors as proofs
from essc.identity.model import Purpose
from essc.kit import ids
from essc.kit.db.checks import prove
from essc.names import EcardId
from essc.passwords import queries as passwords
from tests.channels.applications import registered
from tests.ecards.house import HASHED, applied, carded, channel, linked, moved, proof, replaced
from tests.sandbox.people import somebody


async def whole(tx):
    return [(f.check.name, f.broken) for f in await prove(tx, queries.CHECKS) if not f.holds]


async def stands(tx, link):
    return (await queries.standings(tx, link.id)).standing


async def test_a_proved_person_with_an_active_card_gets_level_1(tx, world):
    who = somebody()
    card = await carded(tx, who)
    ecard, link = await applied(tx, who)
    assert (ecard.card_id, link.level, link.sign_seq, ecard.origin) == (card.id, 1, 1, Origin.APPLIED)
    assert link.sign_no == ids.wire("link", link.id)[5:] and await stands(tx, link) is Standing.LEVEL1
    assert await world.last_event() == "ecards.issued"
    assert not await whole(tx)


@pytest.mark.parametrize(("state", "error"), [
    ("未启用", errors.CardNotEnabled), ("0", errors.CardSealed), ("2", errors.CardLost), ("3", errors.CardLocked), ("4", errors.CardLost),
    ("9", errors.CardCancelled)])
async def test_a_card_that_is_not_active_carries_no_new_ecard(tx, state, error):
    who = somebody()
    await carded(tx, who, state)
    with pytest.raises(error):
        await queries.prospect(tx, who.person, channel())


async def test_refusals_come_in_their_order(tx):
    who, stranger, on = somebody(), somebody(), channel()
    with pytest.raises(errors.NoCard):
        await queries.prospect(tx, stranger.person, on)
    await holders.enrol(tx, stranger.person)
    with pytest.raises(errors.NoCard):
        await queries.prospect(tx, stranger.person, on)
    await carded(tx, who)
    with pytest.raises(errors.NameMismatch):
        await queries.prospect(tx, who._replace(name="别的人").person, on)
    await applied(tx, who, on)
    with pytest.raises(errors.AlreadyIssued):
        await queries.prospect(tx, who.person, on)
    assert (await queries.prospect(tx, who.person, channel())).next is Next.PASSWORD


async def test_who_holds_an_ecard_elsewhere_uses_its_password(tx):
    who = somebody()
    card = await carded(tx, who)
    first = (await applied(tx, who))[0]
    with pytest.raises(errors.HeldElsewhere):
        await actions.apply(tx, who.person, channel(), await proof(tx, card.holder_id, Purpose.APPLY), first.id, HASHED)
    second, link = await linked(tx, who)
    assert (second.id, link.sign_seq) == (first.id, 2)
    assert not await whole(tx)


async def test_a_proof_of_somebody_else_issues_nothing(tx):
    who, other = somebody(), somebody()
    card = await carded(tx, who)
    theirs = await proof(tx, (await carded(tx, other)).holder_id, Purpose.APPLY)
    with pytest.raises(proofs.EvidenceMissing):
        await actions.apply(tx, who.person, channel(), theirs, EcardId(ids.new(card.bucket)), HASHED)
    assert await queries.of_card(tx, card.id) is None


async def test_unlinking_ends_one_channel_and_touches_no_other(tx, world):
    who = somebody()
    await carded(tx, who)
    _, one = await applied(tx, who)
    _, other = await linked(tx, who)
    ended = await actions.unlink(tx, one.id, "password")
    assert ended.version == one.version + 1 and await stands(tx, one) is Standing.UNLINKED
    assert await stands(tx, other) is Standing.LEVEL1
    assert await world.last_event() == "ecards.unlinked"
    with pytest.raises(errors.LinkEnded):
        await actions.unlink(tx, one.id, "password")


async def test_a_developer_begins_anew_in_the_sandbox_and_nobody_else_notices(tx, world):
    mine, thine = [(await registered(tx)).id for _ in range(2)]
    for who in (somebody(), somebody()):
        await carded(tx, who)
        await applied(tx, who, mine)
        _, other = await linked(tx, who, thine)
    assert len(await queries.sandbox_links(tx, mine)) == await actions.reset_sandbox(tx, mine) == 2
    assert await queries.sandbox_links(tx, mine) == [] and await stands(tx, other) is Standing.LEVEL1
    assert await world.last_event() == "ecards.unlinked" and not await whole(tx)


async def test_links_of_a_channel_for_real_people_are_nobodys_to_reset(tx):
    with pytest.raises(SandboxNotHere):
        await actions.reset_sandbox(tx, (await registered(tx, sandbox=False)).id)


async def test_a_lost_card_takes_its_ecard_along_and_only_unlinking_is_left(tx):
    who = somebody()
    await carded(tx, who)
    _, link = await applied(tx, who)
    await moved(tx, who, State.LOST)
    assert await stands(tx, link) is Standing.LOST
    with pytest.raises(errors.CardLost):
        await queries.prospect(tx, who.person, channel())
    await moved(tx, who, State.ACTIVE)
    assert await stands(tx, link) is Standing.LEVEL1
    await moved(tx, who, State.LOCKED)
    await actions.unlink(tx, link.id, "face")


async def test_after_a_replacement_one_unlinks_then_applies_again(tx):
    who, new = somebody(), somebody()
    await carded(tx, who)
    old, link = await applied(tx, who)
    await replaced(tx, who, new.card_number)
    assert await stands(tx, link) is Standing.REPLACED
    with pytest.raises(errors.CardReplaced):
        await queries.prospect(tx, who.person, link.channel_id)
    await actions.unlink(tx, link.id, "face")
    again, fresh = await applied(tx, who, link.channel_id)
    assert again.id != old.id and again.card_id != old.card_id and fresh.slot != link.slot
    assert await stands(tx, fresh) is Standing.LEVEL1 and not await whole(tx)


async def test_applying_again_for_the_same_card_keeps_the_ecard_and_sets_a_new_password(tx):
    who = somebody()
    await carded(tx, who)
    first, link = await applied(tx, who)
    await actions.unlink(tx, link.id, "face")
    again, fresh = await applied(tx, who)
    assert (again.id, fresh.sign_seq) == (first.id, 2)
    assert await passwords.epoch(tx, first.id) == 2


async def test_an_ecard_made_with_a_new_card_waits_for_its_holder(tx, world):
    who = somebody()
    card = await carded(tx, who)
    prepared = await actions.issue_with_card(tx, card.id)
    assert await actions.issue_with_card(tx, card.id) is None
    assert (await queries.prospect(tx, who.person, channel())).next is Next.ENABLE
    ecard, link = await applied(tx, who)
    assert (ecard.id, ecard.origin, link.sign_seq) == (prepared.id, Origin.PREPARED, 1)
    await actions.unlink(tx, link.id, "face")
    assert (await queries.prospect(tx, who.person, channel())).next is Next.APPLY
    assert not await whole(tx)


async def test_freezing_stops_all_channels_and_unfreezing_needs_a_proof(tx):
    who = somebody()
    card = await carded(tx, who)
    ecard, link = await applied(tx, who)
    frozen = await actions.freeze(tx, ecard.id, Freeze.HOLDER)
    assert await stands(tx, link) is Standing.FROZEN and frozen.version == ecard.version + 1 and frozen.sessions_since is None
    with pytest.raises(proofs.EvidenceMissing):
        await actions.unfreeze(tx, ecard.id, await proof(tx, (await carded(tx, somebody())).holder_id), who.number)
    free = await actions.unfreeze(tx, ecard.id, await proof(tx, card.holder_id), who.number)
    assert await stands(tx, link) is Standing.LEVEL1 and free.version == ecard.version + 2
    with pytest.raises(errors.EcardNotFrozen):
        await actions.unfreeze(tx, ecard.id, await proof(tx, card.holder_id), who.number)


async def test_not_me_ends_sessions_also_on_top_of_the_holders_own_freeze(tx):
    who = somebody()
    await carded(tx, who)
    ecard, _ = await applied(tx, who)
    await actions.freeze(tx, ecard.id, Freeze.HOLDER)
    frozen = await actions.freeze(tx, ecard.id, Freeze.NOT_ME)
    assert (frozen.frozen_why, frozen.sessions_since) == (Freeze.NOT_ME, tx.now)
    with pytest.raises(errors.EcardFrozenAlready):
        await actions.freeze(tx, ecard.id, Freeze.OPERATOR)


async def test_a_loss_said_again_does_not_bring_the_epoch_round(tx):
    who = somebody()
    await carded(tx, who)
    ecard, _ = await applied(tx, who)
    for _ in range(16):
        await actions.report_loss(tx, ecard.id)
    assert (await queries.get(tx, ecard.id)).version == ecard.version + 1


async def test_a_loss_told_by_the_holder_stops_codes_at_once_and_the_feed_decides(tx):
    who = somebody()
    await carded(tx, who)
    ecard, link = await applied(tx, who)
    await actions.report_loss(tx, ecard.id)
    assert await stands(tx, link) is Standing.FROZEN
    assert (await queries.get(tx, ecard.id)).version == ecard.version + 1
    await moved(tx, who, State.LOST)
    assert await stands(tx, link) is Standing.LOST
    with pytest.raises(CardMoveNotAllowed):
        await actions.report_loss(tx, ecard.id)
    holder = (await queries.get(tx, ecard.id)).holder_id
    await actions.lift_loss(tx, ecard.id, await proof(tx, holder), who.number)
    await moved(tx, who, State.ACTIVE)
    assert await stands(tx, link) is Standing.LEVEL1


async def test_a_reset_raises_epoch_and_version(tx):
    who = somebody()
    card = await carded(tx, who)
    ecard, _ = await applied(tx, who)
    assert await actions.reset_password(tx, ecard.id, await proof(tx, card.holder_id, Purpose.RESET), who.number, HASHED) == 2
    assert (await queries.get(tx, ecard.id)).version == ecard.version + 1


async def test_a_mobile_is_kept_when_its_code_was_read(tx):
    holder_id = (await carded(tx, somebody())).holder_id
    with pytest.raises(proofs.EvidenceMissing):
        await actions.prove_mobile(tx, holder_id, "19900000001", await proof(tx, holder_id, Purpose.APPLY))
    assert (await people.get(tx, holder_id)).mobile is None


async def test_the_database_itself_refuses_live_links_of_two_ecards_of_one_person(tx):
    who = somebody()
    await carded(tx, who)
    _, link = await applied(tx, who)
    new = await actions.issue_with_card(tx, (await replaced(tx, who, somebody().card_number)).id)
    place = await tx.value("SELECT slot + 1 FROM ecards.link WHERE id = $1", link.id)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with tx.conn.transaction():
            await tx.run("""INSERT INTO ecards.link (bucket, id, ecard_id, holder_id, channel_id, sign_no, sign_seq, slot, linked_at)
                            VALUES ($1, $2, $3, $4, $2, 'another', 1, $5, $6)""", new.bucket, ids.new(new.bucket), new.id, new.holder_id, place, tx.now)
    with pytest.raises(errors.EcardChangedMeanwhile):
        async with tx.conn.transaction():
            await store.add_link(tx, ids.new(new.bucket), new, channel(), "another", 1)
    await actions.unlink(tx, link.id, "face")
    assert await store.add_link(tx, ids.new(new.bucket), new, channel(), "another", 1) is not None
