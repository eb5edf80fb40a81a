"""Facts about sessions for others: ids and enums only."""
from typing import ClassVar

from essc.kit.events import Event
from essc.names import ChannelId, EcardId, HolderId, LinkId, SessionId


class SignedIn(Event, frozen=True, kw_only=True):
    """The person signed in on a device (`way`: face, sms_password, terminal, issue); `new_device`: never before on this one."""

    kind: ClassVar[str] = "sessions.signed_in"
    subject: ClassVar[str] = "session_id"
    session_id: SessionId
    holder_id: HolderId
    ecard_id: EcardId
    link_id: LinkId
    channel_id: ChannelId
    way: str
    new_device: bool = True


class SessionRevoked(Event, frozen=True, kw_only=True):
    """A session was ended (`why`: signed_out, holder, replaced, counter)."""

    kind: ClassVar[str] = "sessions.revoked"
    subject: ClassVar[str] = "session_id"
    session_id: SessionId
    holder_id: HolderId
    channel_id: ChannelId
    why: str


class SessionUnlocked(Event, frozen=True, kw_only=True):
    """Password or proof were given again: pages may show the code for some minutes."""

    kind: ClassVar[str] = "sessions.unlocked"
    subject: ClassVar[str] = "session_id"
    session_id: SessionId
    holder_id: HolderId
    way: str
