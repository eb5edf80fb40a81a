"""All SQL on holders.*: people, their salts, photos, keyed look-ups and conflicts of names."""
import struct
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from essc.holders.model import Candidate, Known, Lookup, Packed
from essc.kit import ids
from essc.kit.db import binary
from essc.kit.db.tx import Tx
from essc.names import HolderId, LookupId

_CLAIM: Final = """
INSERT INTO holders.by_number (hash, version, bucket, holder_id, name_hash)
SELECT hash, version, bucket, holder_id, name_hash
  FROM unnest($1::bytea[], $2::smallint[], $3::smallint[], $4::uuid[], $5::bytea[]) AS c (hash, version, bucket, holder_id, name_hash)
 ORDER BY hash
    ON CONFLICT (hash) DO NOTHING
RETURNING hash"""

_OPENED: Final = """
SELECT h.bucket, h.id, h.kind, h.sealed, h.mobile_proved_at, h.enrolled_at, s.salt
  FROM holders.holder h JOIN holders.salt s ON s.bucket = h.bucket AND s.holder_id = h.id"""


_HOLDER: Final = struct.Struct(">hihi16s").pack
_ENROLLED: Final = struct.Struct(">iq").pack
_SALT: Final = struct.Struct(">hihi16si16s").pack
_BY_NUMBER: Final = struct.Struct(">hi16sihihi16si16s").pack


def pack(candidate: Candidate, at: datetime) -> Packed:
    """The rows of a candidate for `add_packed`; its newest hashes only."""
    mark, bucket, id = candidate.marks[0], candidate.bucket, candidate.id.bytes
    holder = _HOLDER(5, 2, bucket, 16, id) + binary.word(candidate.kind) + binary.blob(candidate.sealed) + _ENROLLED(8, binary.moment(at))
    return Packed(mark.hash, mark.name_hash, holder, _SALT(3, 2, bucket, 16, id, 16, candidate.salt),
                  _BY_NUMBER(5, 16, mark.hash, 2, mark.version, 2, bucket, 16, id, 16, mark.name_hash))


async def add_packed(tx: Tx, packed: Sequence[Packed]) -> None:
    """Write people whose numbers nobody has; PostgreSQL answers 23505 when somebody took one of them at this moment."""
    await binary.write(tx, "holders", "by_number", ("hash", "version", "bucket", "holder_id", "name_hash"),
                       (one.by_number for one in sorted(packed, key=lambda one: one.hash)))
    await binary.write(tx, "holders", "holder", ("bucket", "id", "kind", "sealed", "enrolled_at"), (one.holder for one in packed))
    await binary.write(tx, "holders", "salt", ("bucket", "holder_id", "salt"), (one.salt for one in packed))


async def taken(tx: Tx, hashes: Sequence[bytes]) -> set[bytes]:
    """Which of these hashes lead to somebody."""
    return {row["hash"] for row in await tx.rows("SELECT hash FROM holders.by_number WHERE hash = ANY ($1)", list(hashes))}


async def claim(tx: Tx, candidates: Sequence[Candidate]) -> set[bytes]:
    """Take the numbers of `candidates`, sorted by hash so that two batches never wait for each other in a circle.

    Gives the hashes that were free; waits for whoever is claiming one of them at this moment.
    """
    rows = sorted((mark.hash, mark.version, c.bucket, c.id, mark.name_hash) for c in candidates for mark in c.marks)
    if not rows:
        return set()
    return {row[0] for row in await tx.rows(_CLAIM, *(list(column) for column in zip(*rows, strict=True)))}


async def known(tx: Tx, hashes: Sequence[bytes]) -> dict[bytes, Known]:
    """Who stands behind these hashes."""
    rows = await tx.rows(
        """SELECT n.hash, n.bucket, n.holder_id, n.name_hash, s.salt
             FROM holders.by_number n JOIN holders.salt s ON s.bucket = n.bucket AND s.holder_id = n.holder_id
            WHERE n.hash = ANY ($1)""", list(hashes))
    return {row["hash"]: Known(HolderId(row["holder_id"]), row["bucket"], row["salt"], row["name_hash"]) for row in rows}


