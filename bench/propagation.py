"""How long after a province's event is the code refused, while counters redeem at full load? p50 and p99 in seconds.

The region reports a card lost over HTTP; a terminal presents fresh codes of that card, one after the other, until one is refused. Measured is the
time from sending the event to that refusal, with the load of bench `codes` beside it. The limit is what the issue allows: two seconds.
"""
import argparse
import asyncio
import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import httpx

import seed
from codes import PATH, SCENE, free_port, links_of, requests, serving
from essc.cards import actions as cards
from essc.codes import model
from essc.ecards.model import epoch
from essc.kit import clock
from essc.kit.crypto import Algorithm, PrivateKey
from essc.kit.crypto.signing import new_secret
from essc.kit.http.signing import PartnerKey, SharedSecret, signed
from harness import needs, play, report, say

ALLOWED_S, REGION = 2.0, f"{seed.REGION[:2]}0000"
CARD = """SELECT l.bucket, l.slot, l.ecard_version, l.link_version, c.version FROM ecards.pub_link l
            JOIN cards.pub_card c ON c.bucket = l.bucket AND c.id = l.card_id WHERE c.id = $1"""


async def province(house: seed.House) -> PartnerKey:
    """The key of a region that may send events."""
    private = PrivateKey(Algorithm.ED25519, new_secret(Algorithm.ED25519))
    async with house.db.tx() as tx:
        await cards.register_region_key(tx, REGION, "bench-region", "ed25519", private.public)
    return PartnerKey("bench-region", private)


async def lose(client: httpx.AsyncClient, key: PartnerKey, sequence: int, serial: int) -> tuple[float, str]:
    """Tell that a card is lost; gives when that was sent, and the card's id."""
    event = {"sequence": sequence, "card_previous_sequence": 0, "card_number": seed.row(serial)["card_number"], "state": "lost",
             "occurred_at": clock.now().isoformat()}
    body = json.dumps({"region": REGION, "events": [event]}).encode()
    headers = signed("POST", "/v1/card-events", body, key=key, idempotency_key=f"lose-{sequence}")
    sent = clock.stopwatch()
    answer = await client.post("/v1/card-events", content=body, headers=headers)
    if not answer.is_success or answer.json()["results"][0]["outcome"] != "applied":
        raise RuntimeError(f"the event was not applied: {answer.text[:300]}")
    return sent, answer.json()["results"][0]["card_id"]


async def present(client: httpx.AsyncClient, house: seed.House, row: Any, nonce: int) -> str:
    """Hold up a code of a phone that has heard nothing yet; gives the verdict."""
    second = int(clock.now().timestamp())
    fields = model.CodeFields(second // model.HOUR_S, second % model.HOUR_S, row["bucket"], row["slot"],
                              epoch(row["version"], row["ecard_version"], row["link_version"]), nonce % model.NONCES)
    body = json.dumps({"code": model.mint(fields, house.db.keys.code_cipher(fields.hour)), "scene": SCENE}).encode()
    headers = signed("POST", PATH, body, key=SharedSecret(*house.terminals[0]), idempotency_key=f"present-{row['slot']}-{second}-{nonce}")
    answer = await client.post(PATH, content=body, headers=headers)
    return str(answer.json().get("verdict", answer.status_code))


async def refused_after(client: httpx.AsyncClient, house: seed.House, key: PartnerKey, sequence: int, rows: dict[int, Any]) -> float:
    """Lose one card and present codes of it until one is refused; gives the seconds since the event was sent."""
    reported = asyncio.create_task(lose(client, key, sequence, sequence))
    verdicts: list[str] = []
    for nonce in range(2000):
        verdicts.append(await present(client, house, rows[sequence], nonce))
        if verdicts[-1] not in ("PASS", "USED"):
            break
    refused = clock.stopwatch()
    sent, _ = await reported
    if verdicts[-1] not in ("CARD_LOST", "EXPIRED"):
        raise RuntimeError(f"not the loss, but {verdicts[-1]} was told")
    return refused - sent


async def versions(house: seed.House, count: int) -> dict[int, Any]:
    """What a phone knew of the first `count` cards before they were lost."""
    found = {}
    async with house.db.tx() as tx:
        for serial in range(1, count + 1):
            card = await seed.card_of(tx, serial)
            found[serial] = await tx.row(CARD, card.id)
    return found


async def main() -> None:
    """Measure and print the one line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--cards", type=int, default=200_000)
    options.add_argument("--losses", type=int, default=100)
    asked = options.parse_args()
    cards_, losses = (5_000, 10) if asked.quick else (asked.cards, asked.losses)
    needs("wrk", "wrk")
    with tempfile.TemporaryDirectory() as folder:
        async with seed.house(Path(folder), cards_, terminals=101) as house:
            key, port, before = await province(house), free_port(), await versions(house, losses)
            rows, seconds = await links_of(house.db, cards_), 10 if asked.quick else 40
            with serving(house, port, 1) as url:
                load: dict[str, float] = {}
                player = threading.Thread(target=lambda: load.update(
                    play(url, requests(house, rows, 5_000 * seconds, f"127.0.0.1:{port}"), Path(folder), seconds)))
                player.start()
                async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
                    times = sorted([await refused_after(client, house, key, n, before) for n in range(1, losses + 1)])
                player.join()
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.99))]
    say(f"{losses} losses under {load['per_second']:.0f} redemptions a second: p50 {p50:.3f} s, p99 {p99:.3f} s, worst {times[-1]:.3f} s")
    report("propagation", per_second=round(load["per_second"]), limit_s=ALLOWED_S, ratio=round(p99 / ALLOWED_S, 2), p50_s=round(p50, 3),
           p99_s=round(p99, 3), worst_s=round(times[-1], 3), failures=sum(time > ALLOWED_S for time in times), losses=losses)


if __name__ == "__main__":
    asyncio.run(main())
