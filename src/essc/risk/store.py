"""All SQL on risk.*."""
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import NoteId
from essc.risk.errors import NoteChangedMeanwhile
from essc.risk.model import Closing, Filter, Level, Listed, Note, Rule, Sighting, Sort, State, Step, SubjectKind

_COLUMNS: Final = """n.id, n.rule, n.level, n.subject_kind, n.subject, n.region, n.facts, n.count, n.state, n.owner, n.closing, n.version, n.raised_at,
       n.last_at"""
_LISTED: Final = f"""SELECT {_COLUMNS}, coalesce(c.name, t.venue_name || ' · ' || t.name) AS name, coalesce(c.number, t.number) AS number,
       coalesce(c.state, t.state) AS standing
  FROM risk.note n
  LEFT JOIN channels.pub_channel c ON n.subject_kind = 'channel' AND c.id = n.subject
  LEFT JOIN venues.pub_terminal t ON n.subject_kind = 'terminal' AND t.id = n.subject"""
_PLACE: Final[dict[Sort, str]] = {Sort.TIME: "n.last_at", Sort.LEVEL: "n.level", Sort.COUNT: "n.count"}
_FACTS: Final = dict[str, int | str]


def _note(row: Record) -> Note:
    return Note(
        id=row["id"], rule=Rule(row["rule"]), level=Level(row["level"]), subject_kind=SubjectKind(row["subject_kind"]), subject=row["subject"],
        region=row["region"], facts=msgspec.json.decode(row["facts"], type=_FACTS), count=row["count"], state=State(row["state"]),
        owner=row["owner"], closing=Closing(row["closing"]) if row["closing"] else None, version=row["version"], raised_at=row["raised_at"],
        last_at=row["last_at"],
    )


def _listed(row: Record) -> Listed:
    return Listed(note=_note(row), name=row["name"], number=row["number"], standing=row["standing"])


async def note_of_fact(tx: Tx, subject: UUID, rule: Rule, fact_id: UUID) -> NoteId | None:
    """The note that this very fact was counted on, if it was."""
    found: NoteId | None = await tx.value("SELECT note_id FROM risk.sighting WHERE bucket = $1 AND rule = $2 AND id = $3",
                                          ids.bucket(subject), rule, fact_id)
    return found


async def raise_or_count(tx: Tx, note: Note) -> Record:
    """Keep a new note, or count up the open one of the same rule and subject: id and count of whichever it is. The higher level stays."""
    row = await tx.row(
        """INSERT INTO risk.note AS n (bucket, id, rule, level, subject_kind, subject, region, facts, count, state, version, raised_at, last_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 'open', 1, $9, $9)
               ON CONFLICT (bucket, rule, subject) WHERE state <> 'closed'
               DO UPDATE SET count = n.count + 1, last_at = greatest(n.last_at, excluded.last_at), facts = excluded.facts,
                             level = greatest(n.level, excluded.level)
           RETURNING n.id, n.count, n.level""",
        note.bucket, note.id, note.rule, note.level, note.subject_kind, note.subject, note.region, _json(note), note.raised_at,
    )
    assert row is not None
    return row


def _json(note: Note) -> str:
    return msgspec.json.encode(note.facts).decode()


async def keep_sighting(tx: Tx, note: Note, note_id: UUID, fact_id: UUID) -> None:
    """Keep one time that the fact was seen."""
    await tx.run(
        "INSERT INTO risk.sighting (bucket, rule, id, note_id, facts, seen_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        note.bucket, note.rule, fact_id, note_id, _json(note), note.last_at,
    )


async def save(tx: Tx, note: Note, *, was: Note, move: str, word: str) -> None:
    """Write state and owner only if the note is still what the decision was made on, and a line of its timeline. Raises NoteChangedMeanwhile."""
    changed = await tx.run(
        "UPDATE risk.note SET state = $4, owner = $5, closing = $6, version = $7 WHERE bucket = $1 AND id = $2 AND version = $3",
        note.bucket, note.id, was.version, note.state, note.owner, note.closing, note.version,
    )
    if not changed:
        raise NoteChangedMeanwhile(f"the note is no longer at version {was.version}")
    await tx.run(
        "INSERT INTO risk.move (bucket, note_id, version, move, state, word, moved_by, moved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        note.bucket, note.id, note.version, move, note.state, word, tx.actor.id, tx.now,
    )


