"""Facts about passwords for others: which e-card, never what was typed."""
from datetime import datetime
from typing import ClassVar

from essc.kit.events import Event
from essc.names import EcardId


class PasswordSet(Event, frozen=True, kw_only=True):
    """The first password of an electronic card was set (part of 001 申领完成)."""

    kind: ClassVar[str] = "passwords.set"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId


class PasswordVerified(Event, frozen=True, kw_only=True):
    """The password was right (009 密码认证成功)."""

    kind: ClassVar[str] = "passwords.verified"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId


class PasswordRefused(Event, frozen=True, kw_only=True):
    """The password was wrong; `left` tries remain."""

    kind: ClassVar[str] = "passwords.refused"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    left: int


class PasswordWasLocked(Event, frozen=True, kw_only=True):
    """The last try was wrong: nobody may try before `until`, except by a real-person reset."""

    kind: ClassVar[str] = "passwords.locked"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    until: datetime


class PasswordChanged(Event, frozen=True, kw_only=True):
    """The holder set another password, knowing the old one (017 修改密码). It counts in all channels at once."""

    kind: ClassVar[str] = "passwords.changed"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    epoch: int


class PasswordReset(Event, frozen=True, kw_only=True):
    """A new password was set by a real-person check (018 重置密码). Sessions and codes from before it are dead."""

    kind: ClassVar[str] = "passwords.reset"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    epoch: int
