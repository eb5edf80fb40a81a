"""The separate reader: proves a whole log from its tiles and one public key, and names the first position that is wrong.

It believes nothing but signatures by the owner's keys: every leaf hash, every tile and every root is computed anew from the entries.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from essc.audit.model import tiles
from essc.audit.model.merkle import HASH_BYTES, Peaks, full_root, leaf_hash
from essc.audit.model.note import BadNote, Checkpoint, NoteKey, checkpoint
from essc.audit.model.tiles import WIDTH, Tile


class Source(Protocol):
    """Where the log's files are read from: a folder or an address."""

    def read(self, path: str) -> bytes | None:
        """The file at `path` below the log's prefix, or None when there is none. Raises OSError when it cannot be known."""
        ...

    def history(self) -> Iterable[str]:
        """Earlier signed checkpoints, when the source keeps them."""
        ...


@dataclass(frozen=True, order=True)
class Finding:
    """Something wrong with the entries `first` to `last` (counted from 0); exact when they are the same."""

    first: int
    last: int
    what: str

    @property
    def exact(self) -> bool:
        """Whether one entry is named."""
        return self.first == self.last

    def __str__(self) -> str:
        place = f"entry {self.first}" if self.exact else f"entries {self.first} to {self.last}"
        return f"{place}: {self.what}"


@dataclass(frozen=True)
class Report:
    """What the reader found. `size` leaves were read; without findings `root` is the signed root."""

    size: int
    root: bytes
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding | None:
        """The finding with the lowest position, or None for a clean log."""
        return self.findings[0] if self.findings else None


def verify(source: Source, keys: Sequence[NoteKey], since: Checkpoint | None = None) -> Report:
    """Prove the log at `source` against the public keys of its owner, and against a checkpoint that an outside witness kept, if there is one."""
    anchors = _Anchors(source, keys, since)
    walk = _Walk(source, anchors.size, dict(anchors.roots))
    walk.all_leaves()
    walk.upper_tiles()
    return Report(walk.peaks.size, walk.peaks.root(), tuple(sorted({*anchors.findings, *_explained(walk.findings)})))


def _explained(findings: list[Finding]) -> set[Finding]:
    """Without those about a stretch in which a narrower finding names the place."""
    return {
        wide for wide in findings
        if not any(wide.first <= near.first and near.last <= wide.last and near.last - near.first < wide.last - wide.first for near in findings)
    }


