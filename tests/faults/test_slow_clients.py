"""S54: clients that are slow, idle, endless or enormous. Memory stays bounded, they are let go, and everybody else is served."""
import contextlib
import logging
import os
import select
import socket
import statistics
import threading
import time
from collections.abc import Iterator

import pytest

from tests.callers import Line
from tests.running import House, until
from tests.town import Town

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("checked")]
log = logging.getLogger("measured")
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
SLOW, IDLE = (500, 10_000) if THOROUGH else (200, 2_000)
LET_GO_SECONDS = 25
"""Ten for the head or the body of a request, looked at every ten; the rest is a busy machine's."""
MEGABYTE = 1 << 20
HEAD = b"POST /v1/code-redemptions HTTP/1.1\r\nHost: essc\r\n"


def connected(house: House, count: int) -> list[socket.socket]:
    """So many connections from addresses of their own."""
    port = int(house.url.rpartition(":")[2])
    return [socket.create_connection(("127.0.0.1", port), source_address=(f"127.200.{n // 250}.{n % 250 + 1}", 0)) for n in range(count)]


@contextlib.contextmanager
def dripping(lines: list[socket.socket], drop: bytes) -> Iterator[None]:
    """Send one byte a second on each line, for as long as the block or the line lasts."""
    over = threading.Event()

    def drip() -> None:
        while not over.wait(1):
            for line in lines:
                with contextlib.suppress(OSError):
                    line.send(drop, socket.MSG_DONTWAIT)
    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for line in lines:
            line.close()


def ended(lines: list[socket.socket]) -> int:
    """How many of the lines the house has ended, or answered."""
    poll = select.poll()
    for line in lines:
        poll.register(line, select.POLLIN | select.POLLHUP)
    return len(poll.poll(0))


def seconds(line: Line, count: int = 60) -> float:
    """The median time of a good client's requests."""
    spent = []
    for _ in range(count):
        began = time.perf_counter()
        line.get("/v1/scenes")
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def grown(house: House, before: int) -> float:
    """Megabytes that the HTTP processes hold more than before."""
    return (house.memory() - before) / MEGABYTE


def test_slow_heads_and_slow_bodies_are_let_go_and_the_others_are_served(house):
    good = Line(house)
    usual, before = seconds(good), house.memory()
    lines = connected(house, SLOW)
    for n, line in enumerate(lines):
        line.sendall(HEAD if n % 2 else HEAD + b"content-type: application/json\r\ncontent-length: 5000\r\nidempotency-key: k\r\n\r\n")
    with dripping(lines, b" "):
        meanwhile = seconds(good)
        log.info("%d slow clients: median %.1f ms instead of %.1f ms, %.1f MB more", SLOW, meanwhile * 1000, usual * 1000, grown(house, before))
        assert grown(house, before) < 100
        until(lambda: ended(lines) == len(lines), "the slow ones are let go", LET_GO_SECONDS * 3, pause=0.5)
    assert meanwhile < max(10 * usual, 0.2), f"{usual * 1000:.1f} ms before, {meanwhile * 1000:.1f} ms with {SLOW} slow clients"
    house.prove()


def test_idle_connections_cost_little_and_stop_nobody(house):
    good = Line(house)
    usual, before = seconds(good), house.memory()
    lines = connected(house, IDLE)
    try:
        meanwhile = seconds(good)
        log.info("%d idle connections: median %.1f ms instead of %.1f ms, %.1f MB more", IDLE, meanwhile * 1000, usual * 1000, grown(house, before))
        assert grown(house, before) / IDLE < 0.06, "a connection holds less than 60 kB"
    finally:
        for line in lines:
            line.close()
    assert meanwhile < max(10 * usual, 0.2), f"{usual * 1000:.1f} ms before, {meanwhile * 1000:.1f} ms with {IDLE} idle connections"
    house.prove()


def test_a_body_of_fifty_megabytes_is_refused_and_never_held(house: House, town: Town):
    before = house.memory()
    [line] = connected(house, 1)
    with contextlib.closing(line):
        line.sendall(HEAD + b"content-type: application/json\r\nidempotency-key: k\r\ncontent-length: %d\r\n\r\n" % (50 * MEGABYTE))
        assert _poured(line, 50 * MEGABYTE).startswith(b"HTTP/1.1 413 ")
    assert grown(house, before) < 60
    house.prove()


def test_a_chunked_body_without_an_end_is_refused_and_never_held(house):
    before = house.memory()
    [line] = connected(house, 1)
    with contextlib.closing(line):
        line.sendall(HEAD + b"content-type: application/json\r\nidempotency-key: k\r\ntransfer-encoding: chunked\r\n\r\n")
        assert _poured(line, 50 * MEGABYTE, chunk=b"10000\r\n" + b" " * 65_536 + b"\r\n").startswith(b"HTTP/1.1 413 ")
    assert grown(house, before) < 60
    house.prove()


@pytest.mark.parametrize("head", [b"x-large: " + b"a" * 100_000 + b"\r\n", b"".join(b"x-%d: a\r\n" % n for n in range(10_000))],
                         ids=["one of 100 kB", "ten thousand"])
def test_headers_without_measure_are_refused(house, head):
    [line] = connected(house, 1)
    with contextlib.closing(line):
        answer = _poured(line, 0, chunk=HEAD + head + b"\r\n", once=True)
    assert answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 ")), answer[:200]
    assert seconds(Line(house), 5)
    house.prove()


def _poured(line: socket.socket, size: int, *, chunk: bytes = b" " * 65_536, once: bool = False) -> bytes:
    """Send until so much is sent or nobody takes it any more; what was answered."""
    line.settimeout(20)
    sent = 0
    with contextlib.suppress(ConnectionError):
        while once or sent < size:
            line.sendall(chunk)
            sent += len(chunk)
            if once or select.select([line], [], [], 0)[0]:
                break
    with contextlib.suppress(ConnectionError):
        return line.recv(65_536)
    return b""
