"""Where the room speaks with the message gateway; `furnish` is called once a process by `app`."""
from dataclasses import dataclass
from functools import cache
from typing import Final

from essc.holders import queries as holders
from essc.holders.errors import HolderNotFound
from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.i18n import Texts
from essc.names import PREFIXES, HolderId, MessageId
from essc.notices import actions, queries
from essc.notices.errors import MessageNotFound
from essc.notices.model import for_telephone
from essc.partners.sms import Gateway


@dataclass(frozen=True)
class Desk:
    """What the room needs from outside. None: not connected, and messages stand in the inbox only."""

    gateway: Gateway | None = None


_desk: Final = [Desk()]


def furnish(desk: Desk) -> None:
    """Connect the room with the gateway; `app` does it once at start."""
    _desk[0] = desk


@cache
def _texts() -> Texts:
    return Texts.load()


async def send(db: Database, holder_id: HolderId, message_id: MessageId) -> bool:
    """Send a message to the holder's telephone, in Chinese; the same message id again is the same SMS. False when there is no way to.

    Raises PartnerSilent, PartnerNotTrusted, PartnerRefuses.
    """
    gateway = _desk[0].gateway
    if gateway is None:
        return False
    try:
        async with db.read_tx() as tx:
            message = await queries.message(tx, holder_id, message_id)
            mobile = (await holders.get(tx, holder_id)).mobile
    except (MessageNotFound, HolderNotFound):
        return False
    if not mobile:
        return False
    await gateway.send(ids.wire(PREFIXES["MessageId"], message_id), mobile, for_telephone(queries.text(message, _texts(), "zh-CN")))
    async with db.tx() as tx:
        await actions.sent(tx, holder_id, message_id)
    return True
