"""Signature keys of three algorithms behind one class; public keys and signatures are raw bytes, never DER.

Ed25519 (RFC 8032): public 32, signature 64. ES256 (ECDSA P-256 with SHA-256, RFC 7518 §3.4) and SM2 with SM3
(GB/T 32918.2): public 65 (04 ‖ X ‖ Y), signature 64 (r ‖ s). SM2 uses the default distinguishing id of GM/T 0009.
"""
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from essc.kit.crypto import sm2
from essc.kit.crypto.entropy import random_bytes
from essc.kit.crypto.errors import PointNotOnCurve

_ORDER_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ECDSA: Final = ec.ECDSA(hashes.SHA256())
SIGNATURE_BYTES: Final = 64
SECRET_BYTES: Final = 32


class Algorithm(StrEnum):
    """The signature algorithms, by the names RFC 9421 gives them (SM2 has none yet: ours)."""

    ED25519 = "ed25519"
    ES256 = "ecdsa-p256-sha256"
    SM2 = "sm2-sm3"


class PrivateKey:
    """A private key of one algorithm, made from its 32 secret bytes. Nothing prints them."""

    __slots__ = ("_key", "algorithm", "public")

    def __init__(self, algorithm: Algorithm, secret: bytes) -> None:
        """`secret` is the Ed25519 seed, or the big-endian scalar 1 ≤ d < n (SM2: ≤ n-2). Raises ValueError on others."""
        if len(secret) != SECRET_BYTES:
            raise ValueError("a private key is made from 32 bytes")
        self.algorithm = algorithm
        self._key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey | sm2.SM2PrivateKey
        if algorithm is Algorithm.ED25519:
            self._key = Ed25519PrivateKey.from_private_bytes(secret)
            self.public = self._key.public_key().public_bytes_raw()
        elif algorithm is Algorithm.ES256:
            self._key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
            self.public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        else:
            self._key = sm2.SM2PrivateKey(secret)
            self.public = self._key.public

    def __repr__(self) -> str:
        return f"PrivateKey({self.algorithm.value})"

    def sign(self, data: bytes) -> bytes:
        """The raw 64-byte signature of `data`."""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self._key.sign(data, _ECDSA))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self._key.sign(data)


def new_secret(algorithm: Algorithm) -> bytes:
    """32 fresh secret bytes that make a PrivateKey of `algorithm`."""
    if algorithm is Algorithm.ED25519:
        return random_bytes(32)
    order = _ORDER_P256 if algorithm is Algorithm.ES256 else sm2.N - 1
    while not 0 < int.from_bytes(secret := random_bytes(32), "big") < order:
        pass
    return secret


def verify(algorithm: Algorithm, public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` (raw) of `data` was made with the key whose public half is `public`. Raises PointNotOnCurve."""
    if algorithm is Algorithm.SM2:
        return sm2.SM2PublicKey(public).verify(data, signature)
    try:
        if algorithm is Algorithm.ED25519:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
            return True
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _uncompressed(public))
    except InvalidSignature:
        return False
    except ValueError:
        raise PointNotOnCurve("the public key is not a key of this algorithm") from None
    return _verified_es256(key, data, signature)


def _uncompressed(public: bytes) -> bytes:
    if len(public) != 65 or public[0] != 4:
        raise ValueError("not an uncompressed point")
    return public


def _verified_es256(key: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> bool:
    if len(signature) != SIGNATURE_BYTES:
        return False
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        key.verify(der, data, _ECDSA)
    except InvalidSignature:
        return False
    return True
