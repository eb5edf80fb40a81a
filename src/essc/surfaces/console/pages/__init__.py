"""The console's pages, one file for each concern."""
from essc.surfaces.console.pages import home, lock, login, venues, venues_change, venues_import
from essc.surfaces.console.pages.declared import pages

__all__ = ["home", "lock", "login", "pages", "venues", "venues_change", "venues_import"]
