"""What is done to the log: sequence events, sign a checkpoint, raise an alarm."""
from collections.abc import Sequence
from uuid import UUID

from essc.audit.events import AlarmRaised
from essc.audit.model.alarm import Alarm
from essc.audit.model.entry import entry
from essc.audit.model.merkle import Peaks, leaf_hash
from essc.audit.model.note import ED25519, SM2, Checkpoint, NoteKey, signed
from essc.audit.store import rows
from essc.kit import ids
from essc.kit.crypto import Algorithm, Keys, PublicKey
from essc.kit.db.tx import Record, Tx

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
