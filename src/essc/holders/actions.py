"""What can be done about a person; each function is one verb inside the caller's transaction."""
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from essc.holders import model, queries, store
from essc.holders.errors import (
    HolderChangedMeanwhile,
    HolderNotFound,
    HolderNotInArea,
    LookupsThrottled,
    LookupWrong,
    NameConflictNotFound,
    NameDiffers,
)
from essc.holders.events import (
    HolderDisclosed,
    HolderEnrolled,
    HolderErased,
    HolderLookedUp,
    HolderLookupActed,
    HolderLookupMissed,
    MobileChanged,
    MobileProved,
    NameConflictFound,
    NameConflictSettled,
    PhotoKept,
)
from essc.holders.model import Asked, Candidate, Holder, Known, Lookup, LookupReason, Packed, Person
from essc.holders.queries import sealed_for
from essc.kit import ids, throttle
from essc.kit.crypto import Keys, random_bytes
from essc.kit.db.tx import Tx
from essc.kit.errors import FieldError, Refused
from essc.names import HolderId, LookupId
from essc.operators.queries import StaffSession

SALT_BYTES: Final = 16
LOOKUPS: Final = throttle.Rate("holders.lookups", 60, 3600)
"""People that one member of staff may look up within an hour."""
MISSES: Final = throttle.Rate("holders.lookups.missed", 10, 3600)
"""Of these, how many may lead to nobody: whoever tries names and numbers is stopped here."""
_encode = msgspec.msgpack.Encoder().encode

Outcome = Known | Refused


async def enrol(tx: Tx, person: Person) -> HolderId:
    """The holder of a number: a new one, or the one there is. Raises NameDiffers when the number is known under another name.

    (The conflict is written down only if the transaction is then committed: a stranger who guesses names fills no table.)
    """
    outcome = (await enrol_many(tx, [person]))[0]
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


async def enrol_many(tx: Tx, persons: Sequence[Person]) -> list[HolderId | Refused]:
    """The holders of many numbers, in the order asked; a NameDiffers in place of who is known under another name."""
    outcomes = await enrol_candidates(tx, candidates(tx.keys, persons, tx.now))
    fresh = {outcome.id: one for outcome, one in zip(outcomes, persons, strict=True) if isinstance(outcome, Known) and outcome.fresh}
    await tx.emit_all([HolderEnrolled(holder_id=id, prefix=_note(one)) for id, one in fresh.items()])
    return [outcome if isinstance(outcome, Refused) else outcome.id for outcome in outcomes]


def _note(person: Person) -> str:
    found = model.prefix_of(person.number, person.kind)
    return found.note if found else ""


def candidates(keys: Keys, persons: Sequence[Person], at: datetime) -> list[Candidate]:
    """People sealed in advance, each under a salt of their own; costs no round trip and may be thrown away."""
    if not persons:
        return []
    hashes = queries.marks(keys, [p.number for p in persons], [p.name for p in persons])
    places = [int.from_bytes(mac[:8], "big") % ids.BUCKETS for mac in keys.mac_many("bucket", [p.number.encode() for p in persons])]
    made = [HolderId(id) for id in ids.new_many(places, at)]
    noise = random_bytes(SALT_BYTES * len(persons))
    salts = [noise[at:at + SALT_BYTES] for at in range(0, len(noise), SALT_BYTES)]
    sealed = keys.seal_many("holders", salts, [_encode([p.name, p.number, None]) for p in persons],
                            [sealed_for("holders.holder", id) for id in made])
    return [Candidate(*row) for row in zip(hashes, places, made, [p.kind for p in persons], salts, sealed, [p.name for p in persons], strict=True)]


def pack(candidate: Candidate, at: datetime) -> Packed | None:
    """A candidate as rows for `enrol_packed`; None while several versions of the look-up key are in force, which needs the slower way."""
    return store.pack(candidate, at) if len(candidate.marks) == 1 else None


async def taken(tx: Tx, hashes: Sequence[bytes]) -> set[bytes]:
    """Which of these hashes of numbers lead to somebody already."""
    return await store.taken(tx, hashes)


