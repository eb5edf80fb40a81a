"""Figures for screens, from the small tables; and the proof that they are right."""
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from essc.kit import outbox
from essc.kit.clock import SHANGHAI
from essc.kit.db.checks import Check
from essc.kit.db.tx import Record, Tx
from essc.names import ChannelId
from essc.regions.queries import demonstration
from essc.reports.model import (
    NATION,
    By,
    ChannelLine,
    Flow,
    Freshness,
    Line,
    Place,
    Stock,
    Target,
    Wanted,
    Way,
    municipality,
    prefix,
    rolled,
)
from essc.reports.store import areas, counting, figures, proofs

COUNT: Final = "reports.count"
"""The subscriber that counts."""
KINDS: Final = ("cards.imported", "cards.issued", "cards.moved", "ecards.issued", "ecards.linked", "codes.presented")
"""What it hears."""
_RECORDS: Final = "records.presented"
_NOTHING: Final = Flow()


def has_figures(area: str) -> bool:
    """Whether there are figures of an area: of the nation, of provinces and what stands just below them; counties are counted with theirs."""
    return municipality(area) == area


async def freshness(tx: Tx) -> Freshness:
    """Up to when the figures are complete."""
    waiting, since = await outbox.waiting(tx, COUNT, KINDS)
    return Freshness(await figures.last_counted(tx), waiting, since, await counting.filling(tx))


async def stock(tx: Tx, area: str) -> Stock:
    """What an area has now."""
    return Stock(*await figures.stock(tx, prefix(area)))


async def days(tx: Tx, area: str, since: date, until: date) -> dict[date, Flow]:
    """What each day added, both ends included; every day is there."""
    rows = await (figures.area_days(tx, area, since, until) if rolled(area) else figures.days(tx, prefix(area), since, until))
    found = {row["day"]: _flow(row) for row in rows}
    return {day: found.get(day, _NOTHING) for day in (since + timedelta(n) for n in range((until - since).days + 1))}


async def hours(tx: Tx, area: str, day: date) -> list[Flow]:
    """What each of the 24 hours of a day added: links and presentations."""
    rows = await (figures.area_hours(tx, area, day) if rolled(area) else figures.hours(tx, prefix(area), day))
    found = {row["hour"]: Flow(issued=row["issued"], presented=row["presented"], passed=row["passed"]) for row in rows}
    return [found.get(hour, _NOTHING) for hour in range(24)]


def _flow(row: Record) -> Flow:
    return Flow(*(row[name] for name in ("cards", "ecards", "persons", "issued", "presented", "passed")))


async def places(tx: Tx, area: str, since: date, until: date) -> list[Place]:
    """The regions directly below an area, each with what it has and what the days added. A municipality is its own only line."""
    rows = await (figures.provinces(tx, since, until) if area == NATION else figures.places(tx, prefix(area), since, until))
    return [Place(row["place"], Stock(row["cards"] or 0, row["ecards"] or 0, row["persons"] or 0),
                  Flow(*(row[name] or 0 for name in ("new_cards", "new_ecards", "new_persons", "issued", "presented", "passed")))) for row in rows]


async def channels(tx: Tx, area: str, since: date, until: date) -> list[ChannelLine]:
    """Channels whose region lies in the area, the most used first; a channel's figures are those of everywhere."""
    rows = await figures.channels(tx, prefix(area), since, until, sandbox=demonstration())
    return [ChannelLine(**dict(row)) for row in rows]


async def active_channels(tx: Tx, area: str, moments: Sequence[datetime]) -> list[int]:
    """已接入渠道: how many channels of an area were at work at each moment. In a demonstration those of the sandbox count."""
    return await figures.active_channels(tx, prefix(area), moments, sandbox=demonstration())


async def verdicts(tx: Tx, area: str, since: date, until: date) -> list[tuple[str, int]]:
    """What readers of an area were told how often, the most frequent first."""
    rows = await (figures.area_verdicts(tx, area, since, until) if rolled(area) else figures.verdicts(tx, prefix(area), since, until))
    return [(row["verdict"], row["presented"]) for row in rows]