@dataclass
class _Anchors:
    """The sizes at which a signed root is known, smallest first, and what is wrong with the notes themselves."""

    source: Source
    keys: Sequence[NoteKey]
    since: Checkpoint | None
    size: int = 0
    roots: list[tuple[int, bytes]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        known: dict[int, bytes] = {}
        for note in self.source.history():
            self._take(known, note, "an earlier checkpoint")
        head = self._head(known)
        if self.since is not None:
            self._add(known, self.since)
        self.size = head
        if known and head < max(known):
            self.findings.append(Finding(head, head, f"the log ends here, but a checkpoint of {max(known)} entries was signed"))
        self.roots = sorted(known.items())

    def _head(self, known: dict[int, bytes]) -> int:
        raw = self.source.read(tiles.CHECKPOINT)
        if raw is None:
            self.findings.append(Finding(0, max([0, *known]), "there is no checkpoint"))
            return max([0, *known]) // WIDTH * WIDTH
        note = raw.decode("utf-8", "replace")
        head = self._take(known, note, "the checkpoint")
        return head.size if head is not None else _claimed(note)

    def _take(self, known: dict[int, bytes], note: str, name: str) -> Checkpoint | None:
        try:
            point = checkpoint(note, self.keys)
        except BadNote as problem:
            trusted = max([0, *(size for size in known if size <= _claimed(note))])
            self.findings.append(Finding(trusted, max(trusted, _claimed(note) - 1), f"{name} cannot be believed: {problem}"))
            return None
        self._add(known, point)
        return point

    def _add(self, known: dict[int, bytes], point: Checkpoint) -> None:
        if known.setdefault(point.size, point.root) != point.root:
            before = max([0, *(size for size in known if size < point.size)])
            self.findings.append(Finding(before, max(before, point.size - 1), f"two different logs of {point.size} entries were signed"))


def _claimed(note: str) -> int:
    """The size that an unbelievable note claims, to read on as far as it goes."""
    try:
        return Checkpoint.parse(note).size
    except BadNote:
        return 0


@dataclass
class _Walk:
    """One pass over all leaves, tile by tile."""

    source: Source
    size: int
    anchors: dict[int, bytes]
    peaks: Peaks = field(default_factory=Peaks)
    roots: list[bytes] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    believed: int = 0
    lost: bool = False

    def all_leaves(self) -> None:
        """Read every bundle and tile of level 0, add the leaves, and compare roots wherever one was signed."""
        self._anchor()
        for tile in tiles.tiles(self.size, 0):
            leaves = self._leaves(tile)
            if leaves is None:
                return
            self._add(leaves)

    def upper_tiles(self) -> None:
        """Compare the tiles above level 0 with the roots computed from the leaves."""
        row, level = self.roots, 1
        while row:
            for tile in tiles.tiles(self.size, level):
                start = tile.index * WIDTH
                self._compare(tile, row[start:start + tile.width])
            row = [full_root(row[at:at + WIDTH]) for at in range(0, len(row) - WIDTH + 1, WIDTH)]
            level += 1

    def _compare(self, tile: Tile, computed: list[bytes]) -> None:
        stored = self._hashes(tile)
        span = WIDTH ** tile.level
        for at, hash in enumerate(computed):
            if at >= len(stored) or stored[at] != hash:
                first = (tile.index * WIDTH + at) * span
                self.findings.append(Finding(first, first + span - 1, f"{tile.path()} does not say what its leaves say"))
                return

    def _leaves(self, tile: Tile) -> list[bytes] | None:
        entries = self._entries(tile)
        stored = self._hashes(tile)
        leaves = [leaf_hash(entry) for entry in entries]
        if leaves == stored and len(leaves) == tile.width:
            return leaves
        both = min(len(leaves), len(stored))
        at = next((at for at in range(both) if leaves[at] != stored[at]), both)
        what = "the entry is not what its leaf hash says" if at < both else "the entry or its leaf hash is missing"
        self._found(tile.index * WIDTH + at, what)
        whole = [row for row in (leaves, stored) if len(row) == tile.width]
        return next((row for row in whole if self._above(tile, row)), whole[0] if whole else None)

    def _found(self, position: int, what: str) -> None:
        self.findings.append(Finding(position, position, what))

    def _above(self, tile: Tile, leaves: list[bytes]) -> bool:
        """Whether the tile above says the same as these leaves."""
        if tile.width < WIDTH:
            return False
        above = self._hashes(Tile(1, tile.index // WIDTH, min(WIDTH, self.size // WIDTH - tile.index // WIDTH * WIDTH)))
        at = tile.index % WIDTH
        return at < len(above) and above[at] == full_root(leaves)

    def _entries(self, tile: Tile) -> list[bytes]:
        raw, exact = self._read(tile.bundle(), tile.full().bundle())
        entries = tiles.unpack_entries(raw)
        if exact and tiles.pack_entries(entries[:tile.width]) != raw:
            self._found(tile.index * WIDTH + min(len(entries), tile.width), "the bundle goes on after its last entry")
        return entries[:tile.width]

    def _hashes(self, tile: Tile) -> list[bytes]:
        raw, exact = self._read(tile.path(), tile.full().path())
        if exact and len(raw) > tile.width * HASH_BYTES:
            span = WIDTH ** tile.level
            self._found((tile.index * WIDTH + tile.width) * span, f"{tile.path()} goes on after its last hash")
        return tiles.unpack_hashes(raw)[:tile.width]

    def _read(self, path: str, full: str) -> tuple[bytes, bool]:
        """The file, and whether it is the one meant: a partial tile may have been dropped once it filled up."""
        raw = self.source.read(path)
        if raw is not None or path == full:
            return raw or b"", True
        return self.source.read(full) or b"", False

    def _add(self, leaves: list[bytes]) -> None:
        whole = len(leaves) == WIDTH
        end = self.peaks.size + len(leaves)
        root = full_root(leaves) if whole else b""
        if whole and not any(self.peaks.size < size < end for size in self.anchors):
            self.peaks.add(root, WIDTH)
            self._anchor()
        else:
            for leaf in leaves:
                self.peaks.add(leaf)
                self._anchor()
        if whole:
            self.roots.append(root)

    def _anchor(self) -> None:
        """Compare the root here with the one that was signed, if one was; after the first difference all later ones differ too."""
        size = self.peaks.size
        signed = self.anchors.get(size)
        if signed is None or self.lost:
            return
        if signed == self.peaks.root():
            self.believed = size
            return
        self.lost = True
        what = f"the entries are not those of the checkpoint of {size} entries"
        self.findings.append(Finding(min(self.believed, max(size - 1, 0)), max(size - 1, 0), what))
