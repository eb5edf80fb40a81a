"""uvicorn's HTTP protocol with the bounds it lacks: how long the head of a request may take, and how large it may be.

Use it as `uvicorn.Config(…, http=BoundedProtocol)`. Bodies are bounded by the edge itself (`kit.http.incoming`).
"""
from asyncio import TimerHandle, Transport
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Whoever sends the head of a request byte by byte, or without an end, is let go."""

    head_seconds: ClassVar[float] = 10.0
    """From the connection, or the first byte of a further request, to the end of its headers."""
    head_bytes: ClassVar[int] = 64 * 1024
    """Request line and headers together; the edge answers properly up to its own lower limit, beyond this nothing is kept."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._in_head = True
        self._head_began = self.loop.time()
        self._received = 0
        self._watch: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A connection: watch it from now on."""
        super().connection_made(transport)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        super().connection_lost(exc)
        if self._watch is not None:
            self._watch.cancel()

    def data_received(self, data: bytes) -> None:
        """Bytes: those of a head that does not end are counted."""
        super().data_received(data)
        if not self._in_head:
            self._received = 0
            return
        self._received += len(data)
        if self._received > self.head_bytes and not self.transport.is_closing():
            self._let_go(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head = True
        self._head_began = self.loop.time()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        super().on_headers_complete()

    def _look(self) -> None:
        """Every few seconds, not once a request: a head that takes too long ends the connection."""
        if self.transport.is_closing():
            return
        if self._in_head and self.loop.time() - self._head_began >= self.head_seconds:
            self._let_go(_TOO_SLOW)
            return
        self._watch = self.loop.call_later(self.head_seconds, self._look)

    def _let_go(self, last_words: bytes) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(last_words)
        self.transport.close()
