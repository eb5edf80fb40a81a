"""SQL that adds up, and that finds what facts leave out in the views of lower rooms."""
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import CardId, LinkId, TerminalId
from essc.reports.model import Earlier, Tally, laid_out, rolled_links, rolled_up

BUCKETS: Final = ids.BUCKETS
_MILLISECOND: Final = 80
"""Where the milliseconds of an id begin, in bits."""

_ADD: Final = {
    "stock": ("region text", "cards bigint, ecards bigint, persons bigint"),
    "day": ("day date, region text", "cards int, ecards int, persons int, issued int, presented int, passed int"),
    "hour": ("day date, hour smallint, region text", "issued int, presented int, passed int"),
    "channel_day": ("day date, channel_id uuid", "issued int, presented int, passed int"),
    "issue_day": ("day date, region text, channel_id uuid, level smallint, way text", "links int"),
    "verdict_day": ("day date, region text, way text, verdict text", "presented int"),
    "area_day": ("area text, day date", "cards bigint, ecards bigint, persons bigint, issued bigint, presented bigint, passed bigint"),
    "area_hour": ("area text, day date, hour smallint", "issued bigint, presented bigint, passed bigint"),
    "area_issue_day": ("area text, day date, channel_id uuid, level smallint, way text", "links bigint"),
    "area_verdict_day": ("area text, day date, way text, verdict text", "presented bigint"),
}
"""Each table's key and what is added up in it."""


def _columns(declared: str) -> list[tuple[str, str]]:
    return [(name, kind) for name, kind in (one.split() for one in declared.split(", "))]


def _statement(table: str) -> str:
    key, measures = (_columns(part) for part in _ADD[table])
    names = [name for name, _ in (*key, *measures)]
    arrays = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate((*key, *measures), 1))
    sums = ", ".join(f"{name} = t.{name} + EXCLUDED.{name}" for name, _ in measures)
    return (f"INSERT INTO reports.{table} AS t ({', '.join(names)}) SELECT * FROM unnest({arrays})"
            f" ON CONFLICT ({', '.join(name for name, _ in key)}) DO UPDATE SET {sums}")


_STATEMENTS: Final = {table: _statement(table) for table in _ADD}


async def add(tx: Tx, tally: Tally) -> None:
    """Add a batch to every table. Rows are written in one order everywhere, so writers wait for each other and never in a ring."""
    for table, rows in _rows(tally).items():
        if rows:
            await tx.run(_STATEMENTS[table], *(list(column) for column in zip(*rows, strict=True)))


def _rows(tally: Tally) -> dict[str, list[tuple[Any, ...]]]:
    measured: dict[str, Mapping[Any, int]] = {"stock": tally.stock, "day": tally.day, "hour": tally.hour, "channel_day": tally.channel,
                                              "area_day": rolled_up(tally.day, 1), "area_hour": rolled_up(tally.hour, 2)}
    single: dict[str, Mapping[Any, int]] = {"issue_day": tally.issue, "verdict_day": tally.verdict, "area_issue_day": rolled_links(tally.issue),
                                            "area_verdict_day": rolled_up(tally.verdict, 1)}
    return ({table: laid_out(counted, [name for name, _ in _columns(_ADD[table][1])]) for table, counted in measured.items()}
            | {table: [(*key, counted[key]) for key in sorted(counted)] for table, counted in single.items()})


async def alone(tx: Tx) -> None:
    """Wait until nobody counts, and let nobody count until the end of the transaction: whoever counts notes that first."""
    await tx.run("SELECT FROM reports.counted FOR UPDATE")


async def note(tx: Tx, recorded_at: datetime) -> None:
    """Note the newest fact that is counted: the first thing that whoever counts writes."""
    await tx.run("UPDATE reports.counted SET last_at = greatest(last_at, $1) WHERE only_row", recorded_at)


# ── what facts leave out ──

