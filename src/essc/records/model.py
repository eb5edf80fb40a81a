"""What a use of the card is. Pure: no clock, no database, no network."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from essc.kit.clock import SHANGHAI, business_hour
from essc.names import CardId, ChannelId, EcardId, HolderId, TerminalId, UseId, VenueId
from essc.venues.model import DayTally

PAGE: Final = 30
"""Rows of a page of records (screen W11)."""


FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(9990, 1, 1)


class Kind(StrEnum):
    """What the holder filters by (screen W11); payment and authorisation come with their rooms."""

    VERIFY = "verify"      # 核验
    SIGNIN = "signin"      # 登录
    LINK = "link"          # 关联
    SECURITY = "security"  # 安全: passwords, loss, freezing
    STAFF = "staff"        # 查询: staff looked the holder up


class Action(StrEnum):
    """What was done. Its title stands in the texts as `records.action.<action>`."""

    CODE = "code"                # a code or a physical card was presented
    COMPARED = "compared"        # the clerk compared the person with the photo, and they differed
    LOOKUP = "lookup"            # somebody was shown fields of the person
    ISSUED = "issued"
    LINKED = "link"
    UNLINKED = "unlink"
    SIGNED_IN = "signin"
    SESSION_ENDED = "signout"
    PASSWORD_SET = "password_set"
    PASSWORD_CHANGED = "password"
    PASSWORD_RESET = "reset"
    PASSWORD_LOCKED = "password_locked"
    MOBILE_CHANGED = "mobile"
    LOSS_REQUESTED = "loss"
    LIFT_REQUESTED = "lift"
    CARD_MOVED = "card_moved"    # the province reported a new state; `verdict` names it
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    STAFF_LOOKUP = "staff_lookup"  # staff looked the holder up; `verdict` is the reason, `way` what kind of organisation, never who
    STAFF_FULL = "staff_full"      # and was shown one field in full


class Outcome(StrEnum):
    """How it ended for whoever asked."""

    DONE = "done"
    REFUSED = "refused"


KINDS: Final[dict[Action, Kind]] = {
    Action.CODE: Kind.VERIFY, Action.COMPARED: Kind.VERIFY, Action.LOOKUP: Kind.VERIFY,
    Action.SIGNED_IN: Kind.SIGNIN, Action.SESSION_ENDED: Kind.SIGNIN,
    Action.ISSUED: Kind.LINK, Action.LINKED: Kind.LINK, Action.UNLINKED: Kind.LINK,
    Action.PASSWORD_SET: Kind.SECURITY, Action.PASSWORD_CHANGED: Kind.SECURITY, Action.PASSWORD_RESET: Kind.SECURITY,
    Action.MOBILE_CHANGED: Kind.SECURITY, Action.PASSWORD_LOCKED: Kind.SECURITY, Action.LOSS_REQUESTED: Kind.SECURITY, Action.LIFT_REQUESTED: Kind.SECURITY,
    Action.CARD_MOVED: Kind.SECURITY, Action.FROZEN: Kind.SECURITY, Action.UNFROZEN: Kind.SECURITY,
    Action.STAFF_LOOKUP: Kind.STAFF, Action.STAFF_FULL: Kind.STAFF,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One use. `id` is the id of the event that told of it, so it is also what the audit log proves."""

    id: UseId
    holder_id: HolderId
    action: Action
    occurred_at: datetime
    recorded_at: datetime
    outcome: Outcome = Outcome.DONE
    verdict: str | None = None
    channel_id: ChannelId | None = None
    venue_id: VenueId | None = None
    terminal_id: TerminalId | None = None
    scene: str | None = None
    fields: Sequence[str] = ()
    way: str | None = None
    ecard_id: EcardId | None = None
    card_id: CardId | None = None
    request_id: str = ""

    @property
    def kind(self) -> Kind:
        """What the holder finds it under."""
        return KINDS[self.action]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A use with the names a person reads; None where there is none. `disputed_at`: when the holder said "this was not me"."""

    use: Use
    venue_name: str | None
    terminal_name: str | None
    terminal_number: str | None
    channel_name: str | None
    scene_zh: str | None
    scene_en: str | None
    disputed_at: datetime | None


@dataclass(frozen=True)
class Filter:
    """Which uses are wanted; days are days in Shanghai, both included."""

    kind: Kind | None = None
    outcome: Outcome | None = None
    channel_id: ChannelId | None = None
    since: date | None = None
    until: date | None = None

    def begins(self) -> datetime | None:
        """The first moment that is wanted."""
        return _midnight(self.since) if self.since else None

    def ends(self) -> datetime | None:
        """The first moment that is not wanted any more."""
        return _midnight(self.until) + timedelta(days=1) if self.until else None


def _midnight(day: date) -> datetime:
    """The day's first moment in Shanghai; days that no record can be of are drawn near."""
    return datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time(), SHANGHAI)


class Since(StrEnum):
    """From when on a terminal's work is counted."""

    SHIFT = "shift"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Count:
    """So often in this scene and way a terminal heard this verdict."""

    scene: str
    way: str
    verdict: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a terminal did since `began_at`, without anybody's name. `forged`: codes that were none of ours; `mismatched`: the person was another."""

    began_at: datetime
    counted_at: datetime
    counts: Sequence[Count]
    mismatched: int
    forged: int


LONGEST_SHIFT: Final = timedelta(hours=24)


def shift_began(handed_over: datetime | None, now: datetime) -> datetime:
    """When the shift of now began: when the last one was handed over (the terminal's sessions were ended), at the longest 24 hours ago."""
    earliest = now - LONGEST_SHIFT
    return earliest if handed_over is None else min(max(handed_over, earliest), now)


def day_began(now: datetime) -> datetime:
    """The first moment of today in Shanghai."""
    return _midnight(now.astimezone(SHANGHAI).date())


@dataclass(frozen=True)
class Dispute:
    """The holder said of a use: this was not me. `ecard_id` is the electronic card that was frozen, if there is one."""

    id: UUID
    use_id: UseId
    holder_id: HolderId
    ecard_id: EcardId | None
    said_at: datetime


def tallies(uses: Sequence[Use]) -> list[DayTally]:
    """How often terminals presented codes or cards in these uses, by terminal and day in Shanghai."""
    found: dict[tuple[TerminalId, date], tuple[int, int, datetime]] = {}
    for use in uses:
        if use.action is Action.CODE and use.terminal_id is not None:
            at, key = use.occurred_at, (use.terminal_id, business_hour(use.occurred_at)[0])
            many, passed, last = found.get(key, (0, 0, at))
            found[key] = many + 1, passed + (use.outcome is Outcome.DONE), max(last, at)
    return [DayTally(terminal, day, *sums) for (terminal, day), sums in found.items()]


NO_FILTER: Final = Filter()
