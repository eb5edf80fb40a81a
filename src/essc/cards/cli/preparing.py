"""Processes that make chunks ready (validate, hash, seal) while PostgreSQL writes the chunks before.

`python -m essc.cards.cli.preparing` reads frames from its standard input (four bytes of length, then MessagePack) and answers each with a
chunk; the first frame is the setup. It ends when its input ends, so it never outlives the import.
"""
import asyncio
import fcntl
import gc
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, Self

import msgspec

from essc.cards.actions.importing import Chunk, make_chunk
from essc.cards.cli.textfile import Looked, Piece, rows_of
from essc.cards.model import Reject, Rules
from essc.keys.queries import KeyRing
from essc.kit.crypto import Keys

_LENGTH: Final = struct.Struct(">I")
_encode = msgspec.msgpack.Encoder().encode
_chunk = msgspec.msgpack.Decoder(Chunk).decode


class KeyPlace(msgspec.Struct, frozen=True):
    """Where the preparing process finds the keys; it reads the file itself, keys never pass through a pipe."""

    path: str
    suite: str
    passphrase: str | None


class Setup(msgspec.Struct, frozen=True):
    """What does not change from chunk to chunk."""

    keys: KeyPlace
    rules: Rules
    looked: Looked


class Preparer(Protocol):
    """Makes chunks ready."""

    async def prepare(self, piece: Piece, at: datetime) -> Chunk:
        """The chunk of a piece, for a transaction at `at`."""


def prepared(keys: Keys, rules: Rules, looked: Looked, piece: Piece, at: datetime) -> Chunk:
    """A piece made ready, here and now."""
    broken: list[Reject] = []
    return make_chunk(keys, piece.number, piece.first_line, rows_of(piece, looked, broken), broken, rules, at)


class Here:
    """Makes chunks ready in this process; for small files."""

    def __init__(self, keys: Keys, rules: Rules, looked: Looked) -> None:
        self._keys, self._rules, self._looked = keys, rules, looked

    async def prepare(self, piece: Piece, at: datetime) -> Chunk:
        """The chunk of a piece, for a transaction at `at`."""
        return prepared(self._keys, self._rules, self._looked, piece, at)


class Beside:
    """Makes chunks ready in processes beside this one, in turn. Use it as an async context."""

    def __init__(self, setup: Setup, count: int) -> None:
        self._setup, self._count = setup, count
        self._processes: list[Process] = []
        self._locks: list[asyncio.Lock] = []
        self._turn = 0

    @property
    def pids(self) -> Sequence[int]:
        """The processes, for whoever measures them."""
        return [process.pid for process in self._processes]

    async def __aenter__(self) -> Self:
        for _ in range(self._count):
            process = await asyncio.create_subprocess_exec(sys.executable, "-m", __spec__.name if __spec__ else __name__, stdin=PIPE, stdout=PIPE,
                                                           limit=1 << 20)
            _widen(process)
            self._processes.append(process)
            self._locks.append(asyncio.Lock())
            await _send(process, self._setup)
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
            if process.returncode is None and any(_):
                process.kill()
            await process.wait()

    async def prepare(self, piece: Piece, at: datetime) -> Chunk:
        """The chunk of a piece. Raises ConnectionError when the process has died."""
        turn, self._turn = self._turn, (self._turn + 1) % self._count
        async with self._locks[turn]:
            await _send(self._processes[turn], (piece, at))
            return _chunk(await _receive(self._processes[turn]))


def _widen(process: Process) -> None:
    """Let a pipe hold a megabyte where the system allows it: sixteen times fewer changes of process for a chunk."""
    transport: Any = process._transport    # type: ignore[attr-defined]  # noqa: SLF001 (asyncio has no other way to the pipe)
    for number in (0, 1):
        pipe = transport.get_pipe_transport(number).get_extra_info("pipe")
        with suppress(OSError, AttributeError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


async def _send(process: Process, frame: Any) -> None:
    assert process.stdin is not None
    body = _encode(frame)
    process.stdin.write(_LENGTH.pack(len(body)) + body)
    await process.stdin.drain()


async def _receive(process: Process) -> bytes:
    assert process.stdout is not None
    try:
        length = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))[0]
        return await process.stdout.readexactly(length)
    except asyncio.IncompleteReadError:
        raise ConnectionError("a preparing process has died") from None


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Read frames and answer them, until the input ends."""
    setup = msgspec.msgpack.decode(_frame(requests), type=Setup)
    gc.disable()     # a chunk makes a hundred thousand objects and no cycle
    keys = KeyRing.load(Path(setup.keys.path), suite=setup.keys.suite, passphrase=setup.keys.passphrase)
    decode = msgspec.msgpack.Decoder(tuple[Piece, datetime]).decode
    while frame := _frame(requests):
        body = _encode(prepared(keys, setup.rules, setup.looked, *decode(frame)))
        answers.write(_LENGTH.pack(len(body)))
        answers.write(body)
        answers.flush()
        del body


def _frame(requests: BinaryIO) -> bytes:
    head = requests.read(_LENGTH.size)
    return requests.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
