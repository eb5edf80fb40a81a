"""Refusals of messages."""
from essc.kit.errors import Kind, Refused


class MessageNotFound(Refused):
    """There is no such message of this person."""

    kind, code = Kind.NOT_FOUND, "message_not_found"
