"""HTTP Message Signatures (RFC 9421): reading one, and judging it.

What must be covered: `@method @path @query`, with a body `content-digest content-type`, with a key `idempotency-key`;
parameters `created` (five minutes either way), `keyid`, `tag="essc"`. The algorithm comes from the key, never from the message.
A signature of exactly the shape our own client writes is read by one regular expression, every other by the full grammar.
"""
import base64
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, Protocol
from urllib.parse import quote, unquote_plus

from essc.kit import crypto
from essc.kit.errors import Refused
from essc.kit.http import refusals, structured
from essc.kit.http.incoming import SignedRequest
from essc.kit.http.structured import InnerList, Params

TAG: Final = "essc"
LEEWAY_SECONDS: Final = 300
ALWAYS: Final = ("@method", "@path", "@query")
WITH_BODY: Final = ("content-digest", "content-type")
HMAC_SHA256: Final = "hmac-sha256"

_CANONICAL: Final = re.compile(
    rb'([a-z*][a-z0-9_.*-]{0,63})=(\("@method" "@path" "@query" "content-digest" "content-type" "idempotency-key"\)'
    rb';created=(\d{1,12});keyid="([!#-\[\]-~]{1,255})";tag="essc")')

Value = Callable[[str, Params], str | None]
"""From a component's name and parameters to its value in a message, None when the message has none."""


class Key(Protocol):
    """What a signature is checked with: the algorithm is a property of the key."""

    @property
    def algorithm(self) -> str:
        """The registered name: ed25519, ecdsa-p256-sha256, hmac-sha256, or ours: sm2-sm3."""

    def holds(self, base: bytes, signature: bytes) -> bool:
        """Whether `signature` of `base` was made with this key, in constant time for secrets."""


class HmacKey(NamedTuple):
    """A shared secret."""

    secret: bytes
    algorithm: str = HMAC_SHA256

    def holds(self, base: bytes, signature: bytes) -> bool:
        """Whether the MAC fits."""
        return hmac.compare_digest(hmac.digest(self.secret, base, "sha256"), signature)


class PublicKey(NamedTuple):
    """The public half of a partner's key: an algorithm of kit.crypto and the raw key."""

    algorithm: str
    public: bytes

    def holds(self, base: bytes, signature: bytes) -> bool:
        """Whether the signature fits. A signature that is not even of its form does not."""
        try:
            return crypto.verify(crypto.Algorithm(self.algorithm), self.public, base, signature)
        except crypto.SignatureMalformed:
            return False


class Claim(NamedTuple):
    """A signature that was read and is not judged yet: look up `keyid`, then `check` it."""

    keyid: str
    created: int
    base: bytes
    signature: bytes
    body: bytes
    digest: str
    algorithm: str


def claim(request: SignedRequest) -> Claim:
    """Read the signature of a request. Raises the refusal of the first rule that it breaks; nothing is judged by key yet."""
    given = request.headers.get(b"signature-input")
    signature = request.headers.get(b"signature")
    if given is None or signature is None:
        raise refusals.SignatureMissing("Signature-Input and Signature are needed")
    found = _canonical(request, given, signature) or _general(request, given.decode("latin-1"), signature.decode("latin-1"))
    if abs(request.received_at.timestamp() - found.created) > LEEWAY_SECONDS:
        raise refusals.SignatureExpired("created is more than five minutes from our clock", created=found.created)
    return found


def check(claim: Claim, key: Key | None) -> None:
    """Judge a claim with the key it names. Raises KeyUnknown, SignatureAlgorithmWrong, DigestMissing, DigestMismatch, SignatureWrong."""
    if key is None:
        raise refusals.KeyUnknown("no key of this id may sign here", keyid=claim.keyid)
    if claim.algorithm and claim.algorithm != key.algorithm:
        raise refusals.SignatureAlgorithmWrong(f"the key is for {key.algorithm}", algorithm=key.algorithm)
    if claim.digest or claim.body:
        _check_digest(claim)
    if not key.holds(claim.base, claim.signature):
        raise refusals.SignatureWrong("the signature does not fit", expected=claim.base.decode("latin-1"))


