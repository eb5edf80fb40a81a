"""Sessions: who may sign in, and everything that ends a session, at once."""
import asyncio
from datetime import timedelta

import pytest

from essc.cards.model import State
from essc.ecards import actions as ecards
from essc.ecards import calls as ecard_calls
from essc.ecards import errors as ecard_errors
from essc.ecards.calls import Proof
from essc.ecards.model import Freeze, Standing
from essc.identity import errors as proofs
from essc.identity.model import Purpose
from essc.keys.actions import rotate
from essc.keys.queries import KeyRing
from essc.kit import clock, ids
from essc.kit.db.checks import prove_all
from essc.kit.db.tx import SYSTEM, Tx
from essc.names import CheckId, SessionId
from essc.passwords import calls as passwords
from essc.passwords import errors as password_errors
from essc.sessions import actions, calls, errors, model, queries
from essc.sessions.model import Device, Presenter
from tests.ecards.house import applied, carded, channel, linked, moved, proof
from tests.ecards.story import PASSWORD, face, holder, quick_holder, sms
from tests.sandbox.people import somebody

PHONE, TABLET = Device("device-one", "手机"), Device("device-two", "平板")
WRONG, NEW = "264819", "509371"


async def signed_in(db, link, device=PHONE):
    """Signed in as by `calls.sign_in`; gives the token."""
    async with db.tx() as tx:
        return (await actions.open(tx, link.id, device, "face"))[1]


async def session(db, token):
    return await calls.authenticate(db, model.written(token))


async def over(db, token):
    async with db.tx() as tx:
        [found] = await queries.presenters(tx, [token])
    with pytest.raises(errors.SessionOver):
        await session(db, token)
    return isinstance(found, errors.SessionOver)


async def signing_in(db, who, link, given, password=None, device=PHONE):
    return await calls.sign_in(db, SYSTEM, number=who.number, channel_id=link.channel_id, device=device, proof=given, password=password)


async def test_signing_in_by_code_and_password(db, partners):
    who, ecard, link = await holder(db, partners)
    given = await sms(db, partners, who, Purpose.SIGN_IN)
    with pytest.raises(errors.PasswordNeeded):
        await signing_in(db, who, link, given)
    with pytest.raises(password_errors.PasswordWrong):
        await signing_in(db, who, link, given, WRONG)
    opened = await signing_in(db, who, link, given, PASSWORD)
    found = await calls.authenticate(db, opened.token)
    assert (found.ecard_id, found.link_id, found.way, found.standing) == (ecard.id, link.id, "sms_password", Standing.LEVEL1)
    with pytest.raises(proofs.EvidenceUsed):
        await signing_in(db, who, link, given, PASSWORD)


async def test_signing_in_by_face_needs_no_password(db, partners):
    who, _, link = await quick_holder(db)
    assert (await signing_in(db, who, link, await face(db, who, Purpose.SIGN_IN))).link.id == link.id


async def test_a_stranger_cannot_lock_the_holder_out(db, partners):
    who, ecard, link = await holder(db, partners)
    for _ in range(8):
        with pytest.raises((proofs.EvidenceMissing, proofs.SmsCodeOver)):
            await signing_in(db, who, link, Proof(CheckId(ids.new()), "123456"), WRONG)
    await passwords.verify(db, ecard.id, PASSWORD, SYSTEM)


async def test_a_lost_card_can_still_be_signed_in_to_so_that_it_can_be_unlinked(db, partners):
    who, _, link = await quick_holder(db)
    async with db.tx() as tx:
        await moved(tx, who, State.LOST)
    opened = await signing_in(db, who, link, await face(db, who, Purpose.SIGN_IN))
    assert (await calls.authenticate(db, opened.token)).standing is Standing.LOST
    await ecard_calls.unlink(db, SYSTEM, link.id, proof=await face(db, who, Purpose.UNLINK))
    with pytest.raises(errors.SessionOver):
        await calls.authenticate(db, opened.token)


async def test_without_a_link_on_this_channel_nobody_signs_in(db, partners):
    who, _, _ = await quick_holder(db)
    with pytest.raises(errors.NotLinkedHere):
        await calls.sign_in(db, SYSTEM, number=who.number, channel_id=channel(), device=PHONE, proof=await face(db, who, Purpose.SIGN_IN))


