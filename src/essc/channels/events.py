"""Facts about channels for others: ids and enums only."""
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from essc.kit.events import Event
from essc.names import ChannelId


class ChannelRegistered(Event, frozen=True, kw_only=True):
    """A channel has applied (or, in the sandbox, is there at once)."""

    kind: ClassVar[str] = "channels.registered"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    channel_kind: str
    level: int
    region: str
    sandbox: bool


class ChannelIntroduced(Event, frozen=True, kw_only=True):
    """It was told who stands behind a channel and whom to call."""

    kind: ClassVar[str] = "channels.introduced"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId


class ChannelActivated(Event, frozen=True, kw_only=True):
    """A channel that had applied may work."""

    kind: ClassVar[str] = "channels.activated"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    version: int


class ChannelPaused(Event, frozen=True, kw_only=True):
    """A channel must not be used until it is resumed. Codes shown through it are refused from now on."""

    kind: ClassVar[str] = "channels.paused"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    version: int


class ChannelResumed(Event, frozen=True, kw_only=True):
    """A paused channel may work again."""

    kind: ClassVar[str] = "channels.resumed"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    version: int


class ChannelEnded(Event, frozen=True, kw_only=True):
    """A channel has left for good."""

    kind: ClassVar[str] = "channels.ended"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    version: int


class ChannelGranted(Event, frozen=True, kw_only=True):
    """What a channel may do and be told was set anew."""

    kind: ClassVar[str] = "channels.granted"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    abilities: tuple[str, ...]
    fields: tuple[str, ...]
    version: int


class ChannelKeyAdded(Event, frozen=True, kw_only=True):
    """A channel has one more key to sign with."""

    kind: ClassVar[str] = "channels.key_added"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    key_id: UUID
    algorithm: str


class ChannelKeyRevoked(Event, frozen=True, kw_only=True):
    """A key of a channel counts until `not_after` and no longer."""

    kind: ClassVar[str] = "channels.key_revoked"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    key_id: UUID
    not_after: datetime


class AccessGiven(Event, frozen=True, kw_only=True):
    """The developer of a channel was told a new management token; the one before and its visits are over."""

    kind: ClassVar[str] = "channels.access_given"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    access_id: UUID


class DeveloperSignedIn(Event, frozen=True, kw_only=True):
    """Somebody came to the portal with the management token of a channel."""

    kind: ClassVar[str] = "channels.developer_signed_in"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    visit_id: UUID


class DeveloperSignedOut(Event, frozen=True, kw_only=True):
    """They left."""

    kind: ClassVar[str] = "channels.developer_signed_out"
    subject: ClassVar[str] = "channel_id"
    channel_id: ChannelId
    visit_id: UUID
