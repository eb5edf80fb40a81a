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

    def sign(self, data: bytes) -> Signature: ...


class CodeCipher(Protocol):
    """The keyed permutation of the 23-digit numbers for one hour."""

    hour: int

    def encrypt(self, number: int) -> int: ...

    def decrypt(self, number: int) -> int: ...


class Keys(Protocol):
    """The one door to every key: seal, open, MAC, sign, verify, and the cipher of the dynamic code.

    Every method takes the name of a key; an unknown name is a programming error (KeyError). Sealed values and MACs are
    made under the newest version in force and read under the version they name.
    """

    def seal(self, name: str, plain: bytes, aad: bytes) -> bytes: ...

    def open(self, name: str, sealed: bytes, aad: bytes) -> bytes: ...

    def seal_for(self, name: str, salt: bytes, plain: bytes, aad: bytes) -> bytes: ...

    def open_for(self, name: str, salt: bytes, sealed: bytes, aad: bytes) -> bytes: ...

    def seal_many(self, name: str, salts: Sequence[bytes], plains: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]: ...

    def open_many(self, name: str, salts: Sequence[bytes], sealed: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]: ...

    def mac(self, name: str, data: bytes, version: int | None = None) -> bytes: ...

    def mac_many(self, name: str, datas: Sequence[bytes], version: int | None = None) -> list[bytes]: ...

    def mac_version(self, name: str) -> int: ...

    def mac_versions(self, name: str) -> Sequence[int]: ...

    def sign(self, name: str, data: bytes) -> Signature: ...

    def verify(self, name: str, key_id: str, data: bytes, value: bytes) -> bool: ...

    def public(self, name: str) -> Sequence[PublicKey]: ...     # the version that signs now first

    def code_cipher(self, hour: int) -> CodeCipher: ...
