"""Shows another program's pages under this port: the invented partners of a demonstration. Never used outside of one."""
from collections.abc import Sequence
from typing import Final, NamedTuple

import httpx

from essc.kit.errors import Refused
from essc.kit.http import problems, sites
from essc.kit.http.incoming import Disconnected, Receive, Scope, Send, headers_of, read_body

LARGEST: Final = 64 * 1024
PASSED_ON: Final = frozenset({b"content-type", b"accept", b"accept-language"})
PASSED_BACK: Final = frozenset({"content-type", "location", "content-security-policy", "cache-control"})


_SAID_BY_BROWSERS: Final = frozenset({b"origin", b"sec-fetch-site"})


class _Answer(NamedTuple):
    status: int
    content: bytes
    headers: Sequence[tuple[bytes, bytes]] = ((b"content-type", b"text/plain"),)


class Relay:
    """An ASGI application that asks `url` for whatever comes below `prefix`; cookies and credentials stay here.

    A browser may press a partner's buttons from a page of this very site only; a program says nothing of where it is and may.
    """

    def __init__(self, prefix: str, url: str, client: httpx.AsyncClient) -> None:
        self.prefix = prefix
        self._url = url.rstrip("/")
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and its answer back; 502 when nobody answers."""
        try:
            answer = await self._asked(scope, receive)
        except Disconnected:
            return
        except Refused as refused:
            answer = _Answer(problems.status_of(refused), refused.code.encode())
        except (httpx.HTTPError, httpx.InvalidURL):
            answer = _Answer(502, b"the partner does not answer")
        length = (b"content-length", str(len(answer.content)).encode())
        await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, length]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.content})

    async def _asked(self, scope: Scope, receive: Receive) -> _Answer:
        given = headers_of(scope)
        if scope["method"] not in ("GET", "HEAD") and _SAID_BY_BROWSERS & given.keys():
            sites.same_site(given, scope["scheme"])
        body = await read_body(receive, given, LARGEST)
        path, query = scope["path"].removeprefix(self.prefix), scope["query_string"].decode("latin-1")
        headers = [(name, value) for name, value in scope["headers"] if name in PASSED_ON]
        answer = await self._client.request(scope["method"], f"{self._url}/{path.lstrip('/')}" + (f"?{query}" if query else ""),
                                            headers=headers, content=body)
        back = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items() if name in PASSED_BACK]
        return _Answer(answer.status_code, answer.content, back)
