"""One browser and one stage for the tests of a file: the browser's driver keeps the thread's event loop, so it may not outlive them."""
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.stage import chromium, served


@pytest.fixture(scope="module")
def stage() -> Iterator[str]:
    """The address of the gallery."""
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as found:
        yield found
