"""Refusals of the audit log, in the order in which they are decided."""
from essc.kit.errors import Kind, Refused


class ProofNotFound(Refused):
    """There is no event of this id that the caller may ask about."""

    kind, code = Kind.NOT_FOUND, "proof_not_found"


class ProofNotYet(Refused):
    """The event has no leaf yet, or no checkpoint was signed since: ask again in a second."""

    kind, code = Kind.UNAVAILABLE, "proof_not_yet"


class TileNotFound(Refused):
    """The log has no such tile, bundle or checkpoint."""

    kind, code = Kind.NOT_FOUND, "tile_not_found"


class ExportNotReady(Refused):
    """There is no export of this id that the caller may take: it is another's, not granted, or taken already."""

    kind, code = Kind.NOT_FOUND, "export_not_ready"


class SearchWrong(Refused):
    """What was searched for is not written as such things are; `fields` says which."""

    kind, code = Kind.INVALID, "audit_search_wrong"
