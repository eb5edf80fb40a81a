"""Who is signed in, and until when. Pure: no clock, no database, no network.

A session ends by being looked at: whether it is valid is derived from the link, the e-card and the password each time, so an unlink, a
reset or "this was not me" ends it with the same commit. Nothing has to be told to it.
"""
import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from essc.ecards.model import Standing
from essc.kit import ids
from essc.names import CardId, ChannelId, EcardId, HolderId, LinkId, SessionId
from essc.sessions.errors import SessionOver

TOKEN_BYTES: Final = 34
"""Two bytes of bucket, so that every look-up pins it, and 32 of chance."""
IDLE: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=90)
UNLOCKED: Final = timedelta(minutes=5)
"""How long pages may show the code and the card after password or face (UX A4, W2)."""
TOUCH: Final = timedelta(minutes=5)
"""A session in use is written down as seen this often, not at every request."""
LONGEST_DEVICE: Final = 80


@dataclass(frozen=True)
class Device:
    """Where the person signs in: `key` is what the device calls itself, for ever the same; `name` is shown in the list."""

    key: str
    name: str


@dataclass(frozen=True)
class Session:
    """One sign-in on one device and channel."""

    id: SessionId
    holder_id: HolderId
    ecard_id: EcardId
    link_id: LinkId
    channel_id: ChannelId
    card_id: CardId
    device_name: str
    way: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    unlocked_until: datetime | None
    standing: Standing

    @property
    def bucket(self) -> int:
        """The bucket of the holder."""
        return ids.bucket(self.id)

    def unlocked(self, now: datetime) -> bool:
        """Whether password or face were given in the last minutes."""
        return self.unlocked_until is not None and self.unlocked_until > now


class Presenter(msgspec.Struct, frozen=True):
    """A session as the minting of codes needs it: the link's place, the epoch, how the e-card stands now, and whether its channel may
    show codes (`channel_state` None: there is no such channel)."""

    session_id: SessionId
    holder_id: HolderId
    ecard_id: EcardId
    link_id: LinkId
    card_id: CardId
    channel_id: ChannelId
    bucket: int
    slot: int
    epoch: int
    standing: Standing
    level: int
    region: str
    channel_state: str | None
    presents: bool


@dataclass(frozen=True)
class Facts:
    """What decides whether a session is valid."""

    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    password_epoch: int
    unlinked_at: datetime | None
    sessions_since: datetime | None
    epoch_now: int | None


def over(facts: Facts, now: datetime) -> str | None:
    """Why a session is over, the first that applies; None while it is valid."""
    since = facts.sessions_since
    reasons = (
        ("revoked", facts.revoked_at is not None), ("unlinked", facts.unlinked_at is not None), ("not_me", since is not None and facts.created_at <= since),
        ("password", facts.password_epoch != facts.epoch_now), ("expired", facts.expires_at <= now), ("idle", facts.seen_at + IDLE <= now),
    )
    return next((reason for reason, holds in reasons if holds), None)


def token(bucket: int, chance: bytes) -> bytes:
    """A fresh token in a bucket."""
    return bucket.to_bytes(2, "big") + chance


def bucket_of(token: bytes) -> int:
    """The bucket that a token names."""
    return int.from_bytes(token[:2], "big")


def written(token: bytes) -> str:
    """A token as the device keeps it."""
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def read(text: str) -> bytes:
    """The token that a device sends. Raises SessionOver."""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise SessionOver("not a session token") from None
    if len(found) != TOKEN_BYTES or bucket_of(found) >= ids.BUCKETS:
        raise SessionOver("not a session token")
    return found
