"""Divisions on the wire: for anyone."""
from typing import Annotated, Final

from msgspec import Meta

from essc.kit.db.tx import Tx
from essc.kit.http.operations import Operations
from essc.kit.http.types import Body, View
from essc.kit.paging import Page, Paged, cut
from essc.regions import queries
from essc.regions.errors import RegionNotFound
from essc.regions.model import Division, Level

operations: Final = Operations("regions")

RegionCode = Annotated[str, Meta(pattern="^[0-9]{6}$(?!\\n)", description="Six digits of GB/T 2260.")]


class Search(Body):
    """Which divisions are wanted."""

    parent: Annotated[RegionCode | None, Meta(description="Only those directly below this one; 000000 for the provinces.")] = None
    level: Level | None = None
    abolished: Annotated[bool, Meta(description="With the codes that are no longer in force.")] = False


class FormerName(View):
    """A name that the code had earlier; the years are inclusive, null is since the first list of 1980."""

    name: str
    first: int | None
    last: int | None


class RegionView(View):
    """A division. `first` null: since the first list of 1980; `last` null: in force; `source`: the lists that show it, by letter."""

    code: str
    name: str
    level: Level
    parent: str | None
    path: list[str]
    first: int | None
    last: int | None
    year: int
    source: str
    former_names: list[FormerName]


def _view(found: Division) -> RegionView:
    return RegionView(
        code=found.code, name=found.name, level=found.level, parent=found.parent or None,
        path=[step.name for step in queries.region_path(found.code)], first=found.first, last=found.last, year=found.year, source=found.source,
        former_names=[FormerName(name=former.name, first=former.first, last=former.last) for former in found.former_names],
    )


@operations.reads("GET /v1/regions", by="public", answers=Paged[RegionView])
async def regions(tx: Tx, query: Search, page: Page) -> Paged[RegionView]:
    """Divisions by code: all, or those below one, of one level, with the abolished codes or without."""
    after = page.after(tuple[str])
    rows = queries.listed(query.parent, query.level, abolished=query.abolished, after=after[0] if after else "", limit=page.limit + 1)
    return cut(rows, page, lambda found: (found.code,), _view)


@operations.reads("GET /v1/regions/{code}", by="public", answers=RegionView, refuses=(RegionNotFound,))
async def region(tx: Tx, code: RegionCode) -> RegionView:
    """One division, in force or abolished, with its path from the nation down."""
    return _view(queries.found(code))
