"""What is done to the log: sequence events, sign a checkpoint, raise an alarm; and what auditors do with it."""
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from essc.audit import queries
from essc.audit.errors import ExportNotReady, ProofNotFound
from essc.audit.events import (
    AlarmRaised,
    EventLookedAt,
    ExportAsked,
    ExportGranted,
    ExportTaken,
    LogSearched,
    LogVerified,
    VerificationAsked,
)
from essc.audit.model import search as terms
from essc.audit.model import tiles
from essc.audit.model.alarm import Alarm
from essc.audit.model.entry import entry
from essc.audit.model.merkle import Peaks, leaf_hash
from essc.audit.model.note import ED25519, SM2, BadNote, Checkpoint, NoteKey, checkpoint, signed
from essc.audit.model.search import Found, Wanted
from essc.audit.model.verify import Finding, Source
from essc.audit.model.watch import follow
from essc.audit.store import rows
from essc.audit.store import search as store
from essc.kit import ids
from essc.kit.crypto import Algorithm, Keys, PublicKey
from essc.kit.db.tx import Record, Tx
from essc.kit.paging import Page, Paged, cut

EXPORT_MOST: Final = 50_000
"""Events of one export; whoever wants more narrows the search."""
SWEEP_EVERY: Final = timedelta(hours=1)
"""How long after the whole log was proved the next sweep over it begins."""
QUIET: Final = timedelta(seconds=20)
"""How often a look that found nothing new is written down."""
KEY: str = "audit"
TYPES = {Algorithm.ED25519.value: ED25519, Algorithm.SM2.value: SM2}


class Overtaken(Exception):
    """Another sequencer moved the head meanwhile: nothing of this round may stay."""


async def sequence(tx: Tx, limit: int, since: UUID) -> int:
    """Give up to `limit` events their leaves. Gives how many were claimed; 0 also when another sequencer is at work. Raises Overtaken."""
    tree = await rows.take_head(tx)
    if tree is None:
        return 0
    events = await rows.unsequenced(tx, limit, since)
    if not events:
        return 0
    fresh = await _without_repeats(tx, events)
    await _grow(tx, tree, fresh)
    await rows.mark(tx, events)
    return len(events)


async def _without_repeats(tx: Tx, events: Sequence[Record]) -> list[Record]:
    """An event with a leaf whose mark was taken away must not get a second one; it is somebody's doing, so it is an alarm."""
    known = await rows.logged(tx, [event["id"] for event in events])
    for id in known:
        await alarm(tx, Alarm.LEAF_TWICE, str(id))
    return [event for event in events if event["id"] not in known]


async def _grow(tx: Tx, tree: Peaks, events: Sequence[Record]) -> None:
    was = tree.size
    leaves = [(event["id"], entry(event)) for event in events]
    nodes = [node for _, one in leaves for node in tree.append(leaf_hash(one))]
    await rows.append(tx, was, leaves, nodes)
    if not await rows.move_head(tx, was, tree):
        raise Overtaken(f"the head is no longer at {was}")


async def sign(tx: Tx, tree: Peaks, origin: str) -> str | None:
    """The signed checkpoint of a tree whose tiles are all on disk; None when a larger one was signed meanwhile."""
    if not await rows.advance(tx, tree.size):
        newest = await rows.checkpoint(tx)
        return newest["note"] if newest is not None and newest["size"] == tree.size else None
    text = Checkpoint(origin, tree.size, tree.root()).text()
    made = tx.keys.sign(KEY, text.encode())
    key = next(public for public in tx.keys.public(KEY) if public.key_id == made.key_id)
    note = signed(text, note_key(origin, key), made.value)
    await rows.keep_checkpoint(tx, tree.size, tree.root(), note)
    return note


def note_key(origin: str, public: PublicKey) -> NoteKey:
    """A public key of ours as readers of checkpoints know it. Raises KeyError for an algorithm that signs no checkpoints."""
    return NoteKey(origin, TYPES[str(public.algorithm)], public.value)


