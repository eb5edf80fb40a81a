"""The keys of the sandbox partners: made at the first start, kept in the data directory, readable by their owner only."""
import base64
import os
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from essc_sandbox import sm2

ED25519, SM2 = "ed25519", "sm2-sm3"


class PlatformKey:
    """The platform's public key: Ed25519 (32 bytes), or a point (65 bytes, uncompressed) of P-256 (ECDSA with SHA-256) or of the SM2 curve."""

    def __init__(self, raw: bytes) -> None:
        """Raises ValueError when `raw` is none of these."""
        self._key: Ed25519PublicKey | ec.EllipticCurvePublicKey | sm2.PublicKey
        if len(raw) == 32:
            self._key = Ed25519PublicKey.from_public_bytes(raw)
            return
        try:
            self._key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        except ValueError:
            self._key = sm2.PublicKey(raw)

    @property
    def is_national(self) -> bool:
        """Whether the platform signs with SM2."""
        return isinstance(self._key, sm2.PublicKey)

    def holds(self, data: bytes, signature: bytes) -> bool:
        """Whether the raw 64-byte signature fits."""
        if isinstance(self._key, sm2.PublicKey):
            return self._key.holds(data, signature)
        try:
            if isinstance(self._key, Ed25519PublicKey):
                self._key.verify(signature, data)
            else:
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                self._key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return len(signature) == 64


class Signer(Protocol):
    """A private key, whatever its algorithm."""

    def sign(self, data: bytes) -> bytes:
        """The raw 64-byte signature of `data`."""


class Keyring:
    """One partner's private keys, and the public key of the platform once it was introduced. To a platform that signs with SM2 it does so too."""

    def __init__(self, directory: Path, name: str) -> None:
        self._name, self._directory = name, directory
        self._platform_file = directory / "platform.pub"
        self._usual = _private_key(directory / f"{name}.key")
        self._national: sm2.PrivateKey | None = None

    @property
    def algorithm(self) -> str:
        """What we sign with."""
        platform = self.platform()
        return SM2 if platform is not None and platform.is_national else ED25519

    @property
    def key_id(self) -> str:
        """The id of the key that signs."""
        return f"{self._name}-1" if self.algorithm == ED25519 else f"{self._name}-sm2-1"

    @property
    def private(self) -> Signer:
        """The key that signs."""
        return self._usual if self.algorithm == ED25519 else self._sm2()

    def _sm2(self) -> sm2.PrivateKey:
        if self._national is None:
            path = self._directory / f"{self._name}.sm2.key"
            if not path.exists():
                _keep(path, sm2.new_secret())
            self._national = sm2.PrivateKey(path.read_bytes())
        return self._national

    def public_text(self) -> str:
        """Our public key, raw, in base64."""
        if self.algorithm == SM2:
            return base64.b64encode(self._sm2().public).decode()
        return base64.b64encode(self._usual.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def told(self) -> dict[str, str]:
        """The key that signs, as others are told of it."""
        return {"key_id": self.key_id, "algorithm": self.algorithm, "public_key": self.public_text()}

    def introduce(self, public: str) -> None:
        """Remember the platform's public key (raw, in base64). Raises ValueError when it is none that we can use."""
        PlatformKey(base64.b64decode(public, validate=True))
        self._platform_file.write_text(public, encoding="ascii")

    def platform(self) -> PlatformKey | None:
        """The platform's public key, or None before it was introduced."""
        if not self._platform_file.exists():
            return None
        return PlatformKey(base64.b64decode(self._platform_file.read_text(encoding="ascii")))


def _private_key(path: Path) -> Ed25519PrivateKey:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
    key = Ed25519PrivateKey.generate()
    _keep(path, key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    return key


def _keep(path: Path, secret: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secret)
