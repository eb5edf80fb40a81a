"""Facts about the log itself."""
from typing import ClassVar
from uuid import UUID

from essc.kit.events import Event


class AlarmRaised(Event, frozen=True, kw_only=True):
    """Something happened that must never happen: `what` is a code of `model.Alarm`, `place` a part of the program."""

    kind: ClassVar[str] = "audit.alarm_raised"
    subject: ClassVar[str] = "alarm_id"
    alarm_id: UUID
    what: str
    place: str


class LogSearched(Event, frozen=True, kw_only=True):
    """Somebody looked things up in the log: which fields were given (not their values), how many events were shown."""

    kind: ClassVar[str] = "audit.searched"
    subject: ClassVar[str] = "search_id"
    search_id: UUID
    asked: tuple[str, ...]
    shown: int


class EventLookedAt(Event, frozen=True, kw_only=True):
    """Somebody opened one event of the log, with its proof."""

    kind: ClassVar[str] = "audit.looked_at"
    subject: ClassVar[str] = "event_id"
    event_id: UUID


class VerificationAsked(Event, frozen=True, kw_only=True):
    """Somebody wants the whole log proved from its first entry on, now."""

    kind: ClassVar[str] = "audit.verification_asked"
    subject: ClassVar[str] = "wish_id"
    wish_id: UUID


class LogVerified(Event, frozen=True, kw_only=True):
    """The whole log was proved again from its first entry to its last of then, and is what was signed."""

    kind: ClassVar[str] = "audit.verified"
    subject: ClassVar[str] = "sweep_id"
    sweep_id: UUID
    size: int


class ExportAsked(Event, frozen=True, kw_only=True):
    """Somebody wants to take a part of the log out; a second person decides."""

    kind: ClassVar[str] = "audit.export_asked"
    subject: ClassVar[str] = "export_id"
    export_id: UUID
    asked: tuple[str, ...]


class ExportGranted(Event, frozen=True, kw_only=True):
    """A part of the log may be taken out, once, by who asked for it."""

    kind: ClassVar[str] = "audit.export_granted"
    subject: ClassVar[str] = "export_id"
    export_id: UUID


class ExportTaken(Event, frozen=True, kw_only=True):
    """A part of the log was taken out: how many events."""

    kind: ClassVar[str] = "audit.export_taken"
    subject: ClassVar[str] = "export_id"
    export_id: UUID
    count: int
