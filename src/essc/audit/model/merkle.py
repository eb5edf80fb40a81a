"""RFC 6962 §2.1 hashing: leaves, nodes, the root of a growing tree, and inclusion proofs."""
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry: SHA-256(0x00 ‖ entry)."""
    return sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(_NODE + left + right).digest()


def full_root(hashes: Sequence[bytes]) -> bytes:
    """The root over exactly 2^k hashes. Raises ValueError for any other number."""
    if not hashes or len(hashes) & len(hashes) - 1:
        raise ValueError(f"a full subtree has a power of two hashes, not {len(hashes)}")
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


class Peaks:
    """The full subtrees of a tree of `size` leaves, largest first: all that is needed to add leaves and to know the root."""

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.hashes)}")

    def append(self, hash: bytes) -> list[tuple[int, int, bytes]]:
        """Append one leaf hash; gives level, index and root of every full tile above it that it completes (see `tiles`)."""
        merging, height, done = self.size, 0, []
        while merging & 1:
            hash = node_hash(self.hashes.pop(), hash)
            merging >>= 1
            height += 1
            if not height % 8:
                done.append((height // 8, self.size >> height, hash))
        self.hashes.append(hash)
        self.size += 1
        return done

    def add(self, hash: bytes, leaves: int = 1) -> None:
        """Append one full subtree of `leaves` (a power of two that divides the size)."""
        if self.size % leaves:
            raise ValueError(f"a subtree of {leaves} does not fit at {self.size}")
        merging = self.size // leaves
        while merging & 1:
            hash = node_hash(self.hashes.pop(), hash)
            merging >>= 1
        self.hashes.append(hash)
        self.size += leaves

    def root(self) -> bytes:
        """The RFC 6962 root of the tree as it is now."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for peak in reversed(self.hashes[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> "Peaks":
        """A tree to try additions on."""
        return Peaks(self.size, self.hashes)


def split(size: int) -> int:
    """The largest power of two smaller than `size` (RFC 6962's k); size is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def audit_path(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The ranges [start, end) whose roots prove leaf `index` in a tree of `size`, from the leaf up."""
    start, end, ranges = 0, size, []
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return reversed(ranges)


def root_from_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that `proof` leads to from `leaf` (RFC 9162 §2.1.3.2); None when the proof has the wrong length or place."""
    if not 0 <= index < size:
        return None
    here, last, hash = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if here & 1 or here == last:
            hash = node_hash(sibling, hash)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            hash = node_hash(hash, sibling)
        here, last = here >> 1, last >> 1
    return hash if last == 0 else None


def proof(index: int, size: int, stored: Callable[[int, int, int], Sequence[bytes]]) -> list[bytes]:
    """The inclusion proof of leaf `index` in a tree of `size`, from the leaf's sibling up.

    `stored(level, start, end)` gives the hashes of the tiles of one level; see `tiles` for what they are.
    """
    return [_range_root(start, end, stored) for start, end in audit_path(index, size)]


def _range_root(start: int, end: int, stored: Callable[[int, int, int], Sequence[bytes]]) -> bytes:
    """The root over the leaves [start, end), where `start` is a multiple of every full subtree that fits."""
    roots = []
    while start < end:
        height = (end - start).bit_length() - 1
        level, rest = divmod(height, 8)
        first = start >> 8 * level
        roots.append(full_root(stored(level, first, first + (1 << rest))))
        start += 1 << height
    root = roots.pop()
    while roots:
        root = node_hash(roots.pop(), root)
    return root
