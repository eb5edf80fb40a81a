"""What the rooms see of keys: names, never material. Room `keys` implements `Keys`; partner clients are handed a `Signer`."""
from collections.abc import Sequence
from typing import Protocol

import msgspec


class Signature(msgspec.Struct, frozen=True):
    """A signature and the id of the key that made it (`audit-1`, `audit-2`, …)."""

    key_id: str
    value: bytes


class PublicKey(msgspec.Struct, frozen=True):
    """What may be published of one signing key version.

    `value` is the raw key: 32 bytes for Ed25519, 65 bytes (04 ‖ X ‖ Y) for ES256 and SM2.
    """

    key_id: str
    algorithm: str
    value: bytes


class Signer(Protocol):
    """Something that signs under one name, for clients that must not see the other keys."""

    def sign(self, data: bytes) -> Signature:
        """Sign `data` with the one key this signer has."""


class CodeCipher(Protocol):
    """The keyed permutation of the 23-digit numbers for one hour."""

    hour: int

    def encrypt(self, number: int) -> int:
        """The number that stands for `number` in this hour."""

    def decrypt(self, number: int) -> int:
        """The number that `number` stands for."""


class Keys(Protocol):
    """The one door to every key: seal, open, MAC, sign, verify, and the cipher of the dynamic code.

    Every method takes the name of a key; an unknown name is a programming error (KeyError). Sealed values and MACs are
    made under the newest version in force and read under the version they name.
    """

    def seal(self, name: str, plain: bytes, aad: bytes) -> bytes:
        """Encrypt and authenticate `plain`, bound to `aad`: key id, nonce and ciphertext in one value."""

    def open(self, name: str, sealed: bytes, aad: bytes) -> bytes:
        """The plain bytes of a sealed value. Raises NotOpened when the value, the name or `aad` is another."""

    def seal_for(self, name: str, salt: bytes, plain: bytes, aad: bytes) -> bytes:
        """Seal under the key of one person: one block of the cipher over their salt."""

    def open_for(self, name: str, salt: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Open what was sealed for one person; without the salt nobody can. Raises like `open`."""

    def seal_many(self, name: str, salts: Sequence[bytes], plains: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
        """`seal_for`, many at once, in the order given."""

    def open_many(self, name: str, salts: Sequence[bytes], sealed: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
        """`open_for`, many at once, in the order given. Raises at the first that does not open."""

    def mac(self, name: str, data: bytes, version: int | None = None) -> bytes:
        """32 bytes of keyed hash, under the newest version unless one is named."""

    def mac_many(self, name: str, datas: Sequence[bytes], version: int | None = None) -> list[bytes]:
        """`mac`, many at once."""

    def mac_version(self, name: str) -> int:
        """The version that `mac` uses now."""

    def mac_versions(self, name: str) -> Sequence[int]:
        """Every version that look-ups must try, newest first."""

    def sign(self, name: str, data: bytes) -> Signature:
        """Sign with the version that signs now."""

    def verify(self, name: str, key_id: str, data: bytes, value: bytes) -> bool:
        """Whether `value` is the signature of `data` by this version of the key."""

    def public(self, name: str) -> Sequence[PublicKey]:
        """The public keys of every version in force; the one that signs now first."""

    def code_cipher(self, hour: int) -> CodeCipher:
        """The permutation of codes for one hour (hours since 1970-01-01 UTC)."""
