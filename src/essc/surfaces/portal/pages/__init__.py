"""The portal's pages, one file for each concern."""
from essc.surfaces.portal.pages import landing
from essc.surfaces.portal.pages.declared import pages

__all__ = ["landing", "pages"]
