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
    """A house of its own for what kills: its processes end and begin again while it is used."""
    with running(people=40) as up:
        yield Town(up)
