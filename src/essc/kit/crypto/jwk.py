"""Public keys as JSON Web Keys (RFC 7517, 7518 §6.2, 8037): what a browser's WebCrypto exports, to raw bytes and back.

SM2 has no registered curve name; we write `"kty": "EC", "crv": "SM2"`.
"""
import base64
import binascii
import hashlib
import json
from contextlib import suppress
from typing import Annotated, Final, Literal

import msgspec

from essc.kit.crypto.errors import PointNotOnCurve, SignatureMalformed
from essc.kit.crypto.signing import SIGNATURE_BYTES, Algorithm, PrivateKey, verify

_CURVES: Final = {"P-256": Algorithm.ES256, "SM2": Algorithm.SM2, "Ed25519": Algorithm.ED25519}
_NAMES: Final = {algorithm: curve for curve, algorithm in _CURVES.items()}
_COORDINATE_BYTES: Final = 32


_COORDINATE: Final = "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
"""32 bytes as base64url without padding; told in the contract, and refused as a key that is none."""


class Jwk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A public key. The last five members are what exporters add; nothing is decided by them. A private part (`d`) is refused."""

    kty: Literal["EC", "OKP"]
    crv: Literal["P-256", "SM2", "Ed25519"]
    x: Annotated[str, msgspec.Meta(extra_json_schema={"pattern": f"^{_COORDINATE}$"})]
    y: Annotated[str, msgspec.Meta(extra_json_schema={"pattern": f"^({_COORDINATE})?$"})] = ""
    ext: bool | None = None
    key_ops: list[str] | None = None
    alg: str | None = None
    use: str | None = None
    kid: str | None = None


class PrivateJwk(msgspec.Struct, frozen=True, omit_defaults=True):
    """A private key, written once for whom it is made, and kept nowhere."""

    kty: Literal["EC", "OKP"]
    crv: Literal["P-256", "SM2", "Ed25519"]
    x: str
    d: str
    y: str = ""
    kid: str = ""


def public_key(jwk: Jwk) -> tuple[Algorithm, bytes]:
    """The algorithm and the raw public key (32 or 65 bytes). Raises PointNotOnCurve when it is no key of that curve."""
    algorithm = _CURVES[jwk.crv]
    if (jwk.kty == "OKP") != (algorithm is Algorithm.ED25519):
        raise PointNotOnCurve("kty and crv do not go together")
    public = _coordinate(jwk.x) if algorithm is Algorithm.ED25519 else b"\x04" + _coordinate(jwk.x) + _coordinate(jwk.y)
    with suppress(SignatureMalformed):          # the key was read; only the empty signature was not
        verify(algorithm, public, b"", bytes(SIGNATURE_BYTES))
    return algorithm, public


def written(algorithm: Algorithm, public: bytes, *, kid: str | None = None) -> Jwk:
    """A raw public key as JWK."""
    if algorithm is Algorithm.ED25519:
        return Jwk("OKP", "Ed25519", encoded(public), kid=kid)
    return Jwk("EC", "P-256" if algorithm is Algorithm.ES256 else "SM2", encoded(public[1:33]), encoded(public[33:]), kid=kid)


def written_private(algorithm: Algorithm, secret: bytes, *, kid: str = "") -> PrivateJwk:
    """A private key as JWK, for the one who will keep it."""
    public = written(algorithm, PrivateKey(algorithm, secret).public)
    return PrivateJwk(public.kty, public.crv, public.x, encoded(secret), public.y, kid)


def thumbprint(algorithm: Algorithm, public: bytes) -> str:
    """The key's name that everyone computes alike (RFC 7638, SHA-256)."""
    jwk = written(algorithm, public)
    members = {"crv": jwk.crv, "kty": jwk.kty, "x": jwk.x} | ({"y": jwk.y} if jwk.y else {})
    return encoded(hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest())


def encoded(data: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError unless `text` is exactly how those bytes are written."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("not base64url") from None
    if encoded(data) != text:
        raise ValueError("not base64url")
    return data


def _coordinate(text: str) -> bytes:
    try:
        data = decoded(text)
    except ValueError:
        raise PointNotOnCurve("a coordinate is not base64url") from None
    if len(data) != _COORDINATE_BYTES:
        raise PointNotOnCurve("a coordinate is not 32 bytes")
    return data
