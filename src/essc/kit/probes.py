"""What machines ask about a process: does it live (`/healthz`), may it be given work (`/readyz`), what has it counted (`/metrics`)."""
import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec

from essc.kit import clock, metrics, troubles
from essc.kit.db.pool import Database
from essc.kit.http.front import Application
from essc.kit.http.incoming import Receive, Scope, Send

PATIENCE_SECONDS: Final = 2.0
JSON: Final = b"application/json"


async def readiness(db: Database) -> Mapping[str, str]:
    """Whether a process may be given work: each condition with `ok`, or what is wrong with it."""
    return {"database": await _database(db), "clock": "ok" if clock.clock.ready() else f"off by {clock.clock.offset.total_seconds():.1f} s"}


async def _database(db: Database) -> str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await db.correct_clock()
    except TimeoutError:
        return "slow"
    except Exception as error:
        if not troubles.is_away(error):
            raise
        return "away"
    return "ok"


def probes(db: Database) -> dict[str, Application]:
    """The applications behind the three paths. However many ask at once whether a process is ready, the database is asked once."""
    asking: list[asyncio.Task[Mapping[str, str]]] = []

    async def once() -> Mapping[str, str]:
        if not asking or asking[0].done():
            asking[:] = [asyncio.create_task(readiness(db))]
        return await asyncio.shield(asking[0])

    async def alive(scope: Scope, receive: Receive, send: Send) -> None:
        await _send(send, 200, JSON, b'{"alive":true}')

    async def ready(scope: Scope, receive: Receive, send: Send) -> None:
        found = await once()
        well = all(word == "ok" for word in found.values())
        await _send(send, 200 if well else 503, JSON, msgspec.json.encode({"ready": well, **found}))

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        await _send(send, 200, metrics.CONTENT_TYPE.encode(), metrics.render())

    return {"/healthz": alive, "/readyz": ready, "/metrics": counted}


async def _send(send: Send, status: int, media: bytes, body: bytes) -> None:
    headers = [(b"content-type", media), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
