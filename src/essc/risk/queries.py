"""Reads of notes, for the console."""
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from essc.kit import ids
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.kit.paging import Page, Paged, cut
from essc.names import NoteId
from essc.risk import model, store
from essc.risk.errors import NoteNotFound
from essc.risk.model import Bar, Filter, Level, Listed, Note, Sighting, Sort, State, Step

_KEY: Final[dict[Sort, Callable[[Note], Any]]] = {Sort.TIME: lambda n: n.last_at, Sort.LEVEL: lambda n: n.level.value, Sort.COUNT: lambda n: n.count}
_PLACES: Final[dict[Sort, Any]] = {Sort.TIME: tuple[datetime, UUID], Sort.LEVEL: tuple[int, UUID], Sort.COUNT: tuple[int, UUID]}
SERIES_MOST: Final = 10_000
"""Sightings that a chart counts; more than that in a fortnight need no chart."""


async def get(tx: Tx, note_id: NoteId) -> Listed:
    """One note with the names of what it is about. Raises NoteNotFound."""
    found = await store.find(tx, note_id)
    if found is None:
        raise NoteNotFound("no such note")
    return found


async def listed(tx: Tx, wanted: Filter, page: Page) -> Paged[Listed]:
    """A page of notes in the order that is wanted. Raises CursorInvalid, also for the cursor of another order."""
    found = await store.listed(tx, wanted, page.after(_PLACES[wanted.sort]), page.limit + 1)
    return cut(found, page, lambda one: (_KEY[wanted.sort](one.note), one.note.id), lambda one: one)


async def waiting(tx: Tx, region: str) -> dict[tuple[State, Level], int]:
    """How many notes wait or are worked on, by state and level, in a region and below."""
    return await store.counts(tx, region)


async def sightings(tx: Tx, note: Note, limit: int = 50) -> list[Sighting]:
    """The times that the fact was seen, newest first."""
    return await store.sightings(tx, note, note.raised_at, limit)


async def series(tx: Tx, note: Note, *, step: timedelta, count: int) -> list[Bar]:
    """How often the fact was seen in each of the last `count` stretches of `step`, the newest last."""
    seen = await store.sightings(tx, note, tx.now - step * count, SERIES_MOST)
    return model.bars([one.seen_at for one in seen], tx.now, step=step, count=count)


async def timeline(tx: Tx, note: Note) -> list[Step]:
    """What was done about a note, newest first."""
    return await store.steps(tx, note)


async def about(tx: Tx, subject: UUID, limit: int = 20) -> list[Listed]:
    """The notes about a channel, terminal or holder, newest first."""
    return await store.about(tx, subject, limit)


def _wire(find: Callable[[Tx], Awaitable[Sequence[UUID]]]) -> Callable[[Tx], Awaitable[list[str]]]:
    async def found(tx: Tx) -> list[str]:
        return [ids.wire("note", note_id) for note_id in await find(tx)]
    return found


CHECKS: Final = (
    Check("risk.count_has_sightings", "the count of every note is the number of its sightings", _wire(store.miscounted)),
    Check("risk.state_has_history", "the state of every note is that of its last move", _wire(store.without_history)),
)
