"""What the wallet's templates are given: plain values, already masked and already in the reader's language."""
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class UseRow:
    """One line of the history."""

    id: str
    icon: str
    color: str
    title: str
    sub: str
    time: str
    outcome: str
    tone: str
    mark: str
    result: str


@dataclass(frozen=True)
class UseDetail:
    """One use with everything that is known about it; `facts` are (label, value)."""

    id: str
    icon: str
    color: str
    title: str
    tone: str
    mark: str
    result: str
    why: str
    facts: tuple[tuple[str, str], ...]
    can_disown: bool
    disowned: bool


@dataclass(frozen=True)
class LiveCode:
    """A code on the screen. `left` and `life` in seconds; `now_ms` is our clock, so that the phone can see when its own is wrong;
    the counter's answer is looked for from `since_ms` on."""

    digits: str
    groups: tuple[str, ...]
    qr: Markup
    bars: Markup
    life: int
    left: int
    now_ms: int
    since_ms: int


@dataclass(frozen=True)
class LinkRow:
    """A channel that carries the card; `here` is the one in use."""

    id: str
    channel: str
    kind: str
    icon: str
    since: str
    sign_no: str
    here: bool
    last: str = ""
    """When the card was last used here; "" while it never was."""


@dataclass(frozen=True)
class DeviceRow:
    """A device that is signed in."""

    id: str
    name: str
    channel: str
    icon: str
    since: str
    seen: str
    here: bool


@dataclass(frozen=True)
class MessageRow:
    """A message of the inbox."""

    id: str
    kind: str
    icon: str
    color: str
    text: str
    time: str
    unread: bool


@dataclass(frozen=True)
class Strip:
    """The one line below the card that wants attention."""

    icon: str
    text: str
    address: str
