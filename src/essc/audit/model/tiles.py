"""Where the log's files stand and what is in them (C2SP tlog-tiles): tiles of 256 hashes and bundles of 256 entries."""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from essc.audit.model.merkle import HASH_BYTES

WIDTH: Final = 256
CHECKPOINT: Final = "checkpoint"
HISTORY: Final = "checkpoints"
"""Folder of earlier signed checkpoints, one file a day: not part of tlog-tiles, it lets a reader narrow down where a log was rewritten."""


@dataclass(frozen=True)
class Tile:
    """One tile: level 0 holds leaf hashes, level n the roots of full tiles of level n-1; `width` below 256 is a partial one."""

    level: int
    index: int
    width: int

    def path(self) -> str:
        """The tile's place below the log's prefix."""
        return f"tile/{self.level}/{_name(self.index, self.width)}"

    def bundle(self) -> str:
        """The place of the entries of a level 0 tile."""
        return f"tile/entries/{_name(self.index, self.width)}"

    def full(self) -> "Tile":
        """The same place when it has filled up."""
        return Tile(self.level, self.index, WIDTH)


def _name(index: int, width: int) -> str:
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    name = "/".join(reversed(parts))
    return name if width == WIDTH else f"{name}.p/{width}"


def levels(size: int) -> Iterator[int]:
    """The levels that a tree of `size` leaves has tiles on."""
    level = 0
    while size >> 8 * level:
        yield level
        level += 1


def tiles(size: int, level: int, since: int = 0) -> Iterator[Tile]:
    """The tiles of `level` in a tree of `size` leaves that a tree of `since` leaves did not have as they are, left to right."""
    now, before = size >> 8 * level, since >> 8 * level
    if now == before:
        return
    for index in range(before // WIDTH, -(-now // WIDTH)):
        yield Tile(level, index, min(WIDTH, now - index * WIDTH))


def pack_hashes(hashes: Sequence[bytes]) -> bytes:
    """The bytes of a tile."""
    return b"".join(hashes)


def unpack_hashes(raw: bytes) -> list[bytes]:
    """The hashes of a tile; a last short one is dropped."""
    return [raw[at:at + HASH_BYTES] for at in range(0, len(raw) - HASH_BYTES + 1, HASH_BYTES)]


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """The bytes of a bundle: each entry after its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack_entries(raw: bytes) -> list[bytes]:
    """The entries of a bundle, as far as they are whole."""
    entries, at = [], 0
    while at + 2 <= len(raw):
        end = at + 2 + int.from_bytes(raw[at:at + 2], "big")
        if end > len(raw):
            break
        entries.append(raw[at + 2:end])
        at = end
    return entries
