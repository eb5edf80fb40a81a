"""Channels over HTTP: one minute from nothing to a signed request; rolling keys; and the commands."""
from datetime import timedelta

import httpx
import msgspec
import pytest

from essc.channels import actions, api, cli, model
from essc.channels.model import Ability, Move
from essc.kit import ids
from essc.kit.crypto import Algorithm, PrivateKey, jwk
from essc.kit.crypto.signing import new_secret
from essc.kit.db.tx import Actor, Tx
from essc.kit.http.api import Api, ApiSettings
from essc.kit.http.operations import Operations
from essc.kit.http.signing import PartnerKey, SigningKey, signed
from essc.kit.http.types import View
from essc.kit.i18n import Texts
from essc.names import PREFIXES
from essc.regions import queries as regions
from tests.channels.applications import registered
from tests.commands import commands

TEXTS = Texts.load()
NEW = {"name": "便民通（演示）", "form": "app", "kind": "human_resources", "region": "999900", "abilities": ["present"], "fields": ["name"]}
work = Operations("work")


class Echo(View):
    """Who asked."""

    by: str


@work.reads("GET /v1/anything", by="channel", scope="present", answers=Echo)
async def anything(tx: Tx, who: Actor) -> Echo:
    """Stands in for what other rooms offer to channels."""
    return Echo(by=who.id)


@work.reads("GET /v1/payments", by="channel", scope="pay", answers=Echo)
async def payments(tx: Tx, who: Actor) -> Echo:
    """Needs an ability that few channels have."""
    return Echo(by=who.id)


class Caller:
    """Somebody with a key, over HTTP without a network."""

    def __init__(self, db) -> None:
        edge = Api([api.operations, work], db=db, authenticators={"channel": api.authenticate}, texts=TEXTS, settings=ApiSettings(prefixes=PREFIXES))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://essc.test")
        self.count = 0

    async def post(self, path: str, body: object, key: SigningKey | None = None) -> httpx.Response:
        self.count += 1
        raw, name = msgspec.json.encode(body), f"k{self.count}"
        headers = signed("POST", path, raw, key=key, idempotency_key=name) if key else {"content-type": "application/json", "idempotency-key": name}
        return await self.http.post(path, content=raw, headers=headers)

    async def get(self, path: str, key: SigningKey) -> httpx.Response:
        return await self.http.get(path, headers=signed("GET", path, key=key))


@pytest.fixture
def caller(swept) -> Caller:
    """A demonstration data directory, so the sandbox is open."""
    regions.furnish(demonstration=True)
    yield Caller(swept)
    regions.furnish(demonstration=False)


def signer(key_id: str, private: dict) -> PartnerKey:
    algorithm = {"P-256": Algorithm.ES256, "Ed25519": Algorithm.ED25519, "SM2": Algorithm.SM2}[private["crv"]]
    return PartnerKey(key_id, PrivateKey(algorithm, jwk.decoded(private["d"])))


async def channel_of(caller: Caller, **more) -> tuple[str, PartnerKey]:
    made = (await caller.post("/v1/channels", NEW | more)).json()
    return made["channel"]["id"], signer(made["key"]["id"], made["private_key"])


@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519", "SM2"])
async def test_a_stranger_has_a_working_sandbox_channel_after_one_request(caller, algorithm):
    answer = await caller.post("/v1/channels", NEW | {"algorithm": algorithm})
    made = answer.json()
    assert answer.status_code == 201 and made["channel"]["state"] == "active" and made["private_key"]["kid"] == made["key"]["id"]
    key = signer(made["key"]["id"], made["private_key"])
    assert (await caller.get("/v1/anything", key)).json() == {"by": made["channel"]["id"]}
    assert (await caller.get(f"/v1/channels/{made['channel']['id']}", key)).json() == made["channel"]
    assert "d" not in (await caller.get(f"/v1/channels/{made['channel']['id']}/keys", key)).json()["items"][0]["public_key"]


async def test_a_channel_brings_its_own_key_and_waits_to_be_activated(caller, swept):
    private = PrivateKey(Algorithm.ES256, new_secret(Algorithm.ES256))
    own = {"sandbox": False, "public_key": jwk.written(Algorithm.ES256, private.public)}
    missing = await caller.post("/v1/channels", NEW | {"sandbox": False})
    assert missing.json()["code"] == "channel_application_wrong" and missing.json()["errors"][0]["field"] == "public_key"
    made = (await caller.post("/v1/channels", NEW | own)).json()
    key = PartnerKey(made["key"]["id"], private)
    assert made["channel"]["state"] == "applied" and made["private_key"] is None
    assert (await caller.get("/v1/anything", key)).json()["code"] == "channel_not_active"
    assert (await caller.get(f"/v1/channels/{made['channel']['id']}", key)).status_code == 200     # it may see how it stands
    async with swept.tx() as tx:
        await actions.move(tx, ids.parse("chan", made["channel"]["id"]), Move.ACTIVATE, "approved")
    assert (await caller.get("/v1/anything", key)).status_code == 200


async def test_the_sandbox_is_closed_where_people_are_real(caller):
    regions.furnish(demonstration=False)
    refused = await caller.post("/v1/channels", NEW | {"region": "450100"})
    assert (refused.status_code, refused.json()["code"]) == (403, "sandbox_not_here")


