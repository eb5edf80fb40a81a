"""SQL of figures: sums over the small tables of this room, names from the views of lower ones."""
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from essc.kit.db.tx import Tx
from essc.names import ChannelId
from essc.reports.model import NO_CHANNEL, Target, Wanted


async def last_counted(tx: Tx) -> datetime | None:
    """The newest fact that was counted."""
    found: datetime | None = await tx.value("SELECT last_at FROM reports.counted")
    return found


async def stock(tx: Tx, prefix: str) -> Record:
    """What an area has."""
    row = await tx.row("""SELECT coalesce(sum(cards), 0)::bigint AS cards, coalesce(sum(ecards), 0)::bigint AS ecards,
                                   coalesce(sum(persons), 0)::bigint AS persons
                              FROM reports.stock WHERE region LIKE $1 || '%'""", prefix)
    assert row is not None
    return row


_MEASURES: Final = ("cards", "ecards", "persons", "issued", "presented", "passed")
_SUMS: Final = ", ".join(f"sum({name})::bigint AS {name}" for name in _MEASURES)


async def days(tx: Tx, prefix: str, since: date, until: date) -> list[Record]:
    """What each day added in an area, days of nothing left out."""
    return await tx.rows(f"SELECT day, {_SUMS} FROM reports.day WHERE day BETWEEN $2 AND $3 AND region LIKE $1 || '%' GROUP BY day ORDER BY day",
                         prefix, since, until)


async def area_days(tx: Tx, area: str, since: date, until: date) -> list[Record]:
    """The same of the nation or a province, where it stands ready."""
    return await tx.rows(f"SELECT day, {', '.join(_MEASURES)} FROM reports.area_day WHERE area = $1 AND day BETWEEN $2 AND $3 ORDER BY day",
                         area, since, until)


async def hours(tx: Tx, prefix: str, day: date) -> list[Record]:
    """What each hour of a day added in an area, hours of nothing left out."""
    return await tx.rows(
        """SELECT hour, sum(issued)::bigint AS issued, sum(presented)::bigint AS presented, sum(passed)::bigint AS passed
             FROM reports.hour WHERE day = $2 AND region LIKE $1 || '%' GROUP BY hour""", prefix, day)


async def area_hours(tx: Tx, area: str, day: date) -> list[Record]:
    """The same of the nation or a province, where it stands ready."""
    return await tx.rows("SELECT hour, issued, presented, passed FROM reports.area_hour WHERE area = $1 AND day = $2", area, day)


async def places(tx: Tx, prefix: str, since: date, until: date) -> list[Record]:
    """What the municipalities of a province have and what the days added to each."""
    return await tx.rows(_places("region", f"SELECT region AS place, {_NEW} FROM reports.day WHERE region LIKE $1 || '%' AND day BETWEEN $2 AND $3 GROUP BY 1"),
                         prefix, since, until)


async def provinces(tx: Tx, since: date, until: date) -> list[Record]:
    """The same of the provinces of the nation."""
    return await tx.rows(_places("left(region, 2) || '0000'", f"""SELECT area AS place, {_NEW} FROM reports.area_day
                                   WHERE area > '000000' AND day BETWEEN $2 AND $3 GROUP BY 1"""), "", since, until)


_NEW: Final = """sum(cards)::bigint AS new_cards, sum(ecards)::bigint AS new_ecards, sum(persons)::bigint AS new_persons, sum(issued)::bigint AS issued,
                 sum(presented)::bigint AS presented, sum(passed)::bigint AS passed"""


def _places(place: str, added: str) -> str:
    return f"""SELECT place, s.cards, s.ecards, s.persons, d.new_cards, d.new_ecards, d.new_persons, d.issued, d.presented, d.passed
                 FROM (SELECT {place} AS place, {", ".join(f"sum({name})::bigint AS {name}" for name in ("cards", "ecards", "persons"))}
                         FROM reports.stock WHERE region LIKE $1 || '%' GROUP BY 1) AS s FULL JOIN ({added}) AS d USING (place)
                ORDER BY place"""


async def channels(tx: Tx, prefix: str, since: date, until: date, *, sandbox: bool) -> list[Record]:
    """Channels of an area, those that were used most first, with what the days brought them. `sandbox`: those of the sandbox too."""
    return await tx.rows(
        """SELECT c.id, c.name, c.kind, c.region, c.state, coalesce(sum(d.issued), 0)::bigint AS issued,
                  coalesce(sum(d.presented), 0)::bigint AS presented, coalesce(sum(d.passed), 0)::bigint AS passed
             FROM channels.pub_channel c LEFT JOIN reports.channel_day d ON d.channel_id = c.id AND d.day BETWEEN $2 AND $3
            WHERE c.region LIKE $1 || '%' AND (NOT c.sandbox OR $4)
            GROUP BY c.id, c.name, c.kind, c.region, c.state ORDER BY presented DESC, issued DESC, c.name""",
        prefix, since, until, sandbox,
    )


