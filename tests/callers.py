"""Those who call the house over HTTP, each signing as it must: an app (channel), a person's phone, a terminal at a counter, anybody."""
import base64
import contextlib
import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import msgspec

from essc.kit.crypto import Algorithm, PrivateKey, jwk, random_bytes
from essc.kit.db.pool import Database
from essc.kit.http.signing import PartnerKey, SharedSecret, SigningKey, signed
from essc.venues import actions as venues
from essc.venues.model import TerminalKind
from tests.running import House, until

T = TypeVar("T")
R = TypeVar("R")
FRAMES = [base64.b64encode(b"\xff\xd8\xff\xe0" + bytes([turn]) * 200).decode() for turn in range(3)]
"""Three pictures of somebody who moves: enough for the sandbox's face service."""
PASSWORD, OTHER_PASSWORD = "738146", "509371"
AGAIN = frozenset({0, 408, 409, 503})
"""What a client that wants an answer asks again after; 0 is a line that broke."""
_addresses = itertools.count(2)


class Refusal(AssertionError):
    """An answer that is not the one a test went on with; `code` is the problem's."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:600]}")
        self.status = answer.status_code
        self.code = problem(answer).get("code", "")
        self.answer = answer


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem document of an answer, {} when it is none."""
    with contextlib.suppress(ValueError):
        told = answer.json()
        return told if isinstance(told, dict) else {}
    return {}


def refusal(ask: Callable[..., object], *given: Any, **named: Any) -> str:
    """The code of the problem that a question is answered with."""
    try:
        answer = ask(*given, **named)
    except Refusal as refused:
        return str(refused.code)
    raise AssertionError(f"was not refused: {answer}")


class Line:
    """A line to a house from an address of its own, so that one caller's quota is not another's."""

    def __init__(self, house: House, url: str = "") -> None:
        self.house = house
        peer = f"127.{next(_addresses) % 200 + 1}.0.1"
        self.http = httpx.Client(base_url=url or house.url, timeout=30, trust_env=False, transport=httpx.HTTPTransport(local_address=peer))
        house.lines.append(self.http)

    def ask(self, method: str, path: str, body: Any = None, *, key: SigningKey | None = None, token: str = "", name: str = "",
            query: str = "") -> httpx.Response:
        """Send a request, signed with `key` or carrying `token`; `name` is the Idempotency-Key of a write (a new one when none is given)."""
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        name = name or (uuid.uuid4().hex if method != "GET" else "")
        headers = {"content-type": "application/json"} if raw else {}
        headers |= {"idempotency-key": name} if name else {}
        if key is not None:
            headers |= signed(method, path, raw, key=key, query=query, idempotency_key=name)
        if token:
            headers["authorization"] = f"Bearer {token}"
        return self.http.request(method, path + (f"?{query}" if query else ""), content=raw, headers=headers)

    def get(self, path: str, **how: Any) -> Any:
        """What a GET answers. Raises Refusal."""
        return self._told(self.ask("GET", path, **how))

    def post(self, path: str, body: Any, **how: Any) -> Any:
        """What a POST answers. Raises Refusal."""
        return self._told(self.ask("POST", path, body, **how))

    def _told(self, answer: httpx.Response) -> Any:
        assert answer.status_code != 500, f"{answer.text}\n{self.house.logged()[-4000:]}"
        if not answer.is_success:
            raise Refusal(answer)
        return answer.json()


@dataclass(frozen=True)
class Person:
    """An invented person as the province knows them."""

    name: str
    number: str
    mobile: str
    card_number: str

    @classmethod
    def of(cls, house: House, told: Mapping[str, str]) -> "Person":
        """The person of a line of the sandbox; from now on nothing of theirs may stand in a log."""
        house.keep_private(told["name"], told["number"], told["mobile"], told["card_number"])
        return cls(told["name"], told["number"], told["mobile"], told["card_number"])


