"""After every fault the standing oracle: all invariants of the house are proved again on the live database."""
from collections.abc import Iterator

import pytest

from tests.running import House, running
from tests.town import Town


@pytest.fixture(scope="module")
def checked(house: House) -> Iterator[House]:
    """The shared house; when a file's tests are done, `essc check` as an operator runs it."""
    yield house
    house.check()


@pytest.fixture(scope="session")
def fragile() -> Iterator[Town]:
    """A house of its own for what kills and for what asks anything: nobody else's people live there."""
    with running(people=100) as up:
        yield Town(up)
