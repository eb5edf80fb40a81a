"""How many codes a second can phones be given over HTTP? Each asks with its session's token; standing is read from the database.

The limit, measured in the same run, is the rate at which the same HTTP stack gives empty answers. Minting writes nothing.
"""
import argparse
import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import seed
from codes import empty_rate, free_port, links_of, serving
from essc.kit import clock, ids
from essc.kit.crypto import random_bytes
from essc.kit.db.pool import Database
from essc.sessions import model
from harness import needs, play, report, say

SESSIONS = """INSERT INTO sessions.session (bucket, id, token_mac, holder_id, ecard_id, link_id, channel_id, device_mac, device_name, way,
                                            password_epoch, created_at, seen_at, expires_at)
    SELECT bucket, id, mac, holder_id, ecard_id, link_id, channel_id, mac, 'bench', 'sms', 1, $8, $8, $9
      FROM unnest($1::smallint[], $2::uuid[], $3::bytea[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[])
        AS s (bucket, id, mac, holder_id, ecard_id, link_id, channel_id)"""


async def signed_in(db: Database, count: int) -> list[str]:
    """Sessions of `count` holders, written as the room writes them; gives their tokens."""
    rows = await links_of(db, count)
    tokens = [model.token(row["bucket"], random_bytes(model.TOKEN_BYTES - 2)) for row in rows]
    now = clock.now()
    async with db.tx() as tx:
        await tx.run(SESSIONS, [row["bucket"] for row in rows], [ids.new(row["bucket"]) for row in rows], db.keys.mac_many("session-token", tokens),
                     [row["holder_id"] for row in rows], [row["ecard_id"] for row in rows], [row["link_id"] for row in rows],
                     [row["channel_id"] for row in rows], now, now + timedelta(days=1))
    return [model.written(token) for token in tokens]


def requests(tokens: list[str], count: int, host: str) -> list[bytes]:
    """One request a phone, round and round."""
    ready = [f"POST /v1/me/codes HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\ncontent-length: 0\r\n\r\n".encode() for token in tokens]
    return [ready[n % len(ready)] for n in range(count)]


async def main() -> None:
    """Measure and print the one line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--cards", type=int, default=50_000)
    options.add_argument("--seconds", type=int, default=10)
    asked = options.parse_args()
    cards, seconds = (5_000, 3) if asked.quick else (asked.cards, asked.seconds)
    needs("wrk", "wrk")
    with tempfile.TemporaryDirectory() as folder:
        async with seed.house(Path(folder), cards, terminals=0) as house:
            tokens = await signed_in(house.db, cards)
            port = free_port()
            with serving(house, port, 1) as url:
                play(url, requests(tokens, 80_000, f"127.0.0.1:{port}"), Path(folder), 3)
                figures = play(url, requests(tokens, 20_000 * seconds, f"127.0.0.1:{port}"), Path(folder), seconds)
            say(f"mint: {figures['per_second']:.0f}/s, p99 {figures['p99_ms']:.1f} ms")
            limit = empty_rate("/v1/empty", b"", seconds)
    report("mint", per_second=round(figures["per_second"]), limit_per_second=round(limit), ratio=round(figures["per_second"] / limit, 2),
           p50_ms=figures["p50_ms"], p99_ms=figures["p99_ms"], failures=int(figures["errors"] + figures["refused"]), cards=cards)


if __name__ == "__main__":
    asyncio.run(main())
