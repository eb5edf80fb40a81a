"""SQL on what events are found by, on how far the log was proved again, and on exports."""
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record

from essc.audit.model import search
from essc.audit.model.merkle import HASH_BYTES, Peaks
from essc.audit.model.search import Found, Wanted
from essc.audit.model.verify import Finding
from essc.audit.model.watch import Chain
from essc.audit.store import rows
from essc.kit.db.tx import Tx

COMMON: Final = 2000
"""A term of so many events is common: which of two common ones is walked makes little difference."""


async def take_searchable(tx: Tx) -> int | None:
    """How many leaves can be searched, held until the transaction ends; None while another worker holds it."""
    found: int | None = await tx.value("SELECT size FROM audit.searchable FOR UPDATE SKIP LOCKED")
    return found


async def searchable(tx: Tx) -> int:
    """How many leaves can be searched."""
    return int(await tx.value("SELECT size FROM audit.searchable"))


async def add_terms(tx: Tx, was: int, size: int, found: Iterable[tuple[int, UUID]]) -> None:
    """Write terms of the leaves from `was` to `size`, in order."""
    await tx.copy("audit", "term", ["term", "event_id"], sorted(found))
    await tx.run("UPDATE audit.searchable SET size = $2 WHERE size = $1", was, size)


async def find(tx: Tx, wanted: Wanted, before: UUID | None, limit: int) -> list[UUID]:
    """The ids of the newest events that fit, those before `before`.

    Walks the rarest term from the newest down and looks each event up under the others: the planner does not know which terms go together.
    """
    must, mustnt = await _rarest_first(tx, search.wanted_terms(wanted)), search.unwanted_terms(wanted)
    values: list[Any] = [*must, *mustnt]
    tables = [f"JOIN LATERAL (SELECT FROM audit.term x WHERE x.term = ${n + 1} AND x.event_id = t0.event_id LIMIT 1) t{n} ON true"
              for n in range(1, len(must))]
    where = ["t0.term = $1"] if must else ["t0.position < (SELECT size FROM audit.searchable)"]
    where += [f"NOT EXISTS (SELECT FROM audit.term x WHERE x.term = ${len(must) + n} AND x.event_id = t0.event_id)" for n in range(1, len(mustnt) + 1)]
    for sign, edge in ((">=", wanted.since and search.first_id(wanted.since)), ("<", wanted.until and search.first_id(wanted.until)), ("<", before)):
        if edge is not None:
            values.append(edge)
            where.append(f"t0.event_id {sign} ${len(values)}")
    values.append(limit)
    found = await tx.rows(
        f"""SELECT t0.event_id FROM {'audit.term' if must else 'audit.leaf'} t0 {' '.join(tables)} WHERE {' AND '.join(where)}
             ORDER BY t0.event_id DESC LIMIT ${len(values)}""", *values)
    return [row["event_id"] for row in found]


async def _rarest_first(tx: Tx, terms: list[int]) -> list[int]:
    """The terms by how many events have them, counted no further than to what is common."""
    if len(terms) < 2:
        return terms
    counted = await tx.rows(
        """SELECT t, (SELECT count(*) FROM (SELECT FROM audit.term x WHERE x.term = t LIMIT $2) AS few) AS many
             FROM unnest($1::bigint[]) WITH ORDINALITY AS w (t, place) ORDER BY many, place""", terms, COMMON)
    return [row["t"] for row in counted]


async def found(tx: Tx, wanted: Sequence[UUID]) -> list[Found]:
    """The events of these ids that are still there, in the same order."""
    there = await rows.events(tx, wanted)
    return [_found(there[id]) for id in wanted if id in there]


def _found(row: Record) -> Found:
    body = msgspec.json.decode(row["body"])
    return Found(id=row["id"], kind=row["kind"], recorded_at=row["recorded_at"], actor_kind=row["actor_kind"], actor_id=row["actor_id"],
                 request_id=row["request_id"], result=search.result(row["kind"], body), body=body)


# ── how far the log was proved again ────────────────────────────────────────────────────────────────────────────────────

_WATCH = "size, peaks, looked_at, swept, swept_peaks, sweep_since, whole_at, whole_size, asked_at, flaw_first, flaw_last, flaw, flawed_at"


async def take_watch(tx: Tx) -> Record | None:
    """Where the house's own reader stands, held until the transaction ends; None while another worker holds it."""
    return await tx.row(f"SELECT {_WATCH} FROM audit.watch FOR UPDATE SKIP LOCKED")