def note_keys(origin: str, keys: Keys) -> list[NoteKey]:
    """All public keys that checkpoints were ever signed with."""
    return [note_key(origin, public) for public in keys.public(KEY)]


async def alarm(tx: Tx, what: Alarm, place: str) -> None:
    """Note that something happened that must never happen."""
    id = ids.new(at=tx.now)
    await rows.keep_alarm(tx, id, what, place)
    await tx.emit(AlarmRaised(alarm_id=id, what=what.value, place=place))


async def index(tx: Tx, limit: int) -> int:
    """Let up to `limit` more leaves be found. Gives how many; 0 also when another worker is at it. (Rows about events: no event of its own.)"""
    start = await store.take_searchable(tx)
    if start is None:
        return 0
    leaves = await rows.leaves(tx, start, limit)
    events = await rows.events(tx, [leaf["event_id"] for leaf in leaves])
    if leaves:
        found = [(term, id) for id, one in events.items()
                 for term in terms.terms(one["kind"], one["actor_kind"], one["actor_id"], one["request_id"], one["body"])]
        await store.add_terms(tx, start, start + len(leaves), found)
    return len(leaves)


async def search(tx: Tx, wanted: Wanted, page: Page) -> Paged[Found]:
    """A page of the events that fit, newest first; that somebody searched is an event too. Raises CursorInvalid."""
    after = page.after(tuple[UUID])
    hits = await store.found(tx, await store.find(tx, wanted, after[0] if after else None, page.limit + 1))
    shown = cut(hits, page, lambda one: (one.id,), lambda one: one)
    await tx.emit(LogSearched(search_id=ids.new(at=tx.now), asked=wanted.asked(), shown=len(shown.items)))
    return shown


@dataclass(frozen=True)
class Seen:
    """One event with its place in the log. `proof` is None while it waits for its checkpoint; `holds`: whether the proof was proved just now."""

    event: Found
    canonical: str
    proof: queries.Proof | None
    holds: bool


async def look_at(tx: Tx, event_id: UUID) -> Seen:
    """One event, its proof computed again; that somebody looked is an event too. Raises ProofNotFound."""
    hits = await store.found(tx, [event_id])
    if not hits:
        raise ProofNotFound(f"no event {event_id}")
    proof = await queries.proof_if_any(tx, event_id)
    keys = note_keys(Checkpoint.parse(proof.checkpoint).origin, tx.keys) if proof else []
    await tx.emit(EventLookedAt(event_id=event_id))
    return Seen(hits[0], proof.event.decode() if proof else "", proof, proof is not None and proof.holds(keys))


async def ask_verification(tx: Tx) -> None:
    """Have the whole log proved from its first entry on, now; the worker does it."""
    await store.ask(tx)
    await tx.emit(VerificationAsked(wish_id=ids.new(at=tx.now)))


async def ask_export(tx: Tx, export_id: UUID, wanted: Wanted) -> None:
    """Keep what somebody wants to take out of the log, until a second person grants it."""
    await store.add_export(tx, export_id, wanted)
    await tx.emit(ExportAsked(export_id=export_id, asked=wanted.asked()))


async def grant_export(tx: Tx, export_id: UUID) -> None:
    """Let an export be taken, once, by who asked for it. Raises ExportNotReady when there is none, or it was granted before."""
    if not await store.grant_export(tx, export_id):
        raise ExportNotReady("no such export waits")
    await tx.emit(ExportGranted(export_id=export_id))


async def take_export(tx: Tx, export_id: UUID) -> list[Found]:
    """The events of an export that was granted to who asks; it can be taken no second time. Raises ExportNotReady."""
    wanted = await store.take_export(tx, export_id, tx.actor.id)
    if wanted is None:
        raise ExportNotReady("another's, not granted, or taken already")
    hits = await store.found(tx, await store.find(tx, wanted, None, EXPORT_MOST))
    await tx.emit(ExportTaken(export_id=export_id, count=len(hits)))
    return hits


