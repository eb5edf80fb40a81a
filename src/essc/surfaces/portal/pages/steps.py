"""The commands of the quickstart, as they stand on the page and as its test runs them."""
from collections.abc import Mapping
from typing import Final, NamedTuple

CLIENTS: Final = ("essc.sh", "essc_client.py")


class Block(NamedTuple):
    """One piece to copy: its text key below `portal.start.block`, the commands in both languages, and what they print there (… stands for what varies)."""

    name: str
    curl: str
    python: str
    seen: tuple[str, str] = ("", "")


class Step(NamedTuple):
    """One step of the page: its text key below `portal.start.step`, and its pieces."""

    name: str
    blocks: tuple[Block, ...]


GET_READY: Final = Block("ready", """\
curl -sSO @url@/dev/quickstart/essc.sh
. ./essc.sh
export ESSC_URL=@url@ ESSC_KEY_ID=@key@ ESSC_KEY_FILE=channel.pem
""", """\
python3 -m pip install --quiet httpx cryptography
curl -sSO @url@/dev/quickstart/essc_client.py
""")

FIRST: Final = Block("first", """\
essc GET /v1/channels/@app@
""", """\
from essc_client import Client, public_jwk, secret

channel = Client("@url@", "@key@", "channel.pem")
print(channel.get("/v1/channels/@app@")["state"])
""", ("""\
GET /v1/channels/@app@ -> 200 req_…
{"id":"@app@","number":"…","name":"…",…,"state":"active",…}""", """\
GET /v1/channels/@app@ -> 200 req_…
active"""))

LINK: Final = Block("link", r"""NAME='"name":"@name@"' NUMBER='"number":"@number@"' PASSWORD='"password":"@password@"'
proof() { # PURPOSE: a real-person check, passed with pictures that move
  local id; id=$(essc POST /v1/identity-checks "{$NAME,$NUMBER,\"purpose\":\"$1\"}" | pick id)
  id=$(essc POST "/v1/identity-checks/$id/frames" '{"frames":["/9j/4AAA","/9j/4AEB","/9j/4AIC"]}' | pick id)
  printf '"proof":{"check_id":"%s"}' "$id"
}
essc POST /v1/ecards/links "{$NAME,$NUMBER,$PASSWORD,$(proof link)}"
DEVICE='"device":{"key":"quickstart-phone","name":"quickstart"}'
SESSION=$(essc POST /v1/sessions "{$NUMBER,$PASSWORD,$DEVICE,$(proof sign_in)}" | pick token)
""", """\
person = {"name": "@name@", "number": "@number@"}

def face(purpose):
    check = channel.post("/v1/identity-checks", {**person, "purpose": purpose})
    return {"check_id": channel.post(f"/v1/identity-checks/{check['id']}/frames", {"frames": ["/9j/4AAA", "/9j/4AEB", "/9j/4AIC"]})["id"]}

channel.post("/v1/ecards/links", {**person, "password": "@password@", "proof": face("link")})
session = channel.post("/v1/sessions", {"number": person["number"], "password": "@password@", "proof": face("sign_in"),
                                        "device": {"key": "quickstart-phone", "name": "quickstart"}})
""", ("""\
POST /v1/identity-checks -> 201 req_…
POST /v1/identity-checks/chk_…/frames -> 200 req_…
POST /v1/ecards/links -> 201 req_…
{"ecard_id":"ecard_…","link_id":"link_…","sign_no":"…",…,"action_type":"002"}
POST /v1/identity-checks -> 201 req_…
POST /v1/identity-checks/chk_…/frames -> 200 req_…
POST /v1/sessions -> 201 req_…""", """\
POST /v1/identity-checks -> 201 req_…
POST /v1/identity-checks/chk_…/frames -> 200 req_…
POST /v1/ecards/links -> 201 req_…
POST /v1/identity-checks -> 201 req_…
POST /v1/identity-checks/chk_…/frames -> 200 req_…
POST /v1/sessions -> 201 req_…"""))

TERMINAL: Final = Block("terminal", r"""ACTIVATION=$(essc POST /v1/sandbox-terminals '{}' | pick code)
openssl genpkey -algorithm ed25519 -out terminal.pem
MINE="{\"code\":\"$ACTIVATION\",\"public_key\":$(ed25519_jwk terminal.pem)}"
TERMINAL=$(ESSC_KEY_ID= essc POST /v1/terminal-activations "$MINE" | pick id)
OPENED=$(ESSC_KEY_ID=$TERMINAL ESSC_KEY_FILE=terminal.pem essc POST /v1/terminal-sessions '{}')
""", """\
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

key = Ed25519PrivateKey.generate()
activation = channel.post("/v1/sandbox-terminals", {})["code"]
terminal = Client("@url@").post("/v1/terminal-activations", {"code": activation, "public_key": public_jwk(key)})
opened = Client("@url@", terminal["id"], key).post("/v1/terminal-sessions", {})
""", ("""\
POST /v1/sandbox-terminals -> 201 req_…
POST /v1/terminal-activations -> 201 req_…
POST /v1/terminal-sessions -> 201 req_…""", """\
POST /v1/sandbox-terminals -> 201 req_…
POST /v1/terminal-activations -> 201 req_…
POST /v1/terminal-sessions -> 201 req_…"""))

CODE: Final = Block("code", r"""CODE=$(ESSC_TOKEN=$SESSION essc POST /v1/me/codes | pick code)
SHOWN="{\"code\":\"$CODE\",\"scene\":\"pharmacy.buy\"}"
ESSC_KEY_ID=$(pick key_id <<< "$OPENED") ESSC_SECRET=$(pick secret <<< "$OPENED") essc POST /v1/code-redemptions "$SHOWN" | cut -c 1-400
""", """\
code = Client("@url@", token=session["token"]).post("/v1/me/codes")["code"]
verdict = Client("@url@", opened["key_id"], secret(opened["secret"])).post("/v1/code-redemptions", {"code": code, "scene": "pharmacy.buy"})
print(verdict["verdict"], verdict["shown"]["name"])
""", ("""\
POST /v1/me/codes -> 201 req_…
POST /v1/code-redemptions -> 200 req_…
{"verdict":"PASS",…"name":"@name@",…""", """\
POST /v1/me/codes -> 201 req_…
POST /v1/code-redemptions -> 200 req_…
PASS @name@"""))

STEPS: Final = (Step("ready", (GET_READY,)), Step("first", (FIRST,)), Step("use", (LINK, TERMINAL, CODE)))
"""What runs; the fourth step, the log, is a page."""


def filled(text: str, given: Mapping[str, str]) -> str:
    """The commands with what is the developer's own."""
    for name, value in given.items():
        text = text.replace(f"@{name}@", value)
    return text
