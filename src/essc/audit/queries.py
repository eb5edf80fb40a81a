"""Reads of the log: what is to be written, inclusion proofs, the comparison of the database with the tiles, invariants."""
from base64 import b64encode
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from essc.audit.errors import ProofNotFound, ProofNotYet
from essc.audit.model import tiles
from essc.audit.model.entry import canonical, entry
from essc.audit.model.merkle import Peaks, leaf_hash, proof, root_from_proof
from essc.audit.model.note import BadNote, NoteKey
from essc.audit.model.note import checkpoint as checkpoint_of
from essc.audit.model.search import Found, Wanted
from essc.audit.model.tiles import WIDTH, Tile
from essc.audit.model.verify import Finding, Source
from essc.audit.model.watch import Chain
from essc.audit.store import rows
from essc.audit.store import search as finding
from essc.kit.db.checks import Check
from essc.kit.db.tx import Record, Tx

LATE: Final = timedelta(seconds=60)
RECENT: Final = timedelta(days=7)
"""How long an alarm keeps `essc check` from passing; the row itself stays for ever."""
GROUP: Final = 64
"""Tiles that are made at once: bounds memory when a whole log is written again."""
CHUNK: Final = 5000


@dataclass(frozen=True)
class Proof:
    """That an event is in the log: everything a reader needs but the public key.

    entry = SHA-256(blind ‖ event), leaf = SHA-256(0x00 ‖ entry); from it `hashes` lead to the root that `checkpoint` signs.
    """

    event: bytes
    blind: bytes
    position: int
    size: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    def leaf(self) -> bytes:
        """The leaf hash, computed anew from the event."""
        return leaf_hash(sha256(self.blind + self.event).digest())

    def holds(self, keys: Sequence[NoteKey]) -> bool:
        """Whether the event leads to the root that one of `keys` signed: everything is computed anew, nothing is looked up."""
        try:
            signed = checkpoint_of(self.checkpoint, keys)
        except BadNote:
            return False
        return signed.size == self.size and root_from_proof(self.leaf(), self.position, self.size, self.hashes) == signed.root

    def text(self) -> str:
        """The same as a C2SP tlog-proof; the blind is its extra data."""
        lines = ["c2sp.org/tlog-proof@v1", f"extra {b64encode(self.blind).decode()}", f"index {self.position}"]
        return "\n".join([*lines, *(b64encode(hash).decode() for hash in self.hashes), "", self.checkpoint])


async def tree(tx: Tx) -> Peaks:
    """The tree as it was committed last."""
    return await rows.head(tx)


async def files(tx: Tx, size: int, since: int) -> AsyncIterator[list[tuple[Tile, str, bytes]]]:
    """The tiles and bundles of a tree of `size` leaves that a tree of `since` leaves did not have, a group at a time, leaves first."""
    for level in tiles.levels(size):
        wanted = list(tiles.tiles(size, level, since))
        for at in range(0, len(wanted), GROUP):
            yield await _files(tx, wanted[at:at + GROUP])


async def _files(tx: Tx, group: list[Tile]) -> list[tuple[Tile, str, bytes]]:
    start, end = group[0].index * WIDTH, group[-1].index * WIDTH + group[-1].width
    level = group[0].level
    held = await (rows.entries(tx, start, end) if level == 0 else rows.hashes(tx, level, start, end))
    made = []
    for tile in group:
        mine = held[tile.index * WIDTH - start:][:tile.width]
        if level == 0:
            made.append((tile, tile.bundle(), tiles.pack_entries(mine)))
            mine = [leaf_hash(one) for one in mine]
        made.append((tile, tile.path(), tiles.pack_hashes(mine)))
    return made


