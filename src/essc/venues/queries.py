"""Reads of venues, terminals and scenes, for other rooms and for screens."""
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from essc.kit import ids
from essc.kit.crypto import Keys
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.kit.paging import Page, Paged, cut
from essc.names import TerminalId, VenueId
from essc.venues import model
from essc.venues.errors import SceneUnknown, TerminalNotFound, VenueNotFound
from essc.venues.model import (
    Counted,
    DayTally,
    Provider,
    ProviderSort,
    Scene,
    Seen,
    SessionKey,
    Terminal,
    TerminalSort,
    Venue,
    Wanted,
)
from essc.venues.store import desk, walks
from essc.venues.store import terminals as store

T = TypeVar("T")

SESSION_KEY: Final = "terminal-session"
_PLACES: Final[dict[TerminalSort | ProviderSort, Any]] = {
    TerminalSort.NUMBER: tuple[str, UUID], TerminalSort.VENUE: tuple[str, UUID], TerminalSort.SEEN: tuple[datetime, UUID],
    TerminalSort.TODAY: tuple[int, UUID], ProviderSort.NAME: tuple[str, UUID], ProviderSort.TERMINALS: tuple[int, UUID],
    ProviderSort.TODAY: tuple[int, UUID],
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of venue, and the scenes each of its terminals may use."""

    code: str
    title_zh: str
    title_en: str
    scenes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of the history of a venue or a terminal."""

    version: int
    move: str
    was: str | None
    state: str
    reason: str
    moved_by: str
    moved_at: datetime


async def venue(tx: Tx, venue_id: VenueId) -> Venue:
    """The venue. Raises VenueNotFound."""
    found = await store.find_venue(tx, venue_id)
    if found is None:
        raise VenueNotFound("no such venue")
    return found


async def venues(tx: Tx, *, region: str | None = None, after: VenueId | None = None, limit: int = 100) -> list[Venue]:
    """Venues in order of their coming, all or those whose region begins with `region`."""
    return await store.venues(tx, region=region, after=after, limit=limit)


async def terminal(tx: Tx, terminal_id: TerminalId) -> Terminal:
    """The terminal with its venue, as it stands now. Raises TerminalNotFound."""
    found = await store.find_terminal(tx, terminal_id)
    if found is None:
        raise TerminalNotFound("no such terminal")
    return found


async def terminal_by_number(tx: Tx, number: str) -> Terminal:
    """The terminal of twelve digits. Raises TerminalNotFound."""
    found = await store.find_terminal_by_number(tx, number)
    if found is None:
        raise TerminalNotFound("no such terminal")
    return found


async def terminals(tx: Tx, *, venue_id: VenueId | None = None, after: TerminalId | None = None, limit: int = 100) -> list[Terminal]:
    """Terminals in order of their coming, of one venue or of all."""
    return await store.terminals(tx, venue_id=venue_id, after=after, limit=limit)


async def reader(tx: Tx, terminal_id: TerminalId, session_began: datetime) -> Terminal:
    """The terminal, if it may read now with a session that began then.

    Raises TerminalNotFound, TerminalDisabled, VenueNotActive, TerminalSessionEnded.
    """
    found = await terminal(tx, terminal_id)
    model.require_reader(found, session_began)
    return found


async def scenes(tx: Tx) -> dict[str, Scene]:
    """Every scene by code."""
    return {scene.code: scene for scene in await store.scenes(tx)}


async def scene(tx: Tx, code: str) -> Scene:
    """The scene. Raises SceneUnknown."""
    found = (await scenes(tx)).get(code)
    if found is None:
        raise SceneUnknown("no such scene")
    return found


async def kinds(tx: Tx) -> dict[str, Kind]:
    """Every kind of venue by code."""
    return {row["code"]: Kind(row["code"], row["title_zh"], row["title_en"], tuple(row["scenes"])) for row in await store.kinds(tx)}


async def history(tx: Tx, subject_id: VenueId | TerminalId) -> list[Moved]:
    """What happened to a venue or a terminal, newest first."""
    return [Moved(**dict(row)) for row in await store.moves(tx, subject_id)]


async def desk_terminals(tx: Tx, wanted: Wanted, page: Page, sort: TerminalSort = TerminalSort.NUMBER, *, falling: bool = False) -> Paged[Seen]:
    """A page of terminals as a desk sees them. Raises CursorInvalid, also for a cursor of another order."""
    after = page.after(_PLACES[sort])
    return _page(await desk.terminals(tx, wanted, sort, after, page.limit + 1, falling=falling), page)


async def desk_terminal(tx: Tx, terminal_id: TerminalId) -> Seen:
    """One terminal as a desk sees it. Raises TerminalNotFound."""
    found = await desk.seen(tx, terminal_id)
    if found is None:
        raise TerminalNotFound("no such terminal")
    return found


async def counted(tx: Tx, wanted: Wanted) -> Counted:
    """How many terminals of each presence there are in what is wanted, whatever presence is."""
    return await desk.counted(tx, wanted)


async def providers(tx: Tx, wanted: Wanted, page: Page, sort: ProviderSort = ProviderSort.NAME, *, falling: bool = False) -> Paged[Provider]:
    """A page of venues with their terminals counted. Raises CursorInvalid, also for a cursor of another order."""
    after = page.after(_PLACES[sort])
    return _page(await desk.providers(tx, wanted, sort, after, page.limit + 1, falling=falling), page)


def _page(found: Sequence[tuple[T, walks.Place]], page: Page) -> Paged[T]:
    return cut(found, page, lambda row: row[1], lambda row: row[0])


async def days(tx: Tx, terminals: Sequence[TerminalId], since: date) -> list[DayTally]:
    """How often these terminals read on each day since `since`, oldest first; days on which one did not read are left out."""
    return await desk.days(tx, terminals, since) if terminals else []


def session_secret(keys: Keys, session: SessionKey) -> bytes:
    """The secret of a session, derived from its key id; nothing is stored. Raises KeyRetired when its key version was withdrawn."""
    return keys.mac(SESSION_KEY, session.text.encode(), session.mac_version)


def _wire(find: Callable[[Tx], Awaitable[Sequence[UUID]]], prefix: str = "term") -> Callable[[Tx], Awaitable[list[str]]]:
    async def found(tx: Tx) -> list[str]:
        return [ids.wire(prefix, one) for one in await find(tx)]
    return found


CHECKS: Final = (
    Check("venues.active_terminal_has_key", "no terminal is active without a key of its own", _wire(store.active_without_key)),
    Check("venues.one_live_code", "no terminal has two activation codes that wait", _wire(store.with_two_codes)),
    Check("venues.granted_scenes_exist", "no terminal is granted a scene that does not exist", _wire(store.with_unknown_scene)),
    Check("venues.state_has_history", "the state of every venue and terminal is that of its last move", _wire(store.without_history)),
    Check("venues.sighted_where_it_stands", "every terminal has a sighting in the region of its venue, which its number begins with", _wire(walks.misplaced)),
    Check("venues.sighted_when_told", "no terminal opened a session or read later than it was heard of", _wire(walks.older_than_told)),
)
