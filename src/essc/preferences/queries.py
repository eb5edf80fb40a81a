"""Reads of what holders chose."""
from datetime import datetime
from typing import Final

from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import HolderId
from essc.preferences import store
from essc.preferences.model import Preference

CHECKS: Final = (Check("preferences.of_people", "every choice and every agreement is of somebody there is or was", store.of_nobody),)


async def get(tx: Tx, holder_id: HolderId) -> Preference:
    """What somebody chose; the standard for whoever never did."""
    return await store.get(tx, holder_id)


async def agreed(tx: Tx, holder_id: HolderId) -> list[tuple[str, datetime]]:
    """The versions of the terms that somebody agreed to, with the moment, the last first."""
    return [(row["terms"], row["agreed_at"]) for row in await store.agreements(tx, holder_id)]