async def prove(tx: Tx, event_id: UUID, holder_id: UUID | None = None) -> Proof:
    """The inclusion proof of an event in the newest checkpoint; for a holder only of an event about them. Raises ProofNotFound, ProofNotYet."""
    event = (await rows.events(tx, [event_id])).get(event_id)
    if event is None or event["blind"] is None or (holder_id is not None and not _about(event, holder_id)):
        raise ProofNotFound(f"no event {event_id}")
    position = await rows.position(tx, event_id)
    signed = await rows.checkpoint(tx)
    if position is None or signed is None or signed["size"] <= position:
        raise ProofNotYet(f"event {event_id} waits for the next checkpoint", retry_after=1.0)
    size: int = signed["size"]
    known = await _path_hashes(tx, position, size)
    path = proof(position, size, lambda level, start, end: [known[level, at] for at in range(start, end)])
    return Proof(canonical(event), event["blind"], position, size, tuple(path), signed["note"])


async def proof_if_any(tx: Tx, event_id: UUID) -> Proof | None:
    """The inclusion proof of an event, or None while it waits for its leaf or for the next checkpoint. Raises ProofNotFound."""
    try:
        return await prove(tx, event_id)
    except ProofNotYet:
        return None


def _about(event: Record, holder_id: UUID) -> bool:
    """Whether an event speaks of a holder: their id stands in its body."""
    return f'"{holder_id}"' in event["body"]


