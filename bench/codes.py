"""How many codes a second can counters redeem over HTTP, all of it real: signatures, burn, event, audit, records, durable commits?

API, PostgreSQL, worker and load generator share this machine. Limits, measured in the same run: the HTTP stack's own POST rate (an
operation that only answers) and `pgbench -N` with 64 clients at the same durability settings. `ratio` is against pgbench.
"""
import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

import seed
from essc.codes import model
from essc.ecards.model import epoch
from essc.kit import clock
from essc.kit.crypto import random_bytes
from essc.kit.db.embedded import SUPERUSER
from essc.kit.db.pool import Database
from essc.kit.http.signing import SharedSecret, signed
from harness import needs, pgbench, play, report, say

PATH, SCENE, LIFE_S = "/v1/code-redemptions", "park.enter", 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(url: str) -> None:
    """Wait for an answer of 200. Raises RuntimeError after a minute."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not become ready in a minute")


@contextmanager
def serving(house: seed.House, port: int, workers: int) -> Iterator[str]:
    """`essc serve` on the house's data and database. Gives its address."""
    command = [sys.executable, "-m", "essc", "serve", "--data", str(house.settings.data), "--port", str(port), "--workers", str(workers)]
    environment = {**os.environ, "ESSC_DEMONSTRATION": "true", "ESSC_DATABASE_URL": house.server.access.app}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/readyz")
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


async def links_of(db: Database, count: int) -> list[asyncpg.Record]:
    """`count` links, spread over all buckets, with the versions that a code carries."""
    async with db.pool.acquire() as conn:
        return await conn.fetch(
            """SELECT l.bucket, l.slot, l.link_id, l.ecard_id, l.holder_id, l.channel_id, l.ecard_version, l.link_version, c.version FROM ecards.pub_link l
                 JOIN cards.pub_card c ON c.bucket = l.bucket AND c.id = l.card_id ORDER BY md5(l.slot::text || l.bucket) LIMIT $1""", count)


def requests(house: seed.House, rows: list[asyncpg.Record], count: int, host: str) -> list[bytes]:
    """Signed redemptions of fresh codes, ready to be played: each of another second and nonce, all within their life for the next half minute."""
    ready, at = [], int(clock.now().timestamp())
    chance = random_bytes(2 * count)
    for n in range(count):
        row, second = rows[n % len(rows)], at - chance[2 * n] % 20
        hour = second // model.HOUR_S
        fields = model.CodeFields(hour, second % model.HOUR_S, row["bucket"], row["slot"],
                                  epoch(row["version"], row["ecard_version"], row["link_version"]), chance[2 * n + 1])
        body = json.dumps({"code": model.mint(fields, house.db.keys.code_cipher(hour)), "scene": SCENE}).encode()
        ready.append(raw("POST", PATH, body, house.terminals[n % len(house.terminals)], f"bench-{at}-{n}", host))
    return ready


def raw(method: str, path: str, body: bytes, terminal: tuple[str, bytes], key: str, host: str) -> bytes:
    """One request as it goes over the wire."""
    headers = signed(method, path, body, key=SharedSecret(*terminal), idempotency_key=key)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nhost: {host}\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body


async def passes(db: Database) -> int:
    """How many codes were burnt so far."""
    async with db.pool.acquire() as conn:
        return int(await conn.fetchval("SELECT count(*) FROM codes.burn"))


