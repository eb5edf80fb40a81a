"""The site on real rooms and the sandbox's partners, for tests that visit pages as a browser without scripts would."""
from collections.abc import AsyncIterator

import pytest

from tests.identity.conftest import db, partners, stage
from tests.surfaces.visitor import Visitor, visitors

__all__ = ["db", "partners", "stage"]


@pytest.fixture
async def visitor(db, partners) -> AsyncIterator[Visitor]:
    """Somebody with a card and a browser, who was never here before."""
    async with visitors(db, partners) as made:
        yield made
