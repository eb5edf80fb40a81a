"""Our own PostgreSQL: made, started, adopted and stopped under a data directory, without a port on any network.

The server's programs come from `binaries.find`. The server listens on a socket in a directory that only its user may enter, asks for
passwords (SCRAM), checks its pages, and dies with us: its parent's death sends it SIGINT, the fast and clean stop.
What survives a `kill -9` of everything is adopted when it lives, waited for when it is dying, and its pid file is never touched.
"""
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from essc.kit import processes
from essc.kit.db import binaries
from essc.kit.db.access import APP, DATABASE, OWNER, PORT, SUPERUSER, Access, Secrets, bootstrap, fresh
from essc.kit.db.binaries import ServerTrouble

__all__ = ["APP", "DATABASE", "OWNER", "SERVE", "SMALL", "SUPERUSER", "Access", "Embedded", "ServerTrouble", "running"]

PROGRAM: Final = "postgres"

SOCKET_PATH_BYTES: Final = 107
"""The longest path of a Unix socket on Linux (sun_path holds 108 bytes, the last is zero)."""
RECOVERY_SECONDS: Final = 600
STOP_SECONDS: Final = 60
SETTLE_SECONDS: Final = 20
GREETING_SECONDS: Final = 5
_HELLO: Final = struct.pack(f"!ii{len(SUPERUSER) + 7}s", len(SUPERUSER) + 15, 3 << 16, b"user\0" + SUPERUSER.encode() + b"\0\0")
"""The start of a session in PostgreSQL's protocol 3.0; a server that takes connections asks for the password then."""
_BUSY: Final = b"C57P03\0"
"""SQLSTATE cannot_connect_now: the server is starting, recovering or stopping."""
_LEFTOVERS: Final = ("pre-existing shared memory", "lock file")

SERVE: Final[Mapping[str, str]] = {
    "shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "max_connections": "100",
    "synchronous_commit": "on", "random_page_cost": "1.1", "jit": "off",
}
"""Settings of a server that carries a platform."""
SMALL: Final[Mapping[str, str]] = {
    "shared_buffers": "64MB", "max_wal_size": "1GB", "max_connections": "60", "synchronous_commit": "off", "jit": "off", "autovacuum": "off",
    "full_page_writes": "off",
}
"""Settings of a server that lives for one run of the tests."""
_ALWAYS: Final[Mapping[str, str]] = {
    "listen_addresses": "", "unix_socket_permissions": "0700", "timezone": "UTC", "log_timezone": "UTC",
    # no statement, parameter or row reaches the log: they may hold what a person owns
    "log_min_error_statement": "panic", "log_error_verbosity": "terse", "log_parameter_max_length_on_error": "0",
}