async def test_a_new_session_on_the_same_device_replaces_the_one_before(db):
    _, _, link = await quick_holder(db)
    first, second, elsewhere = await signed_in(db, link), await signed_in(db, link), await signed_in(db, link, TABLET)
    assert await over(db, first)
    assert {(await session(db, token)).device_name for token in (second, elsewhere)} == {"手机", "平板"}
    async with db.tx() as tx:
        assert len(await queries.listed(tx, link.holder_id)) == 2
    assert all(finding.holds for finding in await prove_all(db, queries.CHECKS))


async def test_a_device_is_known_again_after_a_rotation_of_the_look_up_key(tx, tmp_path):
    before = KeyRing.create(tmp_path / "keys.json")
    rotate(tmp_path / "keys.json", "lookup", now=clock.now() - timedelta(hours=1))
    older, newer = (Tx(tx.conn, now=tx.now, actor=SYSTEM, keys=ring) for ring in (before, KeyRing.load(tmp_path / "keys.json")))
    who = somebody()
    await carded(older, who)
    _, link = await applied(older, who)
    await actions.open(older, link.id, PHONE, "face")
    await actions.open(newer, link.id, PHONE, "face")
    assert len(await queries.listed(newer, link.holder_id)) == 1
    told = await tx.rows("SELECT body->>'new_device' AS new FROM kit.event WHERE kind = 'sessions.signed_in' ORDER BY recorded_at, ctid")
    assert [row["new"] for row in told] == ["true", "false"]


async def test_of_many_at_once_on_one_device_one_is_left(db):
    _, _, link = await quick_holder(db)
    await asyncio.gather(*(signed_in(db, link) for _ in range(6)), return_exceptions=True)
    async with db.tx() as tx:
        assert len(await queries.listed(tx, link.holder_id)) == 1


async def test_a_lost_phone_is_ended_from_another_device(db):
    _, _, link = await quick_holder(db)
    phone, tablet = await signed_in(db, link), await signed_in(db, link, TABLET)
    lost = await session(db, phone)
    async with db.tx() as tx:
        await actions.revoke(tx, link.holder_id, lost.id)
    assert await over(db, phone)
    assert (await session(db, tablet)).device_name == "平板"


async def test_a_counter_ends_all_sessions_of_a_person(db):
    _, _, link = await quick_holder(db)
    tokens = [await signed_in(db, link), await signed_in(db, link, TABLET)]
    async with db.tx() as tx:
        assert await actions.revoke_all(tx, link.holder_id) == 2
    assert [await over(db, token) for token in tokens] == [True, True]


async def test_nobody_ends_the_session_of_somebody_else(db):
    _, _, link = await quick_holder(db)
    token = await signed_in(db, link)
    theirs = (await session(db, token)).id
    async with db.tx() as tx:
        for stranger in (ids.new(), ids.new(link.bucket)):
            with pytest.raises(errors.SessionNotFound):
                await actions.revoke(tx, stranger, theirs)
        with pytest.raises(errors.SessionNotFound):
            await actions.revoke(tx, link.holder_id, SessionId(ids.new(link.bucket)))


async def unlinked(db, who, ecard, link):
    async with db.tx() as tx:
        await ecards.unlink(tx, link.id, "face")


async def reset(db, who, ecard, link):
    await ecard_calls.reset_password(db, SYSTEM, who.person, await face(db, who, Purpose.RESET), NEW)


async def changed(db, who, ecard, link):
    await passwords.change(db, ecard.id, who.number, PASSWORD, NEW, SYSTEM)


async def not_me(db, who, ecard, link):
    async with db.tx() as tx:
        await ecards.freeze(tx, ecard.id, Freeze.NOT_ME)


@pytest.mark.parametrize("end", [unlinked, reset, changed, not_me], ids=lambda f: f.__name__)
async def test_what_ends_a_session_ends_it_with_its_own_commit(db, partners, end):
    who, ecard, link = await holder(db, partners)
    tokens = [await signed_in(db, link), await signed_in(db, link, TABLET)]
    await end(db, who, ecard, link)
    assert [await over(db, token) for token in tokens] == [True, True]


async def test_nobody_gets_in_with_a_password_that_was_reset_while_it_was_compared(db, partners):
    who, ecard, link = await holder(db, partners)
    compared = await passwords.verify(db, ecard.id, PASSWORD, SYSTEM)
    await reset(db, who, ecard, link)
    with pytest.raises(errors.SessionChangedMeanwhile):
        async with db.tx() as tx:
            await actions.open(tx, link.id, PHONE, "sms_password", compared=compared.epoch)


