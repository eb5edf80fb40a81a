"""Venues and terminals as a desk sees them: whether a terminal is there, how often it read, what a list of them can be narrowed to. Pure."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from essc.names import TerminalId, VenueId
from essc.venues.model.terminals import TerminalKind, TerminalState, VenueState

BEAT: Final = timedelta(minutes=5)
"""How often a terminal that asks nothing else says that it is there."""
SILENCE: Final = 3 * BEAT
"""A terminal that nobody has heard of for so long is not there: two signs of life may be lost."""


class Presence(StrEnum):
    """How a desk sees a terminal, the first that applies. The comment says who has the next action."""

    STOPPED = "stopped"    # 停用, or its venue is paused or closed: the operator
    WAITING = "waiting"    # 待激活: the installer
    ONLINE = "online"      # 在线, a session of it counts and it was heard of within SILENCE: nobody
    OFFLINE = "offline"    # 离线: whoever opens the desk in the morning


class TerminalSort(StrEnum):
    """What a list of terminals can be ordered by."""

    NUMBER = "number"
    VENUE = "venue"
    SEEN = "seen"
    TODAY = "today"


class ProviderSort(StrEnum):
    """What a list of venues can be ordered by."""

    NAME = "name"
    TERMINALS = "terminals"
    TODAY = "today"


@dataclass(frozen=True, slots=True)
class DayTally:
    """How often a terminal read on a day in Shanghai, how often it was told PASS, and when last."""

    terminal_id: TerminalId
    day: date
    uses: int
    passed: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """A terminal as a desk lists it. `last_seen`: its newest session, use or sign of life, to the minute; `today`: how often it read since
    midnight in Shanghai.
    """

    id: TerminalId
    number: str
    name: str
    kind: TerminalKind
    state: TerminalState
    software: str | None
    venue_id: VenueId
    venue_name: str
    venue_kind: str
    venue_state: VenueState
    region: str
    presence: Presence
    last_seen: datetime | None
    today: int


@dataclass(frozen=True, slots=True)
class Provider:
    """A venue as a desk lists it, with its terminals, those online, and how often they read since midnight in Shanghai."""

    id: VenueId
    name: str
    kind: str
    region: str
    state: VenueState
    terminals: int
    online: int
    today: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many terminals there are of each presence, and how often all of them read since midnight in Shanghai."""

    total: int
    online: int
    offline: int
    waiting: int
    stopped: int
    today: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a list is narrowed to. `regions` None is everywhere; `words` are looked for in names and at the start of numbers."""

    regions: Sequence[str] | None = None
    venue_id: VenueId | None = None
    venue_kind: str | None = None
    venue_state: VenueState | None = None
    kind: TerminalKind | None = None
    presence: Presence | None = None
    words: str = ""
