"""Refusals of use records."""
from essc.kit.errors import Kind, Refused


class UseNotFound(Refused):
    """There is no such use of this person's card."""

    kind, code = Kind.NOT_FOUND, "use_not_found"
