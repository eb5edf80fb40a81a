"""Comparing passwords: tries count before they are judged, in parallel too; a change counts everywhere at once."""
import asyncio
from datetime import timedelta
from hashlib import sha256

import pytest

from essc.keys.model import KINDS, KeySet, KeyVersion
from essc.keys.queries import KeyRing
from essc.kit import ids
from essc.kit.crypto import INTERNATIONAL
from essc.kit.db.checks import prove_all
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.names import EcardId
from essc.passwords import actions, calls, errors, model, queries, store
from essc.regions import actions as regions

RIGHT, WRONG, NUMBER = "738146", "264819", "999901199005120129"


async def with_password(db: Database) -> EcardId:
    ecard_id = EcardId(ids.new())
    hashed = await calls.hashed(db.keys, ecard_id, RIGHT)
    async with db.tx() as tx:
        await actions.set_first(tx, ecard_id, "450100", hashed)
    return ecard_id


async def test_the_right_password_passes_and_frees_all_tries(db):
    ecard_id = await with_password(db)
    with pytest.raises(errors.PasswordWrong) as refused:
        await calls.verify(db, ecard_id, WRONG, SYSTEM)
    assert refused.value.params["n"] == 5
    await calls.verify(db, ecard_id, RIGHT, SYSTEM)
    with pytest.raises(errors.PasswordWrong) as refused:
        await calls.verify(db, ecard_id, WRONG, SYSTEM)
    assert refused.value.params["n"] == 5


async def test_a_hundred_guesses_at_once_are_six(db):
    ecard_id = await with_password(db)
    outcomes = await asyncio.gather(*(calls.verify(db, ecard_id, f"{n:06d}", SYSTEM) for n in range(200_000, 200_030)), return_exceptions=True)
    assert sorted({type(o).__name__ for o in outcomes}) == ["PasswordLocked", "PasswordWrong"]
    assert sum(isinstance(o, errors.PasswordWrong) for o in outcomes) == 6
    async with db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.event WHERE kind = 'passwords.refused'") == 6
        assert await tx.value("SELECT count(*) FROM kit.event WHERE kind = 'passwords.locked'") >= 1


async def test_a_region_says_how_many_tries_there_are_and_how_long_a_lock_lasts(db):
    async with db.tx() as tx:
        await regions.decide(tx, "450000", "password_attempts", "3", set_by="test")
        await regions.decide(tx, "450100", "password_lock_hours", "1", set_by="test")
    ecard_id = await with_password(db)
    outcomes = await asyncio.gather(*(calls.verify(db, ecard_id, WRONG, SYSTEM) for _ in range(4)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["PasswordLocked"] + ["PasswordWrong"] * 3
    async with db.tx() as tx:
        tx.now += timedelta(hours=1, seconds=1)
        assert (await actions.reserve(tx, ecard_id)).left == 2


async def test_the_right_password_is_refused_while_locked_and_passes_a_day_later(db):
    ecard_id = await with_password(db)
    for _ in range(6):
        with pytest.raises(errors.PasswordWrong):
            await calls.verify(db, ecard_id, WRONG, SYSTEM)
    with pytest.raises(errors.PasswordLocked) as refused:
        await calls.verify(db, ecard_id, RIGHT, SYSTEM)
    assert refused.value.params["n"] == 6 and 86_000 < (refused.value.retry_after or 0) <= 86_400
    async with db.tx() as tx:
        tx.now += timedelta(hours=24, seconds=1)
        assert (await actions.reserve(tx, ecard_id)).left == 5


async def test_a_reset_ends_the_lock(db):
    ecard_id = await with_password(db)
    for _ in range(6):
        with pytest.raises(errors.PasswordWrong):
            await calls.verify(db, ecard_id, WRONG, SYSTEM)
    fresh = await calls.hashed(db.keys, ecard_id, "509371")
    async with db.tx() as tx:
        assert await actions.reset(tx, ecard_id, fresh) == 2
    await calls.verify(db, ecard_id, "509371", SYSTEM)


async def test_a_change_counts_at_once_and_raises_the_epoch(db):
    ecard_id = await with_password(db)
    assert await calls.change(db, ecard_id, NUMBER, RIGHT, "509371", SYSTEM) == 2
    async with db.tx() as tx:
        assert await queries.epoch(tx, ecard_id) == 2
    with pytest.raises(errors.PasswordWrong):
        await calls.verify(db, ecard_id, RIGHT, SYSTEM)


@pytest.mark.parametrize(("old", "new", "error"), [
    (RIGHT, "123456", errors.PasswordWeak), (RIGHT, RIGHT, errors.PasswordUnchanged), (WRONG, "509371", errors.PasswordWrong)])
async def test_a_change_is_refused(db, old, new, error):
    ecard_id = await with_password(db)
    with pytest.raises(error):
        await calls.change(db, ecard_id, NUMBER, old, new, SYSTEM)


async def test_of_two_changes_on_the_same_password_one_wins(db):
    ecard_id = await with_password(db)
    was = await calls.verify(db, ecard_id, RIGHT, SYSTEM)
    async with db.tx() as tx:
        await actions.change(tx, was, model.Hashed("$argon2id$one", 1))
    with pytest.raises(errors.PasswordChangedMeanwhile):
        async with db.tx() as tx:
            await actions.change(tx, was, model.Hashed("$argon2id$two", 1))


async def test_a_card_without_a_password_has_nothing_to_compare(db):
    with pytest.raises(errors.PasswordNotSet):
        await calls.verify(db, EcardId(ids.new()), RIGHT, SYSTEM)


async def test_what_is_kept_is_argon2id_and_says_nothing_about_the_digits(db):
    ecard_id = await with_password(db)
    async with db.tx() as tx:
        kept = await store.get(tx, ecard_id)
    assert kept.hashed.encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$") and RIGHT not in kept.hashed.encoded
    assert all(finding.holds for finding in await prove_all(db, queries.CHECKS))


async def test_a_new_pepper_is_taken_over_with_the_next_right_password(db):
    ecard_id = await with_password(db)
    db.keys = with_new_pepper()
    await calls.verify(db, ecard_id, RIGHT, SYSTEM)
    async with db.tx() as tx:
        assert (await store.get(tx, ecard_id)).hashed.pepper_version == 2
    await calls.verify(db, ecard_id, RIGHT, SYSTEM)


def with_new_pepper() -> KeyRing:
    """The keys of the tests with a second version of the pepper in force."""
    first = {name: KeyVersion(1, INTERNATIONAL.id, sha256(f"essc test key {name}".encode()).digest(), created_at=0) for name in KINDS}
    second = KeyVersion(2, INTERNATIONAL.id, sha256(b"another pepper").digest(), created_at=1)
    return KeyRing(KeySet({name: (version, second) if name == "pepper" else (version,) for name, version in first.items()}))
