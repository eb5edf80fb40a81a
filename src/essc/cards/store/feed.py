"""SQL on the feed: what waits, what has come, and who may sign."""
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from asyncpg import Record

from essc.cards.model import State, Told
from essc.kit.db.tx import Tx

_HOLD: Final = """
INSERT INTO cards.held (hash, sequence, previous, region, state, occurred_at, recorded_at)
SELECT hash, sequence, previous, $6, state, occurred_at, $7
  FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[]) AS h (hash, sequence, previous, state, occurred_at)
 ORDER BY hash, sequence
    ON CONFLICT (hash, region, sequence) DO NOTHING"""

_GAPS: Final = """
SELECT h.hash, min(h.previous) AS waiting_for, count(*) AS held, min(h.recorded_at) AS since, n.card_id, c.sequence AS last_sequence
  FROM cards.held h
  LEFT JOIN cards.by_number n ON n.hash = h.hash
  LEFT JOIN cards.card c ON c.bucket = n.bucket AND c.id = n.card_id
 WHERE h.region = $1
 GROUP BY h.hash, n.card_id, c.sequence
 ORDER BY min(h.previous)
 LIMIT $2"""


async def receive(tx: Tx, region: str, sequences: Sequence[int]) -> None:
    """Note which of a region's numbers have come. Holds the region's row, so that its messages are worked through one after another."""
    ranges = "{" + ",".join(f"[{n},{n}]" for n in sorted(set(sequences))) + "}"
    await tx.run(
        """INSERT INTO cards.feed AS f (region, received, last_at) VALUES ($1, $2::text::int8multirange, $3)
               ON CONFLICT (region) DO UPDATE SET received = f.received + excluded.received, last_at = excluded.last_at""",
        region, ranges, tx.now)


async def missing(tx: Tx, region: str) -> list[tuple[int, int]]:
    """The region's numbers between the first and the last that came that did not come, as inclusive ranges."""
    rows = await tx.rows(
        """SELECT lower(r) AS first, upper(r) - 1 AS last
             FROM cards.feed f, unnest(int8multirange(range_merge(f.received)) - f.received) AS r WHERE f.region = $1 ORDER BY 1 LIMIT 1000""", region)
    return [(row["first"], row["last"]) for row in rows]


async def held(tx: Tx, hashes: Sequence[bytes]) -> dict[bytes, list[tuple[str, Told]]]:
    """What waits for these cards, each event with the region that told it."""
    found: dict[bytes, list[tuple[str, Told]]] = {}
    for row in await tx.rows("SELECT hash, region, sequence, previous, state, occurred_at FROM cards.held WHERE hash = ANY ($1)", list(hashes)):
        told = Told(row["sequence"], row["previous"], State(row["state"]), row["occurred_at"])
        found.setdefault(row["hash"], []).append((row["region"], told))
    return found


async def hold(tx: Tx, region: str, rows: Sequence[tuple[bytes, Told]]) -> None:
    """Let events wait; those that wait already are left as they are."""
    if rows:
        await tx.run(_HOLD, [hash for hash, _ in rows], [t.sequence for _, t in rows], [t.previous for _, t in rows], [t.state for _, t in rows],
                     [t.occurred_at for _, t in rows], region, tx.now)


async def release(tx: Tx, rows: Sequence[tuple[bytes, str, int]]) -> None:
    """What waited was applied, or cannot be any more: hash, region, sequence."""
    if rows:
        await tx.run(
            """DELETE FROM cards.held h USING unnest($1::bytea[], $2::text[], $3::bigint[]) AS r (hash, region, sequence)
                WHERE h.hash = r.hash AND h.region = r.region AND h.sequence = r.sequence""", *map(list, zip(*rows, strict=True)))


async def due(tx: Tx, limit: int) -> list[Record]:
    """Held events whose turn has come all the same (a card that had moved too often, or that came by file): region and hash."""
    return await tx.rows(
        """SELECT DISTINCT h.region, h.hash FROM cards.held h
             JOIN cards.by_number n ON n.hash = h.hash JOIN cards.card c ON c.bucket = n.bucket AND c.id = n.card_id
            WHERE h.previous = c.sequence LIMIT $1""", limit)


async def gaps(tx: Tx, region: str, limit: int) -> list[Record]:
    """Cards of a region whose later events wait: the number waited for, how many wait, since when."""
    return await tx.rows(_GAPS, region, limit)


async def region_key(tx: Tx, key_id: str) -> Record | None:
    """A registered key, ended or not."""
    return await tx.row("SELECT * FROM cards.region_key WHERE key_id = $1", key_id)


async def add_region_key(tx: Tx, key_id: str, region: str, algorithm: str, public_key: bytes) -> bool:
    """Register a key; False when the id is taken."""
    return bool(await tx.run(
        """INSERT INTO cards.region_key (key_id, region, algorithm, public_key, registered_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (key_id) DO NOTHING""", key_id, region, algorithm, public_key, tx.now))


async def end_region_key(tx: Tx, key_id: str, at: datetime) -> bool:
    """From now on the key signs nothing; False when there is no such key in use."""
    return bool(await tx.run("UPDATE cards.region_key SET ended_at = $2 WHERE key_id = $1 AND ended_at IS NULL", key_id, at))


async def region_keys(tx: Tx) -> list[Record]:
    """Every registered key."""
    return await tx.rows("SELECT * FROM cards.region_key ORDER BY region, registered_at")