async def enrol_packed(tx: Tx, packed: Sequence[Packed]) -> None:
    """Write people whose numbers nobody has (`taken`), without an event for each.

    PostgreSQL answers 23505 when somebody took one of the numbers at this moment: do the transaction again.
    """
    await store.add_packed(tx, packed)


async def enrol_candidates(tx: Tx, wanted: Sequence[Candidate]) -> list[Outcome]:
    """Write those of the candidates whose numbers nobody has; a few statements for all of them, and no event for each.

    Twenty callers with one number at once make one person: the look-up's primary key decides, the others wait and then read.
    """
    first = {c.marks[0].hash: c for c in reversed(wanted)}
    claimed = await store.claim(tx, list(first.values()))
    fresh = [c for c in first.values() if all(mark.hash in claimed for mark in c.marks)]
    await store.add(tx, fresh)
    holders = {c.marks[0].hash: Known(c.id, c.bucket, c.salt, c.marks[0].name_hash, fresh=True) for c in fresh}
    late = [c for hash, c in first.items() if hash not in holders]
    holders |= await _already_there(tx, late, claimed) if late else {}
    outcomes = [_judged(c, holders[c.marks[0].hash]) for c in wanted]
    await _note_conflicts(tx, [(c, holders[c.marks[0].hash]) for c, out in zip(wanted, outcomes, strict=True) if isinstance(out, Refused)])
    return outcomes


def _judged(candidate: Candidate, holder: Known) -> Outcome:
    if any(mark.name_hash == holder.name_hash for mark in candidate.marks):
        return holder
    return NameDiffers("the number is known under another name")


async def _already_there(tx: Tx, late: Sequence[Candidate], claimed: set[bytes]) -> dict[bytes, Known]:
    """The people behind numbers that were taken; what was claimed for them under a newer key version is led to the same people."""
    known = await store.known(tx, [mark.hash for c in late for mark in c.marks if mark.hash not in claimed])
    found: dict[bytes, Known] = {}
    stray: list[tuple[bytes, Known, bytes]] = []
    for candidate in late:
        who = next((known[mark.hash] for mark in candidate.marks if mark.hash in known), None)
        if who is None:
            raise HolderChangedMeanwhile("a person was erased while somebody enrolled them")
        found[candidate.marks[0].hash] = who
        same = any(mark.name_hash == who.name_hash for mark in candidate.marks)
        stray += [(mark.hash, who, mark.name_hash if same else who.name_hash) for mark in candidate.marks if mark.hash in claimed]
    if stray:
        await store.point(tx, [hash for hash, _, _ in stray], [who for _, who, _ in stray], [name for _, _, name in stray])
    return found


async def _note_conflicts(tx: Tx, differing: Sequence[tuple[Candidate, Known]]) -> None:
    rows = []
    for candidate, who in differing:
        id = ids.new(who.bucket, tx.now)
        sealed = tx.keys.seal_for("holders", who.salt, candidate.name.encode(), sealed_for("holders.name_conflict", id))
        rows.append((who.bucket, id, who.id, candidate.marks[0].name_hash, sealed))
    written = await store.add_conflicts(tx, rows)
    await tx.emit_all([NameConflictFound(holder_id=HolderId(row[2]), conflict_id=ids.wire("conf", row[1])) for row in rows if row[1] in written])


async def settle(tx: Tx, conflict_id: str, decision: Literal["keep", "rename"]) -> HolderId:
    """Settle which of two names is right: `keep` the one on record or `rename` to the one offered. Raises NameConflictNotFound."""
    row = await store.conflict(tx, ids.parse("conf", conflict_id))
    if row is None:
        raise NameConflictNotFound(f"no open conflict {conflict_id}")
    holder_id = HolderId(row["holder_id"])
    if decision == "rename":
        salt = (await store.salts(tx, [holder_id]))[holder_id]
        number, _ = await _rewrite(tx, holder_id, name=queries.offered_name(tx.keys, row, salt))
        new = queries.marks(tx.keys, [number], [queries.offered_name(tx.keys, row, salt)])[0]
        await store.rename_marks(tx, [mark.hash for mark in new], [mark.name_hash for mark in new])
    await store.settle(tx, row["id"], decision)
    await tx.emit(NameConflictSettled(holder_id=holder_id, conflict_id=conflict_id, decision=decision))
    return holder_id


