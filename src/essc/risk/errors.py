"""Refusals of the room, in the order in which they are decided."""
from essc.kit.errors import Kind, Refused


class NoteNotFound(Refused):
    """There is no note of this id that the caller may see."""

    kind, code = Kind.NOT_FOUND, "note_not_found"


class NoteReasonMissing(Refused):
    """A remark or the closing of a note says why, in 2 to 200 characters."""

    kind, code = Kind.INVALID, "note_reason_missing"


class NoteMoveNotAllowed(Refused):
    """A note in this state cannot be moved like that."""

    kind, code = Kind.CONFLICT, "note_move_not_allowed"


class NoteChangedMeanwhile(Refused):
    """Somebody else moved the note since it was read."""

    kind, code = Kind.BUSY, "note_changed_meanwhile"
