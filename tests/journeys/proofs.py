"""A second reading of the audit log's formats (RFC 6962, C2SP tlog-checkpoint), written from their texts: it shares no code with the house."""
import hashlib
from base64 import b64decode
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.running import House


def included(proof: dict[str, Any], house: House) -> bool:
    """Whether the use of a proof is in the log that the house's published key has signed."""
    note = proof["checkpoint"]
    _, size, root = note.split("\n")[:3]
    entry = hashlib.sha256(b64decode(proof["blind"]) + proof["event"].encode()).digest()
    leaf = hashlib.sha256(b"\x00" + entry).digest()
    hashes = [b64decode(one) for one in proof["hashes"]]
    return int(size) == proof["size"] and _root(leaf, proof["position"], int(size), hashes) == b64decode(root) and _signed(note, house)


def _root(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2: the root that a path leads to."""
    place, last, at = index, size - 1, leaf
    for one in hashes:
        if place & 1 or place == last:
            at = hashlib.sha256(b"\x01" + one + at).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            at = hashlib.sha256(b"\x01" + at + one).digest()
        place, last = place >> 1, last >> 1
    assert last == 0, "the path is too short"
    return at


def _signed(note: str, house: House) -> bool:
    """Whether the key that the log publishes signed the note."""
    text, _, lines = note.rpartition("\n\n")
    name, key_id, key = (house.data / "audit" / "log.key").read_text(encoding="utf-8").splitlines()[0].split("+", 2)
    dash, signer, value = lines.strip().split(" ")
    raw = b64decode(value)
    if (dash, signer, raw[:4].hex()) != ("—", name, key_id):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(b64decode(key)[1:]).verify(raw[4:], (text + "\n").encode())
    except InvalidSignature:
        return False
    return True
