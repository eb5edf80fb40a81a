"""The sequencer: every event one leaf, tiles before the checkpoint, and a repair after every way to die."""
import asyncio
from datetime import timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest

from essc.audit import actions, queries
from essc.audit.errors import ProofNotFound, ProofNotYet
from essc.audit.jobs import Sequencer, denied
from essc.audit.model.entry import entry
from essc.audit.model.merkle import leaf_hash, root_from_proof
from essc.audit.model.note import Checkpoint, checkpoint
from essc.audit.model.verify import verify
from essc.audit.store.files import Folder, TileChanged
from essc.kit import clock, ids
from essc.kit.db.checks import prove_all
from essc.kit.db.pool import Database
from essc.kit.events import Event

pytestmark = pytest.mark.anyio
ORIGIN = "essc.example/log"


class Noted(Event, frozen=True, kw_only=True):
    kind: ClassVar[str] = "notebook.noted"
    subject: ClassVar[str] = "page_id"
    page_id: UUID
    line: int = 0


async def note(db: Database, count: int, **how) -> list[UUID]:
    async with db.tx(**how) as tx:
        return await tx.emit_all([Noted(page_id=ids.new(), line=line) for line in range(count)])


async def logged(db: Database, sequencer: Sequencer) -> int:
    """Sequence all there is and publish it; gives the size."""
    while await sequencer.sequence():
        pass
    return await sequencer.publish()


def read(db: Database, directory: Path):
    return verify(Folder(directory), actions.note_keys(ORIGIN, db.keys))


async def holds(db: Database) -> list[str]:
    return [str(finding) for finding in await prove_all(db, queries.CHECKS) if not finding.holds]


async def test_every_event_gets_one_leaf_and_the_log_verifies(db, tmp_path):
    sequencer = Sequencer(db, tmp_path, ORIGIN, batch=100)
    for count in (1, 299, 0, 256, 700):
        await note(db, count)
        await logged(db, sequencer)
        assert read(db, tmp_path).findings == ()
    assert read(db, tmp_path).size == 1256
    assert await holds(db) == []


async def test_an_empty_log_is_signed_too(db, tmp_path):
    assert await logged(db, Sequencer(db, tmp_path, ORIGIN)) == 0
    assert await holds(db) == []


async def test_the_order_of_commits_does_not_matter(db, tmp_path):
    sequencer = Sequencer(db, tmp_path, ORIGIN)
    async with db.tx(now=clock.now() - timedelta(hours=2)) as slow:
        await slow.emit(Noted(page_id=ids.new()))
        await note(db, 3)
        assert await logged(db, sequencer) == 3
    async with asyncio.timeout(30):
        while await logged(db, sequencer) < 4:
            pass
    assert read(db, tmp_path).findings == ()


async def test_two_sequencers_give_no_event_two_leaves(db, tmp_path):
    await note(db, 500)
    two = [Sequencer(db, tmp_path, ORIGIN, batch=17) for _ in range(2)]

    async def drain(sequencer):
        for _ in range(60):
            await sequencer.sequence()

    await asyncio.gather(*(drain(one) for one in two))
    assert await logged(db, two[0]) == await logged(db, two[1]) == 500
    assert read(db, tmp_path).findings == () and await holds(db) == []


async def test_the_fence_refuses_a_sequencer_that_was_overtaken(db):
    async with db.tx() as tx:
        tree = await actions.rows.head(tx)
        await tx.run("UPDATE audit.head SET size = 1, peaks = $1", b"x" * 32)
        with pytest.raises(actions.Overtaken):
            await actions._grow(tx, tree, [])


async def test_a_mark_that_was_taken_away_makes_no_second_leaf_but_an_alarm(db, tmp_path):
    sequencer = Sequencer(db, tmp_path, ORIGIN)
    [named] = await note(db, 1)
    await logged(db, sequencer)
    async with db.tx() as tx:
        await tx.run("UPDATE kit.event SET sequenced_at = NULL WHERE id = $1", named)
    await logged(db, sequencer)
    async with db.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM audit.leaf WHERE event_id = $1", named) == 1
        assert [row["what"] for row in await queries.alarms(tx)] == ["leaf_twice"]


# ── dying ──

async def test_dead_between_leaves_and_tiles(db, tmp_path):
    await logged(db, Sequencer(db, tmp_path, ORIGIN))
    await note(db, 300)
    await Sequencer(db, tmp_path, ORIGIN).sequence()
    await logged(db, Sequencer(db, tmp_path, ORIGIN))
    assert (read(db, tmp_path).size, read(db, tmp_path).findings) == (300, ())


@pytest.mark.parametrize("written", [0, 1, 2, 3])
async def test_dead_between_tiles_and_checkpoint(db, tmp_path, written):
    await note(db, 600)
    sequencer = Sequencer(db, tmp_path, ORIGIN)
    await sequencer.sequence()
    async with db.read_tx() as tx:
        groups = [group async for group in queries.files(tx, 600, 0)]
    for group in groups[:written]:
        Folder(tmp_path).write(group[:-1] if written == 1 else group)
    (tmp_path / ".000.half").write_bytes(b"torn")
    await logged(db, Sequencer(db, tmp_path, ORIGIN))
    assert (read(db, tmp_path).size, read(db, tmp_path).findings) == (600, ())


