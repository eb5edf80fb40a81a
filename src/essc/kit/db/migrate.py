"""Migrations: numbered SQL files, applied once, in order, each in its own transaction with short time limits.

`NNNN_pre_name.sql` is applied before the code that needs it is started, `NNNN_post_name.sql` after the code that needed what it removes
is gone. A comment in the first lines may change a file's limits: `-- migrate: lock_timeout=10s statement_timeout=60s` or, for what cannot
run in a transaction (one statement a file), `-- migrate: no-transaction`.
"""
import hashlib
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import asyncpg

Phase = Literal["pre", "post"]

LOCK_TIMEOUT: Final = "4s"
STATEMENT_TIMEOUT: Final = "5s"
ADVISORY_LOCK: Final = 0x65737363
"""One migrator at a time; the letters `essc`."""
ROLES: Final = "roles.sql"
_NAME: Final = re.compile(r"(\d{4})_(pre|post)_([a-z0-9_]+)\.sql")
_HEADER: Final = re.compile(r"^-- migrate:(.*)$", re.MULTILINE)
_LIMITS: Final = frozenset({"lock_timeout", "statement_timeout"})


class SchemaTrouble(Exception):
    """The schema and the files do not go together; the text says how."""


@dataclass(frozen=True)
class Migration:
    """One file. `checksum` is over its bytes."""

    number: int
    phase: Phase
    name: str
    sql: str
    checksum: str

    @property
    def options(self) -> dict[str, str]:
        """What the header comment says. Raises SchemaTrouble on a word it does not know."""
        said = dict(word.partition("=")[::2] for line in _HEADER.findall(self.sql) for word in line.split())
        if unknown := said.keys() - _LIMITS - {"no-transaction"}:
            raise SchemaTrouble(f"{self.title} asks for {', '.join(sorted(unknown))}, which is unknown")
        return said

    @property
    def title(self) -> str:
        """The file's name."""
        return f"{self.number:04}_{self.phase}_{self.name}.sql"


@dataclass(frozen=True)
class State:
    """What a database has against what the files say."""

    applied: int
    pending: tuple[Migration, ...]

    @property
    def ready(self) -> bool:
        """Whether this code may run on it: only clean-ups are missing."""
        return all(file.phase == "post" for file in self.pending)


def load(directory: Path) -> list[Migration]:
    """The migrations in `directory`, in order. Raises SchemaTrouble on a strange name or a number used twice."""
    found = []
    for path in sorted(directory.glob("*.sql")):
        if path.name == ROLES:
            continue
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise SchemaTrouble(f"{path.name} is not named NNNN_pre_name.sql or NNNN_post_name.sql")
        body = path.read_bytes()
        phase: Phase = "pre" if match[2] == "pre" else "post"
        found.append(Migration(int(match[1]), phase, match[3], body.decode(), hashlib.sha256(body).hexdigest()))
    numbers = [file.number for file in found]
    if twice := {number for number in numbers if numbers.count(number) > 1}:
        raise SchemaTrouble(f"numbers used twice: {sorted(twice)}")
    return found


async def state(conn: "asyncpg.Connection[Any]", files: Sequence[Migration]) -> State:
    """Compare the database with `files`. Raises SchemaTrouble when it holds what they do not know, or a file changed after it was applied."""
    rows = await conn.fetch("SELECT number, name, checksum FROM kit.migration ORDER BY number") if await _made(conn) else []
    known = {file.number: file for file in files}
    for row in rows:
        file = known.get(row["number"])
        if file is None:
            raise SchemaTrouble(f"the database holds migration {row['number']:04} ({row['name']}), which this version does not know: "
                                "the schema is newer than the program")
        if file.checksum != row["checksum"]:
            raise SchemaTrouble(f"{file.title} was changed after it had been applied: bring the old text back and write a new file")
    done = {row["number"] for row in rows}
    return State(len(done), tuple(file for file in files if file.number not in done))


async def _made(conn: "asyncpg.Connection[Any]") -> bool:
    return await conn.fetchval("SELECT to_regclass('kit.migration') IS NOT NULL") is True


async def require(dsn: str, directory: Path) -> State:
    """Refuse to go on with a schema that this code cannot run on. Raises SchemaTrouble."""
    conn = await asyncpg.connect(dsn)
    try:
        found = await state(conn, load(directory))
    finally:
        await conn.close()
    if not found.ready:
        raise SchemaTrouble(f"the database lacks {len([file for file in found.pending if file.phase == 'pre'])} migrations: run `essc migrate`")
    return found


async def migrate(dsn: str, directory: Path, *, until: Phase = "post") -> list[Migration]:
    """Apply what is missing, as the owner of the tables at `dsn`; `until="pre"` stops before the first clean-up. Gives what was applied.

    Raises SchemaTrouble, or asyncpg.PostgresError when a file fails: what came before it stays applied, nothing of it does.
    """
    files = load(directory)
    conn = await asyncpg.connect(dsn, server_settings={"citus.override_table_visibility": "off"})
    try:
        await conn.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
        await conn.execute((directory / ROLES).read_text())
        todo = _wanted((await state(conn, files)).pending, until)
        for file in todo:
            await _apply(conn, file)
    finally:
        await conn.close()
    return todo


def _wanted(pending: Iterable[Migration], until: Phase) -> list[Migration]:
    wanted: list[Migration] = []
    for file in pending:
        if until == "pre" and file.phase == "post":
            break
        wanted.append(file)
    return wanted


async def _apply(conn: "asyncpg.Connection[Any]", file: Migration) -> None:
    options = file.options
    began = time.perf_counter()
    if "no-transaction" in options:
        await conn.execute(file.sql)
        await _note(conn, file, began)
        return
    async with conn.transaction():
        await conn.execute(f"SET LOCAL lock_timeout = '{options.get('lock_timeout', LOCK_TIMEOUT)}'")
        await conn.execute(f"SET LOCAL statement_timeout = '{options.get('statement_timeout', STATEMENT_TIMEOUT)}'")
        await conn.execute(file.sql)
        await _note(conn, file, began)


async def _note(conn: "asyncpg.Connection[Any]", file: Migration, began: float) -> None:
    took = round((time.perf_counter() - began) * 1000)
    await conn.execute("INSERT INTO kit.migration VALUES ($1, $2, $3, $4, now(), $5)", file.number, file.phase, file.name, file.checksum, took)
