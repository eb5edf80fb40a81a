"""How fast a card file is taken, against COPY of the same rows as they end up.

    python bench/import_cards.py [--rows 1000000] [--processes 2] [--quick]

A CSV file of invented people goes through `essc cards import`'s own code: look through, validate, hash, seal, write, a mark for every chunk.
Then the limit: what now stands in the tables is dumped, the tables are emptied, and the same rows are COPYed back into them, sealed as they
are, with the same indexes and constraints. Also measured: COPY of the plain text into a table without any index. The last line is JSON.
"""
import argparse
import asyncio
import multiprocessing
import os
import shutil
import tempfile
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import asyncpg

import essc
import harness
from essc.cards.cli import importing
from essc.cards.cli.preparing import Beside, KeyPlace, Setup
from essc.cards.model import Rules
from essc.keys.queries import KeyRing
from essc.kit.db import embedded, migrate
from essc.kit.db.pool import Database
from essc_sandbox.province import people

TABLES = ("holders.holder", "holders.salt", "holders.by_number", "cards.card", "cards.by_number", "cards.move")
FIRST = ("cards.import_reject", "cards.import_chunk", "cards.import_file", "kit.event", "holders.photo", "holders.name_conflict", "cards.request")
SAMPLE_SECONDS = 0.2


def resident_mb(pids):
    """Resident memory of processes now, in MB: shared pages counted in each."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total / 1e6


async def watch(pids, peak):
    """Keep the largest sum of resident memory in `peak[0]`."""
    while True:
        peak[0] = max(peak[0], resident_mb(pids()))
        await asyncio.sleep(SAMPLE_SECONDS)


async def measure_import(db, place, file, processes):
    """Seconds, counts and peak memory of the import."""
    rules = Rules("000000", date(2026, 11, 20), demonstration=True)
    start = time.perf_counter()
    looked = importing.look(file)
    peak, last = [0.0], [start, 0]

    def progress(rows):
        last[1] += rows
        if time.perf_counter() - last[0] > 10:
            last[0] = time.perf_counter()
            harness.say(f"  {last[1]:>9} rows, {last[1] / (last[0] - start):,.0f} a second")
    async with Beside(Setup(KeyPlace(str(place / "keys.json"), "international", None), rules, looked), processes) as beside:
        watcher = asyncio.create_task(watch(lambda: [os.getpid(), *beside.pids], peak))
        counts = await importing.import_file(db, file, looked, rules.region, beside, progress)
        seconds = time.perf_counter() - start
        watcher.cancel()
    return seconds, counts, peak[0]


async def measure_copy(conn, place):
    """Seconds to COPY what stands in the tables back into them, one after another; the dumps are prepared before."""
    for table in TABLES:
        schema, name = table.split(".")
        await conn.copy_from_table(name, schema_name=schema, output=str(place / table), format="binary")
    await conn.execute(f"TRUNCATE {', '.join((*FIRST, *TABLES))}")
    await conn.execute("CHECKPOINT")
    seconds = {}
    for table in TABLES:
        schema, name = table.split(".")
        start = time.perf_counter()
        await conn.copy_to_table(name, schema_name=schema, source=str(place / table), format="binary")
        seconds[table] = time.perf_counter() - start
    return seconds


async def measure_plain(conn, file):
    """Seconds to COPY the text of the file into a table without indexes."""
    await conn.execute(f"CREATE TABLE public.plain ({', '.join(f'{name} text' for name in people.HEADER_EN)})")
    await conn.execute("CHECKPOINT")
    start = time.perf_counter()
    await conn.copy_to_table("plain", source=str(file), format="csv", header=True)
    return time.perf_counter() - start


async def bench(place, server, file, rows, processes):
    """All three measurements."""
    await migrate.migrate(server.access.owner, Path(essc.__file__).parent / "schema")
    db = await Database.open(server.access.app, KeyRing.create(place / "keys.json"))
    seconds, counts, peak = await measure_import(db, place, file, processes)
    await db.close()
    harness.say(f"import: {seconds:.1f} s; {counts}; at most {peak:.0f} MB in {processes + 1} processes")
    conn = await asyncpg.connect(server.access.url(embedded.SUPERUSER))
    copied = await measure_copy(conn, place)
    harness.say("copy: " + ", ".join(f"{table} {took:.1f} s" for table, took in copied.items()))
    plain = await measure_plain(conn, file)
    await conn.close()
    limit = sum(copied.values())
    return {
        "rows": rows, "per_second": round(rows / seconds), "limit_per_second": round(rows / limit), "ratio": round(limit / seconds, 3),
        "plain_per_second": round(rows / plain), "plain_ratio": round(plain / seconds, 4), "rss_mb": round(peak), "processes": processes + 1,
        "failures": rows - counts.imported - counts.rejected, "rejected": counts.rejected, "p50_ms": None, "p99_ms": None,
        "load": round(os.getloadavg()[0], 1),
    }


def generate(file, rows):
    """The card file, made in a process of its own so that its memory is not counted."""
    maker = multiprocessing.get_context("spawn").Process(target=people.write_csv, args=(file, _Rows(rows)))
    maker.start()
    maker.join()


class _Rows:
    """Rows that can be handed to another process."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return people.rows(self.count)


def main():
    """Measure, and print one line of JSON at the end."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--quick", action="store_true", help="fifty thousand rows")
    given = asked.parse_args()
    rows = 50_000 if given.quick else given.rows
    place = Path(tempfile.mkdtemp(prefix="essc-bench-", dir="/tmp"))
    place.chmod(0o711)
    file = place / "cards.csv"
    harness.say(f"making {rows} invented people")
    generate(file, rows)
    try:
        with embedded.Embedded(place / "data", settings=embedded.SERVE) as server:
            result = asyncio.run(bench(place, server, file, rows, given.processes))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    harness.report("import", **result)


if __name__ == "__main__":
    main()
