"""Refusals of the room, in the order in which they are decided."""
from essc.kit.errors import Kind, Refused


class ChannelNotFound(Refused):
    """There is no channel of this id, or it is not the caller's."""

    kind, code = Kind.NOT_FOUND, "channel_not_found"


class ApplicationWrong(Refused):
    """Something in the application is wrong or does not go together; `fields` says what."""

    kind, code = Kind.INVALID, "channel_application_wrong"


class SandboxNotHere(Refused):
    """Sandbox channels need no approval, so only a demonstration data directory takes them."""

    kind, code = Kind.FORBIDDEN, "sandbox_not_here"


class RegistrationThrottled(Refused):
    """Too many channels were registered from one place, or altogether, in a short time."""

    kind, code = Kind.THROTTLED, "channel_registration_throttled"


class AccessUnknown(Refused):
    """No app has this management token, or it was replaced."""

    kind, code = Kind.INVALID, "channel_access_unknown"


class SignInThrottled(Refused):
    """Too many management tokens that fit nothing came from one address."""

    kind, code = Kind.THROTTLED, "channel_sign_in_throttled"


class ChannelNotActive(Refused):
    """The channel has applied and nobody has activated it yet."""

    kind, code = Kind.FORBIDDEN, "channel_not_active"


class ChannelPaused(Refused):
    """The channel (or the first-level channel it belongs to) is paused; its holders' electronic cards cannot be shown through it."""

    kind, code = Kind.FORBIDDEN, "channel_paused"


class ChannelEnded(Refused):
    """The channel has left; this is final."""

    kind, code = Kind.FORBIDDEN, "channel_ended"


class AbilityNotGranted(Refused):
    """The channel may not do this."""

    kind, code = Kind.FORBIDDEN, "ability_not_granted"


class FieldNotGranted(Refused):
    """The channel may not be told one of the fields it asks for."""

    kind, code = Kind.FORBIDDEN, "field_not_granted"


class ChannelMoveNotAllowed(Refused):
    """A channel in this state cannot be moved like that."""

    kind, code = Kind.CONFLICT, "channel_move_not_allowed"


class ChannelChangedMeanwhile(Refused):
    """Somebody else moved the channel since it was read."""

    kind, code = Kind.BUSY, "channel_changed_meanwhile"


class ChannelKeyNotFound(Refused):
    """The channel has no such key."""

    kind, code = Kind.NOT_FOUND, "channel_key_not_found"


class ChannelKeyKnown(Refused):
    """The channel has this public key already."""

    kind, code = Kind.CONFLICT, "channel_key_known"


class ChannelKeysTooMany(Refused):
    """The channel has as many live keys as it may have: revoke one first."""

    kind, code = Kind.CONFLICT, "channel_keys_too_many"


class ChannelKeyRevoked(Refused):
    """The key was revoked, or its overlap is over."""

    kind, code = Kind.UNAUTHENTICATED, "channel_key_revoked"


class CallNotFound(Refused):
    """No call of this request id is kept for this channel (any more)."""

    kind, code = Kind.NOT_FOUND, "channel_call_not_found"
