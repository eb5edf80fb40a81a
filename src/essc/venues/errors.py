"""Refusals of the room, in the order in which they are decided."""
from collections.abc import Sequence

from essc.kit.errors import FieldError, Kind, Refused


class VenueNotFound(Refused):
    """There is no venue of this id."""

    kind, code = Kind.NOT_FOUND, "venue_not_found"


class TerminalNotFound(Refused):
    """There is no terminal of this id or number, or it is not the caller's."""

    kind, code = Kind.NOT_FOUND, "terminal_not_found"


class SceneUnknown(Refused):
    """There is no scene of this code."""

    kind, code = Kind.INVALID, "scene_unknown"


class VenueWrong(Refused):
    """Something about a new venue or terminal is wrong; `fields` says what."""

    kind, code = Kind.INVALID, "venue_wrong"


class TerminalsNotImported(Refused):
    """Lines of a file of terminals are wrong, so none was taken; `lines` says which and why."""

    kind, code = Kind.INVALID, "terminals_not_imported"

    def __init__(self, lines: Sequence[tuple[int, FieldError]]) -> None:
        super().__init__(f"{len(lines)} lines are wrong", n=len({line for line, _ in lines}))
        self.lines = tuple(lines)


class ActivationCodeMalformed(Refused):
    """An activation code has eight characters of the unambiguous alphabet."""

    kind, code = Kind.INVALID, "activation_code_malformed"


class ActivationThrottled(Refused):
    """Too many wrong activation codes from one address, or in one part of the code space."""

    kind, code = Kind.THROTTLED, "activation_throttled"


class ActivationCodeUnknown(Refused):
    """No terminal has this activation code (any more)."""

    kind, code = Kind.NOT_FOUND, "activation_code_unknown"


class ActivationCodeUsed(Refused):
    """The activation code was used before, with another key."""

    kind, code = Kind.CONFLICT, "activation_code_used"


class ActivationCodeExpired(Refused):
    """The activation code is too old."""

    kind, code = Kind.GONE, "activation_code_expired"


class TerminalKeyUnknown(Refused):
    """The signature names a terminal that does not exist or was never activated."""

    kind, code = Kind.UNAUTHENTICATED, "terminal_key_unknown"


class TerminalSessionMalformed(Refused):
    """The key id is not one of a terminal session."""

    kind, code = Kind.UNAUTHENTICATED, "terminal_session_malformed"


class TerminalSessionEnded(Refused):
    """The terminal's session is over: its eight hours, or it was revoked, or the terminal was activated anew."""

    kind, code = Kind.UNAUTHENTICATED, "terminal_session_ended"


class TerminalDisabled(Refused):
    """The terminal is disabled or not activated."""

    kind, code = Kind.FORBIDDEN, "terminal_disabled"


class VenueNotActive(Refused):
    """The venue is paused or closed, and all its terminals with it."""

    kind, code = Kind.FORBIDDEN, "venue_not_active"


class SceneNotAllowed(Refused):
    """This terminal may not use this scene."""

    kind, code = Kind.FORBIDDEN, "scene_not_allowed"


class TerminalMoveNotAllowed(Refused):
    """A terminal in this state cannot be moved like that."""

    kind, code = Kind.CONFLICT, "terminal_move_not_allowed"


class VenueMoveNotAllowed(Refused):
    """A venue in this state cannot be moved like that."""

    kind, code = Kind.CONFLICT, "venue_move_not_allowed"


class VenueChangedMeanwhile(Refused):
    """Somebody else moved the venue or the terminal since it was read."""

    kind, code = Kind.BUSY, "venue_changed_meanwhile"


class SandboxTerminalsNotHere(Refused):
    """Terminals to try things with are only where all people are invented."""

    kind, code = Kind.FORBIDDEN, "sandbox_terminals_not_here"