async def active_channels(tx: Tx, prefix: str, moments: Sequence[datetime], *, sandbox: bool) -> list[int]:
    """How many channels of an area were at work at each of these moments."""
    rows = await tx.rows(
        """SELECT k.at, count(*) FILTER (WHERE h.state = 'active') AS many
             FROM unnest($2::timestamptz[]) AS k (at) CROSS JOIN channels.pub_channel c
             LEFT JOIN LATERAL (SELECT state FROM channels.pub_history h WHERE h.channel_id = c.id AND h.moved_at <= k.at
                                 ORDER BY version DESC LIMIT 1) AS h ON true
            WHERE c.region LIKE $1 || '%' AND (NOT c.sandbox OR $3) GROUP BY k.at""",
        prefix, sorted(set(moments)), sandbox,
    )
    found = {row["at"]: row["many"] for row in rows}
    return [found.get(at, 0) for at in moments]


async def verdicts(tx: Tx, prefix: str, since: date, until: date) -> list[Record]:
    """How often each verdict was given in an area, the most frequent first."""
    return await tx.rows(
        """SELECT verdict, sum(presented)::bigint AS presented FROM reports.verdict_day
            WHERE day BETWEEN $2 AND $3 AND region LIKE $1 || '%' GROUP BY verdict ORDER BY presented DESC, verdict""",
        prefix, since, until,
    )


async def area_verdicts(tx: Tx, area: str, since: date, until: date) -> list[Record]:
    """The same of the nation or a province, where it stands ready."""
    return await tx.rows(
        """SELECT verdict, sum(presented)::bigint AS presented FROM reports.area_verdict_day
            WHERE area = $1 AND day BETWEEN $2 AND $3 GROUP BY verdict ORDER BY presented DESC, verdict""", area, since, until)


_KEYS: Final = {"day": "day::text", "region": "{place}", "channel": "channel_id::text", "way": "way", "level": "level::text"}


def _issued(table: str, place: str, by: str, clauses: str) -> str:
    return f"""SELECT {_KEYS[by].format(place=place)} AS key, way, sum(links)::bigint AS links,
                      coalesce(sum(links) FILTER (WHERE level = 2), 0)::bigint AS level2
                 FROM reports.{table}
                WHERE day BETWEEN $2 AND $3 AND ($4::int IS NULL OR level = $4) AND ($5::text IS NULL OR way = $5) AND {clauses}
                GROUP BY 1, 2 ORDER BY 1, 2"""


async def issued(tx: Tx, wanted: Wanted, prefix: str, by: str) -> list[Record]:
    """Links made, by one of their sides and by way; by region: by municipality."""
    return await tx.rows(_issued("issue_day", "region", by, "region LIKE $1 || '%' AND ($6::uuid IS NULL OR channel_id = $6)"),
                         prefix, wanted.since, wanted.until, wanted.level, wanted.way, wanted.channel_id)


async def area_issued(tx: Tx, wanted: Wanted, by: str) -> list[Record]:
    """The same of the nation or a province, where it stands ready; by region: the nation's provinces. Asked for no channel, the rows of all together."""
    areas = "area > $1" if by == "region" else "area = $1"
    given = [wanted.area, wanted.since, wanted.until, wanted.level, wanted.way]
    if wanted.channel_id is not None:
        return await tx.rows(_issued("area_issue_day", "area", by, f"{areas} AND channel_id = $6"), *given, wanted.channel_id)
    which = "<>" if by == "channel" else "="
    return await tx.rows(_issued("area_issue_day", "area", by, f"{areas} AND channel_id {which} '{NO_CHANNEL}'"), *given)


async def channel_names(tx: Tx, wanted: Collection[ChannelId]) -> dict[UUID, str]:
    """The names of these channels."""
    rows = await tx.rows("SELECT id, name FROM channels.pub_channel WHERE id = ANY($1)", list(wanted))
    return {row["id"]: row["name"] for row in rows}


_ISSUING: Final = """SELECT c.id, c.name FROM channels.pub_channel c
                       JOIN (SELECT DISTINCT channel_id FROM reports.{table} WHERE {area} AND day BETWEEN $2 AND $3) AS d ON d.channel_id = c.id
                      ORDER BY c.name"""


async def issuing_channels(tx: Tx, prefix: str, since: date, until: date) -> list[Record]:
    """Channels on which links were made in an area on these days, by name."""
    return await tx.rows(_ISSUING.format(table="issue_day", area="region LIKE $1 || '%'"), prefix, since, until)


async def area_issuing_channels(tx: Tx, area: str, since: date, until: date) -> list[Record]:
    """The same of the nation or a province."""
    return await tx.rows(_ISSUING.format(table="area_issue_day", area="area = $1"), area, since, until)


# ── goals ──

async def keep_target(tx: Tx, id: UUID, target: Target) -> bool:
    """Write a decision; False when there is one of the same moment."""
    return await tx.run(
        """INSERT INTO reports.target (year, region, decided_at, id, rate_bp, decided_by) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (year, region, decided_at) DO NOTHING""",
        target.year, target.region, target.decided_at, id, target.rate_bp, target.decided_by,
    ) == 1


async def targets(tx: Tx, region: str, year: int | None, limit: int) -> list[Target]:
    """The decisions of a region, of one year or of all, newest first."""
    rows = await tx.rows(
        """SELECT year, region, rate_bp, decided_at, decided_by FROM reports.target
            WHERE region = $1 AND ($2::int IS NULL OR year = $2) ORDER BY decided_at DESC LIMIT $3""",
        region, year, limit,
    )
    return [Target(**dict(row)) for row in rows]
