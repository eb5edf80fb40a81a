"""How a stranger signs: RFC 9421 and RFC 9530 with the package `cryptography` and the standard library, nothing of ours.

    python examples/stranger_signs.py http://localhost:8000

Makes a P-256 key, registers a sandbox channel with the public half, and asks two signed questions.
"""
import base64
import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
import uuid

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256


def sign(private: ec.EllipticCurvePrivateKey, text: str) -> str:
    """ECDSA P-256 with SHA-256: r and s, 32 bytes each, not the DER that libraries give."""
    r, s = utils.decode_dss_signature(private.sign(text.encode("ascii"), ec.ECDSA(SHA256())))
    return base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()


def ask(address: str, method: str, path: str, body: object = None, *, key: tuple[str, ec.EllipticCurvePrivateKey] | None = None,
        spoil: bool = False) -> dict:
    """One request, signed when there is a key; `spoil` changes the body after signing."""
    raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    headers = {"accept-language": "en"}
    if raw:
        digest = base64.b64encode(hashlib.sha256(raw).digest()).decode()
        headers |= {"content-digest": f"sha-256=:{digest}:", "content-type": "application/json"}
    if method != "GET":
        headers["idempotency-key"] = str(uuid.uuid4())
    if key:
        lines = {"@method": method, "@path": path, "@query": "?", **{name: text for name, text in headers.items() if name != "accept-language"}}
        covered = " ".join(f'"{name}"' for name in lines)
        parameters = f'({covered});created={int(time.time())};keyid="{key[0]}";tag="essc"'
        base = "".join(f'"{name}": {text}\n' for name, text in lines.items()) + f'"@signature-params": {parameters}'
        print(f"--- what is signed\n{base}\n---")
        headers |= {"signature-input": f"sig={parameters}", "signature": f"sig=:{sign(key[1], base)}:"}
    request = urllib.request.Request(address + path, data=(raw.replace(b"a", b"b", 1) if spoil else raw) or None, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def main(address: str) -> None:
    """Register, then ask signed."""
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_numbers()
    x, y = (base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode() for number in (point.x, point.y))
    told = ask(address, "POST", "/v1/channels", {
        "name": "陌生渠道（演示）", "form": "website", "kind": "social", "region": "000000", "abilities": ["issue"], "sandbox": True,
        "public_key": {"kty": "EC", "crv": "P-256", "x": x, "y": y}})
    key, channel = (told["key"]["id"], private), told["channel"]["id"]
    print(f"registered as {channel}, key {key[0]}, private half told: {told['private_key']}")

    seen = ask(address, "GET", f"/v1/channels/{channel}", key=key)
    print(f"the platform knows us: {seen['name']}, number {seen['number']}, {seen['state']}")
    check = ask(address, "POST", "/v1/identity-checks", {"name": "陆春燕", "number": "999901198802140427", "purpose": "apply"}, key=key)
    print(f"a check was begun: {check['state']}, {check['tries_left']} tries")
    wrong = ask(address, "POST", "/v1/identity-checks", {"name": "陆春燕", "number": "999901198802140427", "purpose": "apply"}, key=key, spoil=True)
    print(f"a body that was changed on its way: {wrong['status']} {wrong['code']}: {wrong['title']}")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
