"""Divisions, their order, and the settings that a region may have. Pure: the vendored list is read once and never changes."""
from essc.regions.model.divisions import (
    DEMONSTRATION_PREFIX,
    NATION,
    Division,
    Level,
    Name,
    Prefix,
    PrefixNote,
    ancestors,
    card_region,
    children,
    citizen_prefix,
    division,
    divisions,
    region_path,
)
from essc.regions.model.settings import SETTINGS, Default, definition, nearest, temporary_loss_ends, ways

__all__ = [
    "DEMONSTRATION_PREFIX", "NATION", "SETTINGS", "Default", "Division", "Level", "Name", "Prefix", "PrefixNote", "ancestors", "card_region",
    "children", "citizen_prefix", "definition", "division", "divisions", "nearest", "region_path", "temporary_loss_ends", "ways",
]
