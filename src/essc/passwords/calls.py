"""Comparing and hashing passwords, off the event loop: a person waits for Argon2id, and no transaction is open while it runs.

Parameters: Argon2id, 19 MiB, two passes, one lane (OWASP Password Storage, 2023). Six digits alone fall in hours to whoever steals
the table; the pepper, which is not in the database, is what makes the table worthless without the key file.
"""
import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import FieldError
from essc.names import EcardId
from essc.passwords import actions, model
from essc.passwords.errors import PasswordsBusy, PasswordUnchanged, PasswordWeak, PasswordWrong

T = TypeVar("T")

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
THREADS: Final = max(1, (os.cpu_count() or 2) // 2)
WAITING_AT_MOST: Final = 64


class _Room:
    """A bounded thread pool: what does not fit is refused at once instead of queueing for minutes."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_AT_MOST:
            raise PasswordsBusy("too many passwords wait to be compared", retry_after=2)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1


_room = _Room()


def check_strength(password: str, number: str) -> None:
    """Refuse a password that `model.weaknesses` objects to, one field error per reason. Raises PasswordWeak."""
    found = model.weaknesses(password, number)
    if found:
        raise PasswordWeak("the password is too easy to guess", fields=[FieldError("password", code) for code in found])


async def hashed(keys: Keys, ecard_id: EcardId, password: str) -> model.Hashed:
    """The Argon2id hash of a password under the newest pepper. Raises PasswordsBusy."""
    version = keys.mac_version("pepper")
    secret = keys.mac("pepper", model.peppered(ecard_id, password), version)
    return model.Hashed(await _room.run(lambda: HASHER.hash(secret)), version)


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

    def compare() -> bool:
        try:
            return HASHER.verify(kept.hashed.encoded, secret)
        except VerifyMismatchError:
            return False

    return await _room.run(compare)


def _outdated(keys: Keys, kept: model.Hashed) -> bool:
    return kept.pepper_version != keys.mac_version("pepper") or HASHER.check_needs_rehash(kept.encoded)