class Phone:
    """A signed-in holder's device."""

    def __init__(self, line: Line, token: str, session: str, link: str) -> None:
        self.line, self.token, self.session, self.link = line, token, session, link
        line.house.keep_private(token)

    def get(self, path: str, **how: Any) -> Any:
        """What a GET below /v1/me answers. Raises Refusal."""
        return self.line.get(f"/v1/me{path}", token=self.token, **how)

    def post(self, path: str, body: Any = None, **how: Any) -> Any:
        """What a POST below /v1/me answers. Raises Refusal."""
        return self.line.post(f"/v1/me{path}", {} if body is None else body, token=self.token, **how)

    def code(self) -> str:
        """A code of 24 digits that nobody had before: one in 256 of the same second is the same. Raises Refusal."""
        house, code = self.line.house, ""
        while not code or code in house.private:
            code = str(self.line.post("/v1/me/codes", None, token=self.token)["code"])
        house.keep_private(code)
        return code

    def codes(self, count: int) -> list[str]:
        """Several codes at once: a new one does not end the one before."""
        return [self.code() for _ in range(count)]


class Channel:
    """An app that carries the card, with its key."""

    def __init__(self, line: Line, name: str, *, abilities: Sequence[str] = ("issue", "present", "verify", "query", "login")) -> None:
        self.line = line
        told = line.post("/v1/channels", {"name": name, "form": "app", "kind": "human_resources", "region": "450000", "abilities": list(abilities),
                                          "fields": ["name", "region"], "sandbox": True})
        self.id = told["channel"]["id"]
        self.number = told["channel"]["number"]
        secret = told["private_key"]["d"]
        self.private = _unpadded(secret)
        self.key = PartnerKey(told["key"]["id"], PrivateKey(Algorithm.ES256, self.private))
        line.house.keep_private(secret)

    def post(self, path: str, body: Any, **how: Any) -> Any:
        """What a signed POST answers. Raises Refusal."""
        return self.line.post(path, body, key=self.key, **how)

    def face(self, person: Person, purpose: str) -> dict[str, str]:
        """A proof of the person by their face."""
        check = self.post("/v1/identity-checks", {"name": person.name, "number": person.number, "purpose": purpose})
        passed = self.post(f"/v1/identity-checks/{check['id']}/frames", {"frames": FRAMES})
        assert passed["state"] == "passed"
        return {"check_id": passed["id"]}

    def sms(self, person: Person, purpose: str, **whom: str) -> dict[str, str]:
        """A proof by the code that comes by SMS: to a mobile (`mobile=`), or to the one that a number's holder has proved (`number=`)."""
        before = len(self.line.house.sandbox.messages(person.mobile))
        sent = self.post("/v1/sms-codes", {"purpose": purpose, **whom})
        text = until(lambda: self.line.house.sandbox.messages(person.mobile)[:-before or None], "the SMS arrives", 10)[0]["text"]
        digits = "".join(filter(str.isdigit, text.split("验证码")[1]))[:6]
        return {"check_id": sent["id"], "code": digits}

    def apply(self, person: Person, password: str = PASSWORD, *, mobile: bool = False) -> Any:
        """The whole application: face, mobile by SMS when wanted, password."""
        said: dict[str, Any] = {"name": person.name, "number": person.number, "proof": self.face(person, "apply"), "password": password}
        if mobile:
            said["mobile"] = {"number": person.mobile, "proof": self.sms(person, "apply", mobile=person.mobile)}
        return self.post("/v1/ecards", said)

    def link(self, person: Person, password: str = PASSWORD) -> Any:
        """Carry the e-card of another channel here, by its password."""
        return self.post("/v1/ecards/links", {"name": person.name, "number": person.number, "proof": self.face(person, "link"), "password": password})

    def sign_in(self, person: Person, device: str = "phone", *, proof: dict[str, str] | None = None, password: str | None = PASSWORD) -> Phone:
        """A session on a device, by face and password unless another proof is given."""
        said = {"number": person.number, "proof": proof or self.face(person, "sign_in"), "password": password,
                "device": {"key": f"{device}-of-the-test".replace(" ", "-"), "name": device}}
        told = self.post("/v1/sessions", said)
        return Phone(self.line, told["token"], told["id"], told["link_id"])


