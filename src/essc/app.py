"""The wiring of the house: which rooms there are, what each hands over, and how a process is put together from it.

Everything is named here once and by hand: a room that is not in these lists is not in the house.
"""
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from essc.keys.queries import KeyRing
from essc.kit import outbox
from essc.kit.db.checks import Check
from essc.kit.db.pool import Database
from essc.kit.outbox import Subscribers
from essc.kit.probes import Asgi, Readiness, probed
from essc.settings import Settings

OPERATIONS: Final[Sequence[Any]] = ()
"""The operations of every room's `api.py`, in the order of the reference."""
PAGES: Final[Sequence[Any]] = ()
"""The pages of every surface."""
SUBSCRIBERS: Final[Sequence[Subscribers]] = ()
"""The jobs of every room: who hears what, and what runs every so often."""
CHECKS: Final[Sequence[Check]] = (*outbox.CHECKS,)
"""Every invariant that `essc check` proves again."""


def keys(settings: Settings) -> KeyRing:
    """The key ring of the installation, made at the first start. Raises the refusals of room `keys`."""
    path = settings.key_file or settings.data / "keys.json"
    passphrase = settings.key_passphrase.reveal() if settings.key_passphrase else None
    return KeyRing.create(path, suite=settings.suite, passphrase=passphrase)


@asynccontextmanager
async def database(settings: Settings, *, largest: int | None = None) -> AsyncIterator[Database]:
    """The database that the settings name, with the keys its transactions carry. Raises what Database.open raises."""
    if settings.database_url is None:
        raise ValueError("a process of an installation is told its database: ESSC_DATABASE_URL")
    db = await Database.open(settings.database_url.reveal(), keys(settings), largest=largest or settings.database_connections)
    try:
        await db.correct_clock()
        yield db
    finally:
        await db.close()


class Process:
    """One HTTP process: opens what it needs when the server starts it and closes it in order at the end."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._readiness: Readiness | None = None
        self._inner: Asgi = _nothing_here
        self._probed = probed(self._forward, self._ready)

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._probed(scope, receive, send)

    async def _forward(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        await self._inner(scope, receive, send)

    def _ready(self) -> Readiness:
        assert self._readiness is not None
        return self._readiness

    async def _live(self, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        """The ASGI lifespan: open, say so, wait for the end, close."""
        await receive()
        async with database(self.settings) as db:
            self._readiness = Readiness(db)
            self._inner = site(self.settings, db)
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def site(settings: Settings, db: Database) -> Asgi:
    """What answers requests: the operations of the rooms and the pages of the surfaces."""
    return _nothing_here


async def _nothing_here(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
