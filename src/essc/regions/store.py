"""All SQL on regions.*."""
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from essc.kit.db.tx import Tx


async def in_force(tx: Tx, name: str, regions: Sequence[str], at: datetime) -> dict[str, str | None]:
    """What each of `regions` that ever set `name` has in force at `at`."""
    rows = await tx.rows(
        """SELECT DISTINCT ON (region) region, value FROM regions.setting
            WHERE name = $1 AND region = ANY($2::text[]) AND valid_from <= $3
            ORDER BY region, valid_from DESC""",
        name, list(regions), at,
    )
    return {row["region"]: row["value"] for row in rows}


async def history(tx: Tx, region: str, name: str | None) -> list[Record]:
    """Every decision of one region, newest first, of one setting or of all."""
    return await tx.rows(
        """SELECT region, name, value, valid_from, set_by, recorded_at FROM regions.setting
            WHERE region = $1 AND ($2::text IS NULL OR name = $2) ORDER BY valid_from DESC, name""",
        region, name,
    )


async def save(tx: Tx, setting_id: UUID, region: str, name: str, value: str | None, valid_from: datetime, set_by: str) -> bool:
    """Keep one decision; False when there is one for the same moment."""
    return bool(await tx.run(
        """INSERT INTO regions.setting (region, name, valid_from, value, setting_id, set_by, recorded_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (region, name, valid_from) DO NOTHING""",
        region, name, valid_from, value, setting_id, set_by, tx.now,
    ))


async def all_values(tx: Tx) -> list[Record]:
    """Every decision there is: region, name, value."""
    return await tx.rows("SELECT region, name, value FROM regions.setting ORDER BY region, name, valid_from")
