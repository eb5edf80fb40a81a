"""Refusals of sessions, in the order in which they are decided."""
from essc.kit.errors import Kind, Refused


class SessionOver(Refused):
    """There is no such session, or it has ended: by idling, expiry, revocation, an unlink, a reset, or "this was not me"."""

    kind, code = Kind.UNAUTHENTICATED, "session_over"


class PasswordNeeded(Refused):
    """A code by SMS alone signs nobody in: the password is needed besides."""

    kind, code = Kind.INVALID, "session_password_needed"


class NotLinkedHere(Refused):
    """The person has no e-card on this channel: apply, or link it with its password."""

    kind, code = Kind.CONFLICT, "session_not_linked_here"


class SessionNotFound(Refused):
    """There is no such session of the caller's."""

    kind, code = Kind.NOT_FOUND, "session_not_found"


class SessionChangedMeanwhile(Refused):
    """Somebody signed in on the same device at the same moment."""

    kind, code = Kind.BUSY, "session_changed_meanwhile"