async def issued(tx: Tx, wanted: Wanted, by: By) -> list[Line]:
    """签发: links made, by one of their sides; regions as the lines below the area."""
    ready = wanted.area == NATION if by is By.REGION else rolled(wanted.area)
    rows = await (figures.area_issued(tx, wanted, by) if ready else figures.issued(tx, wanted, prefix(wanted.area), by))
    lines: dict[str, dict[Way, int]] = {}
    level2: Counter[str] = Counter()
    for row in rows:
        lines.setdefault(row["key"], {})[Way(row["way"])] = row["links"]
        level2[row["key"]] += row["level2"]
    return [Line(key, sum(ways.values()), ways, level2[key]) for key, ways in lines.items()]


async def issuing_channels(tx: Tx, area: str, since: date, until: date) -> list[tuple[ChannelId, str]]:
    """Channels on which links were made in an area on these days, by name."""
    rows = await (figures.area_issuing_channels(tx, area, since, until) if rolled(area) else figures.issuing_channels(tx, prefix(area), since, until))
    return [(ChannelId(row["id"]), row["name"]) for row in rows]


async def channel_names(tx: Tx, wanted: Sequence[ChannelId]) -> dict[UUID, str]:
    """The names of channels."""
    return await figures.channel_names(tx, wanted)


async def target(tx: Tx, area: str, year: int) -> Target | None:
    """The goal of an area for a year, or None."""
    return next(iter(await figures.targets(tx, area, year, 1)), None)


async def targets(tx: Tx, area: str) -> list[Target]:
    """What was decided about an area's goals, newest first."""
    return await figures.targets(tx, area, None, 50)


def midnight(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


# ── proofs ──

async def _differs(tx: Tx, told: Mapping[tuple[str, ...], int], counted: Mapping[tuple[str, ...], int], *others: str) -> list[str]:
    """Keys whose two counts differ by more than what is on its way to the subscribers at this moment."""
    if await counting.filling(tx):
        return []
    on_its_way = sum([(await outbox.waiting(tx, name, KINDS))[0] for name in (COUNT, *others)])
    return [" ".join(key) for key in sorted(told.keys() | counted.keys()) if abs(told.get(key, 0) - counted.get(key, 0)) > on_its_way][:100]


def _folded(rows: Sequence[Record], *names: str) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        found[(municipality(row["region"]), *(row[name] for name in names))] += row["many"]
    return found


async def _stock(tx: Tx, measure: str, sql: str) -> list[str]:
    return await _differs(tx, _folded(await proofs.rows(tx, sql)), _folded(await proofs.counted_stock(tx, measure)))


async def _links(tx: Tx) -> list[str]:
    return await _differs(tx, _folded(await proofs.rows(tx, proofs.LINKS), "day", "what"), _folded(await proofs.rows(tx, proofs.COUNTED_LINKS), "day", "what"))


async def _uses(tx: Tx) -> list[str]:
    return await _differs(tx, _folded(await proofs.rows(tx, proofs.USES), "day", "what"), _folded(await proofs.rows(tx, proofs.COUNTED_USES), "day", "what"),
                          _RECORDS)


CHECKS: Final = (
    Check("reports.cards_counted", "the cards of each municipality are those that stand in cards.pub_card", partial(_stock, measure="cards", sql=proofs.CARDS)),
    Check("reports.ecards_counted", "so are the electronic cards that were claimed", partial(_stock, measure="ecards", sql=proofs.ECARDS)),
    Check("reports.persons_counted", "so are the people who claimed one", partial(_stock, measure="persons", sql=proofs.PERSONS)),
    Check("reports.links_counted", "the links of each day, municipality and channel are those of ecards.pub_made", _links),
    Check("reports.uses_counted", "the presentations of each day, municipality, way and verdict are those of records.pub_use", _uses),
    Check("reports.tables_agree", "stock, days, links and verdicts say the same", proofs.unequal),
    Check("reports.areas_agree", "what stands ready for the nation and its provinces is the sum of their municipalities", areas.unequal),
)
