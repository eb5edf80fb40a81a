"""What is counted, by what, and what the figures mean. Pure: no clock, no database, no network."""
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final
from uuid import UUID

from essc.codes.model import Verdict
from essc.ecards.model import Origin
from essc.identity.model import Way as Proof
from essc.kit.clock import business_hour
from essc.names import ChannelId
from essc.regions.model import ancestors
from essc.reports.errors import TargetWrong

STALE: Final = timedelta(minutes=15)
"""Figures that leave out what is older than this are late (screen C1)."""
NO_CHANNEL: Final = UUID(int=0)
NATION: Final = "000000"
Hour = tuple[date, int]
"""A day in Shanghai and its hour, 0 to 23."""
Presentation = tuple[Hour, str, UUID | None, str, str]
"""When, the municipality of the reader, the channel of the code, the way, the verdict."""
_PASS: Final = Verdict.PASS.value
_SHOWN: Final = (("presented",), ("presented", "passed"))
"""What a presentation counts as: one that did not pass, one that did."""
WHOLE: Final = 10_000
"""A share of one, in hundredths of a percent."""
FIRST_YEAR: Final = 2017
"""The first electronic card was issued in 2017; there is no goal of a year before."""


class Way(StrEnum):
    """How a link came about (方式)."""

    SELF = "self"          # 本人申领: proved on the phone
    COUNTER = "counter"    # 柜台申领: a clerk compared person and photo
    SYNCED = "synced"      # 同步签发: made with a new card, claimed by its holder
    PASSWORD = "password"  # 验密关联: on another channel, by its password


class By(StrEnum):
    """What the lines of the issuance table are."""

    DAY = "day"
    REGION = "region"
    CHANNEL = "channel"
    WAY = "way"
    LEVEL = "level"


def way_of(origin: str, proof: str) -> Way:
    """How an e-card was claimed, from what its fact tells; facts of before the proof was told count as done on the phone."""
    if origin == Origin.PREPARED:
        return Way.SYNCED
    return Way.COUNTER if proof == Proof.TERMINAL else Way.SELF


@cache
def municipality(code: str) -> str:
    """The code that a division is counted under: the one just below its province, or itself. Raises RegionUnknown.

    Districts of 北京, 天津, 上海, 重庆 and counties run by their province stand just below it and have figures of their own.
    """
    path = ancestors(code)
    return path[-3] if len(path) > 3 else code


def prefix(area: str) -> str:
    """The digits with which the codes of an area begin: "" for the nation, two for a province, four for a municipality, else all six."""
    if area == NATION:
        return ""
    return area[:2] if area.endswith("0000") else area[:4] if area.endswith("00") else area


def day_of(moment: datetime) -> date:
    """The day in Shanghai."""
    return business_hour(moment)[0]


def hour_of(moment: datetime) -> int:
    """The hour of the day in Shanghai, 0 to 23."""
    return business_hour(moment)[1]


@dataclass
class Tally:
    """What a batch of facts adds to each table, by the key of its row; adding up does not ask for an order."""

    stock: Counter[tuple[str, str]] = field(default_factory=Counter)
    day: Counter[tuple[date, str, str]] = field(default_factory=Counter)
    hour: Counter[tuple[date, int, str, str]] = field(default_factory=Counter)
    channel: Counter[tuple[date, UUID, str]] = field(default_factory=Counter)
    issue: Counter[tuple[date, str, UUID, int, str]] = field(default_factory=Counter)
    verdict: Counter[tuple[date, str, str, str]] = field(default_factory=Counter)

    def stocked(self, at: datetime, region: str, **measures: int) -> None:
        """So many more (or fewer) cards, claimed e-cards or people in a region."""
        for measure, many in measures.items():
            if many:
                self.stock[region, measure] += many
                self.day[day_of(at), region, measure] += many

    def issued(self, at: datetime, region: str, channel: ChannelId, level: int, way: Way) -> None:
        """A link was made."""
        day, hour = business_hour(at)
        self._flowed(day, hour, region, channel, "issued")
        self.issue[day, region, channel, level, way] += 1

    def presented(self, shown: Iterable[Presentation]) -> None:
        """Codes or physical cards were shown to readers. What is alike is counted first, then added once."""
        facts = list(shown)
        flows = Counter([(when, region, verdict == _PASS) for when, region, _, _, verdict in facts])
        channels = Counter([(when[0], channel, verdict == _PASS) for when, _, channel, _, verdict in facts])
        self.verdict.update([(when[0], region, way, verdict) for when, region, _, way, verdict in facts])
        for (when, region, passed), many in flows.items():
            for measure in _SHOWN[passed]:
                self.day[when[0], region, measure] += many
                self.hour[(*when, region, measure)] += many
        for (day, channel, passed), many in channels.items():
            for measure in _SHOWN[passed]:
                self.channel[day, channel or NO_CHANNEL, measure] += many

    def _flowed(self, day: date, hour: int, region: str, channel: UUID, measure: str) -> None:
        self.day[day, region, measure] += 1
        self.hour[day, hour, region, measure] += 1
        self.channel[day, channel, measure] += 1