async def verify(request: SignedRequest, find: Callable[[str], Awaitable[Key | None]]) -> Claim:
    """Read and judge the signature of a request; `find` looks a key up by its id. Raises as `claim` and `check` do."""
    found = claim(request)
    check(found, await find(found.keyid))
    return found


def _check_digest(claim: Claim) -> None:
    expected = base64.b64encode(hashlib.sha256(claim.body).digest())
    if claim.digest == f"sha-256=:{expected.decode()}:":
        return
    try:
        given = structured.byte_sequences(claim.digest).get("sha-256") if claim.digest else None
    except structured.Malformed as error:
        raise refusals.DigestMissing(f"Content-Digest cannot be read: {error}") from error
    if given is None:
        raise refusals.DigestMissing("Content-Digest with sha-256 is needed")
    if given != hashlib.sha256(claim.body).digest():
        raise refusals.DigestMismatch("Content-Digest is not the SHA-256 of the body")


def _canonical(request: SignedRequest, given: bytes, signature: bytes) -> Claim | None:
    """The claim of a signature in our own client's shape; None for any other, which is not wrong for it."""
    match = _CANONICAL.fullmatch(given)
    headers = request.headers
    if match is None or b"idempotency-key" not in headers or b"content-digest" not in headers or b"content-type" not in headers:
        return None
    label, params, created, keyid = match.groups()
    if not (signature.startswith(label + b"=:") and signature.endswith(b":")):
        return None
    digest = headers[b"content-digest"]
    base = (b'"@method": %b\n"@path": %b\n"@query": ?%b\n"content-digest": %b\n"content-type": %b\n"idempotency-key": %b\n"@signature-params": %b'
            % (request.method.encode(), request.path or b"/", request.query, digest, headers[b"content-type"], headers[b"idempotency-key"], params))
    try:
        value = structured.unpacked(signature[len(label) + 2:-1])
    except structured.Malformed:
        return None
    return Claim(keyid.decode(), int(created), base, value, request.body, digest.decode("latin-1"), "")


def _general(request: SignedRequest, given: str, signature: str) -> Claim:
    try:
        inputs, values = structured.inner_lists(given), structured.byte_sequences(signature)
    except structured.Malformed as error:
        raise refusals.SignatureMalformed(str(error)) from error
    label = _ours(inputs)
    covered = inputs[label]
    if label not in values:
        raise refusals.SignatureMissing(f"Signature has no value for {label}")
    created, keyid, algorithm = _parameters(covered.params, request.received_at.timestamp())
    _must_cover(request, covered)
    base = base_of(covered, lambda name, params: component(request, name, params))
    return Claim(keyid, created, base, values[label], request.body, request.header(b"content-digest"), algorithm)


def _ours(inputs: Mapping[str, InnerList]) -> str:
    """The label of the signature that is meant for us. Proxies on the way may have added their own."""
    labels = [label for label, inner in inputs.items() if inner.params.get("tag") == TAG]
    if len(labels) == 1:
        return labels[0]
    if labels:
        raise refusals.SignatureMalformed(f'more than one signature with tag="{TAG}"')
    if len(inputs) == 1:
        raise refusals.SignatureParameterMissing(f'tag="{TAG}" is needed', parameter="tag")
    raise refusals.SignatureMissing(f'no signature with tag="{TAG}"')


def _parameters(params: Params, now: float) -> tuple[int, str, str]:
    created, keyid, algorithm, expires = (params.get(name) for name in ("created", "keyid", "alg", "expires"))
    if not isinstance(created, int) or isinstance(created, bool):
        raise refusals.SignatureParameterMissing("created is needed, in seconds", parameter="created")
    if not isinstance(keyid, str) or not keyid:
        raise refusals.SignatureParameterMissing("keyid is needed", parameter="keyid")
    if isinstance(expires, int) and expires < now:
        raise refusals.SignatureExpired("the signature has expired", created=created)
    return created, keyid, algorithm if isinstance(algorithm, str) else ""


