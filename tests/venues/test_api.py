"""Terminals over HTTP: from the code on a slip of paper to a signed request; and the commands."""
import httpx
import msgspec
import pytest

from essc.channels.api import authenticate
from essc.kit.clock import now
from essc.kit.crypto import jwk
from essc.kit.db.tx import Tx
from essc.kit.http.api import Api, ApiSettings
from essc.kit.http.operations import Operations, Principal
from essc.kit.http.signing import PartnerKey, SharedSecret, SigningKey, signed
from essc.kit.http.types import Body, View
from essc.kit.i18n import Texts
from essc.names import PREFIXES
from essc.venues import actions, api, cli, queries
from essc.venues.model import Move, SessionKey
from tests.commands import commands
from tests.venues.places import Device, activated, terminal

TEXTS = Texts.load()
hot = Operations("hot")


class Echo(View):
    """Who asked."""

    terminal: str
    began: str


class Anything(Body):
    """A body."""

    code: str = ""


@hot.writes("POST /v1/code-redemptions", by="terminal", answers=Echo)
async def redeem(tx: Tx, who: Principal, body: Anything) -> Echo:
    """Stands in for the operation whose own statement decides about the terminal."""
    session = who.extra
    assert isinstance(session, SessionKey)
    return Echo(terminal=who.actor.id, began=session.began_at.isoformat())


class Caller:
    """Somebody with a key, over HTTP without a network."""

    def __init__(self, db) -> None:
        edge = Api([api.operations, hot], db=db, texts=TEXTS, settings=ApiSettings(prefixes=PREFIXES),
                   authenticators={"terminal": api.authenticate_terminal, "terminal-key": api.authenticate_terminal_key, "channel": authenticate})
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://essc.test")
        self.count = 0

    async def post(self, path: str, body: object, key: SigningKey | None = None) -> httpx.Response:
        self.count += 1
        raw = msgspec.json.encode(body)
        plain = {"content-type": "application/json"}
        headers = signed("POST", path, raw, key=key, idempotency_key=f"k{self.count}") if key else plain
        return await self.http.post(path, content=raw, headers=headers)

    async def get(self, path: str, key: SigningKey) -> httpx.Response:
        return await self.http.get(path, headers=signed("GET", path, key=key))

    async def session(self, terminal_id: str, device: Device) -> SharedSecret:
        answer = (await self.post("/v1/terminal-sessions", {}, PartnerKey(terminal_id, device.private))).json()
        return SharedSecret(answer["key_id"], jwk.decoded(answer["secret"]))


@pytest.fixture
def caller(swept) -> Caller:
    return Caller(swept)


async def test_from_the_code_on_a_slip_of_paper_to_a_signed_request(caller, swept):
    async with swept.tx() as tx:
        issued = await actions.issue_activation(tx, (await terminal(tx)).id)
    device = Device()
    first = await caller.post("/v1/terminal-activations", {"code": issued.code, "public_key": device.jwk})
    assert first.status_code == 201 and first.json()["venue_name"] == "安康大药房（演示）" and first.json()["name"] == "一号窗口"
    assert (await caller.post("/v1/terminal-activations", {"code": issued.code, "public_key": device.jwk})).json() == first.json()
    used = await caller.post("/v1/terminal-activations", {"code": issued.code, "public_key": Device().jwk})
    assert (used.status_code, used.json()["code"], used.json()["title"]) == (409, "activation_code_used", "激活码已使用。")
    terminal_id = first.json()["id"]
    secret = await caller.session(terminal_id, device)
    assert (await caller.get(f"/v1/terminals/{terminal_id}", secret)).json()["scenes"] == ["pharmacy.buy", "pharmacy.settle"]
    assert (await caller.post("/v1/code-redemptions", {"code": "1"}, secret)).json()["terminal"] == terminal_id


