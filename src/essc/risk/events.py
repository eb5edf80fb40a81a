"""Facts about notes for others: ids and enums only."""
from typing import ClassVar
from uuid import UUID

from essc.kit.events import Event
from essc.names import NoteId


class NoteRaised(Event, frozen=True, kw_only=True):
    """Something was noted; `count` above one says that an open note of the same rule and subject was counted up."""

    kind: ClassVar[str] = "risk.note_raised"
    subject: ClassVar[str] = "about"
    note_id: NoteId
    about: UUID
    subject_kind: str
    rule: str
    level: str
    region: str
    count: int


class NoteTaken(Event, frozen=True, kw_only=True):
    """Somebody on duty took a note over."""

    kind: ClassVar[str] = "risk.note_taken"
    subject: ClassVar[str] = "about"
    note_id: NoteId
    about: UUID
    version: int


class NoteRemarked(Event, frozen=True, kw_only=True):
    """Somebody wrote a remark on a note."""

    kind: ClassVar[str] = "risk.note_remarked"
    subject: ClassVar[str] = "about"
    note_id: NoteId
    about: UUID
    version: int


class NoteActedOn(Event, frozen=True, kw_only=True):
    """Something was done because of a note; `act` says what (risk.model.Act), the room that did it tells its own event."""

    kind: ClassVar[str] = "risk.note_acted_on"
    subject: ClassVar[str] = "about"
    note_id: NoteId
    about: UUID
    act: str
    version: int


class NoteClosed(Event, frozen=True, kw_only=True):
    """A note came to its end."""

    kind: ClassVar[str] = "risk.note_closed"
    subject: ClassVar[str] = "about"
    note_id: NoteId
    about: UUID
    closing: str
    version: int