def _must_cover(request: SignedRequest, covered: InnerList) -> None:
    plain = {item.value for item in covered.items if not item.params}
    needed = [*ALWAYS]
    if request.body or b"content-digest" in request.headers:
        needed += WITH_BODY
    if b"idempotency-key" in request.headers:
        needed.append("idempotency-key")
    for name in needed:
        if name not in plain:
            raise refusals.SignatureComponentMissing(f"{name} is not covered", component=name)


def base_of(covered: InnerList, value: Value) -> bytes:
    """The signature base (RFC 9421 §2.5) of a message. Raises SignatureComponentMissing, SignatureMalformed."""
    lines, seen = [], set()
    for item in covered.items:
        name = structured.written(InnerList([item], {}))[1:-1]
        if name in seen:
            raise refusals.SignatureMalformed(f"{name} is covered twice")
        seen.add(name)
        found = value(item.value, item.params)
        if found is None:
            raise refusals.SignatureComponentMissing(f"{name} is covered and not in the message, or not supported", component=item.value)
        lines.append(f"{name}: {found}")
    lines.append(f'"@signature-params": {structured.written(covered)}')
    return "\n".join(lines).encode("latin-1")


def component(request: SignedRequest, name: str, params: Params) -> str | None:
    """The value of a component of a request (RFC 9421 §2.1, §2.2)."""
    if name == "@query-param" and set(params) == {"name"}:
        return _query_parameter(request.query.decode("latin-1"), str(params["name"]))
    if params:
        return None
    if not name.startswith("@"):
        return _field(request.headers, name)
    path, query = request.path.decode("latin-1") or "/", request.query.decode("latin-1")
    target = f"{path}?{query}" if query else path
    authority = _authority(request)
    return {
        "@method": request.method, "@path": path, "@query": f"?{query}", "@authority": authority, "@scheme": request.scheme,
        "@request-target": target, "@target-uri": f"{request.scheme}://{authority}{target}",
    }.get(name)


def response_component(status: int, headers: Mapping[str, str]) -> Value:
    """The components of a response: `@status` and fields (names in lower case)."""
    def value(name: str, params: Params) -> str | None:
        if params:
            return None
        return str(status) if name == "@status" else headers.get(name)
    return value


def _field(headers: Mapping[bytes, bytes], name: str) -> str | None:
    found = headers.get(name.encode("latin-1"))
    return None if found is None else re.sub(r"[ \t]*\r?\n[ \t]+", " ", found.decode("latin-1").strip(" \t"))


def _authority(request: SignedRequest) -> str:
    host = request.header(b"host").lower()
    usual = {"http": ":80", "https": ":443"}.get(request.scheme, "")
    return host.removesuffix(usual) if usual else host


def _query_parameter(query: str, name: str) -> str | None:
    found = [value for key, _, value in (pair.partition("=") for pair in query.split("&")) if unquote_plus(key) == unquote_plus(name)]
    return quote(unquote_plus(found[0]), safe="*-._") if len(found) == 1 else None


def read_base(request: SignedRequest) -> tuple[str, str] | None:
    """The key id a request names and the base as we read it, whatever else is wrong with its signature; None when there is nothing to read."""
    given = request.headers.get(b"signature-input")
    if given is None:
        return None
    try:
        inputs = structured.inner_lists(given.decode("latin-1"))
        covered = next((inner for inner in inputs.values() if inner.params.get("tag") == TAG), next(iter(inputs.values())))
        keyid = covered.params.get("keyid")
        found = base_of(covered, lambda name, params: component(request, name, params))
    except (structured.Malformed, Refused, StopIteration, UnicodeEncodeError):
        return None
    return (keyid, found.decode("latin-1")) if isinstance(keyid, str) else None


def expected_of(refused: Refused) -> str | None:
    """The string that should have been signed, when `refused` is about a signature that does not fit: for the sandbox."""
    expected = refused.params.get("expected") if isinstance(refused, refusals.SignatureWrong) else None
    return expected if isinstance(expected, str) else None
