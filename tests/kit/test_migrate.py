"""Migrations: once, in order, unchanged; and what they reach is what the rooms say their tables are."""
import asyncio
import re
import subprocess
from pathlib import Path

import asyncpg
import pytest

import essc
from essc.kit.db import embedded, migrate
from essc.kit.db.migrate import SchemaTrouble
from tests.postgres import SCHEMA, TEMPLATE

SOURCE = Path(essc.__file__).parent
ROLES = (SCHEMA / "roles.sql").read_text()
KIT = (SCHEMA / "0001_pre_kit.sql").read_text()


@pytest.fixture
async def empty(pg):
    """A database with nothing in it: its name, for `pg.url`."""
    name = await pg.create(template="template0")
    yield name
    await pg.drop(name)


def directory(place: Path, **files: str) -> Path:
    """A directory of migrations: the roles, the kit's first file and `files` by stem."""
    for name, text in {"roles": ROLES, "0001_pre_kit": KIT, **files}.items():
        (place / f"{name}.sql").write_text(text)
    return place


def owner(pg, name):
    return pg.url(name, embedded.OWNER)


async def ask(pg, name, sql):
    conn = await asyncpg.connect(owner(pg, name))
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()


async def test_every_file_is_applied_once_and_in_order(pg, empty, tmp_path):
    files = directory(tmp_path, **{"0003_pre_b": "INSERT INTO a VALUES (1)", "0002_pre_a": "CREATE TABLE a (n int)"})
    assert [file.number for file in await migrate.migrate(owner(pg, empty), files)] == [1, 2, 3]
    assert await migrate.migrate(owner(pg, empty), files) == []
    assert await ask(pg, empty, "SELECT count(*) FROM a") == 1


async def test_two_migrators_at_once_apply_every_file_once(pg, empty, tmp_path):
    files = directory(tmp_path, **{"0002_pre_a": "CREATE TABLE a (n int)"})
    done = await asyncio.gather(*(migrate.migrate(owner(pg, empty), files) for _ in range(3)))
    assert sorted(len(applied) for applied in done) == [0, 0, 2]


async def test_a_file_that_fails_leaves_nothing_of_itself(pg, empty, tmp_path):
    files = directory(tmp_path, **{"0002_pre_a": "CREATE TABLE a (n int); SELECT 1/0"})
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate.migrate(owner(pg, empty), files)
    assert await ask(pg, empty, "SELECT to_regclass('a')") is None
    assert await ask(pg, empty, "SELECT max(number) FROM kit.migration") == 1


async def test_a_file_changed_after_it_was_applied_is_refused(pg, empty, tmp_path):
    await migrate.migrate(owner(pg, empty), directory(tmp_path, **{"0002_pre_a": "CREATE TABLE a (n int)"}))
    with pytest.raises(SchemaTrouble, match="0002_pre_a.sql was changed"):
        await migrate.migrate(owner(pg, empty), directory(tmp_path, **{"0002_pre_a": "CREATE TABLE a (n bigint)"}))


async def test_code_refuses_a_schema_that_is_newer_than_itself(pg, empty, tmp_path):
    files = directory(tmp_path, **{"0002_pre_a": "CREATE TABLE a (n int)"})
    await migrate.migrate(owner(pg, empty), files)
    (files / "0002_pre_a.sql").unlink()
    with pytest.raises(SchemaTrouble, match="does not know"):
        await migrate.require(owner(pg, empty), files)


async def test_code_refuses_a_schema_that_lacks_a_pre_migration_and_accepts_one_that_lacks_a_clean_up(pg, empty, tmp_path):
    files = directory(tmp_path, **{"0002_post_tidy": "SELECT 1", "0003_pre_more": "SELECT 1"})
    with pytest.raises(SchemaTrouble, match="run `essc migrate`"):
        await migrate.require(owner(pg, empty), files)
    assert [file.number for file in await migrate.migrate(owner(pg, empty), files, until="pre")] == [1]
    (files / "0003_pre_more.sql").unlink()
    assert (await migrate.require(owner(pg, empty), files)).ready


async def test_a_lock_held_by_others_ends_the_wait_and_not_the_service(pg, empty, tmp_path):
    files = directory(tmp_path, **{"0002_pre_a": "CREATE TABLE a (n int)"})
    await migrate.migrate(owner(pg, empty), files)
    directory(tmp_path, **{"0003_pre_b": "-- migrate: lock_timeout=50ms\nALTER TABLE a ADD COLUMN m int"})
    reader = await asyncpg.connect(owner(pg, empty))
    try:
        async with reader.transaction():
            await reader.fetch("SELECT * FROM a")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await migrate.migrate(owner(pg, empty), files)
    finally:
        await reader.close()


async def test_what_cannot_run_in_a_transaction_says_so_in_its_header(pg, empty, tmp_path):
    index = "-- migrate: no-transaction\nCREATE INDEX CONCURRENTLY event_kind ON kit.event (kind)"
    assert len(await migrate.migrate(owner(pg, empty), directory(tmp_path, **{"0002_pre_index": index}))) == 2


@pytest.mark.parametrize(("files", "what"), [
    ({"2_pre_a": ""}, "is not named"),
    ({"0002_mid_a": ""}, "is not named"),
    ({"0002_pre_a": "", "0002_post_b": ""}, "twice"),
])
def test_a_directory_in_disorder_is_refused(files, what, tmp_path):
    with pytest.raises(SchemaTrouble, match=what):
        migrate.load(directory(tmp_path, **files))


def test_an_unknown_word_in_a_header_is_refused(tmp_path):
    [_, file] = migrate.load(directory(tmp_path, **{"0002_pre_a": "-- migrate: lock_timout=9s"}))
    with pytest.raises(SchemaTrouble, match="lock_timout"):
        assert file.options


async def test_the_application_role_may_not_change_the_schema(pg):
    conn = await asyncpg.connect(pg.url(TEMPLATE))
    try:
        for sql in ("CREATE TABLE public.mine (n int)", "DROP TABLE kit.event", "UPDATE kit.migration SET name = 'x'", "CREATE SCHEMA mine"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(sql)
    finally:
        await conn.close()


def tables() -> list[Path]:
    """Every room's tables.sql, in the order of the migrations that first made them; the kit's first."""
    names = dict.fromkeys(file.name for file in migrate.load(SCHEMA))
    found = [SOURCE / name / "tables.sql" for name in names if (SOURCE / name / "tables.sql").exists()]
    strangers = sorted(set(SOURCE.glob("*/tables.sql")) - set(found))
    return found + strangers


def dump(pg, name: str) -> list[str]:
    """The catalogue of a database as sorted statements; the order in which things were made does not matter."""
    text = subprocess.run([pg.server.programs / "pg_dump", "--schema-only", owner(pg, name)], capture_output=True, text=True, check=True).stdout
    lines = [line for line in text.splitlines() if line and not line.startswith(("--", "\\"))]
    return sorted(re.sub(r"\s+", " ", statement).strip() for statement in "\n".join(lines).split(";\n"))


async def test_the_rooms_tables_are_what_the_migrations_reach(pg, empty):
    conn = await asyncpg.connect(owner(pg, empty))
    try:
        for path in tables():
            await conn.execute(path.read_text())
    finally:
        await conn.close()
    assert dump(pg, empty) == dump(pg, TEMPLATE)
