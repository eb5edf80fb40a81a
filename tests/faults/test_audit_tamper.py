"""S39 and S16: what a superuser changes is named by position, at five times fifty places; what our own role tries is refused and told."""
import random
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from essc.audit import actions, queries
from essc.audit.jobs import Sequencer, denied
from essc.audit.model.entry import entry
from essc.audit.model.merkle import Peaks, leaf_hash
from essc.audit.model.verify import verify
from essc.audit.store.files import Folder
from essc.kit import ids
from essc.kit.crypto import Keys
from essc.kit.db.embedded import SUPERUSER
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM, Tx
from essc.kit.outbox import Pump, Subscribers
from tests.audit.press import Ink, Press
from tests.audit.test_sequencer import ORIGIN, Noted, logged, note

pytestmark = [pytest.mark.anyio, pytest.mark.fault]
SIZE = 1300
PLACES = random.Random(39).sample(range(1, SIZE - 1), 50)
"""Fifty places, the same in every run."""


@pytest.fixture(scope="module")
async def log(pg, keys: Keys, tmp_path_factory):
    """A database with a published log of SIZE events: its superuser's address, and the folder."""
    name = await pg.create()
    folder = tmp_path_factory.mktemp("log")
    db = await Database.open(pg.url(name), keys)
    await note(db, SIZE)
    await logged(db, Sequencer(db, folder, ORIGIN))
    await db.close()
    yield pg.url(name, SUPERUSER), folder, keys
    await pg.drop(name)


@asynccontextmanager
async def superuser(log):
    """A superuser's transaction, undone at the end."""
    address, _, keys = log
    conn = await asyncpg.connect(address)
    transaction = conn.transaction()
    await transaction.start()
    try:
        yield Tx(conn, now=await conn.fetchval("SELECT now()"), actor=SYSTEM, keys=keys)
    finally:
        await transaction.rollback()
        await conn.close()


async def found(tx: Tx, log) -> list:
    return await queries.compare(tx, Folder(log[1]))


async def named(tx: Tx, log) -> int | None:
    """The first position that the comparison of database and published log names."""
    findings = await found(tx, log)
    return findings[0].first if findings else None


async def event_at(tx: Tx, position: int):
    return await tx.row(
        "SELECT e.* FROM kit.event e JOIN audit.leaf l ON l.event_id = e.id WHERE l.position = $1", position)


FLIPS = [
    "UPDATE kit.event SET body = jsonb_set(body, '{line}', to_jsonb((body->>'line')::int # 1)) WHERE id = $1",
    "UPDATE kit.event SET actor_id = 'holder' WHERE id = $1",
    "UPDATE kit.event SET recorded_at = recorded_at + interval '1 microsecond' WHERE id = $1",
    "UPDATE kit.event SET blind = set_bit(blind, 7, 1 - get_bit(blind, 7)) WHERE id = $1",
    "UPDATE audit.leaf SET entry = set_bit(entry, 100, 1 - get_bit(entry, 100)) WHERE event_id = $1",
    "UPDATE kit.event SET kind = 'notebook.torn' WHERE id = $1",
]


async def flip(tx: Tx, place: int) -> int:
    await tx.run(FLIPS[place % len(FLIPS)], (await event_at(tx, place))["id"])
    return place


async def delete(tx: Tx, place: int) -> int:
    event = await event_at(tx, place)
    if place % 3:
        await tx.run("DELETE FROM kit.event WHERE id = $1", event["id"])
    if place % 2 or not place % 3:
        await tx.run("DELETE FROM audit.leaf WHERE position = $1", place)
    return place


async def swap(tx: Tx, place: int) -> int:
    one, other = await event_at(tx, place), await event_at(tx, place + 1)
    if place % 2:
        for a, b in ((one, other), (other, one)):
            await tx.run("UPDATE kit.event SET body = $2::jsonb, blind = $3 WHERE id = $1", a["id"], b["body"], b["blind"])
    else:
        await tx.run("DELETE FROM audit.leaf WHERE position IN ($1, $2)", place, place + 1)
        for position, event in ((place, other), (place + 1, one)):
            await tx.run("INSERT INTO audit.leaf VALUES ($1, $2, $3)", position, event["id"], entry(event))
    return place


async def cut(tx: Tx, place: int) -> int:
    await tx.run("DELETE FROM kit.event WHERE id IN (SELECT event_id FROM audit.leaf WHERE position >= $1)", place)
    await tx.run("DELETE FROM audit.leaf WHERE position >= $1", place)
    if place % 2:
        await tx.run("UPDATE audit.head SET size = $1", place)
        await tx.run("DELETE FROM audit.checkpoint")
        tree = Peaks()
        for row in await tx.rows("SELECT entry FROM audit.leaf ORDER BY position"):
            tree.append(leaf_hash(row["entry"]))
        await tx.run("UPDATE audit.head SET peaks = $1", b"".join(tree.hashes))
    return place


