"""What a channel is, which moves it allows, what it may do. Pure: no clock, no database, no network.

Kinds and levels are those of the national list of channels (six kinds, two levels); the ten-digit number begins with the
province, as channel numbers do in the clients that we read about.
"""
import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from essc.channels.errors import (
    AbilityNotGranted,
    ApplicationWrong,
    ChannelEnded,
    ChannelKeyRevoked,
    ChannelMoveNotAllowed,
    ChannelNotActive,
    ChannelPaused,
    FieldNotGranted,
)
from essc.kit import ids
from essc.kit.errors import FieldError
from essc.names import ChannelId
from essc.regions.model import DEMONSTRATION_PREFIX, division

KEY_PREFIX: Final = "ckey"
KEYS_AT_MOST: Final = 5
"""Live keys of one channel: enough to rotate, few enough to know them."""
OVERLAP: Final = timedelta(hours=24)
"""How long a revoked key goes on counting unless somebody says otherwise (spec D5: roll with 24 h overlap)."""
OVERLAP_AT_MOST: Final = timedelta(days=7)
SERIALS: Final = 1_000_000
ACCESS_PREFIX: Final = "essc-portal-"
"""What a management token begins with, so that scanners of repositories and people recognise one."""
ACCESS_BYTES: Final = 32
VISIT: Final = timedelta(hours=12)
"""How long a developer stays signed in: a working day."""
KEPT_SANDBOX: Final = timedelta(days=7)
KEPT: Final = timedelta(days=30)
"""How long a call stays in the log of calls, of a sandbox channel and of any other (spec D7)."""
KEPT_A_MINUTE: Final = 120
"""So many calls of a channel that were done, and as many that were refused, are kept in a minute by each process; all are counted."""


class Kind(StrEnum):
    """Who stands behind the channel: the six kinds. The order is the digit in the number."""

    HUMAN_RESOURCES = "human_resources"     # 人社渠道
    GOVERNMENT = "government"               # 政府渠道
    NATIONAL = "national"                   # 全国签约渠道
    BANK = "bank"                           # 银行渠道
    MEDICAL = "medical"                     # 医药渠道
    SOCIAL = "social"                       # 社会渠道


class Form(StrEnum):
    """What the holder opens."""

    APP = "app"
    OFFICIAL_ACCOUNT = "official_account"   # 公众号
    LIFE_ACCOUNT = "life_account"           # 生活号
    MINI_PROGRAM = "mini_program"           # 小程序
    WEBSITE = "website"


class Ability(StrEnum):
    """What a channel may do. Names on the wire and in scopes."""

    ISSUE = "issue"        # 签发: apply for, link and unlink electronic cards
    PRESENT = "present"    # 展码: show the dynamic code
    VERIFY = "verify"      # 核验: have codes verified, prove a person
    PAY = "pay"            # 支付
    QUERY = "query"        # 授权查询: read fields that the holder has agreed to
    LOGIN = "login"        # 授权登录


class State(StrEnum):
    """The comment says who has the next action."""

    APPLIED = "applied"    # the operator activates or ends it
    ACTIVE = "active"      # nobody: it works
    PAUSED = "paused"      # the operator resumes or ends it
    ENDED = "ended"        # final


class Move(StrEnum):
    """What can be done to the state of a channel."""

    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


MOVES: Final[dict[tuple[State, Move], State]] = {
    (State.APPLIED, Move.ACTIVATE): State.ACTIVE,
    (State.ACTIVE, Move.PAUSE): State.PAUSED,
    (State.PAUSED, Move.RESUME): State.ACTIVE,
    (State.APPLIED, Move.END): State.ENDED,
    (State.ACTIVE, Move.END): State.ENDED,
    (State.PAUSED, Move.END): State.ENDED,
}

FIELDS: Final = ("name", "number_masked", "number", "photo", "mobile_masked", "region", "card_last4", "card_state", "bank", "valid_to", "level")
"""Fields that a channel can be granted, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody applies for."""

    name: str
    form: Form
    kind: Kind
    level: int
    region: str
    abilities: tuple[Ability, ...]
    fields: tuple[str, ...]
    parent_id: ChannelId | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """An app that carries the card. `parent_state` is that of the first-level channel above a second-level one."""

    id: ChannelId
    number: str
    name: str
    form: Form
    kind: Kind
    level: int
    region: str
    abilities: tuple[Ability, ...]
    fields: tuple[str, ...]
    sandbox: bool
    state: State
    version: int
    created_at: datetime
    since: datetime
    parent_id: ChannelId | None = None
    parent_state: State | None = None

    @property
    def standing(self) -> State:
        """The state that counts: an active second-level channel is paused while the one above it is not active."""
        if self.state is State.ACTIVE and self.parent_state in (State.PAUSED, State.ENDED):
            return State.PAUSED
        return self.state