# ── the house's own reader ──────────────────────────────────────────────────────────────────────────────────────────────


async def look(tx: Tx, source: Source, most: int) -> bool:
    """Prove what came since the last look, and the next part of a sweep over the whole log, `most` leaves of each at most.

    Files, rows and events must all say what was signed. What is wrong is written down and alarms, once. Gives whether more is to be looked
    at right away; False also when another worker is looking. (What is merely right is told once a sweep, or the log would never rest.)
    """
    at = await store.take_watch(tx)
    if at is None:
        return False
    reader = _Reader(tx, source, most)
    fresh = store.peaks(at["size"], at["peaks"])
    wrong = await reader.go_on(fresh)
    if wrong is None and (fresh.size > at["size"] or at["looked_at"] is None or tx.now - at["looked_at"] >= QUIET):
        await store.looked(tx, fresh)
    behind = wrong is None and fresh.size < reader.published
    if wrong is None and not behind and reader.published and _sweep_due(at, tx.now):
        sweep = store.peaks(at["swept"], at["swept_peaks"])
        wrong = await reader.go_on(sweep)
        behind = wrong is None and not await _swept(tx, sweep, at["sweep_since"] or tx.now, reader.published) and at["asked_at"] is not None
    if wrong is not None:
        await _flawed(tx, at, wrong)
    return behind


def _sweep_due(at: Record, now: datetime) -> bool:
    return at["swept"] > 0 or at["asked_at"] is not None or at["flaw"] is not None or at["whole_at"] is None or now - at["whole_at"] >= SWEEP_EVERY


async def _swept(tx: Tx, sweep: Peaks, since: datetime, published: int) -> bool:
    """Write down how far the sweep is. Gives whether it is at the end."""
    if sweep.size < published:
        await store.swept(tx, sweep, since)
        return False
    await store.whole(tx, sweep.size, since)
    await tx.emit(LogVerified(sweep_id=ids.new(at=tx.now), size=sweep.size))
    return True


async def _flawed(tx: Tx, at: Record, wrong: Finding) -> None:
    await store.flawed(tx, wrong)
    if at["flaw"] is None:
        await alarm(tx, Alarm.CHAIN_BROKEN, str(wrong))


class _Reader:
    """One look at the published log: what is signed, and whether files and rows are that."""

    def __init__(self, tx: Tx, source: Source, most: int) -> None:
        self._tx, self._source, self._most = tx, source, most
        self.published = 0

    async def go_on(self, tree: Peaks) -> Finding | None:
        """Prove the log from `tree` (which grows) on, `most` leaves at most, as far as something is signed; the first thing that is wrong."""
        start = tree.size
        try:
            signed = await self._signed(start)
        except BadNote as problem:
            return Finding(start, start, f"the checkpoint cannot be believed: {problem}")
        if signed is None:
            return Finding(0, start - 1, "there is no checkpoint") if start else None
        if signed.size < start:
            return Finding(signed.size, start - 1, f"the log ends here, but {start} entries were proved before")
        wrong = await asyncio.to_thread(follow, self._source, tree, signed)
        return wrong or await queries.compare_range(self._tx, self._source, start, signed.size)

    async def _signed(self, start: int) -> Checkpoint | None:
        """What the next part of the log must lead to: the newest checkpoint, or a signed one on the way. Raises BadNote."""
        raw = self._source.read(tiles.CHECKPOINT)
        if raw is None:
            return None
        newest = self._opened(raw.decode("utf-8", "replace"))
        self.published = newest.size
        if newest.size - start <= self._most:
            return newest
        note = await store.note_at(self._tx, start + 1, start + self._most)
        near = self._opened(note) if note is not None else newest
        return near if near.size < newest.size else newest

    def _opened(self, note: str) -> Checkpoint:
        return checkpoint(note, note_keys(Checkpoint.parse(note).origin, self._tx.keys))
