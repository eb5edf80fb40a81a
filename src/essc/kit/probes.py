"""What machines ask about a process: does it live (`/healthz`), may it be given work (`/readyz`), what has it counted (`/metrics`)."""
import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import msgspec

from essc.kit import clock, metrics, troubles
from essc.kit.db.pool import Database

Asgi = Callable[[MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]

PATIENCE_SECONDS: Final = 2.0
JSON: Final = b"application/json"


class Readiness:
    """Whether a process may be given work: its database answers and its clock agrees with the database's."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def look(self) -> Mapping[str, str]:
        """Each condition with `ok`, or what is wrong with it."""
        return {"database": await self._database(), "clock": "ok" if clock.clock.ready() else f"off by {clock.clock.offset.total_seconds():.1f} s"}

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._db.correct_clock()
        except TimeoutError:
            return "slow"
        except Exception as error:
            if not troubles.is_away(error):
                raise
            return "away"
        return "ok"


def probed(inner: Asgi, readiness: Callable[[], Readiness]) -> Asgi:
    """`inner` with the three paths in front of it."""
    async def answer(scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path == "/healthz":
            await _send(send, 200, JSON, b'{"alive":true}')
        elif path == "/readyz":
            found = await readiness().look()
            ready = all(word == "ok" for word in found.values())
            await _send(send, 200 if ready else 503, JSON, msgspec.json.encode({"ready": ready, **found}))
        elif path == "/metrics":
            await _send(send, 200, metrics.CONTENT_TYPE.encode(), metrics.render())
        else:
            await inner(scope, receive, send)
    return answer


async def _send(send: Callable[[Any], Awaitable[None]], status: int, media: bytes, body: bytes) -> None:
    headers = [(b"content-type", media), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
