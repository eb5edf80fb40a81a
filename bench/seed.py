"""A house with many cards for benches: rows made here, taken in by the product's own chunks, e-cards and links written behind them."""
import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from essc.app import keys as key_ring
from essc.cards import actions as cards
from essc.cards import queries as known_cards
from essc.cards.model import Card, Rules
from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.cli import places
from essc.kit import clock
from essc.kit.crypto import Algorithm, PrivateKey, jwk
from essc.kit.crypto.signing import new_secret
from essc.kit.db import migrate
from essc.kit.db.embedded import Embedded
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.settings import Settings
from essc.venues import actions as venues
from essc.venues.model import TerminalKind
from harness import say

REGION, CHUNK = "450100", 10_000
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SLOT_STEP = 7919    # odd, so that numbers of a bucket times it never meet modulo 2^24

ECARDS = """INSERT INTO ecards.ecard (bucket, id, holder_id, card_id, origin, created_at)
    SELECT bucket, id, holder_id, id, 'prepared', since FROM cards.card ON CONFLICT DO NOTHING"""
CARRIED = "INSERT INTO ecards.carried (bucket, holder_id, ecard_id) SELECT bucket, holder_id, id FROM ecards.ecard ON CONFLICT DO NOTHING"
LINKS = f"""INSERT INTO ecards.link (bucket, id, ecard_id, holder_id, channel_id, sign_no, sign_seq, slot, linked_at)
    SELECT e.bucket, e.id, e.id, e.holder_id, $1, replace(e.id::text, '-', ''), 1,
           (row_number() OVER (PARTITION BY e.bucket ORDER BY e.id) * {SLOT_STEP} % 16777216)::int, e.created_at
      FROM ecards.ecard e ON CONFLICT DO NOTHING"""

PASSWORDS = f"""INSERT INTO passwords.password (bucket, ecard_id, region, hashed, pepper_version, set_at)
    SELECT bucket, id, '{REGION}', 'nobody knows it', 1, created_at FROM ecards.ecard ON CONFLICT DO NOTHING"""


@dataclass
class House:
    """What a bench works on."""

    settings: Settings
    server: Embedded
    db: Database
    channel: object                      # on which all e-cards are
    terminals: list[tuple[str, bytes]]   # key id and secret of an open session of each terminal


def person(serial: int) -> tuple[str, str]:
    """An invented name and number."""
    day, order = divmod(serial, 900)
    year, rest = divmod(day, 336)
    first = f"9999{serial // 272_160_000 % 90 + 1:02d}{1940 + year:04d}{rest // 28 + 1:02d}{rest % 28 + 1:02d}{order + 100:03d}"
    return "测试" + chr(0x4E00 + serial % 2000), first + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, first, strict=True)) % 11]


def row(serial: int) -> dict[str, str]:
    """A row of a card file, active."""
    name, number = person(serial)
    return {"card_number": f"B{serial:08d}", "identifier": f"{REGION}D156000005{serial:016X}", "name": name, "number": number, "region": REGION,
            "bank_code": "105", "generation": "3", "issued_on": "2021-03-15", "valid_to": "2031-03-15", "state": "1"}


def chunks(count: int) -> Iterator[range]:
    """The serials of each chunk."""
    for first in range(0, count, CHUNK):
        yield range(first, min(count, first + CHUNK))


async def fill(db: Database, count: int) -> None:
    """Take in cards with the serials 0 to `count` - 1."""
    rules = Rules(REGION, clock.now().date(), demonstration=True)
    file = count.to_bytes(32, "big")
    async with db.tx() as tx:
        await cards.begin_file(tx, file, REGION)
    for number, serials in enumerate(chunks(count)):
        rows = [(n + 2, row(n)) for n in serials]
        chunk = await asyncio.to_thread(cards.make_chunk, db.keys, number, rows[0][0], rows, [], rules, clock.now())
        async with db.tx() as tx:
            counts = await cards.import_chunk(tx, file, REGION, chunk)
        if counts is None or counts.rejected:
            raise RuntimeError(f"the bench's own rows were refused: {counts}")
        if number % 10 == 9:
            say(f"  {(number + 1) * CHUNK:,} cards")


async def card_of(tx: Tx, serial: int) -> Card:
    """The card of a serial."""
    found = await known_cards.by_number(tx, row(serial)["card_number"])
    assert found is not None
    return found


async def link_all(owner: str, channel_id: object) -> None:
    """An e-card and a link for every card that has none."""
    conn = await asyncpg.connect(owner)
    try:
        await conn.execute(ECARDS)
        await conn.execute(CARRIED)
        await conn.execute(LINKS, channel_id)
        await conn.execute(PASSWORDS)
        await conn.execute("VACUUM ANALYZE")
    finally:
        await conn.close()


async def channel(db: Database) -> object:
    """A sandbox channel; gives its id."""
    wanted = Application("基准测试渠道", Form.APP, Kind.HUMAN_RESOURCES, 1, "999900", (Ability.PRESENT, Ability.ISSUE), ("name",))
    async with db.tx() as tx:
        return (await channels.register(tx, wanted, sandbox=True, demonstration=True)).id


async def terminal(db: Database, kind: str, name: str) -> tuple[str, bytes]:
    """An activated terminal of a new venue, with an open session."""
    public = jwk.written(Algorithm.ES256, PrivateKey(Algorithm.ES256, new_secret(Algorithm.ES256)).public)
    async with db.tx() as tx:
        venue = await venues.add_venue(tx, name, kind, REGION, demonstration=True)
        made = await venues.add_terminal(tx, venue.id, "1 号窗口", TerminalKind.WINDOW)
        issued = await venues.issue_activation(tx, made.id)
        await venues.try_activation(tx, issued.code, public, "127.0.0.1")
        session = await venues.open_session(tx, made.id)
    return session.key_id, session.secret


async def checkpoint(server: Embedded) -> None:
    """Write out what filling left behind: the house is measured as it stands, not the import."""
    conn = await asyncpg.connect(server.access.superuser)
    try:
        await conn.execute("CHECKPOINT")
    finally:
        await conn.close()


async def filled(db: Database, owner: str, count: int, mark: Path) -> object:
    """Fill the house unless `mark` says that it was done; gives the channel that all e-cards are on."""
    if mark.exists():
        return UUID(mark.read_text())
    began = datetime.now(UTC)
    await fill(db, count)
    carries = await channel(db)
    await link_all(owner, carries)
    mark.write_text(str(carries))
    say(f"{count:,} cards with e-cards in {(datetime.now(UTC) - began).total_seconds():.0f} s")
    return carries


@asynccontextmanager
async def house(data: Path, count: int, *, terminals: int = 8) -> AsyncIterator[House]:
    """A data directory with `count` cards, each with an e-card on one channel, and terminals with open sessions.

    One that was filled before, with as many cards, is taken as it stands.
    """
    settings = Settings.read(data=data)
    data.mkdir(parents=True, exist_ok=True)
    server = places.server(settings, say)
    access = server.start()
    try:
        await migrate.migrate(access.owner, places.SCHEMA)
        db = await Database.open(access.app, key_ring(settings))
        try:
            carries = await filled(db, access.owner, count, data / f"filled-{count}")
            yield House(settings, server, db, carries, [await terminal(db, "park", f"基准公园 {n}（演示）") for n in range(terminals)])
        finally:
            await db.close()
    finally:
        server.stop()