class Terminal:
    """A reader at a counter: a key of its own, and a session whose secret signs."""

    def __init__(self, line: Line, activation: str) -> None:
        self.line = line
        private = PrivateKey(Algorithm.ES256, b"\x01" + random_bytes(31))
        public = msgspec.to_builtins(jwk.written(Algorithm.ES256, private.public))
        self.about = line.post("/v1/terminal-activations", {"code": activation, "public_key": public})
        self.id = self.about["id"]
        self.own = PartnerKey(self.id, private)
        self.open()

    def open(self) -> None:
        """Begin a session."""
        told = self.line.post("/v1/terminal-sessions", {}, key=self.own)
        self.key = SharedSecret(told["key_id"], _unpadded(told["secret"]))
        self.line.house.keep_private(told["secret"])

    def redeem(self, code: str, scene: str = "pharmacy.buy", *, name: str = "", line: Line | None = None) -> Any:
        """Hold a code up to the reader; `name` is the reader's own id for this try. Raises Refusal."""
        return (line or self.line).post("/v1/code-redemptions", {"code": code, "scene": scene}, key=self.key, name=name)

    def verdict(self, code: str, scene: str = "pharmacy.buy", *, name: str = "") -> str:
        """The word for the reader."""
        return str(self.redeem(code, scene, name=name)["verdict"])

    def read(self, card_string: str, scene: str = "pharmacy.buy") -> Any:
        """Read a physical card. Raises Refusal."""
        return self.line.post("/v1/card-readings", {"card_string": card_string, "scene": scene}, key=self.key)


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def activation(house: House, kind: str = "pharmacy", count: int = 1) -> list[str]:
    """A new venue with so many terminals, as an operator adds it; gives their activation codes."""
    async def work(db: Database) -> list[str]:
        async with db.tx() as tx:
            venue = await venues.add_venue(tx, "安康大药房（演示）", kind, "450100", demonstration=True)
            added = [await venues.add_terminal(tx, venue.id, f"{n + 1} 号窗口", TerminalKind.WINDOW) for n in range(count)]
            return [(await venues.issue_activation(tx, one.id)).code for one in added]
    return house.operate(work)


def terminals(house: House, count: int, kind: str = "pharmacy") -> list[Terminal]:
    """Activated terminals of one new venue, each on a line of its own."""
    return [Terminal(Line(house), code) for code in activation(house, kind, count)]


def card_string(card: Mapping[str, str]) -> str:
    """What the chip of a card says: the 11 fields (facts §4.2) of its line in the card file."""
    return "|".join((card["region"], card["number"], card["card_number"], card["card_identifier"], card["name"], "008100000000000000000000000000",
                     card["generation"] + ".00", card["issued_on"].replace("-", ""), card["valid_to"].replace("-", ""), "000000000000", "00000001"))


def at_once(work: Callable[[T], R], on: Iterable[T], workers: int = 20) -> list[R]:
    """Do the same with many at the same time; gives the answers in order."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, on))


def insist(ask: Callable[[], T], seconds: float = 60) -> tuple[T, list[int]]:
    """Ask until it is answered, as a good client does: the same again after a broken line, a 409 or a 503. Gives the statuses in between too."""
    limit, between = time.monotonic() + seconds, []
    while True:
        try:
            return ask(), between
        except httpx.TransportError:
            between.append(0)
        except Refusal as refused:
            if refused.status not in AGAIN:
                raise
            if refused.status == 503:
                assert refused.answer.headers["retry-after"].isdigit()
                assert problem(refused.answer)["retryable"] is True
            between.append(refused.status)
        assert time.monotonic() < limit, f"no answer for {seconds} s: {between[-20:]}"
        time.sleep(0.05)


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in slices."""
    return (items[at:at + size] for at in range(0, len(items), size))
