"""A channel (an app, a bank, a website) lets an invented person apply for the electronic card and shows a code.

    python examples/channel_shows_code.py http://localhost:8000

Against a demonstration. Signs with essc.kit.http.signing; `stranger_signs.py` does the same with nothing of ours.
The last line is the code alone: hand it to `terminal_redeems.py`.
"""
import base64
import json
import sys
import uuid
from typing import Any

import httpx

from essc.kit.crypto import Algorithm, PrivateKey
from essc.kit.http.signing import PartnerKey, signed

PASSWORD = "738146"
FRAMES = [base64.b64encode(b"\xff\xd8\xff" + bytes([turn]) * 200).decode() for turn in range(3)]
"""What the camera gave; the demonstration's face service likes anything that moves."""


class Channel:
    """Our side of the line: one key, one address."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=30, trust_env=False, headers={"accept-language": "en"})
        self.key: PartnerKey | None = None

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        """Send a write once: the Idempotency-Key lets us send the very same again when the answer is lost."""
        raw, name = b"" if body is None else json.dumps(body, ensure_ascii=False).encode(), str(uuid.uuid4())
        mine = signed("POST", path, raw, key=self.key, idempotency_key=name) if self.key and "authorization" not in headers else {}
        plain = {"idempotency-key": name} | ({"content-type": "application/json"} if raw else {})
        answer = self.http.post(path, content=raw, headers=plain | mine | headers)
        told: dict[str, Any] = answer.json()
        if not answer.is_success:
            raise SystemExit(f"{answer.status_code} {told['code']}: {told['title']} {told.get('detail', '')} ({told['request_id']})")
        return told

    def register(self) -> dict[str, Any]:
        """Become a sandbox channel, at once and with a key that the sandbox makes (a real channel brings its own and waits to be let in)."""
        told = self.post("/v1/channels", {"name": "示例渠道", "form": "app", "kind": "bank", "region": "450000", "sandbox": True,
                                          "abilities": ["issue", "present", "login"], "fields": ["name", "region"]})
        private = base64.urlsafe_b64decode(told["private_key"]["d"] + "=")
        self.key = PartnerKey(told["key"]["id"], PrivateKey(Algorithm.ES256, private))
        channel: dict[str, Any] = told["channel"]
        return channel

    def proof(self, person: dict[str, str], purpose: str) -> dict[str, str]:
        """A real-person check: ask for one, have the person move before the camera, send the pictures."""
        check = self.post("/v1/identity-checks", {"name": person["name"], "number": person["number"], "purpose": purpose})
        passed = self.post(f"/v1/identity-checks/{check['id']}/frames", {"frames": FRAMES})
        print(f"real-person check for {purpose}: {len(check['challenge'])} movements asked for, {len(FRAMES)} pictures sent: {passed['state']}")
        return {"check_id": passed["id"]}

    def issue(self, person: dict[str, str]) -> dict[str, Any]:
        """Apply; whoever has the electronic card on another channel already links it with the password instead."""
        of = {"name": person["name"], "number": person["number"], "password": PASSWORD}
        try:
            return self.post("/v1/ecards", of | {"proof": self.proof(person, "apply")})
        except SystemExit as refused:
            if "ecard_held_elsewhere" not in str(refused):
                raise
            print(refused)
            return self.post("/v1/ecards/links", of | {"proof": self.proof(person, "link")})


def main(address: str) -> None:
    """The story, from nothing to a code."""
    channel = Channel(address)
    people = channel.http.get("/sandbox/province/_control/holders").json()
    person = next(one for one in people if one["situation_en"] == "payment not opened")

    told = channel.register()
    print(f"we are channel {told['number']} ({told['id']}), {told['state']}; we sign as {channel.key.keyid if channel.key else ''}")
    issued = channel.issue(person)
    print(f"electronic card {issued['ecard_id']}, level {issued['level']}, action {issued['action_type']}, sign number {issued['sign_no']}")

    session = channel.post("/v1/sessions", {"number": person["number"], "proof": channel.proof(person, "sign_in"), "password": PASSWORD,
                                            "device": {"key": "a-phone-of-the-example", "name": "example phone"}})
    holder = {"authorization": f"Bearer {session['token']}"}
    me = channel.http.get("/v1/me", headers=holder).json()
    print(f"{me['name']} {me['number']} is signed in: {me['standing']}, usable: {me['usable']}")
    code = channel.post("/v1/me/codes", **holder)
    print(f"a code that lives until {code['expires_at']}:")
    print(code["code"])


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
