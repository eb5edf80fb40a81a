"""The only SQL on audit.*, and on the mark that the log sets on kit.event."""
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from essc.audit.model.merkle import HASH_BYTES, Peaks, leaf_hash
from essc.kit import ids
from essc.kit.db.tx import Tx

_EVENT: Final = "e.bucket, e.id, e.kind, e.body, e.recorded_at, e.actor_kind, e.actor_id, e.request_id, e.blind"


def _peaks(row: Record) -> Peaks:
    raw = row["peaks"]
    return Peaks(row["size"], [raw[at:at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)])


async def take_head(tx: Tx) -> Peaks | None:
    """The tree, held until the transaction ends; None while another sequencer holds it."""
    row = await tx.row("SELECT size, peaks FROM audit.head FOR UPDATE SKIP LOCKED")
    return _peaks(row) if row else None


async def head(tx: Tx) -> Peaks:
    """The tree as it was committed last."""
    row = await tx.row("SELECT size, peaks FROM audit.head")
    assert row is not None
    return _peaks(row)


async def move_head(tx: Tx, was: int, tree: Peaks) -> bool:
    """Write the new tree only if it is still what was read."""
    return await tx.run("UPDATE audit.head SET size = $2, peaks = $3 WHERE size = $1", was, tree.size, b"".join(tree.hashes)) == 1


async def unsequenced(tx: Tx, limit: int, since: UUID) -> list[Record]:
    """Events without a leaf from `since` on, oldest first, held; those that are being delivered just now come next time."""
    return await tx.rows(
        f"""SELECT {_EVENT} FROM kit.event e WHERE e.sequenced_at IS NULL AND e.id >= $2
             ORDER BY e.id LIMIT $1 FOR UPDATE SKIP LOCKED""",
        limit, since,
    )


async def logged(tx: Tx, events: Sequence[UUID]) -> set[UUID]:
    """Those of these events that have a leaf."""
    return {row["event_id"] for row in await tx.rows("SELECT event_id FROM audit.leaf WHERE event_id = ANY($1)", list(events))}


async def append(tx: Tx, start: int, leaves: Iterable[tuple[UUID, bytes]], nodes: Sequence[tuple[int, int, bytes]]) -> None:
    """Write leaves from position `start` on, and the tile roots they complete."""
    rows = [(position, event, entry) for position, (event, entry) in enumerate(leaves, start)]
    await tx.copy("audit", "leaf", ["position", "event_id", "entry"], rows)
    if nodes:
        await tx.copy("audit", "node", ["level", "place", "hash"], nodes)


async def mark(tx: Tx, events: Sequence[Record]) -> None:
    """Note on the events that they have their leaf: by id alone, as the outbox does and for the same reason."""
    await tx.run("UPDATE kit.event SET sequenced_at = $2 WHERE id = ANY($1) AND sequenced_at IS NULL", [row["id"] for row in events], tx.now)


async def entries(tx: Tx, start: int, end: int) -> list[bytes]:
    """The entries at the positions [start, end)."""
    rows = await tx.rows("SELECT entry FROM audit.leaf WHERE position >= $1 AND position < $2 ORDER BY position", start, end)
    return [row["entry"] for row in rows]


async def hashes(tx: Tx, level: int, start: int, end: int) -> list[bytes]:
    """The hashes [start, end) of the tiles of `level`."""
    if level == 0:
        return [leaf_hash(entry) for entry in await entries(tx, start, end)]
    rows = await tx.rows("SELECT hash FROM audit.node WHERE level = $1 AND place >= $2 AND place < $3 ORDER BY place", level, start, end)
    return [row["hash"] for row in rows]


async def leaves(tx: Tx, start: int, limit: int) -> list[Record]:
    """Leaves from position `start` on, in order."""
    return await tx.rows("SELECT position, event_id, entry FROM audit.leaf WHERE position >= $1 ORDER BY position LIMIT $2", start, limit)


async def position(tx: Tx, event: UUID) -> int | None:
    """Where the leaf of an event stands."""
    found: int | None = await tx.value("SELECT position FROM audit.leaf WHERE event_id = $1", event)
    return found


async def events(tx: Tx, ids_: Sequence[UUID]) -> dict[UUID, Record]:
    """The events of these ids that are still there."""
    rows = await tx.rows(
        f"SELECT {_EVENT} FROM unnest($1::smallint[], $2::uuid[]) AS k(bucket, id) JOIN kit.event e ON e.bucket = k.bucket AND e.id = k.id",
        [ids.bucket(id) for id in ids_], list(ids_),
    )
    return {row["id"]: row for row in rows}


async def leafless(tx: Tx, limit: int) -> list[Record]:
    """Events that are marked as logged and have no leaf, each with the position before which its leaf would stand."""
    return await tx.rows(
        """SELECT e.id, (SELECT min(n.position) FROM audit.leaf n WHERE n.event_id > e.id) AS position
             FROM kit.event e LEFT JOIN audit.leaf l ON l.event_id = e.id
            WHERE e.sequenced_at IS NOT NULL AND l.event_id IS NULL ORDER BY e.id LIMIT $1""",
        limit,
    )


async def late(tx: Tx, age: timedelta, limit: int) -> list[UUID]:
    """Events older than `age` without a leaf."""
    rows = await tx.rows("SELECT id FROM kit.event WHERE sequenced_at IS NULL AND recorded_at < $1 ORDER BY id LIMIT $2", tx.now - age, limit)
    return [row["id"] for row in rows]


async def advance(tx: Tx, size: int) -> bool:
    """Take the publishing of `size` leaves; False when as much was published already. Held until the transaction ends."""
    return await tx.run("UPDATE audit.published SET size = $1 WHERE size < $1", size) == 1


async def keep_checkpoint(tx: Tx, size: int, root: bytes, note: str) -> None:
    """Keep a signed checkpoint for ever."""
    await tx.run("INSERT INTO audit.checkpoint (size, root, note, signed_at) VALUES ($1, $2, $3, $4)", size, root, note, tx.now)


async def checkpoint(tx: Tx) -> Record | None:
    """The newest signed checkpoint: size, root, note, signed_at."""
    return await tx.row("SELECT size, root, note, signed_at FROM audit.checkpoint ORDER BY size DESC LIMIT 1")


async def keep_alarm(tx: Tx, id: UUID, what: str, place: str) -> None:
    """Write an alarm."""
    await tx.run("INSERT INTO audit.alarm (id, what, place, raised_at) VALUES ($1, $2, $3, $4)", id, what, place, tx.now)


async def alarms(tx: Tx, limit: int) -> list[Record]:
    """The newest alarms."""
    return await tx.rows("SELECT id, what, place, raised_at FROM audit.alarm ORDER BY raised_at DESC, id LIMIT $1", limit)
