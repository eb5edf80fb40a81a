"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), and the text form of a public key (vkey)."""
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from essc.kit.crypto import Algorithm, PointNotOnCurve, SignatureMalformed, verify

ED25519: Final = b"\x01"
SM2: Final = b"\xffessc.sm2.v1"
"""0xff marks a type without a byte of its own; SM2 with SM3 and the default user id, public key as 04 ‖ X ‖ Y, signature as r ‖ s."""
DASH: Final = "\u2014"

Verify = Callable[[bytes, bytes, bytes], bool]
"""(public key, text, signature) → whether it holds."""


class BadNote(ValueError):
    """The note, checkpoint or key is not in its format, or is not signed by the key that was asked for."""


@dataclass(frozen=True)
class NoteKey:
    """A public key that signs notes: its name, the type of its signatures and its bytes."""

    name: str
    type: bytes
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that a signature names its key by."""
        return sha256(self.name.encode() + b"\n" + self.type + self.public).digest()[:4]

    def text(self) -> str:
        """The vkey: `name+id+base64(type ‖ key)`."""
        return f"{self.name}+{self.id.hex()}+{b64encode(self.type + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> "NoteKey":
        """Read a vkey. Raises BadNote when it is none, or when its id is not that of its key."""
        name, _, rest = text.strip().partition("+")
        id, _, encoded = rest.partition("+")
        raw = _decode(encoded)
        kind = SM2 if raw.startswith(SM2) else raw[:1]
        key = cls(name, kind, raw[len(kind):])
        if kind not in (ED25519, SM2) or not name or key.id.hex() != id:
            raise BadNote("this is not a verifier key of a known kind")
        return key


@dataclass(frozen=True)
class Checkpoint:
    """What the log signs: who it is, how many leaves it has, and their root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text: three lines."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note text. Raises BadNote."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0] or not (lines[1].isascii() and lines[1].isdigit()) or str(int(lines[1])) != lines[1]:
            raise BadNote("this is not a checkpoint")
        return cls(lines[0], int(lines[1]), _decode(lines[2]))


def _verifier(algorithm: Algorithm) -> Verify:
    def verified(public: bytes, text: bytes, signature: bytes) -> bool:
        try:
            return verify(algorithm, public, text, signature)
        except (PointNotOnCurve, SignatureMalformed):
            return False
    return verified


VERIFIERS: Final[dict[bytes, Verify]] = {ED25519: _verifier(Algorithm.ED25519), SM2: _verifier(Algorithm.SM2)}


def signed(text: str, key: NoteKey, signature: bytes) -> str:
    """The whole note: the text, an empty line, the signature line."""
    return f"{text}\n{DASH} {key.name} {b64encode(key.id + signature).decode()}\n"


def opened(note: str, keys: Sequence[NoteKey]) -> str:
    """The text of a note that one of `keys` signed. Raises BadNote: not a note, signed by none of them, or a signature does not hold."""
    text, separator, lines = note.rpartition("\n\n")
    if not separator or any(ord(char) < 32 and char != "\n" for char in note):
        raise BadNote("this is not a signed note")
    text += "\n"
    signatures = [_signature(line) for line in lines.splitlines()]
    ours = [(key, raw[4:]) for key in keys for name, raw in signatures if name == key.name and raw[:4] == key.id]
    if not ours:
        raise BadNote("it is signed by another key")
    if not all(VERIFIERS[key.type](key.public, text.encode(), raw) for key, raw in ours):
        raise BadNote("the signature does not hold")
    return text


def checkpoint(note: str, keys: Sequence[NoteKey]) -> Checkpoint:
    """The checkpoint that one of `keys` signed. Raises BadNote."""
    return Checkpoint.parse(opened(note, keys))


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != DASH or not name:
        raise BadNote("a signature line is not in its format")
    return name, _decode(encoded)


def _decode(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (BadBase64, ValueError) as problem:
        raise BadNote("this is not base64") from problem