def laid_out(counted: Mapping[Any, int], measures: Iterable[str]) -> list[tuple[Any, ...]]:
    """Rows (key, then a column a measure) of counts whose key ends in the measure's name, sorted by key so that no two writers wait in a ring."""
    place = {measure: n for n, measure in enumerate(measures)}
    rows: dict[tuple[Any, ...], list[int]] = {}
    for key, many in counted.items():
        row = rows.get(key[:-1])
        if row is None:
            row = rows[key[:-1]] = [0] * len(place)
        row[place[key[-1]]] += many
    return [(*key, *rows[key]) for key in sorted(rows)]


# ── the nation and its provinces ──

def rolled(area: str) -> bool:
    """Whether sums of an area stand ready: those of the nation and of provinces do."""
    return area.endswith("0000")


def rolled_up(counted: Mapping[Any, int], place: int) -> Counter[tuple[Any, ...]]:
    """What counts by municipality add to provinces and to the nation; the region stands at `place` of a key, the area comes first in its stead."""
    provinces: Counter[tuple[Any, ...]] = Counter()
    for key, many in counted.items():
        provinces[(f"{key[place][:2]}0000", *key[:place], *key[place + 1:])] += many
    found = Counter({key: many for key, many in provinces.items() if key[0] != NATION})
    for key, many in provinces.items():
        found[(NATION, *key[1:])] += many
    return found


def rolled_links(counted: Mapping[tuple[date, str, UUID, int, str], int]) -> Counter[tuple[Any, ...]]:
    """The same of links made (day, region, channel, level, way): by channel, and once more for all channels together, which is NO_CHANNEL here."""
    found = rolled_up(counted, 1)
    for (area, day, _, level, way), many in list(found.items()):
        found[area, day, NO_CHANNEL, level, way] += many
    return found


ROUNDS: Final = 2
"""How often what was there before this room is looked through: the second time for what a worker of before did meanwhile."""
DONE: Final = ROUNDS + 1


@dataclass(frozen=True, slots=True)
class Earlier:
    """How far the count of earlier facts has come: round, bucket, the last fact looked at, and up to when."""

    round: int
    bucket: int
    after_id: UUID
    until: datetime


# ── what is shown ──

@dataclass(frozen=True, slots=True)
class Stock:
    """Cards that are not cancelled, those of them whose e-card was claimed, people who ever claimed one."""

    cards: int = 0
    ecards: int = 0
    persons: int = 0

    @property
    def rate(self) -> float | None:
        """领用率: claimed e-cards over cards, 0 to 1; None where there are no cards."""
        return self.ecards / self.cards if self.cards > 0 else None

    def minus(self, other: "Flow") -> "Stock":
        """What there was before this was added."""
        return Stock(self.cards - other.cards, self.ecards - other.ecards, self.persons - other.persons)


@dataclass(frozen=True, slots=True)
class Flow:
    """What some days or hours added."""

    cards: int = 0
    ecards: int = 0
    persons: int = 0
    issued: int = 0
    presented: int = 0
    passed: int = 0

    @property
    def success(self) -> float | None:
        """核验成功率: passed over presented, 0 to 1; None where nothing was presented."""
        return self.passed / self.presented if self.presented else None


@dataclass(frozen=True, slots=True)
class Place:
    """A region's figures: what it has, and what the days asked for added."""

    code: str
    stock: Stock
    flow: Flow


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel with what the days asked for brought it."""

    id: ChannelId
    name: str
    kind: str
    region: str
    state: str
    issued: int
    presented: int
    passed: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """Up to when figures are complete. `last_at`: the newest fact counted; `waiting`: how many are not counted yet, the oldest of `since`."""

    last_at: datetime | None
    waiting: int
    since: datetime | None
    filling: bool = False

    def late(self, now: datetime) -> bool:
        """Whether something older than a quarter of an hour is missing."""
        return self.since is not None and now - self.since > STALE


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which links the issuance table is about; days are days in Shanghai, both included."""

    since: date
    until: date
    area: str
    channel_id: ChannelId | None = None
    level: int | None = None
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the issuance table: what it is of (a day, a code, an id, a way, a level) and its links by way."""

    key: str
    links: int
    ways: Mapping[Way, int]
    level2: int


@dataclass(frozen=True, slots=True)
class Target:
    """A goal: by the end of `year`, this share of the region's cards is claimed."""

    year: int
    region: str
    rate_bp: int
    decided_at: datetime
    decided_by: str

    @property
    def rate(self) -> float:
        """The share, 0 to 1."""
        return self.rate_bp / WHOLE


def accepted(year: int, rate_bp: int, today: date) -> None:
    """Refuse a goal that cannot be meant. Raises TargetWrong."""
    if not (FIRST_YEAR <= year <= today.year + 10 and 1 <= rate_bp <= WHOLE):
        raise TargetWrong("a goal is of a year from 2017 on and between 0.01 and 100 percent")


def percent(text: str) -> int:
    """Hundredths of a percent from what somebody typed ("25", "25.5", "25%"). Raises TargetWrong."""
    head, dot, tail = text.strip().removesuffix("%").strip().partition(".")
    if not (head.isascii() and head.isdigit() and len(head) <= 3 and (not dot or (tail.isascii() and tail.isdigit() and len(tail) <= 2))):
        raise TargetWrong("not a percentage with at most two decimals")
    return int(head) * 100 + int((tail + "00")[:2])
