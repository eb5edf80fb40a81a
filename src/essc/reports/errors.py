"""What reports refuse, in the order in which it is decided."""
from essc.kit.errors import Kind, Refused


class TargetWrong(Refused):
    """A year's goal is a share of the cards between 0.01 and 100 percent, of a year from 2017 on (the first e-card) to ten years from now."""

    kind, code = Kind.INVALID, "report_target_wrong"


class TargetDecidedAlready(Refused):
    """Somebody decided this goal at this very moment."""

    kind, code = Kind.BUSY, "report_target_decided_already"
