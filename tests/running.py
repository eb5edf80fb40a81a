"""A whole house of real processes: the invented partners, `essc serve` with its own PostgreSQL, HTTP processes and worker.

Nothing in it is a stand-in. What a test wants from it goes over HTTP (`tests.callers`), by a command of `essc`, or with `kill -9`.
"""
import asyncio
import base64
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from essc.app import CHECKS
from essc.app import keys as key_ring
from essc.cards import actions as cards
from essc.keys.queries import KeyRing
from essc.kit.db import embedded
from essc.kit.db.checks import prove_all
from essc.kit.db.pool import Database
from essc.settings import Settings
from tests.postgres import scratch

T = TypeVar("T")
PATIENCE = 60.0
NATION = "000000"
FEED = "/v1/card-events"
"""Where the province sends its events."""


def until(look: Callable[[], T], what: str, seconds: float = PATIENCE, pause: float = 0.02) -> T:
    """Look again and again until there is something to see; gives it. Fails with `what` after so many seconds."""
    limit = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < limit, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(pause)
    return seen


def within(seconds: float, look: Callable[[], T], what: str, pause: float = 0.02) -> T:
    """What the house promises within so many seconds, on a machine that may be busy with other things: ten times as long is a failure."""
    return until(look, f"{what}, promised within {seconds} s", seconds * 10, pause)


_ports = itertools.cycle(range(10_000 + os.getpid() % 200 * 100, 10_100 + os.getpid() % 200 * 100))
"""A hundred ports of this process's own, below those that the system deals out to callers: two runs side by side do not meet."""


def free_port() -> int:
    """A port of the loopback that nobody listens on at this moment."""
    for port in _ports:
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                line.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("a cycle has no end")


class Program:
    """One process of ours, its log, and its end."""

    def __init__(self, log: Path, *command: str, **environment: str) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen([sys.executable, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            env={**os.environ, "COLUMNS": "300", **environment})

    def alive(self) -> bool:
        """Whether it lives; what it said last is in the failure when it does not."""
        assert self.process.poll() is None, self.tail()
        return True

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-4000:]

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(PATIENCE)


class Sandbox:
    """The invented partners, and their management doors."""

    def __init__(self, place: Path, people: int = 0) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.program = Program(place / "sandbox.log", "-m", "essc_sandbox", "--port", str(port), "--data", str(place / "sandbox"),
                               "--people", str(people))
        self.http = httpx.Client(base_url=self.url, timeout=20, trust_env=False)
        until(lambda: self.program.alive() and answers(self.url + "/"), "the sandbox's partners answer")

    def introduce(self, public_key: bytes, feed_url: str) -> dict[str, dict[str, str]]:
        """Tell the partners who the platform is and where events go; gives what they tell of their own keys, by name."""
        told: dict[str, dict[str, str]] = self._post("/_control/platform", {"public_key": base64.b64encode(public_key).decode(), "feed_url": feed_url})
        return told

    def people(self) -> dict[str, dict[str, str]]:
        """The twelve people of the sandbox by their situation (in English)."""
        return {one["situation_en"]: one for one in self._get("/province/_control/holders")}

    def card_file(self) -> bytes:
        """The province's card file."""
        return self.http.get("/province/_control/card-file").content

    def card(self, number: str) -> dict[str, str]:
        """The line of the card file about one card number."""
        head, *lines = self.card_file().decode("utf-8-sig").splitlines()
        return next(dict(zip(head.split(","), line.split(","), strict=True)) for line in lines if line.startswith(number + ","))

    def move(self, card: str, move: str) -> dict[str, Any]:
        """Move a card at the province's office."""
        return self._post("/province/_control/moves", {"card": card, "move": move})

    def feed(self, **said: Any) -> dict[str, Any]:
        """Direct the feed, or look at it."""
        return self._post("/province/_control/feed", said)

    def messages(self, mobile: str) -> list[dict[str, str]]:
        """The SMS that a mobile got, newest first."""
        return self._get("/sms/_control/messages", mobile=mobile)

    def lie(self, *answers: str) -> None:
        """Have the face service answer the next checks so."""
        self._post("/person/_control/next", {"answers": list(answers)})

    def _post(self, path: str, said: dict[str, Any]) -> Any:
        answer = self.http.post(path, json=said)
        assert answer.is_success, answer.text
        return answer.json()

    def _get(self, path: str, **query: str) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def stop(self) -> None:
        """The end."""
        self.http.close()
        self.program.stop()


def answers(url: str) -> bool:
    """Whether somebody answers well at this address."""
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


