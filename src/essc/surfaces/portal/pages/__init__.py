"""The portal's pages, one file for each concern."""
from essc.surfaces.portal.pages import access, apply, holders, home, keys, landing, logs, problems, quickstart, reference, search
from essc.surfaces.portal.pages.declared import pages

__all__ = ["access", "apply", "holders", "home", "keys", "landing", "logs", "pages", "problems", "quickstart", "reference", "search"]
