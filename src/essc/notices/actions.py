"""What is done to messages: put into the inbox, read, sent."""
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from essc.holders import actions as people
from essc.holders import queries as holders
from essc.kit.db.tx import Tx
from essc.names import ChannelId, EcardId, HolderId, MessageId, TerminalId
from essc.notices import store
from essc.notices.errors import MessageNotFound
from essc.notices.events import MessageSent, MessageWritten
from essc.notices.model import BY_SMS, Kind, Message, digest_due
from essc.notices.queries import KEY, bound

DIGESTS_AT_ONCE: Final = 500
_encode = msgspec.msgpack.Encoder().encode


async def keep(tx: Tx, messages: Sequence[Message]) -> None:
    """Put messages into the inboxes, once each, and have those sent that go to the telephone too. The erased get none."""
    salts = await holders.salts(tx, list({one.holder_id for one in messages}))
    kept = [one for one in messages if one.holder_id in salts]
    if not kept:
        return
    sealed = tx.keys.seal_many(KEY, [salts[one.holder_id] for one in kept], [_encode(dict(one.params)) for one in kept], [bound(one.id) for one in kept])
    fresh = await store.keep(tx, kept, sealed)
    await tx.emit_all([MessageWritten(message_id=one.id, holder_id=one.holder_id, message_kind=one.kind)
                       for one in kept if one.id in fresh and one.kind in BY_SMS])


async def places(tx: Tx, terminals: Sequence[TerminalId]) -> dict[UUID, str]:
    """The names of the venues where these terminals stand."""
    return await store.places(tx, terminals)


async def channel_names(tx: Tx, channels: Sequence[ChannelId]) -> dict[UUID, str]:
    """The names of these channels."""
    return await store.channels(tx, channels)


async def owners(tx: Tx, ecards: Sequence[EcardId]) -> dict[UUID, HolderId]:
    """Whose electronic cards these are."""
    return await store.owners(tx, ecards)


async def count_lookups(tx: Tx, looked: Sequence[tuple[HolderId, UUID, datetime]]) -> None:
    """Count look-ups by staff (holder, event, moment) for the holders' message of the week. (Told by another room's event: no event of its own.)"""
    weeks: dict[tuple[HolderId, datetime], list[UUID]] = {}
    for holder_id, event_id, at in looked:
        weeks.setdefault((holder_id, digest_due(at)), []).append(event_id)
    if weeks:
        await store.count_lookups(tx, [(holder, due, max(events), len(events)) for (holder, due), events in weeks.items()])


async def send_digests(tx: Tx) -> int:
    """Make the messages of the week that are due, one for a holder; the newest look-up names the message. Gives how many."""
    rows = await store.due_digests(tx, DIGESTS_AT_ONCE)
    await keep(tx, [Message(id=MessageId(row["event_id"]), holder_id=row["holder_id"], kind=Kind.STAFF_LOOKUP, at=tx.now, params={"n": str(row["count"])})
                    for row in rows])
    if rows:
        await store.drop_digests(tx, rows)
    return len(rows)


async def read(tx: Tx, holder_id: HolderId, message_id: MessageId) -> None:
    """Mark a message read; read already it stays as it is. (The holder's own mark is nobody else's business: no event.) Raises MessageNotFound."""
    if not await store.mark_read(tx, holder_id, message_id) and await store.get(tx, holder_id, message_id) is None:
        raise MessageNotFound(f"no message {message_id} of this person")


async def read_all(tx: Tx, holder_id: HolderId) -> int:
    """全部已读: mark every message of a holder read; gives how many were unread."""
    return await store.mark_read(tx, holder_id, None)


async def done(tx: Tx, message: Message, *, sent: bool) -> None:
    """Note that the gateway took the SMS, if there is one; what was kept to send it is dropped."""
    if message.kind is Kind.MOBILE_CHANGED:
        await people.forget_former_mobile(tx, message.holder_id, message.id)
    if sent:
        await tx.emit(MessageSent(message_id=message.id, holder_id=message.holder_id))
