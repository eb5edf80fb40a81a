"""Refusals of the room, in the order in which they are decided."""
from essc.kit.errors import Kind, Refused


class RegionUnknown(Refused):
    """No list of divisions, old or new, has this code; or it is a demonstration code outside a demonstration data directory."""

    kind, code = Kind.INVALID, "region_unknown"


class RegionNotFound(Refused):
    """There is no division under this address."""

    kind, code = Kind.NOT_FOUND, "region_not_found"


class SettingUnknown(Refused):
    """There is no setting of this name."""

    kind, code = Kind.INVALID, "region_setting_unknown"


class SettingValueWrong(Refused):
    """The value is not of the form, or outside the limits, of this setting."""

    kind, code = Kind.INVALID, "region_setting_value_wrong"


class SettingInThePast(Refused):
    """A setting holds from now or later on: what was in force stays as it was."""

    kind, code = Kind.CONFLICT, "region_setting_in_the_past"


class SettingChangedMeanwhile(Refused):
    """Somebody set the same value for the same moment."""

    kind, code = Kind.BUSY, "region_setting_changed_meanwhile"