async def prove_mobile(tx: Tx, holder_id: HolderId, mobile: str) -> None:
    """Keep a mobile number that the holder has just proved by SMS; another one than before is told, also to the one before.

    Raises MobileWrong, HolderNotFound, HolderChangedMeanwhile.
    """
    digits = model.clean_mobile(mobile)
    _, before = await _rewrite(tx, holder_id, mobile=digits)
    await store.mark_mobile(tx, holder_id, tx.now)
    await tx.emit(MobileProved(holder_id=holder_id))
    if before is not None and before != digits:
        change = await tx.emit(MobileChanged(holder_id=holder_id))
        salt = (await store.salts(tx, [holder_id]))[holder_id]
        sealed = tx.keys.seal_for("holders", salt, before.encode(), sealed_for("holders.former_mobile", change))
        await store.add_former_mobile(tx, holder_id, change, sealed)


async def forget_former_mobile(tx: Tx, holder_id: HolderId, change: UUID) -> None:
    """The message about a change was sent to the number of before, or cannot be: drop it. (That it was sent is the message's event.)"""
    await store.forget_former_mobile(tx, holder_id, change)


async def _rewrite(tx: Tx, holder_id: HolderId, *, name: str | None = None, mobile: str | None = None) -> tuple[str, str | None]:
    """Seal the person anew with another name or mobile, in place of exactly what was read. Gives the number, and the mobile of before."""
    rows = await store.by_ids(tx, [holder_id])
    if not rows:
        raise HolderNotFound(f"no holder {holder_id}")
    bound = sealed_for("holders.holder", holder_id)
    was_name, number, was_mobile = msgspec.msgpack.decode(
        tx.keys.open_for("holders", rows[0]["salt"], rows[0]["sealed"], bound), type=tuple[str, str, str | None])
    sealed = tx.keys.seal_for("holders", rows[0]["salt"], _encode([name or was_name, number, mobile or was_mobile]), bound)
    if not await store.reseal(tx, holder_id, was=rows[0]["sealed"], sealed=sealed):
        raise HolderChangedMeanwhile(f"holder {holder_id} was changed by somebody else")
    return number, was_mobile


async def keep_photo(tx: Tx, holder_id: HolderId, photo: bytes, media_type: str) -> None:
    """Keep the photo that the province gave, sealed. Raises PhotoWrong, HolderNotFound."""
    kept = model.clean_photo(photo, media_type)
    salts = await store.salts(tx, [holder_id])
    if holder_id not in salts:
        raise HolderNotFound(f"no holder {holder_id}")
    sealed = tx.keys.seal_for("photos", salts[holder_id], kept.content, sealed_for("holders.photo", holder_id))
    await store.keep_photo(tx, holder_id, kept.media_type, sealed)
    await tx.emit(PhotoKept(holder_id=holder_id))


async def disclose(tx: Tx, holder_id: HolderId, fields: Sequence[str], purpose: str) -> dict[str, Any]:
    """The fields asked for, in clear; that they were shown, to whom and what for is recorded. Raises HolderNotFound.

    Fields are `name`, `number`, `mobile`; an unknown one is a programming error (KeyError).
    """
    holder = await queries.get(tx, holder_id)
    clear = {"name": holder.name, "number": holder.number, "mobile": holder.mobile}
    shown = {field: clear[field] for field in fields}
    await tx.emit(HolderDisclosed(holder_id=holder_id, fields=tuple(shown), purpose=purpose))
    return shown


