"""SQL on card files: which chunks are done, which rows were refused."""
from collections.abc import Sequence

from asyncpg import Record

from essc.cards.model import Reject
from essc.kit.db.tx import Tx


async def begin_file(tx: Tx, sha256: bytes, region: str) -> None:
    """Note that a file is being imported; one that is known is left as it is."""
    await tx.run("INSERT INTO cards.import_file (sha256, region, started_at) VALUES ($1, $2, $3) ON CONFLICT (sha256) DO NOTHING", sha256, region, tx.now)


async def finish_file(tx: Tx, sha256: bytes) -> None:
    """Note that every chunk is done."""
    await tx.run("UPDATE cards.import_file SET finished_at = $2 WHERE sha256 = $1 AND finished_at IS NULL", sha256, tx.now)


async def chunks_done(tx: Tx, sha256: bytes) -> set[int]:
    """The numbers of the chunks that were imported."""
    return {row["number"] for row in await tx.rows("SELECT number FROM cards.import_chunk WHERE sha256 = $1", sha256)}


async def begin_chunk(tx: Tx, sha256: bytes, number: int) -> bool:
    """Whether the chunk is still to be done; waits for whoever is at it, holding the file's row.

    Whatever the planner thinks of tables that grow this fast, thousands of look-ups are never worth walking through a whole one. Chunk and
    mark are one transaction, so a crash loses both or none: only the end of the file waits for the disk.
    """
    await tx.row(
        """SELECT set_config('enable_seqscan', 'off', true), set_config('synchronous_commit', 'off', true)
             FROM cards.import_file WHERE sha256 = $1 FOR UPDATE""", sha256)
    return not await tx.value("SELECT EXISTS (SELECT 1 FROM cards.import_chunk WHERE sha256 = $1 AND number = $2)", sha256, number)


async def mark_chunk(tx: Tx, sha256: bytes, number: int, first_row: int, counts: tuple[int, int, int], rejects: Sequence[Reject]) -> None:
    """Mark a chunk as done: how many rows were imported, were the same as before, were refused; and the refused."""
    await tx.run(
        """INSERT INTO cards.import_chunk (sha256, number, first_row, rows, imported, same, rejected, recorded_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""", sha256, number, first_row, sum(counts), *counts, tx.now)
    if rejects:
        await tx.copy("cards", "import_reject", ("sha256", "row", "number", "field", "masked", "code"),
                      ((sha256, r.row, number, r.field, r.masked, r.code) for r in rejects))


async def totals(tx: Tx, sha256: bytes) -> Record | None:
    """Rows, imported, same, rejected of a file so far."""
    return await tx.row(
        """SELECT coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(imported), 0)::bigint AS imported, coalesce(sum(same), 0)::bigint AS same,
                  coalesce(sum(rejected), 0)::bigint AS rejected FROM cards.import_chunk WHERE sha256 = $1""", sha256)


async def rejects(tx: Tx, sha256: bytes, after: int, limit: int) -> list[Record]:
    """Refused rows of a file, after row `after`, in their order."""
    return await tx.rows("SELECT row, field, masked, code FROM cards.import_reject WHERE sha256 = $1 AND row > $2 ORDER BY row LIMIT $3",
                         sha256, after, limit)
