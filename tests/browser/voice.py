"""A voice for browsers that have none: it keeps what it was told to say, across the pages of a window."""
from playwright.sync_api import Page

VOICE = """() => { window.said = []; window.quiet = 0;
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  Object.defineProperty(window, 'speechSynthesis', {value: {speak: (words) => window.said.push({text: words.text, lang: words.lang, rate: words.rate}), cancel: () => { window.quiet++; }}}); }"""
"""A function to be run before the scripts of a page."""


def said(page: Page) -> list[str]:
    """What was said on this page."""
    texts: list[str] = page.evaluate("() => window.said.map((one) => one.text)")
    return texts
