"""A terminal at a counter: activates itself once, opens a session, and redeems a code.

    python examples/terminal_redeems.py http://localhost:8000 KDQ5-9CKR 940412345678901234567890

The activation code is one that `essc demo` prints (take the pharmacy's), or of `essc venues terminals add`. A real terminal keeps its private
key where nobody can copy it and asks for the next session with it; this one forgets it.
"""
import base64
import json
import sys
import uuid
from typing import Any

import httpx
import msgspec

from essc.kit.crypto import Algorithm, PrivateKey, jwk, random_bytes
from essc.kit.http.signing import PartnerKey, SharedSecret, SigningKey, signed


class Terminal:
    """Our side of the line."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=30, trust_env=False, headers={"accept-language": "en"})

    def post(self, path: str, body: dict[str, Any], key: SigningKey | None = None, name: str = "") -> dict[str, Any]:
        """Send a write; `name` is the Idempotency-Key."""
        raw, name = json.dumps(body).encode(), name or str(uuid.uuid4())
        mine = signed("POST", path, raw, key=key, idempotency_key=name) if key else {"content-type": "application/json", "idempotency-key": name}
        answer = self.http.post(path, content=raw, headers=mine)
        told: dict[str, Any] = answer.json()
        if not answer.is_success:
            raise SystemExit(f"{answer.status_code} {told['code']}: {told['title']} {told.get('detail', '')}")
        return told


def told(verdict: dict[str, Any]) -> str:
    """One line for the clerk; the photo is for the screen."""
    shown = {name: text for name, text in verdict.get("shown", {}).items() if name != "photo"}
    again = " (replayed)" if verdict.get("replayed") else ""
    return f"{verdict['verdict']} {verdict['reason']} {json.dumps(shown, ensure_ascii=False, sort_keys=True)}{again}"


def main(address: str, activation: str, code: str) -> None:
    """Activate, open, redeem: the same code again, the same request again, and a scene that is not ours."""
    terminal = Terminal(address)
    private = PrivateKey(Algorithm.ES256, b"\x01" + random_bytes(31))
    about = terminal.post("/v1/terminal-activations", {"code": activation, "public_key": msgspec.to_builtins(jwk.written(Algorithm.ES256, private.public))})
    print(f"we are {about['id']}, {about['venue_name']} {about['name']}")

    opened = terminal.post("/v1/terminal-sessions", {}, PartnerKey(about["id"], private))
    secret = base64.urlsafe_b64decode(opened["secret"] + "=" * (-len(opened["secret"]) % 4))
    session = SharedSecret(opened["key_id"], secret)
    print(f"a session until {opened['expires_at']}; from here on HMAC-SHA-256")

    first = str(uuid.uuid4())
    ask = {"code": code, "scene": "pharmacy.buy"}
    print("first time:            ", told(terminal.post("/v1/code-redemptions", ask, session, first)))
    print("answer lost, same again:", told(terminal.post("/v1/code-redemptions", ask, session, first)))
    print("the code once more:    ", told(terminal.post("/v1/code-redemptions", ask, session)))
    print("another scene:         ", told(terminal.post("/v1/code-redemptions", ask | {"scene": "hospital.register"}, session)))
    print("a code that we made up:", told(terminal.post("/v1/code-redemptions", ask | {"code": "9" * 24}, session)))


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2].replace("-", ""), sys.argv[3].replace(" ", ""))
