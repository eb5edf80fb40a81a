"""Comparing and hashing passwords, off the event loop: a person waits for Argon2id, and no transaction is open while it runs.

Parameters: `kit.argon`. Six digits alone fall in hours to whoever steals
the table; the pepper, which is not in the database, is what makes the table worthless without the key file.
"""
from typing import Final

from essc.kit import argon
from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import FieldError
from essc.names import EcardId
from essc.passwords import actions, model
from essc.passwords.errors import PasswordsBusy, PasswordUnchanged, PasswordWeak, PasswordWrong

_queue: Final = argon.Queue(PasswordsBusy)


def check_strength(password: str, number: str) -> None:
    """Refuse a password that `model.weaknesses` objects to, one field error per reason. Raises PasswordWeak."""
    found = model.weaknesses(password, number)
    if found:
        raise PasswordWeak("the password is too easy to guess", fields=[FieldError("password", code) for code in found])


async def hashed(keys: Keys, ecard_id: EcardId, password: str) -> model.Hashed:
    """The Argon2id hash of a password under the newest pepper. Raises PasswordsBusy."""
    version = keys.mac_version("pepper")
    secret = keys.mac("pepper", model.peppered(ecard_id, password), version)
    return model.Hashed(await _queue.hashed(secret), version)


async def verify(db: Database, ecard_id: EcardId, password: str, who: Actor, *, request_id: str = "") -> model.Password:
    """Compare a password: the try is counted first, in a transaction of its own, then judged. Gives what was compared with.

    Raises PasswordNotSet, PasswordLocked, PasswordWrong, PasswordChangedMeanwhile, PasswordsBusy. Call it only for somebody who has
    proved something else before (a code by SMS, a real-person check, a live session), or strangers could lock the holder out.
    """
    async with db.tx(who, request_id=request_id) as tx:
        attempt = await actions.reserve(tx, ecard_id)
    right = await _matches(db.keys, attempt.password, password)
    fresh = await hashed(db.keys, ecard_id, password) if right and _outdated(db.keys, attempt.password.hashed) else None
    async with db.tx(who, request_id=request_id) as tx:
        await _settle(tx, attempt, right, fresh)
    if not right:
        raise PasswordWrong("wrong password", n=attempt.left)
    return attempt.password


async def change(db: Database, ecard_id: EcardId, number: str, old: str, new: str, who: Actor, *, request_id: str = "") -> int:
    """Set another password, knowing the old one; it counts in all channels at once. Gives the new epoch.

    Raises what `verify` raises, PasswordWeak, PasswordUnchanged.
    """
    check_strength(new, number)
    if old == new:
        raise PasswordUnchanged("the new password is the old one")
    was = await verify(db, ecard_id, old, who, request_id=request_id)
    fresh = await hashed(db.keys, ecard_id, new)
    async with db.tx(who, request_id=request_id) as tx:
        return await actions.change(tx, was, fresh)


async def _settle(tx: Tx, attempt: model.Attempt, right: bool, fresh: model.Hashed | None) -> None:
    if right:
        await actions.accept(tx, attempt, fresh)
    else:
        await actions.refuse(tx, attempt)


async def _matches(keys: Keys, kept: model.Password, password: str) -> bool:
    secret = keys.mac("pepper", model.peppered(kept.ecard_id, password), kept.hashed.pepper_version)
    return await _queue.matches(kept.hashed.encoded, secret)


def _outdated(keys: Keys, kept: model.Hashed) -> bool:
    return kept.pepper_version != keys.mac_version("pepper") or argon.outdated(kept.encoded)
