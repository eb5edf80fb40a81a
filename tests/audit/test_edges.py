"""The log at its edges: files over HTTP, the reader as a program, the commands."""
import asyncio
import subprocess
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest

from essc.audit.api import Published, operations
from essc.audit.cli import reader
from tests.audit.press import Ink, Press, entries, leaf, root

INK = Ink()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A published log of 700 entries as files, with its key beside."""
    for path, raw in Press(entries(700), INK).files.items():
        (tmp_path / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "log" / path).write_bytes(raw)
    (tmp_path / "key").write_text(INK.key.text() + "\n")
    return tmp_path


def ask(folder: Path, path: str, method: str = "GET") -> tuple[int, dict[bytes, bytes], bytes]:
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Published(folder / "log")({"type": "http", "method": method, "path": path}, None, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


class Read:
    """The reader as a program, run on a folder."""

    def __init__(self, folder: Path, *more: str) -> None:
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            self.returncode = reader.main(["--key", str(folder / "key"), *more])
        self.said = out.getvalue() + err.getvalue()


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/001"])
def test_the_files_of_the_log_are_served_as_they_are(folder, path):
    status, headers, body = ask(folder, f"/audit/{path}")
    assert (status, body) == (200, (folder / "log" / path).read_bytes())
    assert headers[b"cache-control"] == (b"no-cache" if path == "checkpoint" else b"public, max-age=31536000, immutable")
    assert ask(folder, f"/audit/{path}", "HEAD")[2] == b""


@pytest.mark.parametrize("path", [
    "tile/0/001.p/188", "tile/0/000.p/0", "tile/0/000.p/256", "tile/00/000", "tile/64/000", "../key", "tile/0/../../../key", "tile/entries/x000", "checkpoints/2026-11-20", "",
    "tile/0/%30%30%30", "tile/0/000\n", "tile/0",
])
def test_nothing_else_is_found(folder, path):
    assert ask(folder, f"/audit/{path}")[0] == 404


def test_the_log_is_read_only(folder):
    assert ask(folder, "/audit/checkpoint", "POST")[0] == 404


def test_the_reader_says_that_a_whole_log_is_whole(folder):
    done = Read(folder, "--tiles", str(folder / "log"))
    assert (done.returncode, done.said) == (0, f"the log is whole: 700 entries, root {root([leaf(one) for one in entries(700)]).hex()}\n")


def test_the_reader_names_the_position_and_exits_1(folder):
    path = folder / "log" / "tile/entries/001"
    raw = bytearray(path.read_bytes())
    raw[44 * 34 + 20] ^= 1
    path.write_bytes(bytes(raw))
    done = Read(folder, "--tiles", str(folder / "log"))
    assert done.returncode == 1 and "entry 300: the entry is not what its leaf hash says" in done.said


@pytest.mark.parametrize(("more", "said"), [(("--tiles", "/nowhere"), "there is no checkpoint"), (("--tiles", "http://127.0.0.1:9"), "cannot verify")])
def test_what_cannot_be_read_is_said(folder, more, said):
    done = Read(folder, *more)
    assert done.returncode != 0 and said in done.said


def test_a_witness_sees_another_history(folder):
    other = entries(600)
    other[5] = b"!" * 32
    (folder / "kept").write_text(INK.note(600, root([leaf(one) for one in other])))
    done = Read(folder, "--tiles", str(folder / "log"), "--since", str(folder / "kept"))
    assert done.returncode == 1 and "entries 0 to 599" in done.said


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Nothing."""


def test_a_log_is_read_over_http_too(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder / "log")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        report = reader.run(f"http://127.0.0.1:{server.server_port}/", folder / "key", None)
    finally:
        server.shutdown()
        server.server_close()
    assert (report.size, report.findings) == (700, ())


def test_the_room_offers_proofs_and_the_checkpoint():
    assert [f"{one.method} {one.path} {one.by}" for one in operations.operations] == [
        "GET /v1/audit/proofs/{use_id} holder", "GET /v1/audit/checkpoint public"]


def test_the_reader_loads_neither_database_nor_web():
    code = ("import sys, essc.audit.cli.reader; "
            "bad = [m for m in sys.modules if m.startswith(('asyncpg', 'starlette', 'httpx', 'typer', 'essc.kit.db', 'essc.audit.queries', 'essc.keys', 'essc.settings'))]; "
            "sys.exit(' '.join(bad) or 0)")
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