class Embedded:
    """One PostgreSQL cluster under `data`, run by us.

    `start` must be called by the main thread: the death signal goes by the thread that made the child.
    """

    def __init__(self, data: Path, *, settings: Mapping[str, str] = SERVE, fsync: bool = True, bin: Path | None = None,
                 user: str | None = None, say: Callable[[str], None] = lambda line: None) -> None:
        self.data = data.absolute()
        self.settings = {**_ALWAYS, **settings, "fsync": "on" if fsync else "off"}
        self.say = say
        self.adopted = False
        self._named_user, self._bin = user, bin
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    # ── start ────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> Access:
        """Start the server, or adopt the one that lives on; it is ready when this returns.

        Raises ServerTrouble when another essc process runs this data directory, or when the server does not come up.
        """
        if threading.current_thread() is not threading.main_thread():
            raise ServerTrouble("the database server must be started by the main thread")
        self._user = binaries.user(self._named_user)
        self._make_data()
        self._take()
        try:
            self._secrets = self._read_secrets() or self._new_secrets()
            self._bin = binaries.runnable(binaries.find(self._bin), self._user, self.say)
            if not (self.cluster / "PG_VERSION").exists():
                self._initialise()
            self._run()
        except BaseException:
            self._release()
            raise
        return self.access

    @property
    def cluster(self) -> Path:
        """The directory of PostgreSQL's own files."""
        return self.data / self._secrets.cluster

    @property
    def access(self) -> Access:
        """How to connect to the started server."""
        passwords = {SUPERUSER: self._secrets.superuser, OWNER: self._secrets.owner, APP: self._secrets.app}
        return Access(str(self._socket_directory()), passwords)

    @property
    def programs(self) -> Path:
        """The directory of PostgreSQL's programs that this server runs from."""
        if self._bin is None:
            raise ServerTrouble("the database server has not been started")
        return self._bin

    def alive(self) -> bool:
        """Whether the server's process lives."""
        return self._child.poll() is None if self._child else self._pid is not None and processes.serves(self._pid, PROGRAM)

    def met(self) -> Access | None:
        """How to connect to the server that somebody else runs here, or None."""
        secrets = self._read_secrets() if self.data.is_dir() else None
        if secrets is None:
            return None
        self._secrets = secrets
        return self.access if _greeting(self._socket_directory()) is not None else None

    def _make_data(self) -> None:
        if not self.data.exists():
            self.data.mkdir(parents=True)
            self.data.chmod(0o711 if self._user else 0o700)

    def _take(self) -> None:
        """Hold the data directory: only its holder starts and stops the server. The lock goes with our process."""
        lock = os.open(self.data / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(lock, 20).decode() or "?"
            os.close(lock)
            raise ServerTrouble(f"another essc process ({holder}) runs the database in {self.data}") from error
        os.truncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _read_secrets(self) -> Secrets | None:
        path = self.data / "postgres.json"
        return msgspec.json.decode(path.read_bytes(), type=Secrets) if path.exists() else None

    def _new_secrets(self) -> Secrets:
        made = fresh(self._place())
        half = self.data / "postgres.json.new"
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(made))
            os.fsync(file.fileno())
        half.rename(self.data / "postgres.json")
        return made

    def _place(self) -> str:
        """Where the cluster goes: in the data directory, or outside when the server's user may not enter that."""
        if binaries.can_enter(self.data, self._user):
            return "postgres"
        place = binaries.outside() / f"data-{os.urandom(6).hex()}"
        self.say(f"the user {self._user.name if self._user else '?'} may not enter {self.data}: the database's files stand in {place}")
        link = self.data / "postgres"
        link.unlink(missing_ok=True)
        link.symlink_to(place)
        return str(place)

    def _initialise(self) -> None:
        """Make the cluster with its roles and database, whole or not at all."""
        half = self.cluster.with_name(f"{self.cluster.name}.new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        self._own(half)
        with tempfile.NamedTemporaryFile("w", dir="/tmp") as password:
            password.write(self._secrets.superuser)
            password.flush()
            self._own(Path(password.name))
            self._program("initdb", "-D", half, "-U", SUPERUSER, "-E", "UTF8", "-k", "--auth=scram-sha-256", "--no-instructions",
                          f"--pwfile={password.name}", *self._locale(), *(["--no-sync"] if self.settings["fsync"] == "off" else []))
        self._program("postgres", "--single", "-D", half, "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", "postgres",
                      typed=bootstrap(self._secrets))
        half.rename(self.cluster)

    def _locale(self) -> list[str]:
        if binaries.major(self.programs) >= 17:
            return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--locale=C.UTF-8"] if sys.platform == "linux" else ["--locale=C"]

    def _own(self, path: Path) -> None:
        if self._user:
            os.chown(path, self._user.uid, self._user.gid)

    def _program(self, name: str, *args: str | Path, typed: str = "") -> None:
        done = subprocess.run([self.programs / name, *args], check=False, input=typed, capture_output=True, text=True,
                              **binaries.as_user(self._user))
        if done.returncode:
            raise ServerTrouble(f"{name} failed: {done.stderr[-2000:] or done.stdout[-2000:]}")

    def _run(self) -> None:
        """Adopt a living server; else start one, again while the leftovers of a killed one are dying."""
        limit = time.monotonic() + SETTLE_SECONDS
        while not (self._adopt() or self._spawn()):
            if time.monotonic() > limit or not any(word in self._log_tail() for word in _LEFTOVERS):
                raise ServerTrouble(f"the database server did not start; {self.data}/postgres.log ends:\n{self._log_tail()}")
            time.sleep(0.2)

    def _adopt(self) -> bool:
        """Whether a server lives here already and takes connections; waits for one that is starting or stopping."""
        limit = time.monotonic() + RECOVERY_SECONDS
        while (seen := self._written())[0] is not None and time.monotonic() < limit:
            said = _greeting(self._socket_directory()) if seen[1] == "ready" else b""
            if said and _BUSY not in said:
                self._pid, self.adopted = seen[0], True
                self.say(f"the database server that lived on (process {self._pid}) was adopted")
                return True
            if seen[1] == "standby" or (said is None and self._written() == seen):     # nobody listens: the pid is somebody else's by now
                return False
            time.sleep(0.05)
        return False

    def _pid_file(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _written(self) -> tuple[int | None, str]:
        """The pid in the server's pid file while a server of that pid lives (after a restart it may be anybody's), and how it says it stands.

        Both from one look: between two the file of a server that was killed may have given way to that of its successor.
        """
        lines = self._pid_file()
        pid = abs(int(lines[0])) if lines and lines[0].lstrip("-").isdigit() else 0
        return pid if pid and processes.serves(pid, PROGRAM) else None, lines[7].strip() if len(lines) > 7 else ""

    def _spawn(self) -> bool:
        """Start a postmaster as our child and wait until it takes connections. False when it ended instead."""
        place = self._socket_directory()
        self._make_private(place)
        parent = os.getpid()
        options = [part for name, value in (self.settings | {"unix_socket_directories": str(place), "port": str(PORT)}).items()
                   for part in ("-c", f"{name}={value}")]
        with os.fdopen(os.open(self.data / "postgres.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            self._child = subprocess.Popen(
                [self.programs / "postgres", "-D", self.cluster, *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=lambda: processes.die_with(parent, signal.SIGINT),  # noqa: PLW1509 (two system calls, before any thread of ours)
                **binaries.as_user(self._user),
            )
        self._pid = self._child.pid
        limit = time.monotonic() + RECOVERY_SECONDS
        while self._child.poll() is None and time.monotonic() < limit:
            if self._written() == (self._pid, "ready"):
                return True
            time.sleep(0.01)
        self._child = None
        return False

    def _log_tail(self) -> str:
        path = self.data / "postgres.log"
        return path.read_text(errors="replace")[-1500:] if path.exists() else ""

    # ── the socket ───────────────────────────────────────────────────────────────────────────────────────────────

    def _socket_directory(self) -> Path:
        """Beside the cluster; under a short path of the same meaning when that is too long for a socket's name."""
        near = self.cluster.with_name(f"{self.cluster.name}.run")
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES:
            return near
        mark = hashlib.sha256(os.fsencode(self.cluster)).hexdigest()[:16]
        root = Path("/run") if os.geteuid() == 0 and os.access("/run", os.W_OK) else Path("/tmp")
        return root / f"essc-{os.geteuid()}-{mark}"

    def _make_private(self, place: Path) -> None:
        """Make the socket's directory for the server's user alone. Raises ServerTrouble when somebody else made it."""
        owner = self._user.uid if self._user else os.geteuid()
        try:
            place.mkdir(mode=0o700)
            self._own(place)
        except FileExistsError:
            pass
        found = place.lstat()
        if found.st_uid != owner or found.st_mode & 0o777 != 0o700 or place.is_symlink():
            raise ServerTrouble(f"{place} belongs to somebody else or is open to others: remove it")

    # ── stop ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def stop(self) -> None:
        """Stop the server cleanly (SIGINT: roll back what is open, write a checkpoint, end); harmless when it is not running."""
        if self._pid is not None and self.alive():
            for ask, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, STOP_SECONDS)):
                os.kill(self._pid, ask)
                if self._gone(seconds):
                    break
        self._child = self._pid = None
        self._release()

    def _gone(self, seconds: float) -> bool:
        limit = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > limit:
                return False
            time.sleep(0.01)
        return True


def running(data: Path) -> Access | None:
    """How to connect to the server that another essc process runs in `data`, or None when none does."""
    return Embedded(data).met()


def _greeting(place: Path) -> bytes | None:
    """What a server on the socket in `place` answers to one who asks to come in; empty when it says nothing, None when nobody listens.

    That the socket takes a connection says little: it also does for a server that has been told to stop and has not read it yet.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(GREETING_SECONDS)
        try:
            line.connect(str(place / f".s.PGSQL.{PORT}"))
        except OSError:
            return None
        try:
            line.sendall(_HELLO)
            return line.recv(1024)
        except OSError:
            return b""
