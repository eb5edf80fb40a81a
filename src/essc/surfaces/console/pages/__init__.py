"""The console's pages, one file for each concern."""
from essc.surfaces.console.pages import (
    approvals,
    audit,
    lock,
    login,
    me,
    overview,
    risk,
    risk_note,
    staff,
    venues,
    venues_change,
    venues_import,
)
from essc.surfaces.console.pages.declared import pages

__all__ = [
    "approvals",
    "audit",
    "lock",
    "login",
    "me",
    "overview",
    "pages",
    "risk",
    "risk_note",
    "staff",
    "venues",
    "venues_change",
    "venues_import",
]