async def add(tx: Tx, fresh: Sequence[Candidate]) -> None:
    """Write people whose numbers were claimed in this transaction."""
    await tx.copy("holders", "holder", ("bucket", "id", "kind", "sealed", "enrolled_at"),
                  ((c.bucket, c.id, c.kind, c.sealed, tx.now) for c in fresh))
    await tx.copy("holders", "salt", ("bucket", "holder_id", "salt"), ((c.bucket, c.id, c.salt) for c in fresh))


async def point(tx: Tx, hashes: Sequence[bytes], holders: Sequence[Known], name_hashes: Sequence[bytes]) -> None:
    """Let hashes of a newer key version lead to the people that an older version already led to."""
    await tx.run(
        """UPDATE holders.by_number n SET bucket = c.bucket, holder_id = c.holder_id, name_hash = c.name_hash
             FROM unnest($1::bytea[], $2::smallint[], $3::uuid[], $4::bytea[]) AS c (hash, bucket, holder_id, name_hash)
            WHERE n.hash = c.hash""",
        list(hashes), [k.bucket for k in holders], [k.id for k in holders], list(name_hashes))


async def forget(tx: Tx, hashes: Sequence[bytes]) -> None:
    """Drop look-ups."""
    await tx.run("DELETE FROM holders.by_number WHERE hash = ANY ($1)", list(hashes))


async def rename_marks(tx: Tx, hashes: Sequence[bytes], name_hashes: Sequence[bytes]) -> None:
    """The name behind these numbers is another one now."""
    await tx.run(
        """UPDATE holders.by_number n SET name_hash = c.name_hash
             FROM unnest($1::bytea[], $2::bytea[]) AS c (hash, name_hash) WHERE n.hash = c.hash""", list(hashes), list(name_hashes))


async def by_ids(tx: Tx, wanted: Sequence[UUID]) -> list[Record]:
    """Sealed rows with their salts; the erased are not among them."""
    return await tx.rows(f"{_OPENED} JOIN unnest($1::smallint[], $2::uuid[]) AS k (bucket, id) ON k.bucket = h.bucket AND k.id = h.id", *ids.placed(wanted))


async def salts(tx: Tx, wanted: Sequence[UUID]) -> dict[UUID, bytes]:
    """The salts of these people; the erased have none."""
    rows = await tx.rows(
        """SELECT s.holder_id, s.salt FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
             JOIN holders.salt s ON s.bucket = k.bucket AND s.holder_id = k.id""", *ids.placed(wanted))
    return {row["holder_id"]: row["salt"] for row in rows}


async def reseal(tx: Tx, holder_id: HolderId, *, was: bytes, sealed: bytes) -> bool:
    """Put other contents in place of what was read; False when somebody else did so first."""
    return bool(await tx.run("UPDATE holders.holder SET sealed = $4 WHERE bucket = $1 AND id = $2 AND sealed = $3",
                             ids.bucket(holder_id), holder_id, was, sealed))


async def mark_mobile(tx: Tx, holder_id: HolderId, proved_at: datetime) -> None:
    """Note when the mobile was proved."""
    await tx.run("UPDATE holders.holder SET mobile_proved_at = $3 WHERE bucket = $1 AND id = $2", ids.bucket(holder_id), holder_id, proved_at)


async def add_former_mobile(tx: Tx, holder_id: HolderId, change: UUID, sealed: bytes) -> None:
    """Keep the mobile of before a change."""
    await tx.run("INSERT INTO holders.former_mobile (bucket, id, holder_id, sealed, changed_at) VALUES ($1, $2, $3, $4, $5)",
                 ids.bucket(holder_id), change, holder_id, sealed, tx.now)


async def former_mobile(tx: Tx, holder_id: HolderId, change: UUID) -> Record | None:
    """The sealed mobile of before a change, and the salt that opens it."""
    return await tx.row(
        """SELECT f.sealed, s.salt FROM holders.former_mobile f JOIN holders.salt s ON s.bucket = f.bucket AND s.holder_id = f.holder_id
            WHERE f.bucket = $1 AND f.id = $2""", ids.bucket(holder_id), change)