@dataclass(frozen=True, slots=True)
class ChannelKey:
    """A public key that a channel signs with; `key_id` is the keyid of its signatures."""

    id: UUID
    channel_id: ChannelId
    algorithm: str
    public: bytes
    thumbprint: str
    added_at: datetime
    not_after: datetime | None

    @property
    def key_id(self) -> str:
        """The id on the wire."""
        return ids.wire(KEY_PREFIX, self.id)

    def live(self, at: datetime) -> bool:
        """Whether a signature of that moment counts."""
        return self.not_after is None or at < self.not_after


class Signature(StrEnum):
    """What became of a call's signature."""

    FITS = "fits"
    REFUSED = "refused"        # the code of the call says why
    UNCHECKED = "unchecked"    # refused before anybody looked


@dataclass(frozen=True, slots=True)
class Call:
    """One call under a channel's key, as its developers see it: masked, and without anything about a person.

    `micros` from the first byte to the answer; `code` of the refusal, None when done; `request`, `answer` and `base` (what should have been
    signed, where the signature was refused) of sandbox channels only.
    """

    channel_id: ChannelId
    at: datetime
    request_id: str
    sandbox: bool
    operation: str
    method: str
    path: str
    status: int
    code: str | None
    micros: int
    key_id: str
    signature: Signature
    request: str | None = None
    answer: str | None = None
    base: str | None = None


def kept(sandbox: bool) -> timedelta:
    """How long the calls of a channel are kept."""
    return KEPT_SANDBOX if sandbox else KEPT


def hour_of(at: datetime) -> int:
    """Hours since 1970."""
    return int(at.timestamp()) // 3600


@dataclass(frozen=True, slots=True)
class Contact:
    """Who speaks for an app: personal data, kept sealed."""

    name: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Registrant:
    """Who stands behind an app, and whom to call."""

    organisation: str
    contact: Contact


def moved(channel: Channel, move: Move, at: datetime) -> Channel:
    """The channel after `move`, one version on. Raises ChannelMoveNotAllowed."""
    target = MOVES.get((channel.state, move))
    if target is None:
        raise ChannelMoveNotAllowed(f"a channel that is {channel.state} cannot {move}", state=channel.state, move=move)
    return replace(channel, state=target, since=at, version=channel.version + 1)


def granted(channel: Channel, abilities: Iterable[Ability], fields: Iterable[str]) -> Channel:
    """The channel with other abilities and fields, one version on. Raises ApplicationWrong, ChannelMoveNotAllowed."""
    if channel.state is State.ENDED:
        raise ChannelMoveNotAllowed("a channel that is ended is granted nothing", state=channel.state, move="grant")
    return replace(channel, abilities=_in_order(abilities), fields=_known_fields(fields), version=channel.version + 1)


def require_usable(channel: Channel) -> None:
    """Refuse unless the channel may work now. Raises ChannelEnded, ChannelPaused, ChannelNotActive, in this order."""
    if channel.standing is State.ENDED:
        raise ChannelEnded("the channel has ended")
    if channel.standing is State.PAUSED:
        raise ChannelPaused("the channel is paused")
    if channel.standing is State.APPLIED:
        raise ChannelNotActive("the channel is not activated yet")


def require_keyable(channel: Channel) -> None:
    """Refuse a key for a channel that has left. Raises ChannelEnded."""
    if channel.state is State.ENDED:
        raise ChannelEnded("the channel has ended")


def require(channel: Channel, ability: Ability, fields: Iterable[str] = ()) -> None:
    """Refuse unless the channel may do this with these fields now. Raises as `require_usable`, then AbilityNotGranted, FieldNotGranted."""
    require_usable(channel)
    if ability not in channel.abilities:
        raise AbilityNotGranted(f"the channel may not {ability}", ability=ability)
    missing = [field for field in fields if field not in channel.fields]
    if missing:
        raise FieldNotGranted(f"the channel may not be told {', '.join(missing)}", fields=[FieldError(field, "field_not_granted") for field in missing],
                              field=missing[0])


