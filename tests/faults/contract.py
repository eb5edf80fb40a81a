"""Whoever each operation of the contract is for, so that generated requests get past the door: signed, with ids that exist."""
import itertools
import re
import uuid
from collections import Counter, defaultdict
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from essc.kit.http.signing import SigningKey, signed
from tests.callers import terminals
from tests.faults.province import Reporter
from tests.running import until
from tests.town import Resident, Town

ADDRESSES, PEOPLE, READERS = 40, 8, 9
PASSWORD = "260417"
"""Of the people here: not the one in the contract's examples, or trying these would end something."""
SELDOM = 25
KEY = re.compile(r"[!-~]{1,255}")
ENDS_SOMETHING = frozenset({
    "ecards.freeze", "ecards.unfreeze", "ecards.report_loss", "ecards.lift_loss", "records.dispute", "sessions.unlock", "sessions.change_password",
    "ecards.unlink", "sessions.revoke",
})
"""Operations that may end a card's or a session's use: they have people of their own."""


class From(HTTPAdapter):
    """Sends from an address of its own, so that one caller's quota is not another's."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **named: Any) -> None:
        """The pool of connections, bound to the address."""
        super().init_poolmanager(*args, **named, source_address=(self.address, 0))


class Signed(AuthBase):
    """Signs a prepared request, whatever is in it. A good Idempotency-Key is made unique; a bad or missing one is left as it is."""

    def __init__(self, key: SigningKey | None = None, token: str = "") -> None:
        self.key, self.token = key, token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with its signature or token."""
        name = request.headers.get("idempotency-key", "")
        name = name.decode("latin-1") if isinstance(name, bytes) else name
        if KEY.fullmatch(name):
            request.headers["idempotency-key"] = name = uuid.uuid4().hex
        if self.token:
            request.headers["authorization"] = f"Bearer {self.token}"
        if self.key is not None:
            request.headers.update(self._signature(request, name, self.key))
        return request

    def _signature(self, request: requests.PreparedRequest, name: str, key: SigningKey) -> dict[str, str]:
        url, body = urlsplit(str(request.url)), request.body or b""
        media = request.headers.get("content-type", "application/json")
        made = signed(str(request.method), url.path, body.encode() if isinstance(body, str) else body, key=key, query=url.query,
                      idempotency_key=name, content_type=media.decode("latin-1") if isinstance(media, bytes) else media)
        return {header: made[header] for header in ("signature", "signature-input", "content-digest") if header in made}


class Callers:
    """Everybody whom the contract knows, with ids of theirs."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.sessions = itertools.cycle([self._session(n) for n in range(ADDRESSES)])
        self.people = itertools.cycle([(who, self._theirs(who)) for who in town.residents(PEOPLE, PASSWORD)])
        self.others = itertools.cycle([(who, {"link_id": who.phone.link}) for who in town.residents(PEOPLE, PASSWORD)])
        self.terminal, self.spare, *more = terminals(town.house, READERS)
        self.keys = itertools.cycle([one.own for one in more])
        self.region = Reporter(town.house, "000000")
        self.turns = itertools.count()
        self.answers: dict[str, Counter[int]] = defaultdict(Counter)
        self.check = town.channel.face(town.person(), "apply")["check_id"]

    def close(self) -> None:
        """Hang up everywhere."""
        for _ in range(ADDRESSES):
            next(self.sessions).close()

    def _session(self, place: int) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", From(f"127.{201 + place // 200}.{place % 200}.9"))
        return session

    def _theirs(self, who: Resident) -> dict[str, str]:
        """What a person has: a link, a use of the card, a message."""
        use = until(lambda: who.phone.get("/uses")["items"], "a use is shown")[0]
        message = until(lambda: who.phone.get("/messages")["items"], "a message has come")[0]
        return {"link_id": who.phone.link, "use_id": use["id"], "message_id": message["id"]}

    def of(self, operation: str, scheme: str) -> tuple[Signed, dict[str, str]]:
        """Who calls an operation, and the ids that a good request of theirs has in its path."""
        if scheme == "holder":
            who, theirs = next(self.others if operation in ENDS_SOMETHING else self.people)
            return Signed(token=who.phone.token), theirs
        if scheme == "channel":
            return Signed(self.town.channel.key), {"channel_id": self.town.channel.id, "check_id": self.check}
        if scheme == "terminal":
            return self._ending() if operation == "venues.revoke_sessions" else (Signed(self.terminal.key), {"terminal_id": self.terminal.id})
        if scheme == "terminal-key":
            return Signed(next(self.keys)), {}
        return (Signed(self.region.key) if scheme == "region" else Signed()), {"code": "450100"}

    def _ending(self) -> tuple[Signed, dict[str, str]]:
        """A terminal that now and then ends its own sessions, and begins another one afterwards."""
        turn = next(self.turns) % SELDOM
        if turn == 1:
            self.spare.open()
        return Signed(self.spare.key), {"terminal_id": self.spare.id} if turn == 0 else {}
