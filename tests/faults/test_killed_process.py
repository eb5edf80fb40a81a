"""S06: HTTP processes are killed with -9 in the middle of redemptions. Whoever asks again gets the first verdict, and nothing is half done."""
import logging
import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from essc.kit.db import embedded
from tests.callers import Line
from tests.faults.load import Load
from tests.running import House, answers, until
from tests.town import Town

pytestmark = pytest.mark.fault
log = logging.getLogger("measured")
KILLS = 200 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 10
PEOPLE, SPARES = 6, 3
LONGEST_MS = 12
"""A redemption takes some milliseconds."""


class Node:
    """One more HTTP process of the house, as a second machine would run it."""

    def __init__(self, house: House) -> None:
        access = embedded.running(house.data)
        assert access is not None
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        with house.program.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "essc.cli.process", "http", "--fd", str(self.listening.fileno()), "--name", "http-node"],
                pass_fds=[self.listening.fileno()], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env={**os.environ, **house.environment, "ESSC_DATA": str(house.data), "ESSC_DATABASE_URL": access.app})
        self.line = Line(house, self.url)

    def ready(self) -> bool:
        """Whether it answers."""
        return answers(self.url + "/healthz")

    def kill(self) -> None:
        """-9, and nobody listens on its address any more."""
        self.process.kill()
        self.process.wait()
        self.listening.close()


class Cluster:
    """Nodes of which one serves; the next is getting ready meanwhile."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._nodes = [Node(house) for _ in range(SPARES)]
        self._turn, self._asked = threading.Lock(), threading.Event()
        until(self._nodes[0].ready, "a node serves")

    def line(self) -> Line:
        """The line to the node that serves now; whoever wants it is about to ask."""
        with self._turn:
            self._asked.set()
            return self._nodes[0].line

    def kill(self) -> None:
        """Kill the node that serves, some milliseconds after it was asked something; the next one takes over."""
        until(self._nodes[1].ready, "a spare node is ready")
        self._asked.clear()
        assert self._asked.wait(30), "nobody asks anything"
        self._asked.clear()
        threading.Event().wait(secrets.randbelow(LONGEST_MS) / 1000)       # some moment of a redemption: which, is what is tried here
        self._nodes[0].kill()
        with self._turn:
            self._nodes = [*self._nodes[1:], Node(self.house)]

    def end(self) -> None:
        """The end of all of them."""
        for node in self._nodes:
            node.kill()


@pytest.fixture
def cluster(fragile: Town) -> Iterator[Cluster]:
    made = Cluster(fragile.house)
    yield made
    made.end()


def test_kills_of_http_processes_lose_and_double_no_redemption(fragile: Town, cluster: Cluster) -> None:
    load = Load(fragile, PEOPLE, pause=0.4)
    with load.going(cluster.line):
        for _ in range(KILLS):
            until(load.progressed(1), "codes pass")
            cluster.kill()
    log.info("%d kills; answers in between: %s; verdicts: %s", KILLS, load.between, load.verdicts)
    assert load.between[0] > 0, "no kill met a redemption under way"
    assert set(load.verdicts) <= {"PASS", "EXPIRED"}
    until(lambda: not load.lost_or_doubled(), "the records have every acknowledged redemption, once", 10)
    fragile.house.check()


def test_a_killed_process_of_the_house_is_back_by_itself(fragile: Town) -> None:
    house, load = fragile.house, Load(fragile, 2)
    with load.going():
        for word in ("--name http", "worker"):
            until(load.progressed(2), "codes pass")
            [killed] = house.processes(word)
            killed.kill()
            until(lambda word=word, killed=killed: [one.pid for one in house.processes(word)] not in ([], [killed.pid]), f"{word} is back", 30)
            until(load.progressed(2), "codes pass again")
    until(lambda: not load.lost_or_doubled(), "the records have every acknowledged redemption, once", 20)
    house.check()
