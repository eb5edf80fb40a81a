"""The sequencer is killed in the middle of its work, again and again: the published log never lies, and it catches up."""
import asyncio
import os
import sys
from pathlib import Path

import pytest

from essc.audit import actions, queries
from essc.audit.jobs import Sequencer
from essc.audit.model.verify import verify
from essc.audit.store.files import Folder
from essc.kit.db.checks import prove_all
from tests.audit.test_sequencer import ORIGIN, logged, note

pytestmark = [pytest.mark.anyio, pytest.mark.fault]
ROOT = Path(__file__).parents[2]

PROGRAM = """
import asyncio, sys
from pathlib import Path
from essc.audit.jobs import Sequencer
from essc.kit.db.pool import Database
from tests import keyring

async def main():
    db = await Database.open(sys.argv[1], keyring.fresh())
    sequencer = Sequencer(db, Path(sys.argv[2]), sys.argv[3], batch=40)
    print("up", flush=True)
    while True:
        await sequencer.sequence()
        await sequencer.publish()

asyncio.run(main())
"""


async def started(url: str, directory: Path) -> asyncio.subprocess.Process:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, url, str(directory), ORIGIN, stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert child.stdout is not None
    await child.stdout.readline()
    return child


async def size(db) -> int:
    async with db.read_tx() as tx:
        return (await queries.tree(tx)).size


async def test_killed_again_and_again_in_the_middle_of_work(db, pg, tmp_path):
    async with db.read_tx() as tx:
        url = pg.url(await tx.value("SELECT current_database()"))
    for further in (40, 80, 120, 160):
        child = await started(url, tmp_path)
        await note(db, 200)
        until = await size(db) + further
        while await size(db) < until:
            pass
        child.kill()
        await child.wait()
        report = verify(Folder(tmp_path), actions.note_keys(ORIGIN, db.keys))
        assert report.findings == () or not (tmp_path / "checkpoint").exists()
    assert await logged(db, Sequencer(db, tmp_path, ORIGIN)) == 800
    assert verify(Folder(tmp_path), actions.note_keys(ORIGIN, db.keys)).findings == ()
    assert not [finding for finding in await prove_all(db, queries.CHECKS) if not finding.holds]