async def test_a_wrong_code_is_counted_although_it_is_refused(caller):
    answers = [await caller.post("/v1/terminal-activations", {"code": f"QQQQQQQ{c}", "public_key": Device().jwk}) for c in "23456789ABCD"]
    assert [a.status_code for a in answers] == [404] * 10 + [429] * 2 and int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(("body", "code"), [
    ({"code": "K7QX2M9O", "public_key": None}, "invalid_request"),
    ({"code": "K7QX2M9O", "public_key": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}}, "invalid_request"),
    ({"code": "K7QX2M9O", "public_key": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, "activation_code_malformed"),
    ({"code": "K7QX2M9P", "public_key": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, "public_key_invalid"),
])
async def test_what_is_no_code_or_no_key_is_refused(caller, body, code):
    answer = await caller.post("/v1/terminal-activations", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def ready(caller, swept):
    """An active terminal: its id on the wire, its row, its device and a session."""
    device = Device()
    async with swept.tx() as tx:
        active = await activated(tx, device)
    terminal_id = api.ids.wire("term", active.id)
    return terminal_id, active, device, await caller.session(terminal_id, device)


async def test_a_session_of_nobody_s_making_is_refused(caller, swept):
    terminal_id, _, device, secret = await ready(caller, swept)
    path = f"/v1/terminals/{terminal_id}"
    other = await caller.session(terminal_id, device)
    for key, code in (
        (SharedSecret(secret.keyid, other.secret), "signature_wrong"), (SharedSecret(secret.keyid[:-1] + ("A" if secret.keyid[-1] != "A" else "B"), secret.secret),
         "signature_wrong"), (SharedSecret("ts_nonsense", secret.secret), "terminal_session_malformed"),
    ):
        answer = await caller.get(path, key)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
    refused = await caller.post("/v1/terminal-sessions", {}, PartnerKey(terminal_id, Device().private))
    assert refused.json()["code"] == "signature_wrong"
    refused = await caller.post("/v1/terminal-sessions", {}, PartnerKey("term_01kac000000000000000000000", device.private))
    assert refused.json()["code"] == "terminal_key_unknown"


async def test_a_session_is_over_after_eight_hours(caller, swept):
    _, active, _, _ = await ready(caller, swept)
    async with swept.tx(now=now() - api.model.SESSION_LIFE) as tx:
        await tx.run("UPDATE venues.terminal SET sessions_since = NULL")
        old = await actions.open_session(tx, active.id)
    answer = await caller.post("/v1/code-redemptions", {}, SharedSecret(old.key_id, old.secret))
    assert (answer.status_code, answer.json()["code"]) == (401, "terminal_session_ended")


@pytest.mark.parametrize(("stop", "status", "code"), [("disable", 403, "terminal_disabled"), ("pause", 403, "venue_not_active"), ("revoke", 401, "terminal_session_ended")])
async def test_what_stops_a_terminal_stops_its_requests_at_once_but_verdicts_decide_for_themselves(caller, swept, stop, status, code):
    terminal_id, active, device, secret = await ready(caller, swept)
    async with swept.tx() as tx:
        if stop == "pause":
            await actions.move_venue(tx, active.venue_id, Move.PAUSE, "test")
        else:
            await {"disable": actions.disable, "revoke": actions.revoke_sessions}[stop](tx, active.id, "test")
    answer = await caller.get(f"/v1/terminals/{terminal_id}", secret)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await caller.post("/v1/code-redemptions", {}, secret)).status_code == 200
    anew = await caller.post("/v1/terminal-sessions", {}, PartnerKey(terminal_id, device.private))
    assert anew.status_code == (201 if stop == "revoke" else 403)


async def test_a_terminal_says_that_it_is_there_and_hears_when_to_say_so_again(caller, swept):
    _, active, _, secret = await ready(caller, swept)
    async with swept.tx() as tx:
        await tx.run("UPDATE venues.sighting SET last_at = to_timestamp(0)")
    answer = await caller.http.post("/v1/heartbeats", headers=signed("POST", "/v1/heartbeats", b"", key=secret))
    assert (answer.status_code, answer.json()["again_in_s"]) == (200, 300)
    async with swept.tx() as tx:
        seen = await queries.desk_terminal(tx, active.id)
        await actions.disable(tx, active.id, "test")
    assert seen.last_seen.isoformat()[:19] == answer.json()["heard_at"][:19]
    answer = await caller.http.post("/v1/heartbeats", headers=signed("POST", "/v1/heartbeats", b"", key=secret))
    assert (answer.status_code, answer.json()["code"]) == (403, "terminal_disabled")


async def test_a_terminal_sees_itself_only_and_ends_its_own_shift(caller, swept):
    terminal_id, _, device, secret = await ready(caller, swept)
    stranger, _, _, _ = await ready(caller, swept)
    assert (await caller.get(f"/v1/terminals/{stranger}", secret)).json()["code"] == "terminal_not_found"
    assert (await caller.post(f"/v1/terminals/{stranger}/session-revocation", {}, secret)).status_code == 404
    assert (await caller.post(f"/v1/terminals/{terminal_id}/session-revocation", {}, secret)).status_code == 200
    assert (await caller.get(f"/v1/terminals/{terminal_id}", secret)).json()["code"] == "terminal_session_ended"
    assert (await caller.get(f"/v1/terminals/{terminal_id}", await caller.session(terminal_id, device))).status_code == 200


async def test_scenes_are_listed_for_anyone(caller):
    items = {scene["code"]: scene for scene in (await caller.http.get("/v1/scenes")).json()["items"]}
    assert items["pharmacy.buy"]["title_zh"] == "购药" and items["pharmacy.settle"]["level"] == 2


def test_the_commands_add_a_pharmacy_and_its_window(pg, keys):
    run = commands(cli.app, pg, keys)
    venue_id = run("add", "安康大药房", "--kind", "pharmacy", "--region", "450100").output.split()[0]
    added = run("terminals", "add", venue_id, "一号窗口")
    assert added.exit_code == 0 and "activation code" in added.output and "▄" in added.output
    number = added.output.split()[2]
    assert "activation code" in run("terminals", "code", number).output
    assert "bus.ride" in run("terminals", "grant", number, "--scene", "bus.ride").output
    assert "disabled" in run("terminals", "disable", number, "--reason", "test").output
    assert "registered" in run("terminals", "enable", number).output
    assert number in run("terminals", "list", venue_id).output and venue_id in run("list", "--region", "45").output
    assert "paused" in run("pause", venue_id, "--reason", "test").output
    assert run("add", "演示", "--kind", "pharmacy", "--region", "999901").exit_code == 1
    assert run("terminals", "disable", "000000000000", "--reason", "test").exit_code == 1
