"""The console's pages, one file for each concern."""
from essc.surfaces.console.pages import (
    approvals,
    audit,
    issuance,
    lock,
    login,
    me,
    person,
    person_found,
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
    "issuance",
    "lock",
    "login",
    "me",
    "overview",
    "pages",
    "person",
    "person_found",
    "risk",
    "risk_note",
    "staff",
    "venues",
    "venues_change",
    "venues_import",
]
