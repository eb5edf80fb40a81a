"""The wallet's pages, one file for each concern."""
from essc.surfaces.wallet.pages import appearance, apply, card, code, files, home, me, messages, mobile, reading, records, scan, security
from essc.surfaces.wallet.pages.declared import pages

__all__ = ["appearance", "apply", "card", "code", "files", "home", "me", "messages", "mobile", "pages", "reading", "records", "scan", "security"]
