"""The only SQL on preferences.*."""
from asyncpg import Record

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import HolderId
from essc.preferences.model import Mode, Preference, TextSize


async def get(tx: Tx, holder_id: HolderId) -> Preference:
    """What somebody chose; the standard for whoever never did."""
    row = await tx.row("SELECT holder_id, mode, text_size, asked_at FROM preferences.preference WHERE bucket = $1 AND holder_id = $2",
                       ids.bucket(holder_id), holder_id)
    return Preference(holder_id) if row is None else _read(row)


def _read(row: Record) -> Preference:
    return Preference(HolderId(row["holder_id"]), Mode(row["mode"]), TextSize(row["text_size"]), row["asked_at"])


async def choose_mode(tx: Tx, holder_id: HolderId, mode: Mode) -> None:
    """Write the mode down, and that the question was answered."""
    await tx.run(
        """INSERT INTO preferences.preference AS p (bucket, holder_id, mode, text_size, asked_at) VALUES ($1, $2, $3, 100, $4)
           ON CONFLICT (bucket, holder_id) DO UPDATE SET mode = excluded.mode, asked_at = coalesce(p.asked_at, excluded.asked_at)""",
        ids.bucket(holder_id), holder_id, mode, tx.now)


async def choose_text_size(tx: Tx, holder_id: HolderId, size: TextSize) -> None:
    """Write the size down."""
    await tx.run(
        """INSERT INTO preferences.preference (bucket, holder_id, mode, text_size) VALUES ($1, $2, 'standard', $3)
           ON CONFLICT (bucket, holder_id) DO UPDATE SET text_size = excluded.text_size""",
        ids.bucket(holder_id), holder_id, int(size))


async def agree(tx: Tx, holder_id: HolderId, terms: str) -> bool:
    """Write an agreement down; False when it stands there already."""
    return await tx.run("INSERT INTO preferences.agreement (bucket, holder_id, terms, agreed_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                        ids.bucket(holder_id), holder_id, terms, tx.now) == 1


async def agreements(tx: Tx, holder_id: HolderId) -> list[Record]:
    """The versions that somebody agreed to, the last first."""
    return await tx.rows("SELECT terms, agreed_at FROM preferences.agreement WHERE bucket = $1 AND holder_id = $2 ORDER BY agreed_at DESC, terms",
                         ids.bucket(holder_id), holder_id)


async def forget(tx: Tx, holder_id: HolderId) -> None:
    """Drop what somebody chose."""
    await tx.run("DELETE FROM preferences.preference WHERE bucket = $1 AND holder_id = $2", ids.bucket(holder_id), holder_id)


async def of_nobody(tx: Tx) -> list[str]:
    """Choices and agreements of people that there never were."""
    rows = await tx.rows(
        """SELECT p.holder_id FROM (SELECT bucket, holder_id FROM preferences.preference UNION SELECT bucket, holder_id FROM preferences.agreement) p
             LEFT JOIN holders.pub_holder h ON h.bucket = p.bucket AND h.id = p.holder_id WHERE h.id IS NULL LIMIT 100""")
    return [ids.wire("hold", row["holder_id"]) for row in rows]
