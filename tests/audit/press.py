"""A log made in memory by other code than the one under test: plain recursion over RFC 6962, for the reader to be tried on."""
from base64 import b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from essc.audit.model.note import ED25519, NoteKey

ORIGIN = "log.example/essc"


class Ink:
    """A signing key and its public half as readers know it."""

    def __init__(self, seed: int = 1) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.key = NoteKey(ORIGIN, ED25519, self.private.public_key().public_bytes_raw())

    def note(self, size: int, root: bytes) -> str:
        text = f"{ORIGIN}\n{size}\n{b64encode(root).decode()}\n"
        signature = b64encode(self.key.id + self.private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {ORIGIN} {signature}\n"


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def leaf(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def place(index: int) -> str:
    digits = f"{index:03d}" if index < 1000 else f"{index:0{-(-len(str(index)) // 3) * 3}d}"
    groups = [digits[at:at + 3] for at in range(0, len(digits), 3)]
    return "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])


class Press:
    """A whole log as files in a dictionary; `set` changes one file."""

    def __init__(self, entries: list[bytes], ink: Ink, checkpoints: tuple[int, ...] = ()) -> None:
        self.files: dict[str, bytes] = {}
        self.notes = [ink.note(size, root([leaf(one) for one in entries[:size]])) for size in checkpoints]
        row, level = [leaf(one) for one in entries], 0
        self.files["checkpoint"] = ink.note(len(entries), root(row)).encode()
        while row:
            for index, at in enumerate(range(0, len(row), 256)):
                part = row[at:at + 256]
                tail = "" if len(part) == 256 else f".p/{len(part)}"
                self.files[f"tile/{level}/{place(index)}{tail}"] = b"".join(part)
                if level == 0:
                    self.files[f"tile/entries/{place(index)}{tail}"] = b"".join(b"\x00\x20" + one for one in entries[at:at + 256])
            row = [root(row[at:at + 256]) for at in range(0, len(row) - 255, 256)]
            level += 1

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def history(self):
        return iter(self.notes)

    def set(self, path: str, raw: bytes) -> None:
        self.files[path] = raw


def entries(count: int) -> list[bytes]:
    return [sha256(b"entry %d" % number).digest() for number in range(count)]
