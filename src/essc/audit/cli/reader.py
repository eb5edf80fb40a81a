"""The separate reader as a program: `python -m essc.audit.cli.reader --tiles DIR|URL --key FILE [--since CHECKPOINT]`.

It knows no database and no settings; with Python, `cryptography` and these few files it runs on a machine of its own.
"""
import argparse
import sys
from collections.abc import Iterable, Sequence
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

from essc.audit.model.note import BadNote, Checkpoint, NoteKey, checkpoint
from essc.audit.model.verify import Report, Source, verify
from essc.audit.store.files import Folder

SECONDS = 30


class Web:
    """A log at an address."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def read(self, path: str) -> bytes | None:
        """The file, or None for 404. Raises OSError when it cannot be known."""
        try:
            with urlopen(f"{self._address}/{path}", timeout=SECONDS) as answer:  # noqa: S310 (the address is typed by whoever verifies)
                return bytes(answer.read())
        except HTTPError as problem:
            if problem.code == 404:
                return None
            raise
        except HTTPException as problem:
            raise OSError(f"{self._address}: {type(problem).__name__}") from problem

    def history(self) -> Iterable[str]:
        """An address keeps no list of old checkpoints."""
        return ()


def source(place: str) -> Source:
    """The log at a folder or at an http(s) address."""
    return Web(place) if urlsplit(place).scheme in ("http", "https") else Folder(Path(place))


def keys(path: Path) -> list[NoteKey]:
    """The verifier keys in a file, one a line. Raises BadNote, OSError."""
    return [NoteKey.parse(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def witnessed(text: str, known: Sequence[NoteKey]) -> Checkpoint:
    """A checkpoint that somebody kept: signed, or just its three lines. Raises BadNote."""
    return checkpoint(text, known) if "\n\n" in text else Checkpoint.parse(text)


def told(report: Report) -> str:
    """What a person reads: one line for a clean log, else every finding, the first position first."""
    if report.first is None:
        return f"the log is whole: {report.size} entries, root {report.root.hex()}"
    lines = [f"the log is NOT whole; first at {report.first}"]
    return "\n".join([*lines, *(f"  {finding}" for finding in report.findings[:50])])


def run(tiles: str, key: Path, since: Path | None) -> Report:
    """Verify. Raises BadNote for keys and checkpoints that cannot be read, OSError for a log that cannot be reached."""
    known = keys(key)
    return verify(source(tiles), known, witnessed(since.read_text(encoding="utf-8"), known) if since else None)


def main(words: Sequence[str] | None = None) -> int:
    """0: whole; 1: tampered with; 2: it could not be told."""
    parser = argparse.ArgumentParser(description="Verify an audit log from its tiles and a public key.")
    parser.add_argument("--tiles", required=True, help="folder or http(s) address of the log")
    parser.add_argument("--key", required=True, type=Path, help="file with the log's verifier keys, one a line")
    parser.add_argument("--since", type=Path, help="file with a checkpoint that was kept elsewhere")
    given = parser.parse_args(words)
    try:
        report = run(given.tiles, given.key, given.since)
    except (BadNote, OSError) as problem:
        sys.stderr.write(f"cannot verify: {problem}\n")
        return 2
    sys.stdout.write(told(report) + "\n")
    return 1 if report.findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
