"""SQL of the sums that stand ready for the nation and its provinces: what they must be, setting them right, and proving them."""
from datetime import date
from typing import Final

from essc.kit.db.tx import Tx

_AREA: Final = "coalesce(left(region, 2) || '0000', '000000')"
"""In a group of a province its code, in one of all regions the nation's."""
_PROVINCE: Final = "HAVING left(region, 2) IS DISTINCT FROM '00'"
"""Facts of no province are the nation's only."""
_MEASURES: Final = ("cards", "ecards", "persons", "issued", "presented", "passed")
_ALL: Final = "'00000000-0000-0000-0000-000000000000'"

_DAYS: Final = f"""
SELECT {_AREA} AS area, day, {", ".join(f"sum({name})::bigint AS {name}" for name in _MEASURES)}
  FROM reports.day WHERE day >= $1 GROUP BY GROUPING SETS ((day, left(region, 2)), (day)) {_PROVINCE}"""
_HOURS: Final = f"""
SELECT {_AREA} AS area, day, hour, sum(issued)::bigint AS issued, sum(presented)::bigint AS presented, sum(passed)::bigint AS passed
  FROM reports.hour WHERE day >= $1 GROUP BY GROUPING SETS ((day, hour, left(region, 2)), (day, hour)) {_PROVINCE}"""
_LINKS: Final = f"""
SELECT {_AREA} AS area, day, coalesce(channel_id, {_ALL}) AS channel_id, level, way, sum(links)::bigint AS links
  FROM reports.issue_day WHERE day >= $1
 GROUP BY GROUPING SETS ((day, level, way, channel_id, left(region, 2)), (day, level, way, left(region, 2)), (day, level, way, channel_id), (day, level, way))
 {_PROVINCE}"""
_VERDICTS: Final = f"""
SELECT {_AREA} AS area, day, way, verdict, sum(presented)::bigint AS presented
  FROM reports.verdict_day WHERE day >= $1 GROUP BY GROUPING SETS ((day, way, verdict, left(region, 2)), (day, way, verdict)) {_PROVINCE}"""
_SUMS: Final = {
    "area_day": (_DAYS, ("area", "day"), _MEASURES), "area_hour": (_HOURS, ("area", "day", "hour"), _MEASURES[3:]),
    "area_issue_day": (_LINKS, ("area", "day", "channel_id", "level", "way"), ("links",)),
    "area_verdict_day": (_VERDICTS, ("area", "day", "way", "verdict"), ("presented",)),
}
"""By table: what must stand there, its key, its measures."""


def _mended(table: str) -> str:
    sums, key, measures = _SUMS[table]
    was, is_ = (", ".join(f"{side}.{name}" for name in measures) for side in ("t", "excluded"))
    return f"""INSERT INTO reports.{table} AS t ({", ".join((*key, *measures))}) SELECT * FROM ({sums}) AS n ORDER BY {", ".join(key)}
                   ON CONFLICT ({", ".join(key)}) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in measures)}
                WHERE ({was}) IS DISTINCT FROM ({is_})"""


async def mend(tx: Tx, since: date) -> int:
    """Set the sums of all days since `since`; gives how many were not right."""
    return sum([await tx.run(_mended(table), since) for table in _SUMS])


async def unequal(tx: Tx) -> list[str]:
    """Sums that are not those of the municipalities."""
    found = []
    for table, (sums, key, measures) in _SUMS.items():
        stands, must = (", ".join(f"{side}.{name}" for name in measures) for side in ("t", "n"))
        found += await tx.rows(
            f"""SELECT '{table} ' || concat_ws(' ', {", ".join(key)}) AS what FROM reports.{table} t FULL JOIN ({sums}) AS n USING ({", ".join(key)})
                 WHERE ({stands}) IS DISTINCT FROM ({must}) LIMIT 100""", date(2000, 1, 1))
    return [row["what"] for row in found]
