"""The front door: which of the applications behind one port a request is for, decided by the beginning of its path."""
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from essc.kit.http.incoming import Receive, Scope, Send

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Lifespan = Callable[[], AbstractAsyncContextManager[Any]]


class Front:
    """`/v1/…` goes to the API, an exact path of `exact` to its own application, all else to the site.

    `lifespan` opens what the applications need when the server starts, and closes it when it stops.
    """

    def __init__(self, api: Application, site: Application, exact: Mapping[str, Application], lifespan: Lifespan | None = None) -> None:
        self._api = api
        self._site = site
        self._exact = exact
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or live through start and stop of the server."""
        if scope["type"] == "http":
            path: str = scope["path"]
            if path.startswith("/v1/"):
                await self._api(scope, receive, send)
            else:
                await self._exact.get(path, self._site)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with _opened(self._lifespan):
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def _opened(lifespan: Lifespan | None) -> AbstractAsyncContextManager[Any]:
    return lifespan() if lifespan is not None else nullcontext()