async def test_unlinking_ends_the_sessions_of_that_channel_only(db):
    who, _, link = await quick_holder(db)
    async with db.tx() as tx:
        _, other = await linked(tx, who)
    here, there = await signed_in(db, link), await signed_in(db, other)
    await unlinked(db, who, None, link)
    assert await over(db, here)
    assert (await session(db, there)).link_id == other.id


async def test_changing_the_password_keeps_the_session_in_which_it_was_changed(db, partners):
    _, _, link = await holder(db, partners)
    here, there = await signed_in(db, link), await signed_in(db, link, TABLET)
    await calls.change_password(db, await session(db, here), PASSWORD, NEW)
    assert (await session(db, here)).device_name == "手机" and await over(db, there)


async def test_a_session_idles_out_and_is_noted_as_seen_while_in_use(db):
    _, _, link = await quick_holder(db)
    token = await signed_in(db, link)
    async with db.tx() as tx:
        await tx.run("UPDATE sessions.session SET seen_at = seen_at - interval '1 hour' WHERE link_id = $1", link.id)
    before = (await session(db, token)).seen_at
    assert (await session(db, token)).seen_at > before
    async with db.tx() as tx:
        tx.now += timedelta(days=7, minutes=1)
        [found] = await queries.presenters(tx, [token])
    assert isinstance(found, errors.SessionOver)


async def test_pages_are_unlocked_by_the_password_for_some_minutes(db, partners):
    _, _, link = await holder(db, partners)
    token = await signed_in(db, link)
    async with db.tx() as tx:
        await tx.run("UPDATE sessions.session SET unlocked_until = NULL WHERE link_id = $1", link.id)
    locked = await session(db, token)
    with pytest.raises(password_errors.PasswordWrong):
        await calls.unlock(db, locked, password=WRONG)
    await calls.unlock(db, locked, password=PASSWORD)
    open_ = await session(db, token)
    assert not locked.unlocked(open_.seen_at) and open_.unlocked(open_.seen_at) and not open_.unlocked(open_.seen_at + timedelta(minutes=6))


async def test_many_tokens_are_looked_up_at_once_and_answered_in_order(db):
    who, ecard, link = await quick_holder(db)
    _, _, another = await quick_holder(db)
    tokens = [await signed_in(db, link), b"\xff" * 34, await signed_in(db, another), b"short"]
    async with db.tx() as tx:
        await moved(tx, who, State.LOCKED)
        found = await queries.presenters(tx, tokens)
    assert [isinstance(one, Presenter) for one in found] == [True, False, True, False]
    assert (found[0].ecard_id, found[0].slot, found[0].standing, found[0].epoch) == (ecard.id, link.slot, Standing.LOCKED, 4)
    assert (found[2].link_id, found[2].standing, found[2].region) == (another.id, Standing.LEVEL1, "450100")


async def test_the_epoch_moves_with_everything_that_must_kill_codes(db):
    who, ecard, link = await quick_holder(db)
    token, seen = await signed_in(db, link), []
    async with db.tx() as tx:
        async def note():
            seen.append((await queries.presenters(tx, [token]))[0].epoch)
        await note()
        await moved(tx, who, State.LOST)
        await note()
        await moved(tx, who, State.ACTIVE)
        await note()
        await ecards.freeze(tx, ecard.id, Freeze.HOLDER)
        await note()
        await ecards.unfreeze(tx, ecard.id, await proof(tx, ecard.holder_id), who.number)
        await note()
        await ecards.report_loss(tx, ecard.id)
        await note()
    assert seen == [3, 4, 5, 6, 7, 8]


async def test_a_token_stands_nowhere_in_the_database(db):
    _, _, link = await quick_holder(db)
    token = await signed_in(db, link)
    async with db.tx() as tx:
        kept = await tx.row("SELECT * FROM sessions.session WHERE link_id = $1", link.id)
    assert not any(token[2:] in value for value in dict(kept).values() if isinstance(value, bytes))


async def test_a_link_that_ended_opens_no_session(db):
    _, _, link = await quick_holder(db)
    await unlinked(db, None, None, link)
    with pytest.raises(errors.NotLinkedHere):
        await signed_in(db, link)
    with pytest.raises(ecard_errors.LinkNotFound):
        async with db.tx() as tx:
            await actions.open(tx, ids.new(), PHONE, "face")
