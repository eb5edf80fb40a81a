"""Keys as PEM, as OpenSSL and every library write them: PKCS #8 for private keys (RFC 5958), SubjectPublicKeyInfo for public ones (RFC 5280).

Each of the three algorithms has one DER form whose beginning never changes, so nothing is parsed: the beginning is compared.
"""
import base64
import binascii
from typing import Final

from essc.kit.crypto.errors import PointNotOnCurve
from essc.kit.crypto.signing import SECRET_BYTES, Algorithm, PrivateKey

PUBLIC: Final = {
    Algorithm.ED25519: bytes.fromhex("302a300506032b6570032100"),
    Algorithm.ES256: bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    Algorithm.SM2: bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200"),
}
"""What stands before the raw public key (32 or 65 bytes)."""
_SECRET: Final = {
    Algorithm.ED25519: bytes.fromhex("302e020100300506032b657004220420"),
    Algorithm.ES256: bytes.fromhex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420"),
    Algorithm.SM2: bytes.fromhex("308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420"),
}
_ITS_PUBLIC: Final = bytes.fromhex("a144034200")
_LINE: Final = 64


def public_key(text: str) -> tuple[Algorithm, bytes]:
    """The algorithm and the raw public key of a PEM text. Raises PointNotOnCurve when it is none of ours, a private key above all."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 3 or lines[0] != "-----BEGIN PUBLIC KEY-----" or lines[-1] != "-----END PUBLIC KEY-----":
        raise PointNotOnCurve("not a public key in PEM")
    try:
        der = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        raise PointNotOnCurve("not base64") from None
    for algorithm, head in PUBLIC.items():
        length = 32 if algorithm is Algorithm.ED25519 else 65
        if der.startswith(head) and len(der) == len(head) + length:
            return algorithm, der[len(head):]
    raise PointNotOnCurve("not a key of Ed25519, P-256 or SM2")


def written_private(algorithm: Algorithm, secret: bytes) -> str:
    """A private key (32 bytes) as PEM, for the one who will keep it."""
    if len(secret) != SECRET_BYTES:
        raise ValueError("a private key is made from 32 bytes")
    tail = b"" if algorithm is Algorithm.ED25519 else _ITS_PUBLIC + PrivateKey(algorithm, secret).public
    return _written("PRIVATE KEY", _SECRET[algorithm] + secret + tail)


def written_public(algorithm: Algorithm, public: bytes) -> str:
    """A raw public key as PEM."""
    return _written("PUBLIC KEY", PUBLIC[algorithm] + public)


def _written(what: str, der: bytes) -> str:
    text = base64.b64encode(der).decode()
    return "\n".join([f"-----BEGIN {what}-----", *(text[at:at + _LINE] for at in range(0, len(text), _LINE)), f"-----END {what}-----", ""])
