"""Shows another program's pages under this port: the invented partners of a demonstration. Never used outside of one."""
from typing import Final

import httpx

from essc.kit.http.incoming import Receive, Scope, Send, headers_of, read_body

LARGEST: Final = 64 * 1024
PASSED_ON: Final = frozenset({b"content-type", b"accept", b"accept-language"})
PASSED_BACK: Final = frozenset({"content-type", "location", "content-security-policy", "cache-control"})


class Relay:
    """An ASGI application that asks `url` for whatever comes below `prefix`; cookies and credentials stay here."""

    def __init__(self, prefix: str, url: str, client: httpx.AsyncClient) -> None:
        self.prefix = prefix
        self._url = url.rstrip("/")
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on and its answer back; 502 when nobody answers."""
        path = scope["path"].removeprefix(self.prefix)
        query = scope["query_string"].decode("latin-1")
        headers = [(name, value) for name, value in scope["headers"] if name in PASSED_ON]
        try:
            body = await read_body(receive, headers_of(scope), LARGEST)
            answer = await self._client.request(scope["method"], f"{self._url}/{path.lstrip('/')}" + (f"?{query}" if query else ""),
                                                headers=headers, content=body)
            status, content = answer.status_code, answer.content
            back = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items() if name in PASSED_BACK]
        except httpx.HTTPError:
            status, content, back = 502, b"the partner does not answer", [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": status, "headers": [*back, (b"content-length", str(len(content)).encode())]})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})
