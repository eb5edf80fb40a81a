"""Divisions over HTTP, and the commands."""
import httpx
import pytest

from essc.kit.http.api import Api, ApiSettings
from essc.kit.i18n import Texts
from essc.names import PREFIXES
from essc.regions import api, cli
from tests.commands import commands

TEXTS = Texts.load()


@pytest.fixture
def client(db):
    """A caller whom nobody knows."""
    edge = Api([api.operations], db=db, authenticators={}, texts=TEXTS, settings=ApiSettings(prefixes=PREFIXES))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://essc.test")


async def test_divisions_over_http(client):
    one = (await client.get("/v1/regions/120110")).json()
    assert (one["name"], one["path"], one["former_names"]) == ("东丽区", ["全国", "天津市", "东丽区"], [{"name": "东郊区", "first": None, "last": 1991}])
    assert (await client.get("/v1/regions/110103")).json()["last"] == 2009
    missing = await client.get("/v1/regions/370719", headers={"accept-language": "en"})
    assert (missing.status_code, missing.json()["code"], missing.json()["title"]) == (404, "region_not_found", "Division not found.")
    assert (await client.get("/v1/regions/1101")).status_code == 422
    codes, cursor = [], None
    for _ in range(10):
        page = (await client.get("/v1/regions", params={"parent": "000000", "limit": 10} | ({"cursor": cursor} if cursor else {}))).json()
        codes += [item["code"] for item in page["items"]]
        if not (cursor := page["next_cursor"]):
            break
    assert len(codes) == len(set(codes)) == 35 and codes == sorted(codes)
    assert [item["name"] for item in (await client.get("/v1/regions", params={"parent": "999900"})).json()["items"]] == ["示例市", "样例市"]
    assert (await client.get("/v1/regions", params={"colour": "red"})).status_code == 422


def test_the_commands_set_and_show_what_a_region_decides(pg, keys):
    run = commands(cli.app, pg, keys)
    assert run("set", "450100", "family_limit", "5", "--by", "city").exit_code == 0
    shown = run("show", "450102")
    assert "广西壮族自治区 › 南宁市 › 兴宁区" in shown.output and shown.exit_code == 0
    assert "family_limit = 5 by city" in run("show", "450100").output
    assert run("set", "450100", "family_limit", "many").exit_code == 1
    assert run("set", "450100", "family_limit").exit_code == 0
    assert "(the region above) by operator" in run("show", "450100").output
    assert "示例市" in run("list", "999900").output