async def insert(tx: Tx, place: int) -> int:
    """An event that nobody logged, slipped in as if it had been there; with its own leaf, or behind the log's back."""
    before = await event_at(tx, place)
    forged = {**before, "id": ids.new(before["bucket"], before["recorded_at"]), "body": before["body"].replace(str(before["id"])[:4], "0000")}
    await tx.run("""INSERT INTO kit.event (bucket, id, kind, body, recorded_at, actor_kind, actor_id, request_id, blind, sequenced_at, delivered_at)
                    VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $5, $5)""",
                 *(forged[name] for name in ("bucket", "id", "kind", "body", "recorded_at", "actor_kind", "actor_id", "request_id", "blind")))
    if place % 2:
        return await tx.value("SELECT coalesce(min(position), $2) FROM audit.leaf WHERE event_id > $1", forged["id"], SIZE)
    await tx.run("UPDATE audit.leaf SET position = position + 1000000 WHERE position >= $1", place)
    await tx.run("UPDATE audit.leaf SET position = position - 999999 WHERE position >= 1000000")
    await tx.run("INSERT INTO audit.leaf VALUES ($1, $2, $3)", place, forged["id"], entry(forged))
    await tx.run("UPDATE audit.head SET size = size + 1, peaks = $1", b"x" * 32 * (SIZE + 1).bit_count())
    return place


@pytest.mark.parametrize("tampering", [flip, delete, swap, cut, insert], ids=lambda function: function.__name__)
async def test_what_a_superuser_changes_is_named_by_its_position(log, tampering):
    missed = []
    for place in PLACES:
        async with superuser(log) as tx:
            expected = await tampering(tx, place)
            if (got := await named(tx, log)) != expected:
                missed.append((place, expected, got))
    assert missed == []


async def test_a_clean_log_raises_no_alarm(log):
    for _ in range(5):
        async with superuser(log) as tx:
            assert await found(tx, log) == []
            assert not [check.name for check in queries.CHECKS if await check.find(tx)]
    assert verify(Folder(log[1]), actions.note_keys(ORIGIN, log[2])).findings == ()


async def test_everything_chained_again_with_a_new_key_is_named(log):
    """Rows, tiles and checkpoints made anew from a place on, signed by a key of the thief's own: the reader has the true one."""
    true_keys, thief = actions.note_keys(ORIGIN, log[2]), Ink(9)
    missed = []
    async with superuser(log) as tx:
        entries = [row["entry"] for row in await tx.rows("SELECT entry FROM audit.leaf ORDER BY position")]
    kept = list(Folder(log[1]).history())
    for place in PLACES:
        forged = Press([*entries[:place], b"!" * 32, *entries[place + 1:]], thief)
        forged.notes = kept
        findings = verify(forged, true_keys).findings
        if not findings or not any(finding.first <= place <= finding.last for finding in findings):
            missed.append(place)
        async with superuser(log) as tx:   # the rows still know where the published log departs from them
            if [finding.first for finding in await queries.compare(tx, forged)] != [place]:
                missed.append(place)
    assert missed == []


APPEND_ONLY = ["kit.event", "audit.leaf", "audit.node", "audit.checkpoint", "audit.alarm", "records.use"]


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("order", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET {} = {}"], ids=["delete", "truncate", "update"])
async def test_our_own_role_may_not_change_what_was_recorded(db, table, order):
    column = {"kit.event": "body", "audit.leaf": "entry", "audit.node": "hash", "audit.checkpoint": "note",
              "audit.alarm": "what", "records.use": "outcome"}[table]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.tx() as tx:
            await tx.run(order.format(*([table] if "SET" not in order else [table, column, column])))


async def test_an_attempt_from_anywhere_in_our_code_writes_an_alarm(db):
    db.denied = denied
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.tx(request_id="req_1") as tx:
            await tx.run("UPDATE kit.event SET body = body")
    async with db.read_tx() as tx:
        assert [(row["what"], row["place"]) for row in await queries.alarms(tx)] == [("permission_denied", "system req_1")]


async def test_the_attempt_writes_an_alarm_that_the_check_shows(db, tmp_path: Path):
    jobs = Subscribers("mole")

    @jobs.on(Noted)
    async def dig(tx, delivery):
        await tx.run("DELETE FROM kit.event")

    await note(db, 1)
    await Pump(db, [jobs], alarm=denied).deliver()
    async with db.read_tx() as tx:
        [broken] = [await check.find(tx) for check in queries.CHECKS if check.name == "audit.alarms"]
    assert broken == ["permission_denied in mole.dig"]
    await logged(db, Sequencer(db, tmp_path, ORIGIN))
    assert verify(Folder(tmp_path), actions.note_keys(ORIGIN, db.keys)).size == 2
