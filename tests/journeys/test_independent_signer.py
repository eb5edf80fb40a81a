"""A channel and a terminal that sign with a library of somebody else's: two readings of RFC 9421 and RFC 9530 that agree."""
import json
import uuid
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from tests.callers import Channel, Line, Terminal, problem, terminals
from tests.running import House

COVERED = ("@method", "@path", "@query")
PERSON = {"name": "韦晓兰", "number": "999901199005120129", "purpose": "apply"}


class Theirs:
    """Signs with the library alone."""

    def __init__(self, house: House, algorithm: Any, key_id: str, key: Any) -> None:
        self.house, self.key_id = house, key_id
        self.signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=MappingKeyResolver(public_keys={}, private_keys={key_id: key}))

    def send(self, method: str, path: str, said: dict[str, Any] | None = None, **spoilt: str) -> requests.Response:
        """A signed request; `spoilt` headers are changed after it was signed."""
        body = None if said is None else json.dumps(said, ensure_ascii=False).encode()
        headers = {} if body is None else {"content-type": "application/json", "idempotency-key": uuid.uuid4().hex}
        prepared = requests.Request(method, self.house.url + path, data=body, headers=headers).prepare()
        covered = COVERED if body is None else (*COVERED, "content-type", "idempotency-key")
        self.signer.sign(prepared, key_id=self.key_id, label="theirs", tag="essc", covered_component_ids=covered, body=body)
        prepared.headers.update({name.replace("_", "-"): value for name, value in spoilt.items()})
        with requests.Session() as session:
            session.trust_env = False
            return session.send(prepared, timeout=20)


@pytest.fixture(scope="module")
def app(house: House) -> Channel:
    return Channel(Line(house), "别家的签名库（演示）")


@pytest.fixture(scope="module")
def their_app(house: House, app: Channel) -> Theirs:
    private = derive_private_key(int.from_bytes(app.private, "big"), SECP256R1())
    return Theirs(house, algorithms.ECDSA_P256_SHA256, app.key.keyid, private)


def test_a_read_with_a_query_is_taken(their_app, app):
    answer = their_app.send("GET", f"/v1/channels/{app.id}")
    assert (answer.status_code, answer.json()["id"]) == (200, app.id)


def test_a_write_is_taken(their_app):
    answer = their_app.send("POST", "/v1/identity-checks", PERSON)
    assert (answer.status_code, answer.json()["state"]) == (201, "pending"), answer.text


@pytest.mark.parametrize(("spoilt", "code"), [
    ({"idempotency_key": "another"}, "signature_wrong"), ({"content_type": "application/json; charset=utf-8"}, "signature_wrong"),
    ({"content_digest": "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"}, "digest_mismatch"),
])
def test_a_write_that_was_changed_on_its_way_is_refused(their_app, spoilt, code):
    answer = their_app.send("POST", "/v1/identity-checks", PERSON, **spoilt)
    assert (answer.status_code, problem(answer)["code"]) == (401, code)
    assert PERSON["number"] not in answer.text


def test_a_terminal_session_signs_by_the_library_too(house):
    reader: Terminal = terminals(house, 1)[0]
    theirs = Theirs(house, algorithms.HMAC_SHA256, reader.key.keyid, reader.key.secret)
    answer = theirs.send("POST", "/v1/code-redemptions", {"code": "1" * 24, "scene": "pharmacy.buy"})
    assert (answer.status_code, answer.json()["verdict"]) == (200, "FORGED"), answer.text
