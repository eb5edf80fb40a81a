"""Facts about messages for others."""
from typing import ClassVar

from essc.kit.events import Event
from essc.names import HolderId, MessageId


class MessageWritten(Event, frozen=True, kw_only=True):
    """A message that also goes to the holder's telephone was put into the inbox."""

    kind: ClassVar[str] = "notices.written"
    subject: ClassVar[str] = "holder_id"
    message_id: MessageId
    holder_id: HolderId
    message_kind: str


class MessageSent(Event, frozen=True, kw_only=True):
    """The message gateway took an SMS."""

    kind: ClassVar[str] = "notices.sent"
    subject: ClassVar[str] = "holder_id"
    message_id: MessageId
    holder_id: HolderId