async def measured(house: seed.House, data: Path, cards: int, seconds: int, workers: int, windows: int = 1) -> dict[str, float]:
    """A run of redemptions against `workers` HTTP processes; of several windows, the one whose p99 is the middle one."""
    rows = await links_of(house.db, cards)
    port = free_port()
    with serving(house, port, workers) as url:
        folder = Path(tempfile.mkdtemp(dir=data))
        play(url, requests(house, rows, 20_000 * 4, f"127.0.0.1:{port}"), folder, 4)     # warm: plans, caches
        runs = []
        for number in range(windows):
            await at_rest(house.db)
            others = rows[number * len(rows) // windows:] + rows[:number * len(rows) // windows]    # other people each time, as at a counter
            runs.append(await window(house, url, requests(house, others, 10_000 * seconds, f"127.0.0.1:{port}"), folder, seconds))
    return sorted(runs, key=lambda run: run["p99_ms"])[windows // 2]


async def at_rest(db: Database) -> None:
    """Wait until the worker has done what the requests before left to it: a window is to be measured, not the one before it."""
    async with db.pool.acquire() as conn:
        while await conn.fetchval("SELECT EXISTS (SELECT FROM kit.event WHERE delivered_at IS NULL OR sequenced_at IS NULL)"):
            await asyncio.sleep(0.2)


async def window(house: seed.House, url: str, ready: list[bytes], folder: Path, seconds: int) -> dict[str, float]:
    """What comes of sending these for some seconds. A request that was answered and burnt nothing is a failure too.

    `behind_s`: how long the worker goes on afterwards until every event has its leaf and was heard.
    """
    before = await passes(house.db)
    figures = play(url, ready, folder, seconds)
    ended = time.monotonic()
    burnt = await passes(house.db) - before
    await at_rest(house.db)
    return figures | {"failures": figures["refused"] + figures["errors"] + max(0, figures["requests"] - burnt), "behind_s": time.monotonic() - ended}


def empty_rate(path: str, body: bytes, seconds: int) -> float:
    """What the HTTP stack does with a POST that only answers: same server, same edge, no database, in a process of its own."""
    port = free_port()
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("empty_house.py")), str(port)], stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz")
        media = "content-type: application/json\r\n" if body else ""
        one = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{media}content-length: {len(body)}\r\n\r\n".encode() + body
        with tempfile.TemporaryDirectory() as folder:
            return play(f"http://127.0.0.1:{port}", [one] * 20_000 * seconds, Path(folder), seconds)["per_second"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def database_limit(house: seed.House, seconds: int) -> float:
    """`pgbench -N`, 64 clients, on a database of its own of the same server."""
    access = house.server.access
    conn = await asyncpg.connect(access.superuser)
    try:
        await conn.execute("CREATE DATABASE pgbench")
    finally:
        await conn.close()
    url = access.url(SUPERUSER, "pgbench")
    subprocess.run([house.server.programs / "pgbench", "-i", "-q", "-s", "10", url], check=True, capture_output=True)
    return pgbench(house.server.programs, url, {}, seconds)


async def main() -> None:
    """Measure and print the one line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--cards", type=int, default=200_000)
    options.add_argument("--seconds", type=int, default=10)
    asked = options.parse_args()
    cards, seconds = (5_000, 3) if asked.quick else (asked.cards, asked.seconds)
    needs("wrk", "wrk")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        async with seed.house(data, cards, terminals=100) as house:
            one = await measured(house, data, cards, seconds, 1)
            say(f"redeem, one HTTP process: {one['per_second']:.0f}/s, p99 {one['p99_ms']:.1f} ms")
            two = await measured(house, data, cards, seconds, 2)
            say(f"redeem, two HTTP processes: {two['per_second']:.0f}/s, p99 {two['p99_ms']:.1f} ms")
            limit = await database_limit(house, seconds)
            stack = empty_rate("/v1/nothing", json.dumps({"code": "4" * 24, "scene": SCENE}).encode(), seconds)
    report("codes", per_second=round(one["per_second"]), limit_per_second=round(limit), ratio=round(one["per_second"] / limit, 2),
           http_limit_per_second=round(stack), http_ratio=round(one["per_second"] / stack, 2), p50_ms=one["p50_ms"], p99_ms=one["p99_ms"],
           failures=int(one["failures"]), behind_s=round(one["behind_s"], 1), two_processes_per_second=round(two["per_second"]), two_processes_p99_ms=two["p99_ms"], cards=cards)


if __name__ == "__main__":
    asyncio.run(main())
