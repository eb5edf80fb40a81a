"""The keys of the sandbox partners: made at the first start, kept in the data directory, readable by their owner only."""
import base64
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


class PlatformKey:
    """The platform's public key: Ed25519 (32 bytes) or ECDSA on P-256 with SHA-256 (65 bytes, uncompressed)."""

    def __init__(self, raw: bytes) -> None:
        """Raises ValueError when `raw` is neither."""
        self._key: Ed25519PublicKey | ec.EllipticCurvePublicKey
        if len(raw) == 32:
            self._key = Ed25519PublicKey.from_public_bytes(raw)
        else:
            self._key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)

    def holds(self, data: bytes, signature: bytes) -> bool:
        """Whether the raw 64-byte signature fits."""
        try:
            if isinstance(self._key, Ed25519PublicKey):
                self._key.verify(signature, data)
            else:
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                self._key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return len(signature) == 64


class Keyring:
    """One partner's private key, and the public key of the platform once it was introduced."""

    def __init__(self, directory: Path, name: str) -> None:
        self.key_id = f"{name}-1"
        self._platform_file = directory / "platform.pub"
        self.private = _private_key(directory / f"{name}.key")

    def public_text(self) -> str:
        """Our public key, raw, in base64."""
        return base64.b64encode(self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

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
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))
    return key
