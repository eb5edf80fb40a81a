"""A province reports what happened to a card: signed with its own Ed25519 key, numbered so that nothing is lost or applied twice.

    python examples/province_reports.py key 450000-example      # makes 450000-example.key and prints the public half as JWK
    essc cards region-key 450000 450000-example public.jwk      # whoever runs the platform registers it, once
    python examples/province_reports.py report http://localhost:8000 450000-example 99990002X

Plain `cryptography` and the standard library. Reports the card lost, sends the same message again, then lifts the loss.
"""
import base64
import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

REGION = "450000"


def make_key(key_id: str) -> str:
    """A new key in `KEY_ID.key` (owner-only); gives the public half as JWK."""
    private = Ed25519PrivateKey.generate()
    file = Path(f"{key_id}.key")
    file.touch(mode=0o600)
    file.write_bytes(private.private_bytes_raw())
    public = base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return json.dumps({"kty": "OKP", "crv": "Ed25519", "x": public})


def send(address: str, key_id: str, events: list[dict], name: str) -> dict:
    """One signed message with up to a thousand events; `name` is the Idempotency-Key."""
    private = Ed25519PrivateKey.from_private_bytes(Path(f"{key_id}.key").read_bytes())
    raw = json.dumps({"region": REGION, "events": events}).encode()
    digest = base64.b64encode(hashlib.sha256(raw).digest()).decode()
    headers = {"content-digest": f"sha-256=:{digest}:", "content-type": "application/json", "idempotency-key": name}
    lines = {"@method": "POST", "@path": "/v1/card-events", "@query": "?", **headers}
    covered = " ".join(f'"{one}"' for one in lines)
    parameters = f'({covered});created={int(time.time())};keyid="{key_id}";tag="essc"'
    base = "".join(f'"{one}": {text}\n' for one, text in lines.items()) + f'"@signature-params": {parameters}'
    signature = base64.b64encode(private.sign(base.encode("ascii"))).decode()
    request = urllib.request.Request(f"{address}/v1/card-events", data=raw, method="POST", headers={
        **headers, "signature-input": f"sig={parameters}", "signature": f"sig=:{signature}:", "accept-language": "en"})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"{refused.status} {refused.read().decode()}") from None


def report(address: str, key_id: str, card: str) -> None:
    """Lost, the same again, an event that comes too early, and the one it waited for."""
    def event(sequence: int, previous: int, state: str) -> dict:
        return {"sequence": sequence, "card_previous_sequence": previous, "card_number": card, "state": state,
                "occurred_at": datetime.now(UTC).isoformat()}

    def tell(what: str, *events: dict) -> None:
        results = send(address, key_id, list(events), str(uuid.uuid4()))["results"]
        print(f"{what:28}", "; ".join(f"event {one['sequence']} {one['outcome']}, the card is {one['state']}" for one in results))

    lost = event(1, 0, "lost")
    tell("reported lost:", lost)
    tell("the same again:", lost)
    tell("event 3 before event 2:", event(3, 2, "lost"))
    tell("event 2, and 3 follows:", event(2, 1, "active"))
    tell("the loss is lifted:", event(4, 3, "active"))


if __name__ == "__main__":
    if sys.argv[1] == "key":
        print(make_key(sys.argv[2]))
    else:
        report(sys.argv[2].rstrip("/"), sys.argv[3], sys.argv[4])
