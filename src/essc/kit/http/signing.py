"""A small client's half of RFC 9421: the headers that make a request one that our edge accepts.

    headers = signed("POST", "/v1/code-redemptions", b'{"code":"…"}', key=SharedSecret("ts_…", secret), idempotency_key="…")
"""
import base64
import hashlib
import hmac
from typing import Final, NamedTuple, Protocol

from essc.kit import clock, crypto
from essc.kit.http.signature import TAG

LABEL: Final = "sig"


class SigningKey(Protocol):
    """Something that signs under a key id the platform knows."""

    @property
    def keyid(self) -> str:
        """The id under which the platform finds the key to check with."""

    def sign(self, base: bytes) -> bytes:
        """The raw signature of `base`."""


class SharedSecret(NamedTuple):
    """A terminal session: HMAC-SHA-256."""

    keyid: str
    secret: bytes

    def sign(self, base: bytes) -> bytes:
        """The MAC of `base`."""
        return hmac.digest(self.secret, base, "sha256")


class PartnerKey(NamedTuple):
    """A private key: Ed25519, ECDSA P-256 or SM2."""

    keyid: str
    private: crypto.PrivateKey

    def sign(self, base: bytes) -> bytes:
        """The raw 64-byte signature of `base`."""
        return self.private.sign(base)


def signed(method: str, path: str, body: bytes = b"", *, key: SigningKey, query: str = "", idempotency_key: str = "",
           content_type: str = "application/json", created: int | None = None) -> dict[str, str]:
    """The headers to send with a request. `path` and `query` as they go over the wire; `created` in seconds, now when None."""
    headers, lines = {}, [("@method", method), ("@path", path), ("@query", f"?{query}")]
    if body:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {"content-digest": f"sha-256=:{digest}:", "content-type": content_type}
    if idempotency_key:
        headers["idempotency-key"] = idempotency_key
    lines += headers.items()
    covered = " ".join(f'"{name}"' for name, _ in lines)
    moment = int(clock.now().timestamp()) if created is None else created
    params = f'({covered});created={moment};keyid="{key.keyid}";tag="{TAG}"'
    base = "".join(f'"{name}": {value}\n' for name, value in lines) + f'"@signature-params": {params}'
    value = base64.b64encode(key.sign(base.encode("latin-1"))).decode()
    return headers | {"signature-input": f"{LABEL}={params}", "signature": f"{LABEL}=:{value}:"}
