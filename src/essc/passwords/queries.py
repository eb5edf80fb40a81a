"""Reads on passwords: the epoch that sessions carry, and whether trying is allowed now."""
from datetime import datetime, timedelta
from typing import Final

from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import EcardId
from essc.passwords import model, store
from essc.regions import queries as regions

CHECKS: Final[tuple[Check, ...]] = store.CHECKS


async def epoch(tx: Tx, ecard_id: EcardId) -> int:
    """How often the password was set: raised by change and reset. Raises PasswordNotSet."""
    return (await store.get(tx, ecard_id)).epoch


async def exists(tx: Tx, ecard_id: EcardId) -> bool:
    """Whether the e-card has a password."""
    return await store.exists(tx, ecard_id)


async def rule(tx: Tx, region: str) -> model.Rule:
    """The limits of a region: wrong tries in a row and hours of lock."""
    tries = await regions.setting(tx, region, "password_attempts")
    hours = await regions.setting(tx, region, "password_lock_hours")
    return model.Rule(int(tries), timedelta(hours=int(hours)))


async def locked_until(tx: Tx, ecard_id: EcardId) -> datetime | None:
    """Until when the password is locked, or None. Raises PasswordNotSet."""
    password = await store.get(tx, ecard_id)
    return model.locked_until(password, await rule(tx, password.region), tx.now)
