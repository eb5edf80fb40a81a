"""A request as it came over the wire: raw, bounded, and read once."""
import asyncio
import itertools
import secrets
from collections.abc import Callable, Coroutine, Generator, MutableMapping
from datetime import datetime
from typing import Any, Final

from essc.kit import clock
from essc.kit.http import refusals

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Coroutine[Any, Any, Message]]
Send = Callable[[Message], Coroutine[Any, Any, None]]
Headers = list[tuple[bytes, bytes]]

MIB: Final = 1024 * 1024
BODY_LIMIT: Final = MIB
"""Bytes of a request body, where an operation says nothing else."""
HEADER_LIMIT: Final = 16 * 1024
"""Bytes of all header names and values of a request together."""
BODY_SECONDS: Final = 10.0
"""A body that has not arrived whole after this many seconds is given up (408)."""

SINGLE: Final = (
    b"authorization", b"content-digest", b"content-length", b"content-type", b"host", b"idempotency-key", b"signature", b"signature-input",
)
"""Headers that may stand once: what they mean would depend on who reads them."""

_process: Final = secrets.token_hex(4)
_counter: Final = itertools.count(1)


def request_id() -> str:
    """A name for one request, different in every process and at every call. Not a secret."""
    return f"req_{_process}{next(_counter):06x}"


class Disconnected(Exception):
    """The caller has gone before the request was read."""


class SignedRequest:
    """What an authenticator sees: the exact bytes that were sent, so that signatures can be checked over them."""

    __slots__ = ("body", "headers", "idempotency_key", "method", "path", "peer", "query", "received_at", "request_id", "scheme")

    def __init__(self, scope: Scope, headers: dict[bytes, bytes], body: bytes, request_id: str, received_at: datetime | None = None) -> None:
        self.method: str = scope["method"]
        self.path: bytes = scope.get("raw_path") or scope["path"].encode()
        """The path as it was sent, percent-encoded, without the query."""
        self.query: bytes = scope["query_string"]
        """What stood after the question mark, as it was sent."""
        self.scheme: str = scope.get("scheme", "http")
        self.headers = headers
        """By lower-case name; repeated ones joined by a comma (never those of SINGLE)."""
        self.body = body
        self.request_id = request_id
        self.received_at = received_at or clock.now()
        client = scope.get("client")
        self.peer: str = client[0] if client else ""
        self.idempotency_key = ""

    def header(self, name: bytes) -> str:
        """A header's value as text, "" when it is not there."""
        return self.headers.get(name, b"").decode("latin-1")


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The headers by name. Raises HeaderDuplicated for one that may stand only once, HeadersTooLarge for too many bytes."""
    pairs = scope["headers"]
    headers = dict(pairs)
    if len(headers) != len(pairs):
        headers = _joined(pairs)
    if sum(map(len, headers)) + sum(map(len, headers.values())) > HEADER_LIMIT:
        raise refusals.HeadersTooLarge(limit=HEADER_LIMIT)
    return headers


def _joined(pairs: Headers) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in pairs:
        if name in headers and name in SINGLE:
            raise refusals.HeaderDuplicated(f"{name.decode('latin-1')} stands twice", header=name.decode("latin-1"))
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


async def read_body(receive: Receive, headers: dict[bytes, bytes], limit: int = BODY_LIMIT, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body. Raises BodyTooLarge beyond `limit` bytes, BodyTooSlow after `seconds`, Disconnected when the caller goes."""
    announced = headers.get(b"content-length")
    if announced is None and b"transfer-encoding" not in headers:
        return b""
    if announced is not None and announced.isdigit() and int(announced) > limit:
        raise refusals.BodyTooLarge(limit=limit)
    steps = receive().__await__()
    try:
        waits_for = next(steps)
    except StopIteration as arrived:
        message: Message = arrived.value
        if message["type"] == "http.request" and not message.get("more_body"):
            return _bounded(message.get("body", b""), limit)
        first = None
    else:
        first = _Resumed(waits_for, steps)
    try:
        async with asyncio.timeout(seconds):
            return await _rest(receive, message if first is None else await first, limit)
    except TimeoutError as error:
        raise refusals.BodyTooSlow(seconds=int(seconds)) from error


class _Resumed:
    """The rest of an awaitable whose first step was made by hand: a body that is there already needs no timer."""

    __slots__ = ("_steps", "_waits_for")

    def __init__(self, waits_for: Any, steps: Generator[Any, Any, Message]) -> None:
        self._waits_for = waits_for
        self._steps = steps

    def __await__(self) -> Generator[Any, Any, Message]:
        yield self._waits_for
        return (yield from self._steps)


async def _rest(receive: Receive, message: Message, limit: int) -> bytes:
    parts, size = [], 0
    while True:
        if message["type"] != "http.request":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise refusals.BodyTooLarge(limit=limit)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


async def drained(receive: Receive, headers: dict[bytes, bytes], most: int, seconds: float = BODY_SECONDS) -> bool:
    """Let a body that is too large arrive, and drop it: a browser that is not read to the end shows no answer. False beyond `most` bytes.

    Raises BodyTooSlow after `seconds`, Disconnected when the caller goes.
    """
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or int(announced) > most:
        return False
    try:
        async with asyncio.timeout(seconds):
            return await _dropped(receive, most)
    except TimeoutError as error:
        raise refusals.BodyTooSlow(seconds=int(seconds)) from error


async def _dropped(receive: Receive, most: int) -> bool:
    size = 0
    while size <= most:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            return True
    return False


def _bounded(body: bytes, limit: int) -> bytes:
    if len(body) > limit:
        raise refusals.BodyTooLarge(limit=limit)
    return body
