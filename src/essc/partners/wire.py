"""How we speak with every partner: JSON over HTTP, signed both ways (RFC 9421), bounded in time and size, behind a circuit of its own.

An answer that did not come, or cannot be trusted, is unknown. It is never taken for a no.
"""
import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from essc.kit import clock
from essc.kit.crypto import Keys
from essc.kit.errors import Kind, Refused
from essc.kit.http import signature, structured
from essc.kit.http.signature import PublicKey
from essc.kit.http.signing import SigningKey, signed

T = TypeVar("T")

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 10.0
LARGEST_ANSWER: Final = 2 * 1024 * 1024
FAILURES_TO_OPEN: Final = 5
OPEN_SECONDS: Final = 10.0
_BUG_NOT_FAULT: Final = frozenset({400, 401, 403, 404, 409, 422})


class PartnerSilent(Refused):
    """A partner did not answer in time, or answered that it cannot; what became of the request is unknown."""

    kind, code = Kind.UNAVAILABLE, "partner_silent"


class PartnerNotTrusted(Refused):
    """A partner's answer is not signed as agreed, or cannot be read."""

    kind, code = Kind.UNAVAILABLE, "partner_not_trusted"


class PartnerRefuses(Refused):
    """A partner understood the request and said no; `reason` is the partner's own code."""

    kind, code = Kind.CONFLICT, "partner_refuses"


class HouseKey:
    """Our own signing key for partners, by name: handed to the clients by `app`, so that they see no other key."""

    def __init__(self, keys: Keys, name: str = "partners") -> None:
        self._keys, self._name = keys, name

    @property
    def keyid(self) -> str:
        """The id of the version that signs now."""
        return self._keys.public(self._name)[0].key_id

    def sign(self, base: bytes) -> bytes:
        """The raw signature of `base`."""
        return self._keys.sign(self._name, base).value


class Circuit:
    """Open after five failures in a row: for ten seconds nobody waits for a partner that does not answer."""

    def __init__(self) -> None:
        self._failures = 0
        self._opened_at = 0.0

    def check(self, name: str) -> None:
        """Raises PartnerSilent while open."""
        left = self._opened_at + OPEN_SECONDS - clock.stopwatch()
        if self._failures >= FAILURES_TO_OPEN and left > 0:
            raise PartnerSilent(f"{name} has not answered for a while", retry_after=left)

    def note(self, answered: bool) -> None:
        """Remember how the last question went."""
        self._failures = 0 if answered else self._failures + 1
        self._opened_at = clock.stopwatch() if self._failures >= FAILURES_TO_OPEN else 0.0


class Partner:
    """One partner: where it is, what it signs with, and how we ask."""

    def __init__(self, name: str, url: str, client: httpx.AsyncClient, key: SigningKey, peers: Mapping[str, PublicKey]) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._client = client
        self._key = key
        self.peers = peers
        self._circuit = Circuit()

    async def ask(self, path: str, question: Any, answer: type[T], *, request_id: str, signed_answer: bool = True) -> T:
        """POST `question`, signed, and read the answer, checked. `request_id` makes asking again safe.

        Raises PartnerSilent, PartnerNotTrusted, PartnerRefuses.
        """
        self._circuit.check(self.name)
        response = await self._post(f"{self._url}{path}", msgspec.json.encode(question), request_id)
        if not response.is_success:
            raise PartnerRefuses(f"{self.name} answered {response.status_code}", reason=_reason(response))
        if signed_answer:
            self._check_signature(response)
        try:
            return msgspec.json.decode(response.content, type=answer)
        except msgspec.DecodeError:
            raise PartnerNotTrusted(f"{self.name} answered something that cannot be read") from None

    async def _post(self, url: str, body: bytes, request_id: str) -> httpx.Response:
        headers = signed("POST", urlsplit(url).path, body, key=self._key, idempotency_key=request_id)
        answered = False
        try:
            response = await self._client.post(url, content=body, headers=headers)
            answered = response.is_success or response.status_code in _BUG_NOT_FAULT
        except httpx.HTTPError as error:
            raise PartnerSilent(f"{self.name} did not answer: {type(error).__name__}", retry_after=2) from None
        finally:
            self._circuit.note(answered)
        if not answered or len(response.content) > LARGEST_ANSWER:
            raise PartnerSilent(f"{self.name} answered {response.status_code}", retry_after=2)
        return response

    def _check_signature(self, response: httpx.Response) -> None:
        try:
            inputs = structured.inner_lists(response.headers.get("signature-input", ""))
            label, covered = next(iter(inputs.items()), ("", None))
            value = structured.byte_sequences(response.headers.get("signature", ""))[label]
            assert covered is not None
            base = signature.base_of(covered, signature.response_component(response.status_code, response.headers))
        except (structured.Malformed, KeyError, AssertionError, Refused):
            raise PartnerNotTrusted(f"{self.name}: no signature that can be read") from None
        key = self.peers.get(str(covered.params.get("keyid")))
        created = covered.params.get("created")
        names = {item.value for item in covered.items}
        fresh = isinstance(created, int) and abs(clock.now().timestamp() - created) <= signature.LEEWAY_SECONDS
        if key is None or not fresh or not {"@status", "content-digest"} <= names or not key.holds(base, value):
            raise PartnerNotTrusted(f"{self.name}: the signature does not fit")
        if response.headers["content-digest"] != digest(response.content):
            raise PartnerNotTrusted(f"{self.name}: the digest is not that of the answer")


def digest(body: bytes) -> str:
    """The Content-Digest of a body (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def open_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """An HTTP client for partners, with our limits of time; no proxies of the environment, no redirects."""
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False)


def _reason(response: httpx.Response) -> str:
    try:
        told = msgspec.json.decode(response.content)
        return str(told["error"])[:60] if isinstance(told, dict) and "error" in told else "no_reason"
    except msgspec.DecodeError:
        return "no_reason"