async def chain(tx: Tx) -> Chain:
    """How the log stands by the last look."""
    row = await tx.row(f"SELECT {_WATCH} FROM audit.watch")
    assert row is not None
    flaw = None if row["flaw"] is None else Finding(row["flaw_first"], row["flaw_last"], row["flaw"])
    return Chain(size=row["size"], looked_at=row["looked_at"], swept=row["swept"], whole_at=row["whole_at"], whole_size=row["whole_size"],
                 asked_at=row["asked_at"], flaw=flaw, flawed_at=row["flawed_at"])


def peaks(size: int, raw: bytes) -> Peaks:
    """A tree as it was kept."""
    return Peaks(size, [raw[at:at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)])


async def looked(tx: Tx, tree: Peaks) -> None:
    """The log was proved up to here, as it came."""
    await tx.run("UPDATE audit.watch SET size = $1, peaks = $2, looked_at = $3", tree.size, b"".join(tree.hashes), tx.now)


async def swept(tx: Tx, tree: Peaks, since: datetime) -> None:
    """The sweep that began at `since` has proved the log up to here."""
    await tx.run("UPDATE audit.watch SET swept = $1, swept_peaks = $2, sweep_since = $3", tree.size, b"".join(tree.hashes), since)


async def whole(tx: Tx, size: int, since: datetime) -> None:
    """A sweep that began at `since` found nothing wrong up to the end: a flaw of before is over, and so is a wish of before."""
    await tx.run(
        """UPDATE audit.watch SET whole_at = $1, whole_size = $2, swept = 0, swept_peaks = '', sweep_since = NULL,
                  asked_at = CASE WHEN asked_at > $3 THEN asked_at END, flaw = CASE WHEN flawed_at > $3 THEN flaw END,
                  flaw_first = CASE WHEN flawed_at > $3 THEN flaw_first END, flaw_last = CASE WHEN flawed_at > $3 THEN flaw_last END,
                  flawed_at = CASE WHEN flawed_at > $3 THEN flawed_at END""",
        tx.now, size, since)


async def flawed(tx: Tx, finding: Finding) -> None:
    """Something is wrong: it stays written down until a later sweep is clean, which begins anew."""
    await tx.run(
        """UPDATE audit.watch SET flaw_first = $1, flaw_last = $2, flaw = $3, flawed_at = $4, looked_at = $4, asked_at = NULL, swept = 0,
                  swept_peaks = '', sweep_since = NULL""",
        finding.first, finding.last, finding.what, tx.now)


async def ask(tx: Tx) -> None:
    """Somebody wants the whole log proved now."""
    await tx.run("UPDATE audit.watch SET asked_at = $1, swept = 0, swept_peaks = '', sweep_since = NULL", tx.now)


async def note_at(tx: Tx, least: int, most: int) -> str | None:
    """The newest signed checkpoint of a size from `least` to `most`, else the first one after that."""
    found: str | None = await tx.value(
        """SELECT note FROM (SELECT 0 AS turn, size, note FROM audit.checkpoint WHERE size >= $1 AND size <= $2 ORDER BY size DESC LIMIT 1) AS near
           UNION ALL
           SELECT note FROM (SELECT 1 AS turn, size, note FROM audit.checkpoint WHERE size > $2 ORDER BY size LIMIT 1) AS far LIMIT 1""",
        least, most)
    return found


# ── exports ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def add_export(tx: Tx, export_id: UUID, wanted: Wanted) -> None:
    """Keep what somebody wants to take out of the log."""
    await tx.run("INSERT INTO audit.export (id, wanted, asked_by, asked_at) VALUES ($1, $2, $3, $4)",
                 export_id, msgspec.json.encode(wanted).decode(), tx.actor.id, tx.now)


async def grant_export(tx: Tx, export_id: UUID) -> bool:
    """Let it be taken, once."""
    return await tx.run("UPDATE audit.export SET granted_at = $2 WHERE id = $1 AND granted_at IS NULL", export_id, tx.now) == 1


async def take_export(tx: Tx, export_id: UUID, who: str) -> Wanted | None:
    """What was wanted, if it was granted to who asks and not taken yet; it is taken with this."""
    raw = await tx.value(
        """UPDATE audit.export SET taken_at = $3 WHERE id = $1 AND asked_by = $2 AND granted_at IS NOT NULL AND taken_at IS NULL RETURNING wanted""",
        export_id, who, tx.now)
    return msgspec.json.decode(raw, type=Wanted) if raw is not None else None


async def exports(tx: Tx, who: str, limit: int) -> list[Record]:
    """What somebody asked for, newest first: id, wanted, asked_at, granted_at, taken_at."""
    return await tx.rows("SELECT id, wanted, asked_at, granted_at, taken_at FROM audit.export WHERE asked_by = $1 ORDER BY id DESC LIMIT $2", who, limit)
