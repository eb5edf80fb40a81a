"""`essc serve`: everything on one port, each process restarted alone, an end in order, and no end that leaves anybody behind."""
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from essc.kit.db import embedded
from tests.postgres import scratch

PATIENCE = 40.0


class Installation:
    """A running `essc serve` and what its logs say."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.log = data.with_suffix(".log")
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "essc", "serve", "--data", str(data), "--port", "0", *options], stdout=out, stderr=out,
                env={**os.environ, "ESSC_PG_SHARED_BUFFERS": "64MB", "COLUMNS": "300"},
            )
        self.until(lambda: any(line.get("event") == "up" for line in self.lines()) or self.process.poll() is not None)
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        self.until(lambda: "essc serves" in self.log.read_text())
        self.url = self.log.read_text().split("essc serves ")[-1].split()[0]

    def lines(self) -> list[dict]:
        """The JSON lines of the log since the last start."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def until(self, done) -> None:
        """Look again and again until it is so."""
        limit = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < limit, self.log.read_text()[-3000:]
            time.sleep(0.05)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body; status 0 when nobody answers."""
        context = ssl.create_default_context(cafile=self.data / "tls" / "certificate.pem") if self.url.startswith("https") else None
        try:
            with urllib.request.urlopen(self.url + path, timeout=10, context=context) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except OSError:
            return 0, b""

    def children(self, word: str) -> list[psutil.Process]:
        """Our processes whose command line holds `word`."""
        return [child for child in psutil.Process(self.process.pid).children() if word in _command(child)]

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


def _command(process: psutil.Process) -> str:
    """The command line of a process, "" when it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    place = scratch()
    running = Installation(place / "data", "--workers", "2")
    yield running
    if running.process.poll() is None:
        running.stop()
    shutil.rmtree(place)


def test_it_lives_is_ready_and_counts(installation):
    assert installation.get("/healthz") == (200, b'{"alive":true}')
    assert installation.get("/readyz") == (200, b'{"ready":true,"database":"ok","clock":"ok"}')
    installation.until(lambda: b"essc_outbox_waiting 0.0" in installation.get("/metrics")[1])


@pytest.mark.parametrize("word", ["http-1", "worker"])
def test_a_killed_process_is_started_again_alone(installation, word):
    [killed] = installation.children(word)
    others = {child.pid for child in psutil.Process(installation.process.pid).children()} - {killed.pid}
    killed.kill()
    installation.until(lambda: [child.pid for child in installation.children(word)] not in ([], [killed.pid]))
    assert others <= {child.pid for child in psutil.Process(installation.process.pid).children()}
    installation.until(lambda: installation.get("/readyz")[0] == 200)


def test_a_killed_database_is_started_again_and_the_others_find_it(installation):
    before = {child.pid for child in installation.children("essc.cli.process http")}
    [killed] = installation.children("postgres")
    killed.kill()
    installation.until(lambda: [child.pid for child in installation.children("postgres")] not in ([], [killed.pid]))
    installation.until(lambda: installation.get("/readyz")[0] == 200)
    assert {child.pid for child in installation.children("essc.cli.process http")} == before, installation.log.read_text()[-5000:]


def test_the_installation_proves_its_invariants_while_it_serves(installation):
    done = subprocess.run([sys.executable, "-m", "essc", "check", "--data", str(installation.data)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_second_one_on_the_same_data_or_port_says_why_not(installation):
    port = installation.url.rpartition(":")[2]
    for options, why in ((["--data", str(installation.data), "--port", "0"], "another essc process"),
                         (["--data", str(installation.data) + "2", "--port", port], "cannot be listened on")):
        done = subprocess.run([sys.executable, "-m", "essc", "serve", *options], capture_output=True, text=True, check=False)
        assert (done.returncode, why in " ".join(done.stderr.split())) == (2, True), done.stderr


def test_sigterm_ends_everything_in_order(installation):
    everybody = psutil.Process(installation.process.pid).children(recursive=True)
    assert installation.stop() == 0
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in everybody)
    assert "database system is shut down" in (installation.data / "postgres.log").read_text()


@pytest.fixture
def place() -> Iterator[Path]:
    made = scratch()
    yield made
    shutil.rmtree(made)


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal is Linux's")
def test_after_a_kill_of_everything_it_starts_on_the_same_data_over_https(place):
    first = Installation(place / "data")
    everybody = psutil.Process(first.process.pid).children()
    first.process.kill()
    first.process.wait()
    for process in everybody:
        first.until(lambda process=process: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    again = Installation(place / "data", "--https")
    try:
        assert again.url.startswith("https://localhost:")
        assert again.get("/readyz")[0] == 200
        assert embedded.running(again.data) is not None
    finally:
        assert again.stop() == 0


def test_a_postgresql_of_one_s_own_is_served_the_same_way(pg, place, monkeypatch):
    monkeypatch.setenv("ESSC_DATABASE_URL", pg.url(embedded.DATABASE))
    served = Installation(place / "data")
    try:
        assert served.get("/readyz")[0] == 200
        assert not served.children("postgres")
    finally:
        assert served.stop() == 0


def test_a_schema_that_lacks_migrations_is_refused(pg, place, monkeypatch):
    monkeypatch.setenv("ESSC_DATABASE_URL", pg.url("postgres", embedded.SUPERUSER))
    done = subprocess.run([sys.executable, "-m", "essc", "serve", "--data", str(place / "data"), "--port", "0"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "essc migrate" in done.stderr
