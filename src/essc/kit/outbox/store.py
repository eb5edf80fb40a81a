"""All SQL of the outbox: claims, marks, the inbox, retries, the schedule of periodic work."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx

LATE: Final = timedelta(seconds=60)
"""An event that nobody had after this long is a fault."""

_COLUMNS: Final = "e.bucket, e.id, e.kind, e.body, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_id, e.request_id"


@dataclass(frozen=True)
class Backlog:
    """What waits: undelivered events, the age of the oldest in seconds, deliveries to be tried again, and those given up."""

    waiting: int
    oldest_seconds: float
    again: int
    given_up: int


async def claim(tx: Tx, limit: int, since: UUID) -> list[Record]:
    """Undelivered events from `since` on, oldest first, locked until the transaction ends; those another process holds are left out."""
    return await tx.rows(
        f"""SELECT {_COLUMNS} FROM kit.event e
             WHERE e.delivered_at IS NULL AND e.id >= $2 ORDER BY e.id LIMIT $1 FOR UPDATE SKIP LOCKED""",
        limit, since,
    )


async def delivered(tx: Tx, rows: Sequence[Record]) -> None:
    """Mark claimed events: every subscriber had them, or has them in kit.retry.

    By id alone: the small index of unmarked events finds them, whatever the planner knows of the table. A list of buckets beside it
    makes the planner walk the whole primary key; on Citus the statement goes to every shard, which is slower and as right.
    """
    await tx.run("UPDATE kit.event SET delivered_at = $2 WHERE id = ANY($1) AND delivered_at IS NULL", [row["id"] for row in rows], tx.now)


async def first_time(tx: Tx, subscriber: str, rows: Sequence[Record]) -> set[UUID]:
    """Write the inbox rows; gives the ids of the events that this subscriber has not applied before."""
    fresh = await tx.rows(
        """INSERT INTO kit.inbox (bucket, subscriber, event_id, applied_at)
           SELECT k.bucket, $3, k.id, $4 FROM unnest($1::smallint[], $2::uuid[]) AS k(bucket, id)
           ON CONFLICT (bucket, subscriber, event_id) DO NOTHING RETURNING event_id""",
        [row["bucket"] for row in rows], [row["id"] for row in rows], subscriber, tx.now,
    )
    return {row["event_id"] for row in fresh}


async def delivered_before(tx: Tx, subscriber: str, kinds: Sequence[str], bucket: int, after: UUID, until: datetime, limit: int) -> list[Record]:
    """The next delivered events of a bucket, of these kinds, that do not wait for this subscriber in kit.retry; oldest first."""
    return await tx.rows(
        f"""SELECT {_COLUMNS} FROM kit.event e
             WHERE e.bucket = $1 AND e.id > $2 AND e.kind = ANY($3) AND e.delivered_at IS NOT NULL AND e.recorded_at < $4
               AND NOT EXISTS (SELECT FROM kit.retry r WHERE r.bucket = $1 AND r.subscriber = $5 AND r.event_id = e.id)
             ORDER BY e.id LIMIT $6""",
        bucket, after, list(kinds), until, subscriber, limit,
    )


async def park(tx: Tx, rows: Sequence[tuple[int, str, UUID, int, datetime, str]]) -> None:
    """Keep deliveries for later: bucket, subscriber, event, tries so far, when to try next, what went wrong."""
    if rows:
        await tx.run(
            """INSERT INTO kit.retry (bucket, subscriber, event_id, tries, next_at, error)
               SELECT * FROM unnest($1::smallint[], $2::text[], $3::uuid[], $4::integer[], $5::timestamptz[], $6::text[])
               ON CONFLICT (bucket, subscriber, event_id) DO NOTHING""",
            *map(list, zip(*rows, strict=True)),
        )


async def due(tx: Tx, subscribers: Sequence[str], limit: int) -> list[Record]:
    """Deliveries of these subscribers whose time has come, with their events, locked until the transaction ends."""
    return await tx.rows(
        f"""SELECT r.subscriber, r.tries, {_COLUMNS} FROM kit.retry r JOIN kit.event e ON e.bucket = r.bucket AND e.id = r.event_id
             WHERE r.given_up_at IS NULL AND r.next_at <= $1 AND r.subscriber = ANY($2)
             ORDER BY r.next_at LIMIT $3 FOR UPDATE OF r SKIP LOCKED""",
        tx.now, list(subscribers), limit,
    )


async def lease(tx: Tx, rows: Sequence[Record], until: datetime) -> None:
    """Take deliveries out of sight until then: if this process dies, somebody tries them again."""
    await tx.run(
        """UPDATE kit.retry r SET next_at = $4 FROM unnest($1::smallint[], $2::text[], $3::uuid[]) AS k(bucket, subscriber, event_id)
            WHERE r.bucket = k.bucket AND r.subscriber = k.subscriber AND r.event_id = k.event_id AND r.bucket = ANY($1)""",
        *_keys(rows), until,
    )


async def settled(tx: Tx, rows: Sequence[Record]) -> None:
    """Forget deliveries that went through."""
    if rows:
        await tx.run(
            """DELETE FROM kit.retry r USING unnest($1::smallint[], $2::text[], $3::uuid[]) AS k(bucket, subscriber, event_id)
                WHERE r.bucket = k.bucket AND r.subscriber = k.subscriber AND r.event_id = k.event_id AND r.bucket = ANY($1)""",
            *_keys(rows),
        )


async def failed(tx: Tx, rows: Sequence[tuple[int, str, UUID, int, datetime, str]], given_up: Sequence[bool]) -> None:
    """Note another failure of each; the given-up ones wait for a person."""
    if rows:
        await tx.run(
            """UPDATE kit.retry r SET tries = k.tries, next_at = k.next_at, error = k.error,
                      given_up_at = CASE WHEN k.given_up THEN $8::timestamptz END
                 FROM unnest($1::smallint[], $2::text[], $3::uuid[], $4::integer[], $5::timestamptz[], $6::text[], $7::boolean[])
                   AS k(bucket, subscriber, event_id, tries, next_at, error, given_up)
                WHERE r.bucket = k.bucket AND r.subscriber = k.subscriber AND r.event_id = k.event_id AND r.bucket = ANY($1)""",
            *map(list, zip(*rows, strict=True)), list(given_up), tx.now,
        )


def _keys(rows: Sequence[Record]) -> tuple[list[Any], list[Any], list[Any]]:
    return [row["bucket"] for row in rows], [row["subscriber"] for row in rows], [row["id"] for row in rows]


async def again(tx: Tx, subscriber: str | None = None) -> int:
    """Try the given-up deliveries of a subscriber (of all when None) again from the start; gives their number."""
    return await tx.run(
        """UPDATE kit.retry SET given_up_at = NULL, tries = 0, next_at = $2
            WHERE given_up_at IS NOT NULL AND ($1::text IS NULL OR subscriber = $1)""",
        subscriber, tx.now,
    )


async def forget_applied(tx: Tx, before: datetime) -> int:
    """Drop inbox rows of events that were delivered long ago; gives their number."""
    return await tx.run("DELETE FROM kit.inbox WHERE applied_at < $1", before)


async def register(tx: Tx, job: str) -> None:
    """Make the row of a periodic job, due at once, unless it is there."""
    await tx.run("INSERT INTO kit.schedule (job, last_at) VALUES ($1, 'epoch') ON CONFLICT (job) DO NOTHING", job)


async def take_turn(tx: Tx, job: str, seconds: float) -> bool:
    """Whether this process runs the job now; the row stays locked until the transaction ends, so no other does."""
    return await tx.value(
        "SELECT true FROM kit.schedule WHERE job = $1 AND last_at <= $2 FOR UPDATE SKIP LOCKED", job, tx.now - timedelta(seconds=seconds),
    ) is True


async def ran(tx: Tx, job: str, took_ms: int, error: str | None) -> None:
    """Note that the job ran."""
    await tx.run("UPDATE kit.schedule SET last_at = $2, took_ms = $3, error = $4 WHERE job = $1", job, tx.now, took_ms, error)


async def backlog(tx: Tx) -> Backlog:
    """What waits now, for metrics and `essc check`."""
    row = await tx.row(
        """SELECT (SELECT count(*) FROM kit.event WHERE delivered_at IS NULL) AS waiting,
                  (SELECT min(recorded_at) FROM kit.event WHERE delivered_at IS NULL) AS oldest,
                  (SELECT count(*) FROM kit.retry WHERE given_up_at IS NULL) AS again,
                  (SELECT count(*) FROM kit.retry WHERE given_up_at IS NOT NULL) AS given_up""",
    )
    assert row is not None
    age = (tx.now - row["oldest"]).total_seconds() if row["oldest"] else 0.0
    return Backlog(row["waiting"], max(0.0, age), row["again"], row["given_up"])


async def waiting(tx: Tx, subscriber: str, kinds: Sequence[str]) -> tuple[int, datetime | None]:
    """How many events of these kinds a subscriber has yet to apply, and when the oldest of them was recorded."""
    row = await tx.row(
        """SELECT count(*) AS many, min(recorded_at) AS oldest FROM (
               SELECT recorded_at FROM kit.event WHERE delivered_at IS NULL AND kind = ANY($2)
               UNION ALL
               SELECT e.recorded_at FROM kit.retry r JOIN kit.event e ON e.bucket = r.bucket AND e.id = r.event_id WHERE r.subscriber = $1) AS w""",
        subscriber, list(kinds),
    )
    assert row is not None
    return row["many"], row["oldest"]


async def _undelivered(tx: Tx) -> list[str]:
    rows = await tx.rows("SELECT id FROM kit.event WHERE delivered_at IS NULL AND recorded_at < $1 ORDER BY id LIMIT 100", tx.now - LATE)
    return [str(row["id"]) for row in rows]


async def _given_up(tx: Tx) -> list[str]:
    rows = await tx.rows("SELECT subscriber, event_id, error FROM kit.retry WHERE given_up_at IS NOT NULL ORDER BY event_id LIMIT 100")
    return [f"{row['event_id']} for {row['subscriber']}: {row['error']}" for row in rows]


CHECKS: Final = (
    Check("outbox.delivered", "every event older than a minute was delivered, or waits with its reason", _undelivered),
    Check("outbox.nothing_given_up", "no delivery was given up", _given_up),
)
