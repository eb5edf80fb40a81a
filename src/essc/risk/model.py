"""What a note is, which facts the house notes, which moves a note allows. Pure: no clock, no database, no network.

There is no engine of rules here: each rule is a fact that a room sees anyway while it does its work, and says so.
"""
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID

from essc.kit import ids
from essc.kit.errors import FieldError
from essc.names import NoteId
from essc.risk.errors import NoteMoveNotAllowed, NoteReasonMissing

REASON_LEAST: Final = 2
REASON_MOST: Final = 200
"""Characters of a remark or of the reason why a note is closed."""

Facts = Mapping[str, int | str]
"""What was seen: counts, enums and wire ids, never personal data."""


class Level(IntEnum):
    """How soon somebody should look (高 中 低); the number is for sorting only."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The name in texts and on the wire."""
        return self.name.lower()


class Rule(StrEnum):
    """Which fact was noted. The comment says which room sees it."""

    USE_DISPUTED = "use_disputed"              # records: a holder said of a use: this was not me
    PERSON_MISMATCH = "person_mismatch"        # codes: a clerk saw another person than the one on the photo
    PASSWORD_LOCKED = "password_locked"        # passwords: locked by wrong tries
    FORGED_REPORTED = "forged_reported"        # codes: a clerk reported a code that is none of ours
    FORGED_FLOOD = "forged_flood"              # codes: a terminal held up so many forged codes in a minute that it is not answered
    ACTIVATION_GUESSED = "activation_guessed"  # venues: an address used up its tries of activation codes
    FEED_FORKED = "feed_forked"                # cards: a province told two histories of one card


class SubjectKind(StrEnum):
    """Whom or what a note is about."""

    CHANNEL = "channel"
    TERMINAL = "terminal"
    HOLDER = "holder"
    ADDRESS = "address"    # a network address, known by a keyed hash only
    REGION = "region"      # a province's feed; the subject is its six digits


class State(StrEnum):
    """The comment says who has the next action."""

    OPEN = "open"          # 待处置: anybody on duty takes it over
    HANDLING = "handling"  # 处置中: its owner acts and closes it
    CLOSED = "closed"      # 已关闭: final


class Closing(StrEnum):
    """How a note ended."""

    HANDLED = "handled"          # 已处置
    FALSE_ALARM = "false_alarm"  # 误报


class Act(StrEnum):
    """What was done because of a note; the doing itself is another room's verb."""

    FREEZE_CODES = "freeze_codes"          # 冻结二维码
    DISABLE_TERMINAL = "disable_terminal"  # 停用终端
    ASK_PAUSE = "ask_pause"                # 暂停渠道 was asked for, a second person decides
    ASK_RESUME = "ask_resume"
    PAUSE_CHANNEL = "pause_channel"
    RESUME_CHANNEL = "resume_channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to look at: the same fact about the same subject counts it up while it is not closed."""

    id: NoteId
    rule: Rule
    level: Level
    subject_kind: SubjectKind
    subject: UUID
    region: str
    facts: Facts
    count: int
    state: State
    version: int
    raised_at: datetime
    last_at: datetime
    owner: str | None = None
    closing: Closing | None = None

    @property
    def bucket(self) -> int:
        """Where its rows stand: with its subject."""
        return ids.bucket(self.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A note with the names of what it is about; None where there is none. A holder has no name here."""

    note: Note
    name: str | None
    number: str | None
    standing: str | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One time that the fact was seen."""

    id: UUID
    seen_at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a note's timeline. `word` is the reason or remark, "" where none was asked for."""

    version: int
    move: str
    state: State
    word: str
    moved_by: str
    moved_at: datetime


class Sort(StrEnum):
    """What a list of notes is in the order of."""

    TIME = "time"
    LEVEL = "level"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which notes are wanted. `region` and below; `since` is the first moment of last sightings that are wanted."""

    region: str = "000000"
    state: State | None = None
    level: Level | None = None
    rule: Rule | None = None
    subject_kind: SubjectKind | None = None
    owner: str | None = None
    since: datetime | None = None
    sort: Sort = Sort.TIME
    falling: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """How often a fact was seen in the stretch of time that begins at `start`."""

    start: datetime
    count: int


def region_subject(code: str) -> UUID:
    """The subject that stands for a region: its six digits, so that everybody names it alike."""
    return UUID(int=int(code))


def reason(text: str) -> str:
    """A remark or reason in its normal form. Raises NoteReasonMissing."""
    clean = " ".join(text.split())
    if not REASON_LEAST <= len(clean) <= REASON_MOST:
        raise NoteReasonMissing("2 to 200 characters", fields=[FieldError("reason", "length")], least=REASON_LEAST, most=REASON_MOST)
    return clean


def taken(note: Note, by: str) -> Note:
    """The note in the hands of `by`. One that is handled already changes hands. Raises NoteMoveNotAllowed."""
    if note.state is State.CLOSED or note.owner == by:
        raise NoteMoveNotAllowed("a closed note is not taken over, nor one's own", state=note.state)
    return replace(note, state=State.HANDLING, owner=by, version=note.version + 1)


def worked_on(note: Note, by: str) -> Note:
    """The note after a remark or an act; whoever is first to do something takes it over. Raises NoteMoveNotAllowed."""
    if note.state is State.CLOSED:
        raise NoteMoveNotAllowed("the note is closed", state=note.state)
    return replace(note, state=State.HANDLING, owner=note.owner or by, version=note.version + 1)


def closed(note: Note, by: str, closing: Closing) -> Note:
    """The note after its end. Raises NoteMoveNotAllowed."""
    if note.state is State.CLOSED:
        raise NoteMoveNotAllowed("the note is closed", state=note.state)
    return replace(note, state=State.CLOSED, owner=note.owner or by, closing=closing, version=note.version + 1)


def bars(seen: list[datetime], now: datetime, *, step: timedelta, count: int) -> list[Bar]:
    """So many stretches of time up to now, each with how often something was seen in it; nothing of before."""
    first = now - step * count
    tally = [0] * count
    for at in seen:
        place = (at - first) // step
        if 0 <= place < count or at == now:
            tally[min(place, count - 1)] += 1
    return [Bar(first + step * place, many) for place, many in enumerate(tally)]