class House:
    """A running installation on a data directory marked as demonstration, with the sandbox's partners."""

    def __init__(self, place: Path, *, workers: int = 1, people: int = 0, **settings: str) -> None:
        self.data = place / "data"
        self.data.mkdir(mode=0o711)
        self.private: set[str] = set()
        self.lines: list[httpx.Client] = []
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.sandbox = Sandbox(place, people)
        try:
            self.environment = self._environment(settings)
            self.program = Program(place / "house.log", "-m", "essc", "serve", "--data", str(self.data), "--port", str(port),
                                   "--workers", str(workers), **self.environment)
            until(lambda: self.program.alive() and "essc serves" in self.program.tail(), "the house is up")
        except BaseException:
            if hasattr(self, "program"):
                self.program.stop()
            self.sandbox.stop()
            raise

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        """The settings of the house, after it and its partners have learnt each other's keys, as operators would exchange them."""
        partners = {f"ESSC_{name.upper()}_URL": f"{self.sandbox.url}/{name}" for name in ("person", "sms")}
        self.environment = {
            "ESSC_DEMONSTRATION": "yes", "ESSC_PG_SHARED_BUFFERS": "64MB", "ESSC_PROVINCE_URLS": f"{NATION}={self.sandbox.url}/province",
            "ESSC_SANDBOX_URL": self.sandbox.url, **partners, **{f"ESSC_{name.upper()}": value for name, value in settings.items()},
        }
        self.peers = self.sandbox.introduce(self.keys().public("partners")[0].value, self.url + FEED)
        return self.environment | {"ESSC_PARTNER_KEYS": ",".join(f"{key['key_id']}={key['algorithm']}:{key['public_key']}" for key in self.peers.values())}

    def keys(self) -> KeyRing:
        """The house's own keys."""
        return key_ring(Settings.read(self.environment, data=self.data))

    def operate(self, work: Callable[[Database], Awaitable[T]]) -> T:
        """Do something as an operator would on this machine: in the live database, with the house's own keys."""
        return asyncio.run(self._operate(work))

    async def _operate(self, work: Callable[[Database], Awaitable[T]]) -> T:
        async with self.database() as db:
            return await work(db)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The live database, as the application."""
        access = embedded.running(self.data)
        assert access is not None, "the house's database is away"
        db = await Database.open(access.app, self.keys(), largest=2)
        try:
            yield db
        finally:
            await db.close()

    def essc(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `essc` on this data directory."""
        return subprocess.run([sys.executable, "-m", "essc", *command, "--data", str(self.data)], capture_output=True, text=True, check=False,
                              env={**os.environ, "COLUMNS": "300", **self.environment})

    def import_cards(self) -> str:
        """Have the province's key registered, and its card file imported by command; gives what the command said. Again, it changes nothing."""
        self.operate(lambda db: _know_region_key(db, self.peers["province"]))
        file = self.data.parent / "cards.csv"
        file.write_bytes(self.sandbox.card_file())
        done = self.essc("cards", "import", str(file), "--region", NATION)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def prove(self) -> None:
        """Every invariant holds on the live database; like `check`, without the cost of a command."""
        findings = self.operate(lambda db: prove_all(db, CHECKS))
        assert not [(finding.check.name, finding.broken[:5]) for finding in findings if not finding.holds]

    def check(self) -> None:
        """`essc check`: every invariant holds on the live database."""
        done = self.essc("check")
        assert done.returncode == 0, "\n".join(line for line in (done.stdout + done.stderr).splitlines() if " yes " not in line)

    def processes(self, word: str) -> list[psutil.Process]:
        """The house's processes whose command line holds `word`."""
        found = []
        for child in psutil.Process(self.program.process.pid).children():
            try:
                if word in " ".join(child.cmdline()):
                    found.append(child)
            except psutil.NoSuchProcess:
                continue
        return found

    def memory(self, word: str = "essc.cli.process http") -> int:
        """Resident bytes of the processes whose command line holds `word`."""
        return sum(process.memory_info().rss for process in self.processes(word))

    def logged(self) -> str:
        """Everything that the house, its database and its supervisor wrote to a log."""
        return "".join(path.read_text(errors="replace") for path in (self.program.log, self.data / "postgres.log"))

    def keep_private(self, *words: str) -> None:
        """Note what must stand in no log: numbers, names, mobiles, codes, passwords, tokens."""
        self.private |= {word for word in words if word}

    def said_nothing_private(self) -> None:
        """Neither a log nor the metrics hold any of the words that were noted."""
        text = self.logged() + httpx.get(self.url + "/metrics", timeout=20, trust_env=False).text
        assert not [word for word in self.private if word in text]

    def stop(self) -> None:
        """The end of everything, in order."""
        for line in self.lines:
            line.close()
        try:
            assert self.program.stop() == 0, self.program.tail()
        finally:
            self.sandbox.stop()


async def _know_region_key(db: Database, key: dict[str, str]) -> None:
    async with db.tx() as tx:
        await cards.register_region_key(tx, NATION, key["key_id"], key["algorithm"], base64.b64decode(key["public_key"]))


@contextmanager
def running(*, workers: int = 1, people: int = 0, **settings: str) -> Iterator[House]:
    """A house for as long as the block, gone with its files at the end. Its logs are searched for what is private."""
    place = scratch()
    house = None
    try:
        house = House(place, workers=workers, people=people, **settings)
        yield house
        house.said_nothing_private()
    finally:
        if house is not None:
            house.stop()
        shutil.rmtree(place, ignore_errors=True)