def require_live(key: ChannelKey, at: datetime) -> None:
    """Refuse a signature of a key that is over. Raises ChannelKeyRevoked."""
    if not key.live(at):
        raise ChannelKeyRevoked("the key was revoked")


def accepted(application: Application, parent: Channel | None, *, demonstration: bool) -> Application:
    """The application in its normal form. Raises ApplicationWrong with every field that is wrong."""
    wrong = [FieldError(field, code, detail) for field, code, detail in _wrong(application, parent, demonstration) if code]
    if wrong:
        raise ApplicationWrong("the application cannot be taken", fields=wrong)
    return replace(application, name=application.name.strip(), abilities=_in_order(application.abilities), fields=_known_fields(application.fields))


def _wrong(application: Application, parent: Channel | None, demonstration: bool) -> list[tuple[str, str, str]]:
    region = division(application.region)
    invented = application.region.startswith(DEMONSTRATION_PREFIX) and not demonstration
    return [
        ("name", "" if 2 <= len(application.name.strip()) <= 40 else "length", "2 to 40 characters"),
        ("region", "region_unknown" if region is None or region.abolished or invented else "", "a division in force, or 000000"),
        ("abilities", "" if application.abilities else "missing", "at least one"),
        ("fields", "" if set(application.fields) <= set(FIELDS) else "unknown", f"of {', '.join(FIELDS)}"),
        ("parent_id", _parent_wrong(application, parent), "a second-level channel names an active first-level one, a first-level channel none"),
    ]


def _parent_wrong(application: Application, parent: Channel | None) -> str:
    if application.level == 1:
        return "not_allowed" if application.parent_id is not None else ""
    return "" if parent is not None and parent.level == 1 and parent.state is State.ACTIVE else "not_allowed"


def number_of(application: Application, serial: int) -> str:
    """Ten digits: two of the province (00 for a national channel), kind, level, and a serial below 1,000,000."""
    return f"{application.region[:2]}{list(Kind).index(application.kind) + 1}{application.level}{serial:06}"


def _in_order(abilities: Iterable[Ability]) -> tuple[Ability, ...]:
    wanted = set(abilities)
    return tuple(ability for ability in Ability if ability in wanted)


def _known_fields(fields: Iterable[str]) -> tuple[str, ...]:
    wanted = set(fields)
    if not wanted <= set(FIELDS):
        raise ApplicationWrong("a field is not known", fields=[FieldError("fields", "unknown", f"of {', '.join(FIELDS)}")])
    return tuple(field for field in FIELDS if field in wanted)


def ended_at(key: ChannelKey, at: datetime, overlap: timedelta) -> datetime:
    """Until when a key counts that is revoked at `at`: after the overlap, or earlier when that was said before."""
    until = at + min(overlap, OVERLAP_AT_MOST)
    return until if key.not_after is None else min(until, key.not_after)


def live_keys(keys: Sequence[ChannelKey], at: datetime) -> list[ChannelKey]:
    """The keys that count at `at`."""
    return [key for key in keys if key.live(at)]


def registrant(organisation: str, name: str, mobile: str) -> Registrant:
    """Who registers an app, in normal form. Raises ApplicationWrong with every field that is wrong."""
    given = {"organisation": (organisation.strip(), 60), "contact_name": (name.strip(), 40)}
    wrong = [FieldError(field, "length", f"2 to {most} characters") for field, (text, most) in given.items() if not 2 <= len(text) <= most]
    if not re.fullmatch(r"1[3-9][0-9]{9}", mobile.strip()):
        wrong.append(FieldError("contact_mobile", "pattern", "eleven digits of a mobile"))
    if wrong:
        raise ApplicationWrong("the registrant is not told well", fields=wrong)
    return Registrant(given["organisation"][0], Contact(given["contact_name"][0], mobile.strip()))


def written_access(chance: bytes) -> str:
    """A management token as its owner keeps it."""
    return ACCESS_PREFIX + base64.urlsafe_b64encode(chance).decode().rstrip("=")


def read_access(text: str) -> bytes:
    """The secret of a management token, b"" when the text is none."""
    body = "".join(text.split()).removeprefix(ACCESS_PREFIX)
    try:
        found = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return found if len(found) == ACCESS_BYTES else b""
