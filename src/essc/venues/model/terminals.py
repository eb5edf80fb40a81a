"""Venues, terminals, activation codes, terminal sessions. Pure: no clock, no database, no network."""
import base64
import binascii
import struct
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final
from uuid import UUID

from essc.kit.errors import FieldError, Refused
from essc.names import TerminalId, VenueId
from essc.regions.model import DEMONSTRATION_PREFIX, division
from essc.venues.errors import (
    ActivationCodeExpired,
    ActivationCodeMalformed,
    ActivationCodeUnknown,
    ActivationCodeUsed,
    SceneNotAllowed,
    TerminalDisabled,
    TerminalMoveNotAllowed,
    TerminalSessionEnded,
    TerminalSessionMalformed,
    VenueMoveNotAllowed,
    VenueNotActive,
    VenueWrong,
)

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty characters of which none is taken for another when read aloud or from a screen (no 0 O 1 I L U)."""
CODE_CHARACTERS: Final = 8
ACTIVATION_LIFE: Final = timedelta(hours=72)
"""How long an activation code waits for the one who installs the terminal."""
SESSION_PREFIX: Final = "ts_"
SESSION_LIFE: Final = timedelta(hours=8)
"""Every session lasts exactly this long, so its key id says when it began."""
NONCE_BYTES: Final = 8
_KEY_ID: Final = struct.Struct(">16sIB8s")
_NEWEST_SECOND: Final = 2**32 - 1

FIELDS: Final = ("name", "name_masked", "number", "number_masked", "photo", "region", "card_last4", "level")
"""The fields that scenes return, in the order in which a counter shows them. A physical card read returns the same."""


class VenueState(StrEnum):
    """The comment says who has the next action."""

    ACTIVE = "active"      # nobody: its terminals read cards
    PAUSED = "paused"      # the operator resumes or closes it
    CLOSED = "closed"      # final


class TerminalState(StrEnum):
    """The comment says who has the next action."""

    REGISTERED = "registered"  # the installer activates it with the code
    ACTIVE = "active"          # nobody: it reads cards
    DISABLED = "disabled"      # the operator enables it


class TerminalKind(StrEnum):
    """What the terminal is."""

    WINDOW = "window"
    SCANNER = "scanner"
    GATE = "gate"
    KIOSK = "kiosk"
    PHONE = "phone"


class Move(StrEnum):
    """What can be done to the state of a venue."""

    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


MOVES: Final[dict[tuple[VenueState, Move], VenueState]] = {
    (VenueState.ACTIVE, Move.PAUSE): VenueState.PAUSED,
    (VenueState.PAUSED, Move.RESUME): VenueState.ACTIVE,
    (VenueState.ACTIVE, Move.CLOSE): VenueState.CLOSED,
    (VenueState.PAUSED, Move.CLOSE): VenueState.CLOSED,
}


class Function(StrEnum):
    """The six functions of the card that the ministry names."""

    IDENTITY = "identity"    # 身份凭证
    RECORDS = "records"      # 信息记录
    ENQUIRY = "enquiry"      # 自助查询
    MEDICAL = "medical"      # 就医结算
    BENEFITS = "benefits"    # 缴费及待遇领取
    FINANCE = "finance"      # 金融支付


@dataclass(frozen=True, slots=True)
class Venue:
    """An organisation that reads the card."""

    id: VenueId
    name: str
    kind: str
    region: str
    state: VenueState
    version: int
    created_at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Terminal:
    """A thing that reads the card. `public` is None until it is activated; `scenes` are those it may use."""

    id: TerminalId
    venue_id: VenueId
    number: str
    name: str
    kind: TerminalKind
    state: TerminalState
    granted: tuple[str, ...]
    algorithm: str | None
    public: bytes | None
    activated_at: datetime | None
    sessions_since: datetime | None
    last_session_at: datetime | None
    version: int
    created_at: datetime
    since: datetime
    venue_state: VenueState
    venue_name: str
    venue_kind: str
    region: str
    scenes: tuple[str, ...]
    software: str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What a terminal may be there for: `fields` are what a passed verdict returns, `level` the level of link it needs."""

    code: str
    title_zh: str
    title_en: str
    function: Function
    fields: tuple[str, ...]
    level: int


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation code, of which only a keyed hash is kept; `used_by` is the thumbprint of the key that used it."""

    id: UUID
    terminal_id: TerminalId
    expires_at: datetime
    used_at: datetime | None
    used_by: str | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionKey:
    """A key id of a terminal session, taken apart. Nothing in it is believed before the MAC fits."""

    text: str
    terminal_id: TerminalId
    expires_at: datetime
    mac_version: int

    @property
    def began_at(self) -> datetime:
        """When the session began, on the second."""
        return self.expires_at - SESSION_LIFE


def moved(venue: Venue, move: Move, at: datetime) -> Venue:
    """The venue after `move`, one version on. Raises VenueMoveNotAllowed."""
    target = MOVES.get((venue.state, move))
    if target is None:
        raise VenueMoveNotAllowed(f"a venue that is {venue.state} cannot {move}", state=venue.state, move=move)
    return replace(venue, state=target, since=at, version=venue.version + 1)


def require_activatable(terminal: Terminal) -> None:
    """Refuse to activate what must not work. Raises VenueNotActive, TerminalDisabled."""
    if terminal.venue_state is not VenueState.ACTIVE:
        raise VenueNotActive("the venue is not active")
    if terminal.state is TerminalState.DISABLED:
        raise TerminalDisabled("the terminal is disabled")


def activated(terminal: Terminal, algorithm: str, public: bytes, at: datetime) -> Terminal:
    """The terminal with a key of its own; sessions of an earlier key are over. Raises VenueNotActive, TerminalDisabled."""
    require_activatable(terminal)
    return replace(terminal, state=TerminalState.ACTIVE, algorithm=algorithm, public=public, activated_at=at, since=at,
                   sessions_since=revocation(terminal, at), version=terminal.version + 1)


def activation_refused(activation: Activation, terminal: Terminal, key: str, at: datetime) -> Refused | None:
    """Why the code does not activate the terminal with the key of this thumbprint; None when it does, or has done."""
    if activation.revoked_at is not None:
        return ActivationCodeUnknown("no terminal has this code")
    if activation.used_at is not None:
        same = activation.used_by == key and terminal.state is TerminalState.ACTIVE
        return None if same else ActivationCodeUsed("the code was used before")
    return ActivationCodeExpired("the code is too old") if activation.expires_at <= at else None


def disabled(terminal: Terminal, at: datetime) -> Terminal:
    """The terminal after it was disabled; its sessions are over, its key is kept. Raises TerminalMoveNotAllowed."""
    if terminal.state is TerminalState.DISABLED:
        raise TerminalMoveNotAllowed("the terminal is disabled already", state=terminal.state, move="disable")
    return replace(terminal, state=TerminalState.DISABLED, since=at, sessions_since=revocation(terminal, at), version=terminal.version + 1)


def enabled(terminal: Terminal, at: datetime) -> Terminal:
    """The terminal after it was enabled: active if it has a key, else waiting for its activation. Raises TerminalMoveNotAllowed."""
    if terminal.state is not TerminalState.DISABLED:
        raise TerminalMoveNotAllowed("only a disabled terminal can be enabled", state=terminal.state, move="enable")
    state = TerminalState.REGISTERED if terminal.public is None else TerminalState.ACTIVE
    return replace(terminal, state=state, since=at, version=terminal.version + 1)


def require_reader(terminal: Terminal, session_began: datetime) -> None:
    """Refuse unless the terminal may read now with a session that began then. Raises TerminalDisabled, VenueNotActive, TerminalSessionEnded."""
    if terminal.state is not TerminalState.ACTIVE:
        raise TerminalDisabled("the terminal is not active")
    if terminal.venue_state is not VenueState.ACTIVE:
        raise VenueNotActive("the venue is not active")
    if terminal.sessions_since is not None and session_began < terminal.sessions_since:
        raise TerminalSessionEnded("the session was revoked")


def require_scene(terminal: Terminal, scene: str) -> None:
    """Refuse a scene that the terminal may not use. Raises SceneNotAllowed."""
    if scene not in terminal.scenes:
        raise SceneNotAllowed("the terminal may not use this scene", scene=scene)


def revocation(terminal: Terminal, at: datetime) -> datetime:
    """The whole second from which sessions count again: after `at`, and after every session that began."""
    since = datetime.fromtimestamp(ceil(at.timestamp()), UTC)
    if terminal.last_session_at is not None:
        since = max(since, terminal.last_session_at + timedelta(seconds=1))
    return since if terminal.sessions_since is None else max(since, terminal.sessions_since)


def session_begins(terminal: Terminal, at: datetime) -> datetime:
    """The whole second at which a session opened at `at` begins; right after a revocation that is at most a second later."""
    begins = at.replace(microsecond=0)
    return begins if terminal.sessions_since is None else max(begins, terminal.sessions_since)


def session_key_id(terminal_id: TerminalId, expires_at: datetime, mac_version: int, nonce: bytes) -> str:
    """`ts_` and base64url of terminal (16) ‖ end of the session (4) ‖ version of the MAC key (1) ‖ nonce (8). Raises ValueError."""
    if not 0 <= mac_version <= 255 or len(nonce) != NONCE_BYTES or not 0 <= int(expires_at.timestamp()) <= _NEWEST_SECOND:
        raise ValueError("does not fit into a key id")
    packed = _KEY_ID.pack(terminal_id.bytes, int(expires_at.timestamp()), mac_version, nonce)
    return SESSION_PREFIX + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def session_key(text: str) -> SessionKey:
    """Take the key id of a session apart. Raises TerminalSessionMalformed."""
    try:
        packed = base64.b64decode(text.removeprefix(SESSION_PREFIX) + "=", altchars=b"-_", validate=True)
        terminal, expires, version, _ = _KEY_ID.unpack(packed)
    except (binascii.Error, struct.error, ValueError):
        raise TerminalSessionMalformed("not the key id of a terminal session") from None
    if not text.startswith(SESSION_PREFIX):
        raise TerminalSessionMalformed("not the key id of a terminal session")
    return SessionKey(text, TerminalId(UUID(bytes=terminal)), datetime.fromtimestamp(expires, UTC), version)


def activation_code(noise: bytes) -> str:
    """Eight characters from at least 16 unpredictable bytes (the bias is below 2⁻⁸⁸)."""
    number, characters = int.from_bytes(noise, "big"), []
    for _ in range(CODE_CHARACTERS):
        number, place = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[place])
    return "".join(characters)


def clean_activation_code(text: str) -> str:
    """The code as somebody typed it, without blanks and hyphens, in capitals. Raises ActivationCodeMalformed."""
    code = "".join(text.split()).replace("-", "").upper()
    if len(code) != CODE_CHARACTERS or not set(code) <= set(ALPHABET):
        raise ActivationCodeMalformed("eight characters of the alphabet")
    return code


def clean_name(field: str, name: str, longest: int) -> str:
    """A name without blanks around it. Raises VenueWrong."""
    clean = name.strip()
    if not 2 <= len(clean) <= longest:
        raise VenueWrong(f"{field}: 2 to {longest} characters", fields=[FieldError(field, "length")])
    return clean


def venue_region(code: str, *, demonstration: bool) -> str:
    """The region that a venue stands in: a division in force. Raises VenueWrong."""
    found = division(code)
    invented = code.startswith(DEMONSTRATION_PREFIX) and not demonstration
    if found is None or found.abolished or invented or code == "000000":
        raise VenueWrong("region: a division in force", fields=[FieldError("region", "region_unknown")])
    return code
