"""How long does an auditor wait on a page of a log of a million events, and what does it cost to let events be found?

Events are made as a busy day makes them (terminals present codes, people sign in, now and then a member of staff acts). The limit of a page is 200 ms,
measured at the 99th of a hundred; the cost of a search never stands in the transaction of an event, so it is told as leaves a second of the worker.
"""
import argparse
import asyncio
import json
import statistics
import tempfile
from pathlib import Path

import seed
from essc.audit import actions
from essc.audit.model.search import Result, Tab, Wanted
from essc.kit import clock, ids
from essc.kit.db.pool import Database
from essc.kit.paging import Page
from harness import report, say

LIMIT_MS = 200.0
TERMINALS, CHANNELS, STAFF = 5_000, 40, 60
EVENTS = """INSERT INTO kit.event (bucket, id, kind, body, recorded_at, actor_kind, actor_id, request_id, blind, sequenced_at, delivered_at)
    SELECT b, i, k, j::jsonb, $8, ak, ai, r, decode(repeat('00', 32), 'hex'), $8, $8
      FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) AS e (b, i, k, j, ak, ai, r)"""
LEAVES = "INSERT INTO audit.leaf (position, event_id, entry) SELECT p, i, decode(repeat('00', 32), 'hex') FROM unnest($1::bigint[], $2::uuid[]) AS l (p, i)"
CHUNK = 10_000


class Day:
    """Whom and what the events of the day are about."""

    def __init__(self) -> None:
        self.terminals = [ids.new() for _ in range(TERMINALS)]
        self.channels = [ids.new() for _ in range(CHANNELS)]
        self.staff = [ids.wire("staff", ids.new()) for _ in range(STAFF)]
        self.holders = [ids.new() for _ in range(100_000)]

    def event(self, n: int) -> tuple[str, dict[str, object], str, str]:
        """Kind, body, kind of actor and actor of the nth event."""
        holder, terminal = self.holders[n * 7919 % len(self.holders)], self.terminals[n * 31 % TERMINALS]
        if n % 500 == 0:
            return "holders.looked_up", {"holder_id": str(holder), "reason": "case"}, "operator", self.staff[n // 500 % STAFF]
        if n % 5 == 0:
            return "sessions.signed_in", {"session_id": str(ids.new()), "holder_id": str(holder), "channel_id": str(self.channels[n % CHANNELS]), "way": "face"}, \
                "channel", ids.wire("chan", self.channels[n % CHANNELS])
        verdict = "PASS" if n % 33 else "EXPIRED"
        body = {"holder_id": str(holder), "card_id": str(ids.new()), "terminal_id": str(terminal), "channel_id": str(self.channels[n % CHANNELS]), "verdict": verdict}
        return "codes.presented", body, "terminal", ids.wire("term", terminal)


async def fill(db: Database, day: Day, count: int) -> None:
    """Events with their leaves, the ids in the order of time."""
    now = clock.now()
    for start in range(0, count, CHUNK):
        made = [day.event(n) for n in range(start, min(start + CHUNK, count))]
        names = sorted(ids.new(at=now) for _ in made)
        async with db.tx() as tx:
            await tx.run(EVENTS, [ids.bucket(id) for id in names], names, [one[0] for one in made], [json.dumps(one[1]) for one in made],
                         [one[2] for one in made], [one[3] for one in made], [ids.wire("req", id) for id in names], now)
            await tx.run(LEAVES, list(range(start, start + len(names))), names)


async def indexed(db: Database) -> float:
    """Let all be found, as the watch does; gives leaves a second."""
    began, done = clock.stopwatch(), 0
    while True:
        async with db.tx() as tx:
            found = await actions.index(tx, 2000)
        if not found:
            return done / (clock.stopwatch() - began)
        done += found


def searches(day: Day) -> dict[str, Wanted]:
    """What auditors ask for, the common and the rare."""
    return {
        "staff": Wanted(tab=Tab.STAFF), "system": Wanted(tab=Tab.SYSTEM), "one member": Wanted(tab=Tab.STAFF, actor=day.staff[7]),
        "one holder": Wanted(tab=Tab.SYSTEM, thing=day.holders[77]), "one terminal refused": Wanted(tab=Tab.SYSTEM, thing=day.terminals[77], result=Result.REFUSED),
        "a busy channel": Wanted(tab=Tab.SYSTEM, thing=day.channels[3]), "a busy channel refused": Wanted(tab=Tab.SYSTEM, thing=day.channels[3], result=Result.REFUSED),
        "a common kind": Wanted(tab=Tab.SYSTEM, kind="codes.presented"), "refused": Wanted(tab=Tab.SYSTEM, result=Result.REFUSED),
        "a common kind of a rare actor": Wanted(kind="codes.presented", actor=ids.wire("term", day.terminals[31])),
        "nothing": Wanted(kind="codes.presented", thing=ids.new()),
    }


async def pages(db: Database, wanted: Wanted, turns: int) -> list[float]:
    """Milliseconds of the first pages, one after the other, over and over."""
    took, cursor = [], None
    for _ in range(turns):
        began = clock.stopwatch()
        async with db.tx() as tx:
            found = await actions.search(tx, wanted, Page(limit=50, cursor=cursor))
        took.append((clock.stopwatch() - began) * 1000)
        cursor = found.next_cursor
    return took


async def main() -> None:
    """Measure and print the one line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--events", type=int, default=1_000_000)
    asked = options.parse_args()
    count, turns = (20_000, 10) if asked.quick else (asked.events, 100)
    with tempfile.TemporaryDirectory() as folder:
        async with seed.house(Path(folder), 100, terminals=0) as house:
            day = Day()
            await fill(house.db, day, count)
            say(f"{count} events are in")
            async with house.db.tx() as tx:
                size = await tx.value("SELECT pg_total_relation_size('kit.event')")
            rate = await indexed(house.db)
            async with house.db.tx() as tx:
                terms, rows = await tx.value("SELECT pg_total_relation_size('audit.term')"), await tx.value("SELECT count(*) FROM audit.term")
            say(f"{rate:.0f} leaves a second can be found; {rows / count:.1f} terms and {terms / count:.0f} bytes an event, beside {size / count:.0f} of its own")
            took = {name: await pages(house.db, wanted, turns) for name, wanted in searches(day).items()}
            for name, each in took.items():
                say(f"{name}: p50 {statistics.median(each):.1f} ms, most {max(each):.1f} ms")
            worst = max(took, key=lambda name: sorted(took[name])[int(len(took[name]) * 0.99) - 1])
            each = sorted(took[worst])
            p99 = each[int(len(each) * 0.99) - 1]
            report("audit_search", per_second=round(1000 / statistics.mean(each), 1), limit_per_second=1000 / LIMIT_MS, ratio=round(LIMIT_MS / p99, 2),
                   p50_ms=round(statistics.median(each), 1), p99_ms=round(p99, 1), failures=0, slowest=worst, events=count, indexed_per_second=round(rate),
                   bytes_each=round(terms / count))


if __name__ == "__main__":
    asyncio.run(main())