async def forget_former_mobile(tx: Tx, holder_id: HolderId, change: UUID) -> None:
    """Drop the mobile of before a change."""
    await tx.run("DELETE FROM holders.former_mobile WHERE bucket = $1 AND id = $2", ids.bucket(holder_id), change)


async def keep_photo(tx: Tx, holder_id: HolderId, media_type: str, sealed: bytes) -> None:
    """Write the photo, or put a newer one in its place."""
    await tx.run(
        """INSERT INTO holders.photo (bucket, holder_id, media_type, sealed, kept_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (bucket, holder_id) DO UPDATE SET media_type = excluded.media_type, sealed = excluded.sealed, kept_at = excluded.kept_at""",
        ids.bucket(holder_id), holder_id, media_type, sealed, tx.now)


async def photo(tx: Tx, holder_id: HolderId) -> Record | None:
    """The sealed photo and the salt that opens it."""
    return await tx.row(
        """SELECT p.media_type, p.sealed, s.salt FROM holders.photo p JOIN holders.salt s ON s.bucket = p.bucket AND s.holder_id = p.holder_id
            WHERE p.bucket = $1 AND p.holder_id = $2""", ids.bucket(holder_id), holder_id)


async def photos(tx: Tx, wanted: Sequence[HolderId]) -> list[Record]:
    """The sealed photos of several people, each with the salt that opens it."""
    return await tx.rows(
        """SELECT p.holder_id, p.media_type, p.sealed, s.salt
             FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
             JOIN holders.photo p ON p.bucket = k.bucket AND p.holder_id = k.id
             JOIN holders.salt s ON s.bucket = k.bucket AND s.holder_id = k.id""", *ids.placed(wanted))


async def erase(tx: Tx, holder_id: HolderId) -> bool:
    """Drop salt, photo and offered names; what stays is a row that nobody can open. False when there was nobody."""
    bucket = ids.bucket(holder_id)
    if not await tx.run("DELETE FROM holders.salt WHERE bucket = $1 AND holder_id = $2", bucket, holder_id):
        return False
    await tx.run("DELETE FROM holders.photo WHERE bucket = $1 AND holder_id = $2", bucket, holder_id)
    await tx.run("DELETE FROM holders.name_conflict WHERE bucket = $1 AND holder_id = $2", bucket, holder_id)
    await tx.run("DELETE FROM holders.former_mobile WHERE bucket = $1 AND holder_id = $2", bucket, holder_id)
    await tx.run("UPDATE holders.holder SET erased_at = $3, mobile_proved_at = NULL, sealed = '' WHERE bucket = $1 AND id = $2",
                 bucket, holder_id, tx.now)
    return True


async def add_conflicts(tx: Tx, rows: Sequence[tuple[int, UUID, UUID, bytes, bytes]]) -> set[UUID]:
    """Write conflicts (bucket, id, holder, name hash, sealed name); a name that was offered before is not written again. Gives the new ids."""
    if not rows:
        return set()
    bucket, id, holder_id, name_hash, sealed = (list(column) for column in zip(*rows, strict=True))
    found = await tx.rows(
        """INSERT INTO holders.name_conflict (bucket, id, holder_id, name_hash, sealed, found_at)
           SELECT bucket, id, holder_id, name_hash, sealed, $6
             FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[]) AS c (bucket, id, holder_id, name_hash, sealed)
            ORDER BY bucket, holder_id, name_hash
               ON CONFLICT (bucket, holder_id, name_hash) DO NOTHING
        RETURNING id""", bucket, id, holder_id, name_hash, sealed, tx.now)
    return {row["id"] for row in found}


async def conflict(tx: Tx, conflict_id: UUID) -> Record | None:
    """An unsettled conflict, held until the transaction ends."""
    return await tx.row("SELECT * FROM holders.name_conflict WHERE bucket = $1 AND id = $2 AND settled_at IS NULL FOR UPDATE",
                        ids.bucket(conflict_id), conflict_id)


async def conflicts(tx: Tx, limit: int) -> list[Record]:
    """The oldest unsettled conflicts."""
    return await tx.rows("SELECT * FROM holders.name_conflict WHERE settled_at IS NULL ORDER BY found_at, id LIMIT $1", limit)


