"""What the room of codes refuses outright, in the order in which it is decided. What a reader is told is a verdict, not an error."""
from essc.kit.errors import Kind, Refused


class CodeNotAvailable(Refused):
    """No code is shown for an e-card that cannot be used; `standing` says why."""

    kind, code = Kind.CONFLICT, "code_not_available"


class PresentationUnknown(Refused):
    """The clerk compares a person for a presentation that did not pass at this terminal."""

    kind, code = Kind.NOT_FOUND, "presentation_not_found"


class CardUnreadable(Refused):
    """What was read from the physical card is not the string that a card gives."""

    kind, code = Kind.INVALID, "card_string_unreadable"