async def begin_lookup(tx: Tx, session: StaffSession) -> None:
    """Count one look-up of a member, before anybody is looked for. Raises LookupsThrottled."""
    waits = (await throttle.waiting(tx, MISSES, [session.staff_id.bytes])).get(session.staff_id.bytes, 0.0)
    spent = await throttle.spend(tx, LOOKUPS, session.staff_id.bytes)
    if waits or not spent.allowed:
        wait = max(waits, spent.retry_after)
        raise LookupsThrottled("more look-ups than one piece of work needs", retry_after=wait, n=int(wait // 60) + 1)


async def show(tx: Tx, session: StaffSession, holder: Holder, area: str, asked: Asked) -> Lookup:
    """Keep that a member looked this person up, and tell it: what its page shows is in `model.LOOKED_AT`."""
    id = LookupId(ids.new(holder.bucket, tx.now))
    lookup = Lookup(id, holder.id, session.staff_id, session.id, area, queries.level_of(area), asked, tx.now)
    salt = (await store.salts(tx, [holder.id]))[holder.id]
    await store.add_lookup(tx, lookup, tx.keys.seal_for("holders", salt, _encode([asked.note, asked.ticket]), sealed_for("holders.staff_lookup", id)))
    await tx.emit(_looked_up(tx, lookup, model.LOOKED_AT, full=False, reason=asked.reason))
    return lookup


def _looked_up(tx: Tx, lookup: Lookup, fields: Sequence[str], *, full: bool, reason: LookupReason) -> HolderLookedUp:
    return HolderLookedUp(holder_id=lookup.holder_id, lookup_id=lookup.id, fields=tuple(fields), full=full, reason=reason,
                          ticket=ticket_hash(tx.keys, lookup.asked.ticket), area=lookup.area, level=lookup.level)


def ticket_hash(keys: Keys, ticket: str) -> str:
    """What events carry in place of a ticket: whoever knows the ticket finds its look-ups."""
    return keys.mac("lookup", b"ticket\x1f" + ticket.encode(), keys.mac_version("lookup"))[:16].hex()


async def miss(tx: Tx, session: StaffSession, number: str, holder: Holder | None, why: Literal["unknown", "name", "area"], asked: Asked) -> HolderNotInArea:
    """Keep that a member asked for somebody and was not shown anything. Gives the one refusal for all reasons: commit, then raise it."""
    await throttle.spend(tx, MISSES, session.staff_id.bytes)
    id = LookupId(ids.new(queries.bucket_of(tx.keys, number), tx.now))
    await tx.emit(HolderLookupMissed(lookup_id=id, holder_id=holder.id if holder else None, why=why, reason=asked.reason,
                                     ticket=ticket_hash(tx.keys, asked.ticket)))
    return HolderNotInArea("nobody for this member")


async def show_full(tx: Tx, session: StaffSession, lookup_id: LookupId, field: str, reason: LookupReason) -> None:
    """显示完整: show one field of a look-up in full for `model.FULL_LIFE`, for a reason of its own. Raises LookupNotFound, LookupOver, LookupWrong."""
    lookup = await queries.lookup(tx, session, lookup_id)
    if field not in model.FIELDS:
        raise LookupWrong("no such field", fields=[FieldError("field", "unknown")])
    await store.add_look(tx, lookup_id, field, reason)
    await tx.emit(_looked_up(tx, lookup, (field,), full=True, reason=reason))


async def act_on(tx: Tx, session: StaffSession, lookup_id: LookupId, act: Literal["freeze", "ask_unlink"], reason: str) -> Lookup:
    """Tell what a member does about the person of a look-up; the caller does it in the same transaction. Raises LookupNotFound, LookupOver."""
    lookup = await queries.lookup(tx, session, lookup_id)
    await tx.emit(HolderLookupActed(holder_id=lookup.holder_id, lookup_id=lookup_id, act=act, reason=reason))
    return lookup


async def erase(tx: Tx, holder_id: HolderId) -> None:
    """Forget a person: the salt, every keyed hash and the photo go, so what is sealed stays shut for ever. Raises HolderNotFound.

    Backups keep the salt until their stated age. Rooms above hear `holders.erased` and drop their own look-ups.
    """
    holder = await queries.get(tx, holder_id)
    await store.forget(tx, queries.number_hashes(tx.keys, holder.number))
    await store.erase(tx, holder_id)
    await tx.emit(HolderErased(holder_id=holder_id))
