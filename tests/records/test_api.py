"""Records over HTTP: the holder's own, by cursor, with the proof that the audit log gives."""
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest

from essc.audit.api import operations as audit_operations
from essc.audit.jobs import Sequencer
from essc.codes import actions as codes
from essc.kit import clock, ids
from essc.kit.db.tx import Actor
from essc.kit.http.api import Api, ApiSettings
from essc.kit.http.operations import Principal
from essc.kit.i18n import Texts
from essc.kit.outbox import Pump
from essc.names import PREFIXES
from essc.records.api import operations
from essc.records.jobs import jobs
from tests.codes.scene import staged

pytestmark = pytest.mark.anyio
TEXTS = Texts.load()


class Wallet:
    """A signed-in holder, over HTTP without a network."""

    def __init__(self, db, holder_id) -> None:
        self.holder_id = holder_id

        async def authenticate(request, database):
            return Principal(Actor("holder", ids.wire("hold", self.holder_id)), extra=SimpleNamespace(holder_id=self.holder_id))

        edge = Api([operations, audit_operations], db=db, texts=TEXTS, settings=ApiSettings(prefixes=PREFIXES), authenticators={"holder": authenticate, "terminal": authenticate})
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://essc.test", headers={"authorization": "Bearer x"})

    async def get(self, path: str):
        answer = await self.http.get(path)
        return answer.status_code, answer.json()

    async def disown(self, use_id: str, key: str = "k1"):
        answer = await self.http.post(f"/v1/me/uses/{use_id}/disputes", json={}, headers={"idempotency-key": key})
        return answer.status_code, answer.json()


@pytest.fixture
async def wallet(db):
    """A holder whose code was read five times."""
    async with db.tx(now=clock.now() - timedelta(seconds=10)) as tx:
        here = await staged(tx)
    async with db.tx() as tx:
        await codes.redeem(tx, [here.scan(tx, here.code(tx, nonce=n), request=f"r{n}", after=0) for n in range(5)])
    pump = Pump(db, [jobs])
    while await pump.deliver():
        pass
    return Wallet(db, here.ecard.holder_id)


async def test_the_holder_pages_through_their_uses(wallet):
    status, first = await wallet.get("/v1/me/uses?limit=3&kind=verify")
    status2, second = await wallet.get(f"/v1/me/uses?limit=3&kind=verify&cursor={first['next_cursor']}")
    assert (status, status2, len(first["items"]), len(second["items"]), second["next_cursor"]) == (200, 200, 3, 2, None)
    one = first["items"][0]
    assert (one["title_zh"], one["title_en"], one["place"], one["verdict"], one["outcome"]) == ("购药", "Buy medicine", "安康大药房（演示）", "PASS", "done")
    assert await wallet.get(f"/v1/me/uses/{one['id']}") == (200, one)


@pytest.mark.parametrize(("query", "status", "code"), [
    ("kind=nonsense", 422, "invalid_request"), ("cursor=abc", 422, "cursor_invalid"), ("since=yesterday", 422, "invalid_request"), ("who=me", 422, "invalid_request"),
])
async def test_filters_that_mean_nothing_are_refused(wallet, query, status, code):
    got, problem = await wallet.get(f"/v1/me/uses?{query}")
    assert (got, problem["code"]) == (status, code)


async def test_disowning_is_taken_once_and_can_be_repeated(wallet):
    _, page = await wallet.get("/v1/me/uses?kind=verify")
    use_id = page["items"][0]["id"]
    status, said = await wallet.disown(use_id)
    assert (status, said["use_id"], said["frozen"]) == (201, use_id, True)
    assert await wallet.disown(use_id, "k2") == (201, said)
    assert (await wallet.get(f"/v1/me/uses/{use_id}"))[1]["disputed_at"] == said["said_at"]


async def test_somebody_elses_use_is_not_found(wallet):
    _, page = await wallet.get("/v1/me/uses")
    wallet.holder_id = ids.new()
    for path in (f"/v1/me/uses/{page['items'][0]['id']}", f"/v1/audit/proofs/{page['items'][0]['id']}"):
        assert (await wallet.get(path))[0] == 404
    assert (await wallet.disown(page["items"][0]["id"]))[0] == 404


async def test_a_use_has_its_proof_a_moment_later(wallet, db, tmp_path):
    _, page = await wallet.get("/v1/me/uses?kind=verify")
    use_id = page["items"][0]["id"]
    status, problem = await wallet.get(f"/v1/audit/proofs/{use_id}")
    assert (status, problem["code"], problem["retryable"]) == (503, "proof_not_yet", True)
    sequencer = Sequencer(db, tmp_path, "essc.example/log")
    while await sequencer.sequence():
        pass
    size = await sequencer.publish()
    status, proof = await wallet.get(f"/v1/audit/proofs/{use_id}")
    assert (status, proof["use_id"], proof["size"]) == (200, use_id, size)
    assert proof["proof"].startswith("c2sp.org/tlog-proof@v1\n") and '"codes.presented"' in proof["event"]
    assert (await wallet.get("/v1/audit/checkpoint"))[1]["size"] == size
