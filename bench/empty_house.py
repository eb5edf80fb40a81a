"""The HTTP stack with nothing behind it: one POST and one empty answer, on the edge that all operations use. The limit of other benches."""
import sys
from typing import Any

import uvicorn

from essc.kit.db.tx import Actor
from essc.kit.http.api import Api, ApiSettings
from essc.kit.http.operations import Operations
from essc.kit.http.types import Body, View
from essc.kit.i18n import Texts
from essc.kit.throttle import Rate
from essc.names import PREFIXES

operations = Operations("nothing")


class Nothing(Body):
    """What a counter sends."""

    code: str
    scene: str


class Empty(View):
    """What is answered."""

    verdict: str = "NONE"


@operations.calls("POST /v1/nothing", by="public", answers=Empty, idempotent=False)
async def nothing(who: Actor, body: Nothing) -> Empty:
    """Read a body, answer something."""
    return Empty()


@operations.calls("POST /v1/empty", by="public", answers=Empty, idempotent=False)
async def empty(who: Actor) -> Empty:
    """Answer something."""
    return Empty()


class House:
    """The edge and a probe."""

    def __init__(self) -> None:
        self._api = Api([operations], db=None, authenticators={}, texts=Texts.load(),   # type: ignore[arg-type]  # nothing here asks the database
                        settings=ApiSettings(prefixes=PREFIXES, rates={"public": Rate("public", 1_000_000_000, 1)}))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """`/v1/…` is the edge; everything else is well."""
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await self._api(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    uvicorn.run(House(), host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none", lifespan="off", access_log=False,
                log_level="critical", server_header=False, backlog=2048)