async def test_dead_between_the_checkpoint_on_disk_and_its_row(db, tmp_path):
    await note(db, 10)
    sequencer = Sequencer(db, tmp_path, ORIGIN)
    await sequencer.sequence()
    async with db.read_tx() as tx:
        tree = await queries.tree(tx)
        async for group in queries.files(tx, 10, 0):
            Folder(tmp_path).write(group)
    with pytest.raises(ConnectionError):
        async with db.tx() as tx:
            Folder(tmp_path).publish(str(await actions.sign(tx, tree, ORIGIN)), "2026-11-20", keep=True)
            raise ConnectionError
    assert await logged(db, Sequencer(db, tmp_path, ORIGIN)) == 10
    assert read(db, tmp_path).findings == () and await holds(db) == []
    async with db.read_tx() as tx:
        assert (await queries.checkpoint(tx))["size"] == 10


async def test_a_lost_folder_is_written_again_with_the_same_checkpoint(db, tmp_path):
    await note(db, 300)
    await logged(db, Sequencer(db, tmp_path / "one", ORIGIN))
    await logged(db, Sequencer(db, tmp_path / "two", ORIGIN))
    for path in ("checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"):
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()


async def test_a_tile_that_was_changed_stops_the_signing_and_sounds_the_alarm(db, tmp_path):
    sequencer = Sequencer(db, tmp_path, ORIGIN)
    await note(db, 300)
    await logged(db, sequencer)
    (tmp_path / "tile/0/000").write_bytes(b"x" * 8192)
    (tmp_path / "checkpoint").unlink()
    with pytest.raises(TileChanged):
        await Sequencer(db, tmp_path, ORIGIN).publish()
    async with db.read_tx() as tx:
        assert [(row["what"], row["place"]) for row in await queries.alarms(tx)] == [("tile_changed", "tile/0/000")]


async def test_the_running_sequencer_publishes_what_is_left_when_it_stops(db, tmp_path):
    stop = asyncio.Event()
    running = asyncio.create_task(Sequencer(db, tmp_path, ORIGIN).run(stop))
    await note(db, 50)
    stop.set()
    await running
    assert (read(db, tmp_path).size, read(db, tmp_path).findings) == (50, ())


# ── proofs ──

async def test_a_proof_convinces_whoever_has_the_event_and_the_public_key(db, tmp_path):
    sequencer = Sequencer(db, tmp_path, ORIGIN)
    named = await note(db, 700)
    await logged(db, sequencer)
    for event_id in (named[0], named[255], named[256], named[699]):
        async with db.read_tx() as tx:
            proof = await queries.prove(tx, event_id)
            row = await tx.row("SELECT * FROM kit.event WHERE id = $1", event_id)
        signed = checkpoint(proof.checkpoint, actions.note_keys(ORIGIN, db.keys))
        assert root_from_proof(leaf_hash(entry(row)), proof.position, proof.size, proof.hashes) == signed.root
        assert proof.text().startswith("c2sp.org/tlog-proof@v1\nextra ") and proof.text().endswith(proof.checkpoint)


async def test_a_proof_comes_after_the_checkpoint_and_only_to_whom_it_concerns(db, tmp_path):
    [named] = await note(db, 1)
    async with db.read_tx() as tx:
        with pytest.raises(ProofNotYet):
            await queries.prove(tx, named)
        with pytest.raises(ProofNotFound):
            await queries.prove(tx, named, holder_id=ids.new())
        with pytest.raises(ProofNotFound):
            await queries.prove(tx, ids.new())


async def test_the_log_publishes_commitments_only(db, tmp_path):
    [named] = await note(db, 1)
    await logged(db, Sequencer(db, tmp_path, ORIGIN))
    published = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert named.bytes not in published and str(named).encode() not in published and b"notebook" not in published


async def test_a_checkpoint_says_who_how_many_and_which_root(db, tmp_path):
    await note(db, 3)
    await logged(db, Sequencer(db, tmp_path, ORIGIN))
    text = (tmp_path / "checkpoint").read_text()
    assert Checkpoint.parse(text.rpartition("\n\n")[0] + "\n") == Checkpoint(ORIGIN, 3, read(db, tmp_path).root)
    assert len(list(Folder(tmp_path).history())) == 1


async def test_a_refused_right_is_an_alarm_and_an_event(db):
    await denied(db, "codes.redeem", "42501")
    async with db.read_tx() as tx:
        assert [(row["what"], row["place"]) for row in await queries.alarms(tx)] == [("permission_denied", "codes.redeem")]
        assert await tx.value("SELECT kind FROM kit.event") == "audit.alarm_raised"
