"""Reads of messages: opened for their holder, in the holder's language."""
from typing import Final
from uuid import UUID

import msgspec

from essc.holders import queries as holders
from essc.kit.db.checks import Check
from essc.kit.db.tx import Record, Tx
from essc.kit.i18n import Texts
from essc.kit.paging import Page, Paged, cut
from essc.names import HolderId, MessageId
from essc.notices import model, store
from essc.notices.errors import MessageNotFound
from essc.notices.model import Kind, Locale, Message

KEY: Final = "notices"


def bound(id: UUID) -> bytes:
    """What the sealed parameters of a message are bound to."""
    return b"notices.message\x1f" + id.bytes


async def messages(tx: Tx, holder_id: HolderId, page: Page, *, unread: bool = False) -> Paged[Message]:
    """A page of a holder's messages, newest first. Raises CursorInvalid."""
    after = page.after(tuple[UUID])
    rows = await store.page(tx, holder_id, after[0] if after else None, page.limit + 1, unread=unread)
    salt = (await holders.salts(tx, [holder_id])).get(holder_id)
    return cut(rows if salt else [], page, lambda row: (row["id"],), lambda row: _opened(tx, row, salt or b""))


async def message(tx: Tx, holder_id: HolderId, message_id: MessageId) -> Message:
    """One message of a holder. Raises MessageNotFound, also for another's and for the erased."""
    row = await store.get(tx, holder_id, message_id)
    salt = (await holders.salts(tx, [holder_id])).get(holder_id)
    if row is None or salt is None:
        raise MessageNotFound(f"no message {message_id} of this person")
    return _opened(tx, row, salt)


def _opened(tx: Tx, row: Record, salt: bytes) -> Message:
    plain = tx.keys.open_for(KEY, salt, row["sealed"], bound(row["id"]))
    return Message(id=row["id"], holder_id=row["holder_id"], kind=Kind(row["kind"]), at=row["at"], read_at=row["read_at"],
                   params=msgspec.msgpack.decode(plain, type=dict[str, str]))


async def unread(tx: Tx, holder_id: HolderId) -> int:
    """How many messages a holder has not read."""
    return await store.unread(tx, holder_id)


def text(message: Message, texts: Texts, locale: Locale) -> str:
    """The fixed words of a message, with its time, place and channel."""
    return texts.say(locale, f"notices.text.{message.kind}", **{**message.params, "time": model.spoken(message.at, locale)})


CHECKS: Final = (Check("notices.message_has_event", "every message was caused by an event", store.without_event),)