async def find(tx: Tx, note_id: NoteId) -> Listed | None:
    """One note. The bucket stands in its id."""
    row = await tx.row(f"{_LISTED} WHERE n.bucket = $1 AND n.id = $2", ids.bucket(note_id), note_id)
    return _listed(row) if row else None


async def listed(tx: Tx, wanted: Filter, after: tuple[Any, UUID] | None, limit: int) -> list[Listed]:
    """Notes in the order that is wanted, after the one named; a desk works through those of everybody."""
    where, values = _where(wanted)
    place = _PLACE[wanted.sort]
    if after is not None:
        values += list(after)
        where.append(f"({place}, n.id) {'<' if wanted.falling else '>'} (${len(values) - 1}, ${len(values)})")
    order = "DESC" if wanted.falling else "ASC"
    values.append(limit)
    rows = await tx.rows(f"{_LISTED} WHERE {' AND '.join(where)} ORDER BY {place} {order}, n.id {order} LIMIT ${len(values)}", *values)
    return [_listed(row) for row in rows]


def _where(wanted: Filter) -> tuple[list[str], list[Any]]:
    """The conditions of a filter with their values, each a parameter."""
    head = wanted.region.removesuffix("00").removesuffix("00").removesuffix("00")
    asked = [
        ("n.region LIKE ${}", f"{head}%" if head else None), ("n.state = ${}", wanted.state), ("n.level = ${}", wanted.level),
        ("n.rule = ${}", wanted.rule), ("n.subject_kind = ${}", wanted.subject_kind), ("n.owner = ${}", wanted.owner), ("n.last_at >= ${}", wanted.since),
    ]
    kept = [(sql, value) for sql, value in asked if value is not None]
    return ["true", *(sql.format(n) for n, (sql, _) in enumerate(kept, 1))], [value for _, value in kept]


async def counts(tx: Tx, region: str) -> dict[tuple[State, Level], int]:
    """How many notes there are by state and level in a region and below; of closed ones none are counted."""
    where, values = _where(Filter(region=region))
    rows = await tx.rows(
        f"SELECT n.state, n.level, count(*) AS many FROM risk.note n WHERE {' AND '.join(where)} AND n.state <> 'closed' GROUP BY 1, 2", *values)
    return {(State(row["state"]), Level(row["level"])): row["many"] for row in rows}


async def sightings(tx: Tx, note: Note, since: datetime, limit: int) -> list[Sighting]:
    """The times that the fact was seen, newest first."""
    rows = await tx.rows(
        "SELECT id, seen_at, facts FROM risk.sighting WHERE bucket = $1 AND note_id = $2 AND seen_at >= $3 ORDER BY seen_at DESC, id DESC LIMIT $4",
        note.bucket, note.id, since, limit)
    return [Sighting(row["id"], row["seen_at"], msgspec.json.decode(row["facts"], type=_FACTS)) for row in rows]


async def steps(tx: Tx, note: Note) -> list[Step]:
    """The timeline, newest first."""
    rows = await tx.rows(
        "SELECT version, move, state, word, moved_by, moved_at FROM risk.move WHERE bucket = $1 AND note_id = $2 ORDER BY version DESC",
        note.bucket, note.id)
    return [Step(row["version"], row["move"], State(row["state"]), row["word"], row["moved_by"], row["moved_at"]) for row in rows]


async def about(tx: Tx, subject: UUID, limit: int) -> list[Listed]:
    """The notes about a subject, newest first."""
    rows = await tx.rows(f"{_LISTED} WHERE n.bucket = $1 AND n.subject = $2 ORDER BY n.id DESC LIMIT $3", ids.bucket(subject), subject, limit)
    return [_listed(row) for row in rows]


async def miscounted(tx: Tx) -> Sequence[UUID]:
    """Notes whose count is not the number of their sightings."""
    rows = await tx.rows(
        """SELECT n.id FROM risk.note n LEFT JOIN risk.sighting s ON s.bucket = n.bucket AND s.note_id = n.id
            GROUP BY n.bucket, n.id, n.count HAVING count(s.id) <> n.count""")
    return [row["id"] for row in rows]


async def without_history(tx: Tx) -> Sequence[UUID]:
    """Notes whose last line of the timeline is not their state."""
    rows = await tx.rows(
        """SELECT n.id FROM risk.note n LEFT JOIN risk.move m ON m.bucket = n.bucket AND m.note_id = n.id AND m.version = n.version
            WHERE m.state IS DISTINCT FROM n.state AND n.version > 1""")
    return [row["id"] for row in rows]