async def settle(tx: Tx, conflict_id: UUID, decision: str) -> None:
    """Write down how a conflict was settled."""
    await tx.run("UPDATE holders.name_conflict SET settled_at = $3, decision = $4 WHERE bucket = $1 AND id = $2",
                 ids.bucket(conflict_id), conflict_id, tx.now, decision)


async def add_lookup(tx: Tx, lookup: Lookup, sealed: bytes) -> None:
    """Keep that somebody was looked up."""
    await tx.run(
        """INSERT INTO holders.staff_lookup (bucket, id, holder_id, staff_id, stay_id, area, reason, sealed, looked_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        ids.bucket(lookup.holder_id), lookup.id, lookup.holder_id, lookup.staff_id, lookup.stay_id, lookup.area, lookup.asked.reason, sealed,
        lookup.looked_at)


async def lookup(tx: Tx, lookup_id: LookupId, since: datetime) -> Record | None:
    """A look-up with the salt that opens it, and the fields that were asked for in full since `since`."""
    return await tx.row(
        """SELECT l.id, l.holder_id, l.staff_id, l.stay_id, l.area, l.reason, l.sealed, l.looked_at, s.salt,
                  ARRAY(SELECT DISTINCT k.field FROM holders.staff_look k WHERE k.bucket = l.bucket AND k.lookup_id = l.id AND k.looked_at > $3) AS full
             FROM holders.staff_lookup l JOIN holders.salt s ON s.bucket = l.bucket AND s.holder_id = l.holder_id
            WHERE l.bucket = $1 AND l.id = $2""", ids.bucket(lookup_id), lookup_id, since)


async def add_look(tx: Tx, lookup_id: LookupId, field: str, reason: str) -> None:
    """Keep that a field was asked for in full."""
    await tx.run("INSERT INTO holders.staff_look (bucket, id, lookup_id, field, reason, looked_at) VALUES ($1, $2, $3, $4, $5, $6)",
                 ids.bucket(lookup_id), ids.new(ids.bucket(lookup_id), tx.now), lookup_id, field, reason, tx.now)


async def lookups_of_nobody(tx: Tx) -> list[str]:
    """Look-up rows that lead to no person who can be opened."""
    rows = await tx.rows(
        """SELECT n.holder_id FROM holders.by_number n
             LEFT JOIN holders.salt s ON s.bucket = n.bucket AND s.holder_id = n.holder_id WHERE s.holder_id IS NULL LIMIT 100""")
    return [ids.wire("hold", row["holder_id"]) for row in rows]


async def people_not_found(tx: Tx) -> list[str]:
    """People who are not erased and that no look-up leads to, or that have no salt."""
    rows = await tx.rows(
        """SELECT h.id FROM holders.holder h
             LEFT JOIN holders.salt s ON s.bucket = h.bucket AND s.holder_id = h.id
             LEFT JOIN holders.by_number n ON n.bucket = h.bucket AND n.holder_id = h.id
            WHERE h.erased_at IS NULL AND (s.holder_id IS NULL OR n.holder_id IS NULL) LIMIT 100""")
    return [ids.wire("hold", row["id"]) for row in rows]


async def erased_but_there(tx: Tx) -> list[str]:
    """People said to be erased of whom something was left."""
    rows = await tx.rows(
        """SELECT h.id FROM holders.holder h
            WHERE h.erased_at IS NOT NULL
              AND (h.sealed <> '' OR EXISTS (SELECT 1 FROM holders.salt s WHERE s.bucket = h.bucket AND s.holder_id = h.id)
                   OR EXISTS (SELECT 1 FROM holders.former_mobile f WHERE f.bucket = h.bucket AND f.holder_id = h.id)
                   OR EXISTS (SELECT 1 FROM holders.photo p WHERE p.bucket = h.bucket AND p.holder_id = h.id)) LIMIT 100""")
    return [ids.wire("hold", row["id"]) for row in rows]


async def misplaced(tx: Tx) -> list[str]:
    """Rows whose bucket is not the one that their id carries."""
    rows = await tx.rows("SELECT bucket, id FROM holders.holder UNION ALL SELECT bucket, id FROM holders.name_conflict")
    return [ids.wire("hold", row["id"]) for row in rows if ids.bucket(row["id"]) != row["bucket"]][:100]