@pytest.mark.parametrize(("change", "code", "field"), [
    ({"kind": "casino"}, "invalid_request", "kind"), ({"abilities": []}, "invalid_request", "abilities"), ({"colour": "red"}, "invalid_request", "colour"),
    ({"name": "x"}, "channel_application_wrong", "name"), ({"region": "370719"}, "channel_application_wrong", "region"),
    ({"level": 2}, "channel_application_wrong", "parent_id"), ({"fields": ["shoe_size"]}, "channel_application_wrong", "fields"),
])
async def test_a_wrong_application_names_the_field(caller, change, code, field):
    answer = await caller.post("/v1/channels", NEW | change)
    assert (answer.status_code, answer.json()["code"], answer.json()["errors"][0]["field"]) == (422, code, field)


async def test_an_ability_that_was_not_granted_is_refused(caller):
    _, key = await channel_of(caller)
    assert (await caller.get("/v1/payments", key)).json()["code"] == "scope_missing"


@pytest.mark.parametrize(("move", "code"), [(Move.PAUSE, "channel_paused"), (Move.END, "channel_ended")])
async def test_a_channel_that_is_stopped_is_refused_at_once(caller, swept, move, code):
    channel_id, key = await channel_of(caller)
    async with swept.tx() as tx:
        await actions.move(tx, ids.parse("chan", channel_id), move, "test")
    assert (await caller.get("/v1/anything", key)).json()["code"] == code
    itself = await caller.get(f"/v1/channels/{channel_id}", key)
    assert itself.status_code == (200 if move is Move.PAUSE else 403)


async def test_keys_are_rolled_with_an_overlap(caller, swept):
    channel_id, old = await channel_of(caller)
    fresh = PrivateKey(Algorithm.SM2, new_secret(Algorithm.SM2))
    added = await caller.post(f"/v1/channels/{channel_id}/keys", {"public_key": jwk.written(Algorithm.SM2, fresh.public)}, old)
    new = PartnerKey(added.json()["id"], fresh)
    assert added.status_code == 201
    revoked = await caller.post(f"/v1/channels/{channel_id}/keys/{old.keyid}/revocation", {"overlap_hours": 24}, new)
    assert revoked.json()["not_after"] and (await caller.get("/v1/anything", old)).status_code == 200 == (await caller.get("/v1/anything", new)).status_code
    await caller.post(f"/v1/channels/{channel_id}/keys/{old.keyid}/revocation", {"overlap_hours": 0}, new)
    refused = await caller.get("/v1/anything", old)
    assert (refused.status_code, refused.json()["code"]) == (401, "channel_key_revoked")
    assert (await caller.get("/v1/anything", new)).status_code == 200
    again = await caller.post(f"/v1/channels/{channel_id}/keys", {"public_key": jwk.written(Algorithm.SM2, fresh.public)}, new)
    assert again.json()["code"] == "channel_key_known"


async def test_a_channel_sees_itself_only(caller):
    channel_id, key = await channel_of(caller)
    other, _ = await channel_of(caller)
    for answer in (await caller.get(f"/v1/channels/{other}", key), await caller.get(f"/v1/channels/{other}/keys", key),
                   await caller.post(f"/v1/channels/{other}/keys/{key.keyid}/revocation", {}, key)):
        assert (answer.status_code, answer.json()["code"]) == (404, "channel_not_found")
    assert (await caller.get(f"/v1/channels/{channel_id}", key)).status_code == 200


async def test_the_key_of_nobody_is_refused(caller):
    _, key = await channel_of(caller)
    unknown = PartnerKey("ckey_" + "0" * 26, key.private)
    assert (await caller.get("/v1/anything", unknown)).json()["code"] == "key_unknown"
    assert (await caller.get("/v1/anything", PartnerKey("me", key.private))).json()["code"] == "key_unknown"
    _, other = await channel_of(caller)
    assert (await caller.get("/v1/anything", PartnerKey(key.keyid, other.private))).json()["code"] == "signature_wrong"


async def test_registrations_from_one_address_are_throttled(tx):
    for _ in range(actions.OF_ADDRESS.count):
        await actions.count_registration(tx, "10.0.0.1")
    with pytest.raises(actions.RegistrationThrottled):
        await actions.count_registration(tx, "10.0.0.1")
    await actions.count_registration(tx, "10.0.0.2")
    tx.now += timedelta(hours=1)
    await actions.count_registration(tx, "10.0.0.1")


async def test_scopes_are_the_names_of_abilities(tx):
    channel = await registered(tx, abilities=tuple(Ability))
    assert {str(ability) for ability in channel.abilities} == {"issue", "present", "verify", "pay", "query", "login"}
    assert model.KEY_PREFIX not in PREFIXES.values()


def test_the_commands_activate_pause_resume_and_end_a_channel(pg, keys, tmp_path):
    run = commands(cli.app, pg, keys)
    file = tmp_path / "key.json"
    file.write_bytes(msgspec.json.encode(jwk.written(Algorithm.ES256, PrivateKey(Algorithm.ES256, new_secret(Algorithm.ES256)).public)))
    added = run("add", "便民通", "--form", "app", "--kind", "bank", "--region", "450000", "--ability", "present", "--key", str(file))
    number = added.output.split()[0]
    assert number.startswith("4541") and "ckey_" in added.output
    assert run("access", number).output.startswith(model.ACCESS_PREFIX)
    for command, state in (("activate", "active"), ("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert state in run(command, number, "--reason", "test").output
    assert run("activate", number).exit_code == 1
    assert number in run("list").output and "resume" in run("show", number).output
    assert run("show", "0000000000").exit_code == 1
