"""What can be done to a password; each function is one verb inside the caller's transaction. Hashing happens in `calls`."""
from essc.kit.db.tx import Tx
from essc.names import EcardId
from essc.passwords import events, model, queries, store
from essc.passwords.errors import PasswordChangedMeanwhile


async def set_first(tx: Tx, ecard_id: EcardId, region: str, hashed: model.Hashed) -> None:
    """Keep the first password of an e-card. Raises PasswordChangedMeanwhile when it has one."""
    if not await store.add(tx, ecard_id, region, hashed):
        raise PasswordChangedMeanwhile("this e-card has a password already")
    await tx.emit(events.PasswordSet(ecard_id=ecard_id))


async def reserve(tx: Tx, ecard_id: EcardId) -> model.Attempt:
    """Count one try before it is judged. Raises PasswordNotSet, PasswordLocked."""
    password = await store.get(tx, ecard_id)
    rule = await queries.rule(tx, password.region)
    reserved = await store.reserve(tx, password, rule)
    if reserved is None:
        now_kept = await store.get(tx, ecard_id)
        raise model.refusal_of_lock(model.locked_until(now_kept, rule, tx.now) or tx.now, rule, tx.now)
    return model.Attempt(reserved, rule)


async def accept(tx: Tx, attempt: model.Attempt, fresh: model.Hashed | None = None) -> None:
    """The try was right: all tries are free again. `fresh` is the same password under a newer pepper. Raises PasswordChangedMeanwhile."""
    if not await store.clear(tx, attempt.password):
        raise PasswordChangedMeanwhile("another password was set while this one was compared")
    if fresh is not None:
        await store.rehash(tx, attempt.password, fresh)
    await tx.emit(events.PasswordVerified(ecard_id=attempt.password.ecard_id))


async def refuse(tx: Tx, attempt: model.Attempt) -> None:
    """The try was wrong: tell it, and tell the lock when it was the last."""
    ecard_id = attempt.password.ecard_id
    await tx.emit(events.PasswordRefused(ecard_id=ecard_id, left=attempt.left))
    until = model.locked_until(attempt.password, attempt.rule, tx.now)
    if until is not None:
        await tx.emit(events.PasswordWasLocked(ecard_id=ecard_id, until=until))


async def change(tx: Tx, was: model.Password, hashed: model.Hashed) -> int:
    """Set another password, the old one having been right; gives the new epoch. Raises PasswordChangedMeanwhile."""
    epoch = await _replace(tx, was, hashed)
    await tx.emit(events.PasswordChanged(ecard_id=was.ecard_id, epoch=epoch))
    return epoch


async def reset(tx: Tx, ecard_id: EcardId, hashed: model.Hashed) -> int:
    """Set a new password on the word of a real-person check that the caller consumed; a lock ends. Gives the new epoch.

    Raises PasswordNotSet, PasswordChangedMeanwhile.
    """
    epoch = await _replace(tx, await store.get(tx, ecard_id), hashed)
    await tx.emit(events.PasswordReset(ecard_id=ecard_id, epoch=epoch))
    return epoch


async def _replace(tx: Tx, was: model.Password, hashed: model.Hashed) -> int:
    if not await store.replace(tx, was, hashed):
        raise PasswordChangedMeanwhile("another password was set meanwhile")
    return was.epoch + 1
