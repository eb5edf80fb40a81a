"""What must never happen."""
from enum import StrEnum


class Alarm(StrEnum):
    """Each has one next action: somebody with the audit role looks at once."""

    PERMISSION_DENIED = "permission_denied"   # our own code tried what its database role may not do
    TILE_CHANGED = "tile_changed"             # a tile on disk is not what the database says it is
    LEAF_TWICE = "leaf_twice"                 # an event that has a leaf was marked as having none
    CHAIN_BROKEN = "chain_broken"             # the log is not what was signed, or an event is not what was logged