async def _path_hashes(tx: Tx, position: int, size: int) -> dict[tuple[int, int], bytes]:
    """All hashes of the tiles on the way from a leaf to the root, and of those on the right edge."""
    known: dict[tuple[int, int], bytes] = {}
    for level in tiles.levels(size):
        for index in {(position >> 8 * level) // WIDTH, (size >> 8 * level) // WIDTH}:
            start = index * WIDTH
            for at, hash in enumerate(await rows.hashes(tx, level, start, min(start + WIDTH, size >> 8 * level)), start):
                known[level, at] = hash
    return known


async def checkpoint(tx: Tx) -> Record | None:
    """The newest signed checkpoint (size, root, note, signed_at), or None before the first."""
    return await rows.checkpoint(tx)


async def alarms(tx: Tx, limit: int = 100) -> list[Record]:
    """The newest alarms (id, what, place, raised_at)."""
    return await rows.alarms(tx, limit)


async def chain(tx: Tx) -> Chain:
    """How the log stands by the last look of the house's own reader."""
    return await finding.chain(tx)


async def unsearchable(tx: Tx) -> int:
    """How many leaves cannot be searched yet; the worker is that far behind."""
    return max(0, (await rows.head(tx)).size - await finding.searchable(tx))


async def mentions(tx: Tx, wanted: Wanted, limit: int, kinds: Collection[str] = ()) -> list[Found]:
    """The newest events that fit, of these kinds only when any are named; for screens that show what happened to a thing."""
    hits = await finding.found(tx, await finding.find(tx, wanted, None, limit))
    return [one for one in hits if not kinds or one.kind in kinds]


async def exports(tx: Tx, who: str, limit: int = 20) -> list[Record]:
    """What somebody asked to take out, newest first: id, wanted, asked_at, granted_at, taken_at."""
    return await finding.exports(tx, who, limit)


async def events_without_leaf(tx: Tx) -> list[str]:
    """Events that should have had their leaf long ago."""
    return [str(id) for id in await rows.late(tx, LATE, 100)]


async def compare(tx: Tx, source: Source | None = None, most: int = 1000) -> list[Finding]:
    """Where the rows of the database are not what the log says, by position; `source` is the published log, if there is one."""
    size = (await rows.head(tx)).size
    published = _Bundles(source)
    findings: list[Finding] = []
    for start in range(0, size, CHUNK):
        findings += await _compare_chunk(tx, start, min(start + CHUNK, size), published)
        if len(findings) >= most:
            return findings[:most]
    findings += [Finding(row["position"], row["position"], f"leaf of event {row['event_id']} lies beyond the head of the tree")
                 for row in await rows.leaves(tx, size, most)]
    if published.entry(size) is not None:
        findings.append(Finding(size, size, "the database ends here, the published log goes on"))
    for row in await rows.leafless(tx, most):
        place = size if row["position"] is None else row["position"]
        findings.append(Finding(place, place, f"event {row['id']} was put in before this entry without a leaf"))
    return sorted(findings)[:most]


class _Bundles:
    """The entries of a published log, one bundle in memory at a time."""

    def __init__(self, source: Source | None) -> None:
        self._source = source
        self._index, self._held = -1, list[bytes]()
        raw = source.read(tiles.CHECKPOINT) if source else None
        lines = raw.decode("utf-8", "replace").split("\n") if raw else []
        self._size = int(lines[1]) if len(lines) > 1 and lines[1].isdigit() else 0

    def entry(self, position: int) -> bytes | None:
        """The entry at a position, or None where the published log has none."""
        if self._source is None or position >= self._size:
            return None
        if position // WIDTH != self._index:
            self._index = position // WIDTH
            tile = Tile(0, self._index, min(WIDTH, self._size - self._index * WIDTH))
            self._held = tiles.unpack_entries(self._source.read(tile.bundle()) or self._source.read(tile.full().bundle()) or b"")
        at = position % WIDTH
        return self._held[at] if at < len(self._held) else None


async def compare_range(tx: Tx, source: Source, start: int, end: int) -> Finding | None:
    """The first place from `start` to `end` where event, leaf and published entry are not the same, or None."""
    published = _Bundles(source)
    for at in range(start, end, CHUNK):
        findings = await _compare_chunk(tx, at, min(at + CHUNK, end), published)
        if findings:
            return min(findings)
    return None


async def _compare_chunk(tx: Tx, start: int, end: int, published: _Bundles) -> list[Finding]:
    leaves = {row["position"]: row for row in await rows.leaves(tx, start, end - start) if row["position"] < end}
    events = await rows.events(tx, [row["event_id"] for row in leaves.values()])
    findings = []
    for position in range(start, end):
        what = _wrong(leaves.get(position), events, published.entry(position))
        if what:
            findings.append(Finding(position, position, what))
    return findings


def _wrong(leaf: Record | None, events: dict[UUID, Record], published: bytes | None) -> str | None:
    """What is wrong at one position, or None."""
    if leaf is None:
        return "the leaf is missing in the database"
    if published is not None and leaf["entry"] != published:
        return "the leaf is not the published entry"
    event = events.get(leaf["event_id"])
    if event is None:
        return f"event {leaf['event_id']} is missing"
    if event["blind"] is None or entry(event) != leaf["entry"]:
        return f"event {leaf['event_id']} is not what was logged"
    return None


async def _broken_tree(tx: Tx) -> list[str]:
    """Proves the whole tree from its leaves; gives the first wrong node or the head."""
    head = await rows.head(tx)
    grown = Peaks()
    while grown.size < head.size:
        chunk = await rows.leaves(tx, grown.size, min(CHUNK, head.size - grown.size))
        if not chunk:
            return [f"leaf {grown.size} is missing"]
        for leaf in chunk:
            if leaf["position"] != grown.size:
                return [f"leaf {grown.size} is missing"]
            for level, place, hash in grown.append(leaf_hash(leaf["entry"])):
                if await rows.hashes(tx, level, place, place + 1) != [hash]:
                    return [f"node {level}/{place} is not the root of its leaves"]
    signed = await rows.checkpoint(tx)
    if signed is not None and signed["size"] == head.size and signed["root"] != grown.root():
        return [f"checkpoint {head.size} has another root"]
    return [] if grown.hashes == head.hashes else [f"the head of {head.size} leaves has another root"]


async def _changed_events(tx: Tx) -> list[str]:
    return [str(finding) for finding in await compare(tx, most=100)]


async def _open_alarms(tx: Tx) -> list[str]:
    return [f"{row['what']} in {row['place']}" for row in await rows.alarms(tx, 100) if row["raised_at"] > tx.now - RECENT]


def day(now: datetime) -> str:
    """The file of the history that a checkpoint of this moment is kept in."""
    return now.date().isoformat()


CHECKS: Final = (
    Check("audit.tree", "the root is the one that is computed again from all leaves", _broken_tree),
    Check("audit.events", "every logged event is what was logged", _changed_events),
    Check("audit.complete", "every event older than a minute has its leaf", events_without_leaf),
    Check("audit.alarms", "no alarm was raised in the last seven days", _open_alarms),
)
