"""The house's own reader: goes on from where it was, and proves what came since against a signed checkpoint. Pure."""
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from essc.audit.model import tiles
from essc.audit.model.merkle import Peaks, leaf_hash
from essc.audit.model.note import Checkpoint
from essc.audit.model.tiles import WIDTH, Tile
from essc.audit.model.verify import Finding, Source

STALE: Final = timedelta(minutes=15)
"""A chain that was not looked at for so long is not called whole any more."""


@dataclass(frozen=True)
class Chain:
    """How the log stands by the last look. `size` leaves were proved one after the other as they came; beside that the whole log is proved
    again and again: `swept` leaves so far, last whole at `whole_at`. A flaw stays until the whole log was proved again after it.
    """

    size: int
    looked_at: datetime | None
    swept: int
    whole_at: datetime | None
    whole_size: int
    asked_at: datetime | None
    flaw: Finding | None
    flawed_at: datetime | None

    def stale(self, now: datetime) -> bool:
        """Whether nobody has looked for too long."""
        return self.looked_at is None or now - self.looked_at > STALE


def follow(source: Source, peaks: Peaks, signed: Checkpoint) -> Finding | None:
    """Go on from `peaks` (which grow) to the size of `signed`, entry by entry; the first thing that is wrong, or None.

    Every entry must be what its leaf hash says, every tile root above what its leaves say, and the root at the end the one that was signed.
    """
    start = peaks.size
    for tile in tiles.tiles(signed.size, 0, start):
        wrong = _tile(source, tile, peaks, signed.size)
        if wrong is not None:
            return wrong
    if peaks.root() != signed.root:
        return Finding(start, max(start, signed.size - 1), f"the entries are not those of the checkpoint of {signed.size} entries")
    return None


def _tile(source: Source, tile: Tile, peaks: Peaks, size: int) -> Finding | None:
    entries = tiles.unpack_entries(_read(source, tile.bundle(), tile.full().bundle()))
    hashes = tiles.unpack_hashes(_read(source, tile.path(), tile.full().path()))
    first = tile.index * WIDTH
    for at in range(peaks.size - first, tile.width):
        if at >= len(entries) or at >= len(hashes):
            return Finding(first + at, first + at, "the entry or its leaf hash is missing")
        if leaf_hash(entries[at]) != hashes[at]:
            return Finding(first + at, first + at, "the entry is not what its leaf hash says")
        for level, place, root in peaks.append(hashes[at]):
            wrong = _above(source, level, place, root, size)
            if wrong is not None:
                return wrong
    return None


def _above(source: Source, level: int, place: int, root: bytes, size: int) -> Finding | None:
    """Whether the tile of `level`, as it is in a tree of `size` leaves, says the same root."""
    index = place // WIDTH
    tile = Tile(level, index, min(WIDTH, (size >> 8 * level) - index * WIDTH))
    stored = tiles.unpack_hashes(_read(source, tile.path(), tile.full().path()))
    if len(stored) > place % WIDTH and stored[place % WIDTH] == root:
        return None
    span = WIDTH ** level
    return Finding(place * span, (place + 1) * span - 1, f"{tile.path()} does not say what its leaves say")


def _read(source: Source, path: str, full: str) -> bytes:
    return source.read(path) or source.read(full) or b""
