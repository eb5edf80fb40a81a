"""The wallet's pages, one file for each concern."""
from essc.surfaces.wallet.pages import apply, code, files, home, me, messages, records, security
from essc.surfaces.wallet.pages.declared import pages

__all__ = ["apply", "code", "files", "home", "me", "messages", "pages", "records", "security"]
