"""Reads on people. What comes back is opened; show it masked unless the person asked to see it."""
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from essc.holders import model, store
from essc.holders.errors import HolderNotFound, LookupNotFound
from essc.holders.model import Asked, Conflict, Holder, Lookup, LookupReason, Mark, NumberKind, Photo
from essc.kit import ids
from essc.kit.crypto import Keys
from essc.kit.db.checks import Check
from essc.kit.db.tx import Record, Tx
from essc.names import HolderId, LookupId
from essc.operators.queries import StaffSession
from essc.regions.queries import region_path

HASH_BYTES: Final = 16
_decode = msgspec.msgpack.Decoder(list[str | None]).decode


def sealed_for(table: str, id: UUID) -> bytes:
    """What a sealed value is bound to: its table and its row."""
    return b"%b\x1f%b" % (table.encode(), id.bytes)


def marks(keys: Keys, numbers: Sequence[str], names: Sequence[str]) -> list[tuple[Mark, ...]]:
    """The keyed hashes of people under every version of the look-up key in force, newest first."""
    plain = [b"number\x1f" + number.encode() for number in numbers]
    named = [b"name\x1f" + number.encode() + b"\x1f" + name.encode() for number, name in zip(numbers, names, strict=True)]
    versions = sorted(keys.mac_versions("lookup"), reverse=True)
    columns = [[Mark(version, hash[:HASH_BYTES], name[:HASH_BYTES])
                for hash, name in zip(keys.mac_many("lookup", plain, version), keys.mac_many("lookup", named, version), strict=True)]
               for version in versions]
    return list(zip(*columns, strict=True))


def number_hashes(keys: Keys, number: str) -> list[bytes]:
    """The keyed hashes under which a normalised number may be known, newest key first."""
    return [mark.hash for mark in marks(keys, [number], [""])[0]]


def bucket_of(keys: Keys, number: str) -> int:
    """The bucket of everything that belongs to the holder of a number, 0 to 1023, for ever."""
    return int.from_bytes(keys.mac("bucket", number.encode())[:8], "big") % ids.BUCKETS


async def find(tx: Tx, number: str) -> Holder | None:
    """The holder of a normalised number, or None."""
    found = await store.known(tx, number_hashes(tx.keys, number))
    return next(iter(await get_many(tx, list({who.id for who in found.values()}))), None)


async def get(tx: Tx, holder_id: HolderId) -> Holder:
    """The holder. Raises HolderNotFound, also for the erased."""
    found = await get_many(tx, [holder_id])
    if not found:
        raise HolderNotFound(f"no holder {holder_id}")
    return found[0]


async def get_many(tx: Tx, wanted: Sequence[HolderId]) -> list[Holder]:
    """Those of the holders that there are, in the order asked."""
    if not wanted:
        return []
    rows = await store.by_ids(tx, wanted)
    plains = tx.keys.open_many("holders", [row["salt"] for row in rows], [row["sealed"] for row in rows],
                               [sealed_for("holders.holder", row["id"]) for row in rows])
    found = {row["id"]: _opened(row, plain) for row, plain in zip(rows, plains, strict=True)}
    return [found[id] for id in wanted if id in found]


async def lookup(tx: Tx, session: StaffSession, lookup_id: LookupId) -> Lookup:
    """What the member looked up in this session, opened. Raises LookupNotFound (also for the erased), LookupOver."""
    row = await store.lookup(tx, lookup_id, tx.now - model.FULL_LIFE)
    if row is None:
        raise LookupNotFound("no such look-up")
    note, ticket = msgspec.msgpack.decode(tx.keys.open_for("holders", row["salt"], row["sealed"], sealed_for("holders.staff_lookup", lookup_id)),
                                          type=tuple[str, str])
    found = Lookup(lookup_id, row["holder_id"], row["staff_id"], row["stay_id"], row["area"], level_of(row["area"]),
                   Asked(LookupReason(row["reason"]), note, ticket), row["looked_at"], frozenset(row["full"]))
    model.require_open(found, session.staff_id, session.id, tx.now)
    return found


def level_of(area: str) -> str:
    """What kind of organisation works for an area: nation, province, city or county. Raises RegionUnknown."""
    return region_path(area)[-1].level.value


async def former_mobile(tx: Tx, holder_id: HolderId, change: UUID) -> str | None:
    """The mobile of before the change that this event told of, while the message about it is still to be sent; else None."""
    row = await store.former_mobile(tx, holder_id, change)
    return tx.keys.open_for("holders", row["salt"], row["sealed"], sealed_for("holders.former_mobile", change)).decode() if row else None


async def photo(tx: Tx, holder_id: HolderId) -> Photo | None:
    """The photo of the card, or None while the province has not given it."""
    row = await store.photo(tx, holder_id)
    if row is None:
        return None
    return Photo(row["media_type"], tx.keys.open_for("photos", row["salt"], row["sealed"], sealed_for("holders.photo", holder_id)))


async def photos(tx: Tx, wanted: Sequence[HolderId]) -> dict[HolderId, Photo]:
    """The photos of those of the holders that have one."""
    rows = await store.photos(tx, wanted) if wanted else []
    plains = tx.keys.open_many("photos", [row["salt"] for row in rows], [row["sealed"] for row in rows],
                               [sealed_for("holders.photo", row["holder_id"]) for row in rows])
    return {HolderId(row["holder_id"]): Photo(row["media_type"], plain) for row, plain in zip(rows, plains, strict=True)}


async def salts(tx: Tx, wanted: Sequence[HolderId]) -> dict[UUID, bytes]:
    """The salts under which other rooms seal what belongs to these people; the erased have none."""
    return await store.salts(tx, wanted) if wanted else {}


async def conflicts(tx: Tx, limit: int = 100) -> list[Conflict]:
    """The oldest conflicts of names that nobody settled yet."""
    rows = await store.conflicts(tx, limit)
    people = {holder.id: holder for holder in await get_many(tx, [row["holder_id"] for row in rows])}
    keyed = await salts(tx, [row["holder_id"] for row in rows])
    return [Conflict(ids.wire("conf", row["id"]), row["holder_id"], people[row["holder_id"]].name,
                     offered_name(tx.keys, row, keyed[row["holder_id"]]), row["found_at"]) for row in rows]


def offered_name(keys: Keys, row: Record, salt: bytes) -> str:
    """The name that came second."""
    return keys.open_for("holders", salt, row["sealed"], sealed_for("holders.name_conflict", row["id"])).decode()


def _opened(row: Record, plain: bytes) -> Holder:
    name, number, mobile = _decode(plain)
    return Holder(HolderId(row["id"]), row["bucket"], NumberKind(row["kind"]), name or "", number or "", mobile,
                  row["mobile_proved_at"], row["enrolled_at"])


CHECKS: Final = (
    Check("holders.lookup_has_holder", "every look-up row leads to a person who can be opened", store.lookups_of_nobody),
    Check("holders.holder_is_found", "every person who is not erased has a salt and is found by number", store.people_not_found),
    Check("holders.erased_is_gone", "nothing that could be opened is left of an erased person", store.erased_but_there),
    Check("holders.bucket_is_carried", "every row stands in the bucket that its id carries", store.misplaced),
)
