"""Messages on the wire: for the holder alone."""
from datetime import datetime
from functools import cache
from typing import Final

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.http.operations import Operations, Principal
from essc.kit.http.types import Body, Nothing, View
from essc.kit.i18n import Texts
from essc.kit.paging import CursorInvalid, Page, Paged
from essc.names import PREFIXES, HolderId, MessageId
from essc.notices import actions, queries
from essc.notices.errors import MessageNotFound
from essc.notices.model import Kind, Message
from essc.sessions.queries import SignedIn

operations: Final = Operations("notices")


class MessageFilter(Body):
    """Which messages are wanted."""

    unread: bool = False


class MessageView(View):
    """A message in both languages. It never holds a link and never asks for a password or a code."""

    id: str
    kind: Kind
    text_zh: str
    text_en: str
    at: datetime
    read_at: datetime | None


class UnreadView(View):
    """How many messages are unread."""

    unread: int


@cache
def _texts() -> Texts:
    return Texts.load()


def view(message: Message) -> MessageView:
    """A message as it is sent."""
    return MessageView(id=ids.wire(PREFIXES["MessageId"], message.id), kind=message.kind, text_zh=queries.text(message, _texts(), "zh-CN"),
                       text_en=queries.text(message, _texts(), "en"), at=message.at, read_at=message.read_at)


def _holder(who: Principal) -> HolderId:
    session: SignedIn = who.extra
    return session.holder_id


@operations.reads("GET /v1/me/messages", by="holder", answers=Paged[MessageView], refuses=(CursorInvalid,))
async def messages(tx: Tx, who: Principal, page: Page, query: MessageFilter) -> Paged[MessageView]:
    """The holder's inbox, newest first."""
    found = await queries.messages(tx, _holder(who), page, unread=query.unread)
    return Paged(items=[view(one) for one in found.items], next_cursor=found.next_cursor)


@operations.reads("GET /v1/me/messages/unread", by="holder", answers=UnreadView)
async def unread(tx: Tx, who: Principal) -> UnreadView:
    """How many messages the holder has not read."""
    return UnreadView(unread=await queries.unread(tx, _holder(who)))


@operations.reads("GET /v1/me/messages/{message_id}", by="holder", answers=MessageView, refuses=(MessageNotFound,))
async def message(tx: Tx, who: Principal, message_id: MessageId) -> MessageView:
    """One message."""
    return view(await queries.message(tx, _holder(who), message_id))


@operations.writes("POST /v1/me/messages/{message_id}/reading", by="holder", answers=UnreadView, refuses=(MessageNotFound,), example={})
async def read(tx: Tx, who: Principal, message_id: MessageId, body: Nothing) -> UnreadView:
    """Mark a message read."""
    await actions.read(tx, _holder(who), message_id)
    return UnreadView(unread=await queries.unread(tx, _holder(who)))


@operations.writes("POST /v1/me/messages/reading", by="holder", answers=UnreadView, example={})
async def read_all(tx: Tx, who: Principal, body: Nothing) -> UnreadView:
    """Mark all messages read (全部已读)."""
    await actions.read_all(tx, _holder(who))
    return UnreadView(unread=0)
