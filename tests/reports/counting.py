"""A small country in which things happen, and the two ways in which room reports hears of them."""
from datetime import timedelta
from itertools import count
from uuid import UUID

from essc.cards import queries as cards
from essc.cards.model import Rules
from essc.codes import actions as codes
from essc.kit.db.checks import prove
from essc.kit.db.tx import Tx
from essc.kit.outbox import store as outbox
from essc.records.jobs import jobs as records
from essc.reports import queries
from essc.reports.jobs import catch_up_some, jobs
from tests.cards.rows import row, take
from tests.codes.scene import Scene, terminal_of
from tests.ecards.house import applied, linked, moved
from tests.hearing import hear
from tests.sandbox.people import Somebody

_moments = count(1)
[COUNT] = jobs.subscriptions
TABLES = ("stock", "day", "hour", "channel_day", "issue_day", "verdict_day", "area_day", "area_hour", "area_issue_day", "area_verdict_day")


def later(tx: Tx, **delta: float) -> Tx:
    """The same transaction at another moment, never the same twice."""
    return Tx(tx.conn, now=tx.now + timedelta(**delta) + timedelta(milliseconds=next(_moments)), actor=tx.actor, keys=tx.keys, request_id=tx.request_id)


async def carded(tx: Tx, region: str, *people: Somebody, state: str = "1") -> None:
    """These people's cards come by a file, as one chunk at a moment of its own."""
    at = later(tx)
    rows = [row(n, name=who.name, number=who.number, card_number=who.card_number, region=region, state=state) for n, who in enumerate(people, 1)]
    done = await take(at, *rows, file=UUID(int=next(_moments)).bytes * 2, rules=Rules("000000", at.now.date(), demonstration=True))
    assert done is not None and done.imported == len(people)


async def pending(tx: Tx):
    """Facts that room reports has not heard."""
    return await tx.rows("SELECT * FROM kit.event WHERE delivered_at IS NULL AND kind = ANY($1) ORDER BY id", list(COUNT.events))


async def deliver(tx: Tx, rows, *, mark: bool = True) -> None:
    """Deliver facts as the pump does: through the inbox, then marked."""
    fresh = await outbox.first_time(tx, COUNT.name, rows)
    deliveries = [COUNT.delivery(one) for one in rows if one["id"] in fresh]
    if deliveries:
        await COUNT.handler(tx, deliveries)
    if mark:
        await outbox.delivered(tx, rows)


async def live(tx: Tx) -> None:
    """Everything is heard as it happens."""
    await hear(tx, records)
    await deliver(tx, await pending(tx))


async def earlier(tx: Tx) -> None:
    """Nobody counts yet: everything is delivered to others, then this room is there and catches up."""
    await hear(tx, records)
    await outbox.delivered(tx, await pending(tx))
    await caught_up(later(tx, hours=1))


async def caught_up(tx: Tx) -> None:
    """The first round over what was there before."""
    for _ in range(3000):
        if not await catch_up_some(tx):
            return
    raise AssertionError("it never ends")


async def tables(tx: Tx) -> dict[str, list[tuple]]:
    """All figures as they stand."""
    return {name: sorted(map(tuple, await tx.rows(f"SELECT * FROM reports.{name}")), key=str) for name in TABLES}


async def broken(tx: Tx) -> list[str]:
    """Which proofs fail, and where."""
    return [f"{found.check.name} {found.broken}" for found in await prove(tx, queries.CHECKS) if not found.holds]


async def shown(tx: Tx, who: Somebody, ecard, link, channel, *, times: int = 1, kind: str = "pharmacy") -> None:
    """Somebody holds up a code at a new reader, and the same one again."""
    terminal = await terminal_of(tx, kind, f"安康大药房 {next(_moments)}（演示）")
    tx = later(tx, seconds=2)
    scene = Scene(await cards.get(tx, ecard.card_id), ecard, link, channel, terminal)
    code = scene.code(tx)
    for n in range(times):
        await codes.redeem(tx, [scene.scan(tx, code, request=f"r{next(_moments)}", after=1 + n)])


__all__ = ["COUNT", "Somebody", "applied", "broken", "carded", "caught_up", "deliver", "earlier", "later", "linked", "live", "moved", "pending", "shown", "tables"]
