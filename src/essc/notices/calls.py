"""Where the room speaks with the message gateway; `furnish` is called once a process by `app`."""
from dataclasses import dataclass
from functools import cache
from typing import Final

from essc.holders import queries as holders
from essc.holders.errors import HolderNotFound
from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.i18n import Texts
from essc.names import PREFIXES, HolderId, MessageId
from essc.notices import actions, queries
from essc.notices.errors import MessageNotFound
from essc.notices.model import Kind, for_telephone
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

    That the number was changed is told to the number of before, which is then forgotten. Raises PartnerSilent, PartnerNotTrusted, PartnerRefuses.
    """
    gateway = _desk[0].gateway
    try:
        async with db.read_tx() as tx:
            message = await queries.message(tx, holder_id, message_id)
            changed = message.kind is Kind.MOBILE_CHANGED
            mobile = await (holders.former_mobile(tx, holder_id, message_id) if changed else _mobile(tx, holder_id))
    except (MessageNotFound, HolderNotFound):
        return False
    sent = gateway is not None and bool(mobile)
    if gateway is not None and mobile:
        await gateway.send(ids.wire(PREFIXES["MessageId"], message_id), mobile, for_telephone(queries.text(message, _texts(), "zh-CN")))
    if sent or changed:
        async with db.tx() as tx:
            await actions.done(tx, message, sent=sent)
    return sent


async def _mobile(tx: Tx, holder_id: HolderId) -> str | None:
    return (await holders.get(tx, holder_id)).mobile
