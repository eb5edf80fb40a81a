"""Passkeys against an authenticator written here: what it signs is taken, and nothing that differs from it in one thing."""
import base64
import hashlib
import json
from collections.abc import AsyncIterator

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.operators import actions, calls, errors, model, queries, store
from essc.operators.calls.comparing import Caller
from essc.operators.queries import StaffSession
from tests.operators.staffing import joined
from tests.postgres import Postgres

ORIGIN, OTHER = "https://console.example", "https://console.example.evil.example"
WHO = Caller(Actor("anonymous", "page"), "127.0.0.8", "req_test")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Phone:
    """An authenticator with one key (WebAuthn level 2, attestation "none")."""

    def __init__(self, name: bytes = b"one key of a phone") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.count, self.flags, self.origin, self.site = name, 0, PRESENT | VERIFIED, ORIGIN, "console.example"

    def _data(self, more: bytes = b"", flags: int = 0) -> bytes:
        return hashlib.sha256(self.site.encode()).digest() + bytes([self.flags | flags]) + self.count.to_bytes(4, "big") + more

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin}).encode()

    def make(self, options) -> str:
        """The answer to `navigator.credentials.create`."""
        public = self.key.public_key().public_numbers()
        cose = cbor.encode({1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")})
        data = self._data(bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose, ATTESTED)
        response = {"clientDataJSON": text(self._client("create", options["publicKey"]["challenge"])),
                    "attestationObject": text(cbor.encode({"fmt": "none", "attStmt": {}, "authData": data}))}
        return json.dumps({"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response, "clientExtensionResults": {}})

    def sign(self, options) -> str:
        """The answer to `navigator.credentials.get`."""
        self.count += 1
        data, client = self._data(), self._client("get", options["publicKey"]["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature)}
        return json.dumps({"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response, "clientExtensionResults": {}})


@pytest.fixture(scope="module")
async def desk(pg: Postgres, keys: Keys) -> AsyncIterator[Database]:
    """One database for the file."""
    name = await pg.create()
    database = await Database.open(pg.url(name), keys, largest=8)
    try:
        yield database
    finally:
        await database.close()
        await pg.drop(name)


async def registered(db: Database, phone: Phone) -> StaffSession:
    """A member who has added this passkey."""
    async with db.tx() as tx:
        _, token = await actions.open_session(tx, await joined(tx), "Linux · Chrome", "one_time_code")
        session = (await queries.authenticate(tx, model.read_token(token)))[0]
    offer = await calls.offer_passkey(db, WHO, session, ORIGIN)
    await calls.new_passkey(db, WHO, session, ORIGIN, token=offer.token, answer=phone.make(offer.options), name="Android · Chrome")
    return session


async def refused(db: Database, phone: Phone, sign=Phone.sign, origin: str = ORIGIN) -> errors.Refused:
    offer = await calls.passkey_challenge(db, WHO, ORIGIN)
    with pytest.raises(errors.Refused) as told:
        await calls.sign_in_with_passkey(db, WHO, origin, token=offer.token, answer=sign(phone, offer.options), device_name="?")
    return told.value


async def test_a_passkey_signs_in_without_naming_anybody_and_an_answer_counts_once(desk):
    phone = Phone(b"good")
    session = await registered(desk, phone)
    offer = await calls.passkey_challenge(desk, WHO, ORIGIN)
    assert offer.options["publicKey"].get("allowCredentials") is None
    answer = phone.sign(offer.options)
    done = await calls.sign_in_with_passkey(desk, WHO, ORIGIN, token=offer.token, answer=answer, device_name="Android · Chrome")
    assert (done.session.staff_id, done.session.way) == (session.staff_id, "passkey")
    with pytest.raises(errors.EntryOver):
        await calls.sign_in_with_passkey(desk, WHO, ORIGIN, token=offer.token, answer=answer, device_name="?")


async def test_the_same_passkey_is_added_once(desk):
    phone = Phone(b"twice")
    session = await registered(desk, phone)
    offer = await calls.offer_passkey(desk, WHO, session, ORIGIN)
    assert [one["id"] for one in offer.options["publicKey"]["excludeCredentials"]] == [text(phone.id)]
    with pytest.raises(errors.PasskeyRefused):
        await calls.new_passkey(desk, WHO, session, ORIGIN, token=offer.token, answer=phone.make(offer.options), name="?")


@pytest.mark.parametrize(("what", "change"), [
    ("a page of another site", lambda phone: setattr(phone, "origin", OTHER)), ("a key for another site", lambda phone: setattr(phone, "site", "evil.example")),
    ("an owner who was not verified", lambda phone: setattr(phone, "flags", PRESENT)), ("nobody present", lambda phone: setattr(phone, "flags", VERIFIED)),
    ("another key under the same name", lambda phone: setattr(phone, "key", ec.generate_private_key(ec.SECP256R1()))),
    ("a counter that does not grow", lambda phone: setattr(phone, "count", 4)), ("a passkey that nobody has", lambda phone: setattr(phone, "id", b"unknown")),
])
async def test_what_differs_in_one_thing_is_refused(desk, what, change):
    phone = Phone(what.encode())
    phone.count = 7
    session = await registered(desk, phone)
    change(phone)
    assert isinstance(await refused(desk, phone), errors.PasskeyRefused)
    assert len(await _sessions(desk, session)) == 1


@pytest.mark.parametrize("answer", ["", "null", "[]", "{}", "1", '{"id": "x"}', '{"rawId": "", "response": {}}', '{"rawId": "eA", "response": {"clientDataJSON": "eA"}}',
                                    '{"id":"eA","rawId":"eA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"eA","signature":"eA"}}'])
async def test_what_is_no_answer_is_refused(desk, answer):
    assert isinstance(await refused(desk, Phone(), lambda phone, options: answer), errors.PasskeyRefused)
    session = await registered(desk, Phone(f"for {answer}"[:60].encode()))
    offer = await calls.offer_passkey(desk, WHO, session, ORIGIN)
    with pytest.raises(errors.PasskeyRefused):
        await calls.new_passkey(desk, WHO, session, ORIGIN, token=offer.token, answer=answer, name="?")


async def test_a_disabled_member_is_told_so_by_the_passkey_only(desk):
    phone = Phone(b"disabled")
    session = await registered(desk, phone)
    async with desk.tx() as tx:
        await store.end_sessions(tx, session.staff_id, "test")
        await store.save_state(tx, await store.member(tx, session.staff_id), model.MemberState.DISABLED)
    assert isinstance(await refused(desk, phone), errors.MemberDisabled)


async def test_the_last_second_factor_stays(desk):
    phone = Phone(b"last")
    session = await registered(desk, phone)
    async with desk.tx() as tx:
        await tx.run("UPDATE operators.member SET otp_sealed = NULL WHERE id = $1", session.staff_id)
        with pytest.raises(errors.LastFactor):
            await actions.remove_passkey(tx, session, phone.id)
        await tx.run("UPDATE operators.member SET otp_sealed = $2 WHERE id = $1", session.staff_id, b"anything")
        await actions.remove_passkey(tx, session, phone.id)
        assert await queries.passkeys(tx, session.staff_id) == []


async def _sessions(db: Database, session: StaffSession):
    async with db.read_tx() as tx:
        return await queries.sessions(tx, session.staff_id)
