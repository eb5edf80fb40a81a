"""The two suites behind one interface: international (AES, SHA-256) and national (SM4, SM3).

A suite is five functions: derive (HKDF-Expand, RFC 5869 §2.3), mac (HMAC), seal and open (GCM with a 12-byte nonce and a
16-byte tag), block (the raw block cipher). Which signature algorithms belong to it is said here, done in `signing`.
"""
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

from essc.kit.crypto.errors import NotAuthentic
from essc.kit.crypto.signing import Algorithm

NONCE: Final = 12
TAG: Final = 16
BLOCK: Final = 16

Macer = Callable[[bytes], bytes]


class SuiteName(StrEnum):
    """The suites by the name they have in the settings."""

    INTERNATIONAL = "international"
    NATIONAL = "national"


class Aead(Protocol):
    """Authenticated encryption under one key: ciphertext ‖ tag."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Ciphertext and tag."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """The plain bytes. Raises cryptography's InvalidTag."""


class _SM4GCM:
    """SM4-GCM with the interface of AESGCM (RFC 8998 §3.2 for the parameters)."""

    __slots__ = ("_algorithm",)

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """The ciphertext of `data` and its tag."""
        sealer = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(associated_data)
        return sealer.update(data) + sealer.finalize() + sealer.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """The plain text. Raises InvalidTag."""
        if len(data) < TAG:
            raise InvalidTag
        opener = Cipher(self._algorithm, modes.GCM(nonce, data[-TAG:])).decryptor()
        opener.authenticate_additional_data(associated_data)
        return opener.update(data[:-TAG]) + opener.finalize()


class Suite:
    """One set of algorithms. `id` stands in every sealed value and never changes its meaning."""

    def __init__(self, id: int, name: SuiteName, *, key_bytes: int, hash: hashes.HashAlgorithm,
                 cipher: type[algorithms.AES] | type[algorithms.SM4], aead: Callable[[bytes], Aead],
                 signature: Algorithm, wire_signature: Algorithm) -> None:
        self.id = id
        self.name = name
        self.key_bytes = key_bytes          # of a sealing key; a person's key is always one block, 16 bytes
        self.signature = signature          # for our own logs
        self.wire_signature = wire_signature    # for messages to partners
        self.aead = aead
        self._hash = hash
        self._cipher = cipher

    def __repr__(self) -> str:
        return f"Suite({self.name.value})"

    def macer(self, key: bytes) -> Macer:
        """HMAC under `key` as a function that keeps the keyed state: 32 bytes an answer."""
        start = HMAC(key, self._hash).copy

        def mac(data: bytes) -> bytes:
            running = start()
            running.update(data)
            return running.finalize()
        return mac

    def mac(self, key: bytes, data: bytes) -> bytes:
        """HMAC of `data` under `key`, 32 bytes. For many values under one key take `macer`."""
        return self.macer(key)(data)

    def derive(self, key: bytes, info: bytes, length: int) -> bytes:
        """`length` (at most 32) bytes for the purpose `info`: the first block of HKDF-Expand; `key` is already uniform."""
        if not 0 < length <= 32:
            raise ValueError("one block gives 1 to 32 bytes")
        return self.mac(key, info + b"\x01")[:length]

    def blocks(self, key: bytes) -> Callable[[bytes], bytes]:
        """The bare block cipher under `key`, for any number of whole 16-byte blocks at once."""
        return Cipher(self._cipher(key), modes.ECB()).encryptor().update  # noqa: S305 (one block: the permutation is built of it)

    def seal(self, key: bytes, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
        """nonce ‖ ciphertext ‖ tag."""
        return nonce + self.aead(key).encrypt(nonce, plain, aad)

    def open(self, key: bytes, sealed: bytes, aad: bytes) -> bytes:
        """The plain text of nonce ‖ ciphertext ‖ tag. Raises NotAuthentic."""
        try:
            return self.aead(key).decrypt(sealed[:NONCE], sealed[NONCE:], aad)
        except (InvalidTag, ValueError):
            raise NotAuthentic("the value does not open under this key and context") from None


INTERNATIONAL: Final = Suite(1, SuiteName.INTERNATIONAL, key_bytes=32, hash=hashes.SHA256(), cipher=algorithms.AES, aead=AESGCM,
                             signature=Algorithm.ED25519, wire_signature=Algorithm.ES256)
NATIONAL: Final = Suite(2, SuiteName.NATIONAL, key_bytes=16, hash=hashes.SM3(), cipher=algorithms.SM4, aead=_SM4GCM,
                        signature=Algorithm.SM2, wire_signature=Algorithm.SM2)
_SUITES: Final = (INTERNATIONAL, NATIONAL)


@lru_cache
def suite_named(name: str) -> Suite:
    """The suite called `name` in the settings. Raises KeyError."""
    return {suite.name.value: suite for suite in _SUITES}[name]


@lru_cache
def suite_by_id(id: int) -> Suite:
    """The suite whose id stands in a sealed value. Raises KeyError."""
    return {suite.id: suite for suite in _SUITES}[id]
