"""Over a real socket: slow and endless heads, trickling and oversized bodies, and the order of start and stop."""
import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from essc.kit.db.pool import Database
from essc.kit.http.front import Front
from essc.kit.http.server import BoundedProtocol
from tests.kit import toys


class Hasty(BoundedProtocol):
    """Waits for a head only as long as a test may."""

    head_seconds = 0.1
    head_bytes = 20_000


@asynccontextmanager
async def serving(db: Database) -> AsyncIterator[int]:
    """A server on a port of its own."""
    api = toys.api(db, body_seconds=0.1)
    config = uvicorn.Config(Front(api, api, {}), port=0, http=Hasty, log_config=None, ws="none", lifespan="on", timeout_keep_alive=5)   # type: ignore[arg-type]
    server = uvicorn.Server(config)
    server.capture_signals = lambda: Quiet()       # type: ignore[method-assign,assignment]
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


class Quiet:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


async def told(port: int, *parts: bytes) -> bytes:
    """What the server says to these bytes until it ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionResetError:
        return b"reset"
    finally:
        writer.close()


HEAD = b"POST /v1/toys HTTP/1.1\r\nhost: a\r\nauthorization: Bearer mei\r\nidempotency-key: k\r\ncontent-type: application/json\r\n"
TALKS = [
    ("nothing at all", [b""], b"408"),
    ("half a head", [b"GET /v1/toys HTTP/1.1\r\nhost"], b"408"),
    ("half of a second head", [b"GET /v1/toys HTTP/1.1\r\nhost: a\r\n\r\n", b"GET /v1"], b"408"),
    ("a head without an end", [b"GET /v1/toys HTTP/1.1\r\n", *[b"x: " + b"y" * 9000 + b"\r\n"] * 4], b"431"),
    ("one header without an end", [b"GET /v1/toys HTTP/1.1\r\nx: ", *[b"y" * 9000] * 4], b"431"),
    ("a body that does not come", [HEAD + b"content-length: 100\r\n\r\n{"], b"408"),
    ("a body in pieces that does not end", [HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"], b"408"),
    ("a body said to be too large", [HEAD + b"content-length: 50000000\r\n\r\n{"], b"413"),
    ("a body that is too large without saying so", [HEAD + b"transfer-encoding: chunked\r\n\r\n", *[b"10000\r\n" + b" " * 65536 + b"\r\n"] * 17], b"413"),
    ("no HTTP", [b"\x16\x03\x01\x00\x00\r\n\r\n"], b"400"),
]


@pytest.mark.parametrize(("parts", "status"), [row[1:] for row in TALKS], ids=[row[0] for row in TALKS])
async def test_whoever_is_too_slow_or_says_too_much_is_let_go(shelf: Database, parts: list[bytes], status: bytes) -> None:
    async with serving(shelf) as port:
        answer = await told(port, *parts)
    assert re.findall(rb"HTTP/1\.1 (\d+) ", answer)[-1] == status


async def test_while_others_dawdle_a_proper_request_is_answered(shelf: Database) -> None:
    async with serving(shelf) as port:
        slow = [asyncio.create_task(told(port, b"GET /v1/toys HTTP/1.1\r\nx: ")) for _ in range(50)]
        answer = await told(port, b"GET /v1/toys HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        ended = await asyncio.gather(*slow)
    assert answer.startswith(b"HTTP/1.1 200 ") and b"x-request-id: req_" in answer
    assert {one[:12] for one in ended} == {b"HTTP/1.1 408"}


async def test_a_lifespan_that_fails_stops_the_start() -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[None]:
        raise RuntimeError("no database")
        yield

    said: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, str]) -> None:
        said.append(message["type"])

    with pytest.raises(RuntimeError):
        await Front(None, None, {}, broken)({"type": "lifespan"}, receive, send)       # type: ignore[arg-type]
    assert said == ["lifespan.startup.failed"]
