"""Keeps the processes of one installation alive: the embedded database, HTTP processes, the worker, each restarted alone.

The supervisor owns the listening sockets, one an HTTP process, so what arrives while a process is restarted waits instead of being refused.
It carries no request itself. Its death takes everybody along (a death signal on Linux), its SIGTERM stops all in order.
"""
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from essc.kit import log, metrics, processes
from essc.kit.db.embedded import Embedded, ServerTrouble

NOTIFY: Final = "ESSC_NOTIFY_FD"
"""Names the descriptor on which a process says that it is ready, by one byte."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
CALM_SECONDS: Final = 60.0
"""A process that lived this long has its pauses start over."""
STOP_SECONDS: Final = 20.0
START_SECONDS: Final = 60.0
BACKLOG: Final = 2048
_log = log.get("supervisor")


class StartFailed(Exception):
    """A process ended again and again, or was not ready in time, before the installation was up."""


@dataclass(frozen=True)
class Program:
    """A process to keep alive: its name in logs, what to run, what its environment adds, and the socket it inherits."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    listen: socket.socket | None = None
    critical: bool = True
    """Whether the installation is up only when this process is ready."""


class Child:
    """One program, its process and its history."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = False
        self.failures = 0
        self.notify = -1
        self._since = 0.0
        self._due = 0.0

    def start(self) -> None:
        """Run it."""
        reading, writing = os.pipe()
        fds = [writing, *([self.program.listen.fileno()] if self.program.listen else [])]
        parent = os.getpid()
        self.process = subprocess.Popen(
            list(self.program.command), env={**os.environ, **self.program.environment, NOTIFY: str(writing)}, pass_fds=fds,
            stdin=subprocess.DEVNULL, process_group=0, preexec_fn=lambda: processes.die_with(parent, signal.SIGTERM),  # noqa: PLW1509 (the supervisor has one thread)
        )
        os.close(writing)
        os.set_blocking(reading, False)
        self.notify, self._since, self.ready = reading, time.monotonic(), False

    def look(self) -> None:
        """Notice readiness and death; start it again when its pause is over."""
        if self.process is None:
            if time.monotonic() >= self._due:
                self.start()
            return
        if not self.ready and _said(self.notify):
            self.ready = True
        code = self.process.poll()
        if code is not None:
            self._ended(code)

    def _ended(self, code: int) -> None:
        assert self.process is not None
        if metrics.DIRECTORY in os.environ:
            metrics.mark_process_dead(self.process.pid)  # type: ignore[no-untyped-call]
        os.close(self.notify)
        self.failures = 1 if time.monotonic() - self._since > CALM_SECONDS else self.failures + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (self.failures - 1))
        _log.warning("process_ended", process=self.program.name, code=code, again_in_seconds=pause)
        self.process, self.ready, self._due = None, False, time.monotonic() + pause

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process is not None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Wait for its end until that moment of the monotonic clock, then kill it."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            _log.warning("process_killed", process=self.program.name)
            self.process.kill()
            self.process.wait()
        os.close(self.notify)
        self.process = None


class Supervisor:
    """Runs programs until it is told to stop. Must be made and run by the main thread."""

    def __init__(self, programs: Sequence[Program], database: Embedded | None = None) -> None:
        self.children = [Child(program) for program in programs]
        self.database = database
        self._stopping = False
        self._up = False
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)

    def run(self, up: Callable[[], None] = lambda: None) -> None:
        """Start everything, call `up` once when it is ready, and keep it so until SIGTERM or SIGINT; then stop everything in order.

        Raises StartFailed when it does not come up at first.
        """
        before = {number: signal.signal(number, self._told) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)}
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        try:
            self._loop(up, time.monotonic() + START_SECONDS)
        finally:
            self._stop()
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._wake.close()
            self._waker.close()

    def _told(self, number: int, frame: object) -> None:
        if number != signal.SIGCHLD:
            self._stopping = True

    def _loop(self, up: Callable[[], None], limit: float) -> None:
        while not self._stopping:
            self._look_at_database()
            for child in self.children:
                child.look()
            if not self._up:
                self._first(up, limit)
            self._sleep()

    def _first(self, up: Callable[[], None], limit: float) -> None:
        needed = [child for child in self.children if child.program.critical]
        if all(child.ready for child in needed):
            self._up = True
            _log.info("up", processes=[child.program.name for child in self.children])
            up()
        elif time.monotonic() > limit or any(child.failures >= 3 for child in needed):
            missing = ", ".join(child.program.name for child in needed if not child.ready)
            raise StartFailed(f"did not start: {missing}; the lines above say why")

    def _look_at_database(self) -> None:
        if self.database is None or self.database.alive():
            return
        _log.warning("database_ended")
        self.database.stop()
        try:
            self.database.start()
        except ServerTrouble as trouble:
            _log.error("database_start_failed", reason=str(trouble))

    def _sleep(self) -> None:
        """Until a signal, a word from a child, or half a second."""
        waiting: list[socket.socket | int] = [child.notify for child in self.children if child.process is not None and not child.ready]
        readable = select.select([self._wake, *waiting], [], [], 0.5)[0]
        if self._wake in readable:
            self._wake.recv(1024)

    def _stop(self) -> None:
        until = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait(until)
        if self.database is not None:
            self.database.stop()
        _log.info("stopped")


def listeners(host: str, port: int, count: int) -> list[socket.socket]:
    """`count` listening sockets on one address, among which the kernel spreads connections. Raises StartFailed when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))            # without SO_REUSEPORT: another installation on this port is noticed
            bound = probe.getsockname()[1]
        return [_listener(family, host, bound, shared=count > 1) for _ in range(count)]
    except OSError as error:
        raise StartFailed(f"{host} port {port} cannot be listened on ({error.strerror}): choose another with --port") from error


def _listener(family: socket.AddressFamily, host: str, port: int, *, shared: bool) -> socket.socket:
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((host, port))
    made.listen(BACKLOG)
    return made


def say_ready() -> None:
    """Called by a supervised process when it is ready; harmless in one that nobody supervises."""
    told = os.environ.pop(NOTIFY, None)
    if told is not None:
        os.write(int(told), b"1")
        os.close(int(told))


def _said(fd: int) -> bool:
    try:
        return os.read(fd, 1) == b"1"
    except BlockingIOError:
        return False
