"""One browser and one stage for all tests that look at screens."""
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.stage import chromium, served


@pytest.fixture(scope="session")
def stage() -> Iterator[str]:
    """The address of the gallery."""
    with served() as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as found:
        yield found