async def arrived(tx: Tx, moments: Sequence[datetime]) -> list[Record]:
    """Cards that came by file at these moments, not cancelled, by region. An id begins with its millisecond, so each bucket is asked for a range."""
    first = [UUID(int=int(at.timestamp() * 1000) << _MILLISECOND) for at in moments]
    last = [UUID(int=one.int + (1 << _MILLISECOND) - 1) for one in first]
    return await tx.rows(
        """SELECT k.at AS recorded_at, a.region, count(*) AS many
             FROM unnest($1::timestamptz[], $2::uuid[], $3::uuid[]) AS k (at, first, last)
            CROSS JOIN generate_series(0, $4) AS b
             JOIN cards.pub_arrival a ON a.bucket = b AND a.card_id BETWEEN k.first AND k.last AND a.recorded_at = k.at
            WHERE a.source = 'file' AND a.state <> 'cancelled' GROUP BY k.at, a.region""",
        list(moments), first, last, BUCKETS - 1,
    )


async def cards(tx: Tx, wanted: Sequence[CardId]) -> list[Record]:
    """Where cards are of, and whether their electronic card was ever claimed."""
    return await tx.rows(
        """SELECT c.id, c.region, EXISTS (SELECT FROM ecards.pub_ecard e JOIN ecards.pub_made m ON m.bucket = e.bucket AND m.ecard_id = e.id
                                           WHERE e.bucket = c.bucket AND e.card_id = c.id) AS claimed
             FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id) JOIN cards.pub_card c ON c.bucket = k.bucket AND c.id = k.id""",
        [ids.bucket(one) for one in wanted], list(wanted),
    )


async def links(tx: Tx, wanted: Sequence[LinkId]) -> list[Record]:
    """Links with their card's region, and whether each was the first of its e-card and the first ever of its holder.

    A link's number within its e-card never changes; two e-cards of one person are never first claimed at the same time.
    """
    return await tx.rows(
        """SELECT m.link_id, c.region, m.sign_seq = 1 AS first_of_card,
                  m.sign_seq = 1 AND NOT EXISTS (
                      SELECT FROM ecards.pub_ecard o JOIN ecards.pub_made f ON f.bucket = o.bucket AND f.ecard_id = o.id
                       WHERE o.bucket = m.bucket AND o.holder_id = m.holder_id AND o.id <> m.ecard_id AND f.linked_at < m.linked_at) AS first_of_person
             FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
             JOIN ecards.pub_made m ON m.bucket = k.bucket AND m.link_id = k.id
             JOIN ecards.pub_ecard e ON e.bucket = m.bucket AND e.id = m.ecard_id
             JOIN cards.pub_card c ON c.bucket = e.bucket AND c.id = e.card_id""",
        [ids.bucket(one) for one in wanted], list(wanted),
    )


async def regions_of_terminals(tx: Tx, wanted: Collection[TerminalId]) -> dict[UUID, str]:
    """Where readers stand."""
    rows = await tx.rows("SELECT id, region FROM venues.pub_terminal WHERE id = ANY($1)", list(wanted))
    return {row["id"]: row["region"] for row in rows}


# ── what was there before ──

async def earlier(tx: Tx) -> Earlier | None:
    """How far the count of earlier facts has come, locked; None before it began."""
    row = await tx.row("SELECT round, at_bucket, after_id, until FROM reports.earlier FOR UPDATE")
    return Earlier(*row) if row else None


async def begin_earlier(tx: Tx) -> Earlier:
    """Begin it with the facts of before now."""
    begun = Earlier(1, 0, UUID(int=0), tx.now)
    await tx.run("INSERT INTO reports.earlier (round, at_bucket, after_id, until) VALUES ($1, $2, $3, $4)", begun.round, begun.bucket, begun.after_id,
                 begun.until)
    return begun


async def move_earlier(tx: Tx, at: Earlier) -> None:
    """Note how far it has come."""
    await tx.run("UPDATE reports.earlier SET round = $1, at_bucket = $2, after_id = $3, until = $4 WHERE only_row", at.round, at.bucket, at.after_id,
                 at.until)


async def filling(tx: Tx) -> bool:
    """Whether earlier facts are still being counted for the first time."""
    return await tx.value("SELECT true FROM reports.earlier WHERE round > 1 OR at_bucket = $1", BUCKETS) is not True


async def forget_hours(tx: Tx, before: date) -> int:
    """Drop the hours of earlier days; gives their number."""
    await tx.run("DELETE FROM reports.area_hour WHERE day < $1", before)
    return await tx.run("DELETE FROM reports.hour WHERE day < $1", before)
