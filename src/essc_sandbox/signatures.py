"""HTTP message signatures (RFC 9421) and content digests (RFC 9530) as a partner would write them.

Written from the RFCs and sharing no code with the platform: when the two sides agree, they agree about the standard.
"""
import base64
import hashlib
import re
import time
from collections.abc import Mapping, Sequence

from essc_sandbox.keyring import PlatformKey, Signer

TAG = "essc"
WINDOW_SECONDS = 300
_INPUT = re.compile(r'^(?P<label>[a-z][a-z0-9]*)=(?P<params>\((?P<covered>[^)]*)\);(?P<rest>.+))$')


class BadSignature(Exception):
    """The message is not signed as it should be; the text says what was expected."""


def digest(body: bytes) -> str:
    """The Content-Digest header of `body`."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def base_text(components: Sequence[tuple[str, str]], params: str) -> bytes:
    """The signature base of RFC 9421 §2.5."""
    lines = [f'"{name}": {value}' for name, value in components]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def sign(key: Signer, key_id: str, components: Sequence[tuple[str, str]], *, label: str = "sig") -> dict[str, str]:
    """The two headers that sign `components`, in their order."""
    covered = " ".join(f'"{name}"' for name, _ in components)
    params = f'({covered});created={int(time.time())};keyid="{key_id}";tag="{TAG}"'
    value = base64.b64encode(key.sign(base_text(components, params))).decode()
    return {"Signature-Input": f"{label}={params}", "Signature": f"{label}=:{value}:"}


def request_components(method: str, path: str, query: str, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a signed request covers: method, path, query and, of the headers, digest, type and idempotency key where present."""
    derived = [("@method", method), ("@path", path), ("@query", f"?{query}")]
    named = [(name, headers[name]) for name in ("content-digest", "content-type", "idempotency-key") if name in headers]
    return derived + named


def verify_request(public: PlatformKey, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> str:
    """Check a signed request; gives the key id. Raises BadSignature."""
    found = _INPUT.match(headers.get("signature-input", ""))
    if found is None:
        raise BadSignature("no Signature-Input header that we can read")
    if body and headers.get("content-digest") != digest(body):
        raise BadSignature("the Content-Digest is not that of the body")
    components = request_components(method, path, query, headers)
    covered = found["covered"].replace('"', "").split()
    if sorted(covered) != sorted(name for name, _ in components):
        raise BadSignature(f"covered components are {covered}, expected {[name for name, _ in components]}")
    values = dict(components)
    _check_times(found["rest"])
    _check_value(public, headers.get("signature", ""), found["label"], base_text([(n, values[n]) for n in covered], found["params"]))
    return _parameter(found["rest"], "keyid")


def _parameter(params: str, name: str) -> str:
    found = re.search(rf'(?:^|;){name}=(?:"([^"]*)"|(\d+))', params)
    return "" if found is None else found[1] or found[2] or ""


def _check_times(params: str) -> None:
    created = _parameter(params, "created")
    if not created.isdigit() or abs(time.time() - int(created)) > WINDOW_SECONDS:
        raise BadSignature("the signature is not of the last five minutes")


def _check_value(public: PlatformKey, header: str, label: str, base: bytes) -> None:
    prefix = f"{label}=:"
    if not (header.startswith(prefix) and header.endswith(":")):
        raise BadSignature("no Signature header of the same label")
    try:
        fits = public.holds(base, base64.b64decode(header[len(prefix):-1], validate=True))
    except ValueError:
        fits = False
    if not fits:
        raise BadSignature(f"wrong signature; expected one over:\n{base.decode()}")
