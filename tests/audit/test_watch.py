"""The house's own reader: it proves the log as it grows and the whole of it again, and a flaw stays until the whole was proved after it."""
import json
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from essc.audit import actions, queries
from essc.audit.jobs import Sequencer, Watch
from essc.kit import clock
from essc.kit.db.embedded import SUPERUSER
from essc.kit.db.pool import Database
from tests.audit.test_sequencer import ORIGIN, logged, note

pytestmark = pytest.mark.anyio


class Log:
    """A database, its published log, and the watch over both."""

    def __init__(self, db: Database, superuser: str, directory: Path) -> None:
        self.db, self.superuser, self.directory = db, superuser, directory
        self.sequencer, self.watch = Sequencer(db, directory, ORIGIN), Watch(db, directory)

    async def grow(self, count: int) -> None:
        await note(self.db, count)
        await logged(self.db, self.sequencer)

    async def chain(self):
        async with self.db.read_tx() as tx:
            return await queries.chain(tx)

    async def looked(self):
        """The chain after the watch has looked until there is no more to look at."""
        for _ in range(50):
            if not await self.watch.look():
                break
        return await self.chain()

    async def proved(self):
        """The chain after somebody asked for the whole to be proved."""
        async with self.db.tx() as tx:
            await actions.ask_verification(tx)
        return await self.looked()

    async def tamper(self, sql: str) -> None:
        """Change rows, as only a superuser can."""
        conn = await asyncpg.connect(self.superuser)
        try:
            await conn.execute(sql)
        finally:
            await conn.close()

    async def alarms(self) -> list[str]:
        async with self.db.read_tx() as tx:
            return [row["what"] for row in await queries.alarms(tx)]


@pytest.fixture
async def log(pg, keys, tmp_path):
    """A log of its own, empty."""
    name = await pg.create()
    db = await Database.open(pg.url(name), keys, largest=4)
    try:
        yield Log(db, pg.url(name, SUPERUSER), tmp_path)
    finally:
        await db.close()
        await pg.drop(name)


def spoil(path: Path, at: int) -> bytes:
    """Change one byte of a file; gives the file as it was."""
    raw = path.read_bytes()
    path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:])
    return raw


async def test_what_comes_is_proved_as_it_comes(log):
    assert (await log.looked()).size == 0
    for count, size in ((10, 10), (400, 411), (1, 412)):    # the event of the sweep is a leaf too
        await log.grow(count)
        chain = await log.looked()
        assert chain.flaw is None and chain.size >= size and not chain.stale(clock.now())
    assert chain.stale(clock.now() + timedelta(hours=1))


async def test_a_long_log_is_proved_in_slices_each_up_to_a_signed_root(log):
    log.watch = Watch(log.db, log.directory, slice=300)
    for _ in range(6):
        await log.grow(200)
    assert await log.watch.look() and (await log.chain()).size < 1200
    chain = await log.looked()
    assert chain.flaw is None and chain.size >= 1200
    whole = await log.proved()
    assert whole.flaw is None and whole.whole_size >= 1200 and whole.asked_at is None


SPOILED = {
    "an entry": ("tile/entries/000", 40), "a leaf hash": ("tile/0/000", 40), "a root above": ("tile/1/000.p/2", 3),
}


@pytest.mark.parametrize("place", SPOILED)
async def test_a_tile_that_was_changed_is_found_by_the_sweep_and_stays_until_it_is_whole_again(log, place):
    await log.grow(600)
    assert (await log.looked()).flaw is None
    name, at = SPOILED[place]
    was = spoil(log.directory / name, at)
    broken = await log.proved()
    assert broken.flaw is not None and broken.flaw.first < 512 and await log.alarms() == ["chain_broken"]
    assert (await log.looked()).flaw == broken.flaw and await log.alarms() == ["chain_broken"], "told once"
    (log.directory / name).write_bytes(was)
    assert (await log.proved()).flaw is None


@pytest.mark.parametrize(("sql", "first"), [
    ("UPDATE kit.event SET body = '{}' WHERE id = (SELECT event_id FROM audit.leaf WHERE position = 7)", 7),
    ("UPDATE kit.event SET actor_id = 'staff_other' WHERE id = (SELECT event_id FROM audit.leaf WHERE position = 9)", 9),
    ("DELETE FROM kit.event WHERE id = (SELECT event_id FROM audit.leaf WHERE position = 11)", 11),
    ("UPDATE audit.leaf SET entry = sha256('x') WHERE position = 13", 13),
    ("DELETE FROM audit.leaf WHERE position = 15", 15),
], ids=["body", "actor", "event gone", "leaf", "leaf gone"])
async def test_a_row_that_was_changed_is_found_at_its_place(log, sql, first):
    await log.grow(30)
    assert (await log.looked()).flaw is None
    await log.tamper(sql)
    flaw = (await log.proved()).flaw
    assert flaw is not None and (flaw.first, flaw.last) == (first, first)


async def test_a_log_that_was_cut_or_signed_by_another_is_found_at_once(log):
    await log.grow(5)
    short = (log.directory / "checkpoint").read_text(encoding="utf-8")
    await log.grow(5)
    assert (await log.looked()).flaw is None
    (log.directory / "checkpoint").write_text(short, encoding="utf-8")
    assert "proved before" in (await log.looked()).flaw.what
    (log.directory / "checkpoint").write_text(short.replace("\n5\n", "\n4\n"), encoding="utf-8")
    assert "cannot be believed" in (await log.looked()).flaw.what


async def test_the_proof_of_an_event_is_computed_again_by_whoever_looks(log):
    [first, *_] = await note(log.db, 300)
    async with log.db.tx() as tx:
        assert (await actions.look_at(tx, first)).proof is None
    await logged(log.db, log.sequencer)
    async with log.db.tx() as tx:
        seen = await actions.look_at(tx, first)
    assert seen.holds and seen.proof is not None and json.loads(seen.canonical)[2] == str(first)
    await log.tamper(f"UPDATE kit.event SET request_id = 'another' WHERE id = '{first}'")
    async with log.db.tx() as tx:
        assert not (await actions.look_at(tx, first)).holds
