"""Facts about venues and terminals for others: ids and enums only."""
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from essc.kit.events import Event
from essc.names import TerminalId, VenueId


class VenueAdded(Event, frozen=True, kw_only=True):
    """An organisation may read the card."""

    kind: ClassVar[str] = "venues.venue_added"
    subject: ClassVar[str] = "venue_id"
    venue_id: VenueId
    venue_kind: str
    region: str


class VenueMoved(Event, frozen=True, kw_only=True):
    """A venue was paused, resumed or closed; its terminals follow at once."""

    kind: ClassVar[str] = "venues.venue_moved"
    subject: ClassVar[str] = "venue_id"
    venue_id: VenueId
    was: str
    state: str
    version: int


class TerminalAdded(Event, frozen=True, kw_only=True):
    """A venue has one more terminal, not activated yet."""

    kind: ClassVar[str] = "venues.terminal_added"
    subject: ClassVar[str] = "terminal_id"
    terminal_id: TerminalId
    venue_id: VenueId
    terminal_kind: str


class TerminalsImported(Event, frozen=True, kw_only=True):
    """A file of terminals was taken whole; each venue and terminal of it told of itself."""

    kind: ClassVar[str] = "venues.terminals_imported"
    subject: ClassVar[str] = "import_id"
    import_id: UUID
    sha256: str
    venues: int
    terminals: int


class ActivationIssued(Event, frozen=True, kw_only=True):
    """A terminal has a new activation code; the one before it, if any, counts no longer."""

    kind: ClassVar[str] = "venues.activation_issued"
    subject: ClassVar[str] = "terminal_id"
    terminal_id: TerminalId
    expires_at: datetime


class ActivationGuessed(Event, frozen=True, kw_only=True):
    """An address used up its tries of activation codes with a wrong one. `address_id` is a keyed hash of the address, the same while the key is."""

    kind: ClassVar[str] = "venues.activation_guessed"
    subject: ClassVar[str] = "address_id"
    address_id: UUID
    tries: int


class TerminalActivated(Event, frozen=True, kw_only=True):
    """A terminal has a key of its own (`again`: another one than before; sessions of the old one are over)."""

    kind: ClassVar[str] = "venues.terminal_activated"
    subject: ClassVar[str] = "terminal_id"
    terminal_id: TerminalId
    venue_id: VenueId
    algorithm: str
    again: bool
    version: int


class TerminalMoved(Event, frozen=True, kw_only=True):
    """A terminal was disabled or enabled; its sessions are over."""

    kind: ClassVar[str] = "venues.terminal_moved"
    subject: ClassVar[str] = "terminal_id"
    terminal_id: TerminalId
    was: str
    state: str
    version: int


class ScenesGranted(Event, frozen=True, kw_only=True):
    """The scenes that a terminal may use beside those of its venue's kind were set anew."""

    kind: ClassVar[str] = "venues.scenes_granted"
    subject: ClassVar[str] = "terminal_id"
    terminal_id: TerminalId
    scenes: tuple[str, ...]
    version: int


class SessionOpened(Event, frozen=True, kw_only=True):
    """A terminal has opened a session."""

    kind: ClassVar[str] = "venues.session_opened"
    subject: ClassVar[str] = "terminal_id"
    terminal_id: TerminalId
    expires_at: datetime


class SessionsRevoked(Event, frozen=True, kw_only=True):
    """Every session of a terminal that began before `since` is over."""

    kind: ClassVar[str] = "venues.sessions_revoked"
    subject: ClassVar[str] = "terminal_id"
    terminal_id: TerminalId
    since: datetime
