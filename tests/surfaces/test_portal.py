"""The developer portal visited as a browser without scripts would: registering, coming back, keys, beginning anew."""
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from essc.app import openapi
from essc.channels import actions as channels
from essc.channels import queries as known
from essc.channels.model import Move
from essc.kit import ids
from essc.kit.crypto import Algorithm, Keys, PrivateKey, pem
from essc.kit.crypto.signing import new_secret
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.kit.http.site import Site
from essc.regions import queries as regions
from essc.surfaces.faces import FACES
from essc.surfaces.portal import cast
from essc.surfaces.portal.pages import contract
from tests.portal import NEW
from tests.postgres import Postgres
from tests.surfaces.screen import STATIC, TEXTS, renderer

RENDER = renderer()
OWN = PrivateKey(Algorithm.ES256, new_secret(Algorithm.ES256))
PUBLIC = pem.written_public(Algorithm.ES256, OWN.public)


class Browser:
    """One browser at the portal."""

    def __init__(self, http: httpx.AsyncClient, db) -> None:
        self.http, self.db = http, db
        self.page: httpx.Response

    async def get(self, path: str) -> "Browser":
        """Open a page."""
        self.page = await self.http.get(path)
        return self

    async def post(self, path: str, **fields: object) -> "Browser":
        """Send a form with the hidden key of the page before."""
        found = re.search(r'name="form_key" value="([^"]+)"', self.page.text)
        self.page = await self.http.post(path, data={"form_key": found[1] if found else "", **fields})
        return self

    @property
    def at(self) -> str:
        """The screen, and the problem that it tells."""
        screen = re.search(r'<main[^>]*data-testid="([^"]+)"', self.page.text)
        problem = re.search(r'data-testid="problem" data-code="([^"]+)"', self.page.text)
        return f"{screen[1] if screen else '?'} {problem[1] if problem else ''}".strip()

    def shown(self, name: str) -> str:
        """A block of code by its id."""
        found = re.search(rf'id="{name}">.*?<code>(.*?)</code>', self.page.text, re.DOTALL)
        return found[1] if found else ""

    async def register(self, **changes: object) -> str:
        """Register an app; gives its address."""
        await (await self.get("/dev/apply")).post("/dev/apply", **NEW | changes)
        assert self.at == "d-welcome", self.page.text
        return "/dev/app/" + self.page.url.path.split("/")[3]

    async def keys(self, app: str) -> list[str]:
        """The wire ids of the app's keys that count."""
        async with self.db.read_tx() as tx:
            return [key.key_id for key in await known.keys(tx, ids.parse("chan", app.rpartition("/")[2])) if key.live(tx.now)]


@pytest.fixture(scope="module")
async def shelf(pg: Postgres, keys: Keys) -> AsyncIterator[Database]:
    """One database for the file."""
    name = await pg.create()
    database = await Database.open(pg.url(name), keys, largest=4)
    contract.furnish(openapi())
    try:
        yield database
    finally:
        await database.close()
        await pg.drop(name)


@pytest.fixture
async def browser(shelf) -> AsyncIterator[Browser]:
    """A demonstration's portal."""
    regions.furnish(demonstration=True)
    site = Site(FACES, db=shelf, texts=TEXTS, files=STATIC, renderer=RENDER)
    headers = {"origin": "http://localhost", "accept": "text/html", "accept-language": "en"}
    async with shelf.tx(SYSTEM) as tx:
        await tx.run("DELETE FROM kit.throttle")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://localhost", headers=headers, follow_redirects=True, trust_env=False) as http:
        yield Browser(http, shelf)
    regions.furnish(demonstration=False)


async def test_an_app_is_registered_in_one_step_and_its_secrets_are_shown_once(browser):
    app = await browser.register()
    assert browser.shown("private-key").startswith("-----BEGIN PRIVATE KEY-----") and browser.shown("management-token").startswith("essc-portal-")
    assert browser.page.headers["cache-control"] == "no-store"
    await browser.get(f"{app}/welcome")
    assert browser.at == "d-welcome" and not browser.shown("private-key") and not browser.shown("management-token")
    assert (await browser.get(app)).at == "d-home"


async def test_whoever_brings_a_key_is_told_no_private_one(browser):
    app = await browser.register(source="own", public_key=PUBLIC)
    assert not browser.shown("private-key") and browser.shown("management-token")
    async with browser.db.read_tx() as tx:
        assert [key.public for key in await known.keys(tx, ids.parse("chan", app.rpartition("/")[2]))] == [OWN.public]


PRIVATE = pem.written_private(Algorithm.ES256, new_secret(Algorithm.ES256))


@pytest.mark.parametrize(("change", "problem", "field"), [
    ({"name": "x"}, "channel_application_wrong", "name"), ({"organisation": ""}, "channel_application_wrong", "organisation"),
    ({"contact_mobile": "123"}, "channel_application_wrong", "contact_mobile"), ({"abilities": []}, "channel_application_wrong", "abilities"),
    ({"kind": "casino"}, "channel_application_wrong", "kind"), ({"region": "370719"}, "channel_application_wrong", "region"),
    ({"level": "2", "parent": ""}, "channel_application_wrong", "parent_id"), ({"level": "2", "parent": "0000000000"}, "channel_application_wrong", "parent_id"),
    ({"source": "own", "public_key": "hello"}, "public_key_unreadable", "public_key"), ({"source": "own", "public_key": PRIVATE}, "private_key_given", "public_key"),
    ({"source": "own", "public_key": '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}'}, "public_key_unreadable", "public_key"),
    ({"source": "own", "public_key": '{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}'}, "private_key_given", "public_key"),
])
async def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(browser, change, problem, field):
    await (await browser.get("/dev/apply")).post("/dev/apply", **NEW | change)
    assert (browser.page.status_code, browser.at) == (422, f"d-apply {problem}")
    assert f'href="#f-{field}"' in browser.page.text and 'value="陈晓明"' in browser.page.text
    assert "PRIVATE KEY-----\n" not in browser.page.text or problem != "private_key_given"


async def test_a_second_level_app_stands_below_the_one_whose_number_is_typed(browser):
    app = await browser.register()
    async with browser.db.read_tx() as tx:
        above = await known.get(tx, ids.parse("chan", app.rpartition("/")[2]))
    below = await browser.register(name="下级应用（演示）", level="2", parent=above.number)
    async with browser.db.read_tx() as tx:
        assert (await known.get(tx, ids.parse("chan", below.rpartition("/")[2]))).parent_id == above.id


async def test_a_form_that_is_sent_twice_registers_once(browser):
    await browser.get("/dev/apply")
    before = browser.page
    await browser.post("/dev/apply", **NEW)
    app, browser.page = browser.page.url.path, before
    await browser.post("/dev/apply", **NEW)
    assert browser.at == "d-apply" and "/welcome" in app
    async with browser.db.read_tx() as tx:
        assert len([one for one in await known.listed(tx, limit=1000) if one.id == ids.parse("chan", app.split("/")[3])]) == 1


async def test_a_developer_leaves_and_comes_back_with_the_token(browser):
    app = await browser.register()
    token = browser.shown("management-token")
    await browser.post("/dev/sign-out")
    assert browser.at == "d-landing"
    assert (await browser.get(f"{app}/keys")).at == "d-signin" and f'name="next" value="{app}/keys"' in browser.page.text
    assert (await browser.post("/dev/signin", token="essc-portal-wrong")).at == "d-signin channel_access_unknown"
    await browser.get(f"/dev/signin?next={app}/keys")
    assert (await browser.post("/dev/signin", token=token, next=f"{app}/keys")).at == "d-keys"
    await browser.post(f"{app}/access")
    assert browser.at == "d-shown" and browser.shown("management-token") not in ("", token)
    assert (await browser.get(app)).at == "d-home"


async def test_nobody_sees_the_app_of_somebody_else(browser):
    other = await browser.register()
    [key] = await browser.keys(other)
    mine = await browser.register()
    for path in ("", "/keys", "/keys/add", "/shown"):
        assert (await browser.get(other + path)).page.status_code == 404, path
    assert (await browser.get(f"{mine}/keys/{key}")).page.status_code == 404
    await browser.get(mine)
    assert (await browser.post(f"{mine}/keys/{key}/revoke", confirm=NEW["name"])).page.status_code in (404, 422)
    assert await browser.keys(other) == [key]


@pytest.mark.parametrize("path", ["/dev/home", "/dev/keys", "/dev/logs"])
async def test_who_is_not_signed_in_is_asked_to(browser, path):
    assert (await browser.get(path)).at == "d-signin"


@pytest.mark.parametrize("path", ["/dev", "/dev/apply", "/dev/quickstart", "/dev/holders", "/dev/signin", "/dev/search?q=link", "/dev/search"])
async def test_documents_are_open_to_everybody(browser, path):
    assert (await browser.get(path)).page.status_code == 200


async def test_a_search_finds_pages_operations_and_errors(browser):
    text = (await browser.get("/dev/search?q=redemptions")).page.text
    assert "POST /v1/code-redemptions" in text
    assert 'href="/dev/errors#channel_paused"' in (await browser.get("/dev/search?q=channel_paused")).page.text
    assert 'href="/dev/holders"' in (await browser.get("/dev/search?q=holders")).page.text
    assert "Nothing found" in (await browser.get("/dev/search?q=<xyzzy>")).page.text


async def test_a_key_is_added_and_a_public_key_twice_is_refused(browser):
    app = await browser.register()
    await (await browser.get(f"{app}/keys/add")).post(f"{app}/keys/add", source="made", algorithm="SM2")
    assert browser.at == "d-shown" and "PRIVATE KEY" in browser.shown("private-key") and len(await browser.keys(app)) == 2
    for answer in ("d-shown", "d-key-add channel_key_known"):
        await (await browser.get(f"{app}/keys/add")).post(f"{app}/keys/add", source="own", public_key=PUBLIC)
        assert browser.at == answer


async def test_a_key_is_rolled_and_both_count_for_a_day(browser):
    app = await browser.register()
    [old] = await browser.keys(app)
    await (await browser.get(f"{app}/keys/{old}")).post(f"{app}/keys/{old}/roll", source="made", algorithm="Ed25519")
    assert browser.at == "d-shown" and len(await browser.keys(app)) == 2
    assert "Ends 20" in (await browser.get(f"{app}/keys")).page.text
    assert f"Key {old} ends" in (await browser.get(app)).page.text


@pytest.mark.parametrize("path", ["access", "keys/{key}/roll", "keys/{key}/revoke", "reset"])
async def test_a_form_that_was_sent_before_leads_to_what_has_become_of_it(browser, path):
    app = await browser.register()
    [key] = await browser.keys(app)
    await browser.get(f"{app}/{path.format(key=key)}")
    assert browser.at in ("d-keys", "d-holders")


async def test_a_key_is_revoked_by_whoever_types_the_name(browser):
    app = await browser.register()
    [key] = await browser.keys(app)
    await (await browser.get(f"{app}/keys/{key}")).post(f"{app}/keys/{key}/revoke", confirm="another", when="now")
    assert browser.at == "d-key typed_name_differs" and await browser.keys(app) == [key]
    await browser.post(f"{app}/keys/{key}/revoke", confirm=NEW["name"], when="now")
    assert browser.at == "d-keys" and await browser.keys(app) == []
    assert "No key is in use" in (await browser.get(app)).page.text


async def test_the_overview_says_what_is_to_be_done_now(browser):
    app = await browser.register()
    assert "No call yet" in (await browser.get(app)).page.text
    async with browser.db.tx(SYSTEM) as tx:
        await channels.move(tx, ids.parse("chan", app.rpartition("/")[2]), Move.PAUSE, "test")
    assert "The app is paused" in (await browser.get(app)).page.text


async def test_where_people_are_real_there_is_no_sandbox_to_register_or_to_see(browser):
    regions.furnish(demonstration=False)
    assert (await browser.get("/dev/holders")).page.status_code == 404
    await (await browser.get("/dev/apply")).post("/dev/apply", **NEW)
    assert browser.at == "d-apply sandbox_not_here"


@pytest.mark.parametrize(("name", "status"), [("essc.sh", 200), ("essc_client.py", 200), ("../pages/steps.py", 404), ("passwd", 404)])
async def test_the_two_clients_can_be_fetched_and_nothing_else(browser, name, status):
    assert (await browser.get(f"/dev/quickstart/{name}")).page.status_code == status


async def test_the_commands_name_the_developers_own_app_and_key_and_never_a_strange_host(browser):
    app = await browser.register()
    [key] = await browser.keys(app)
    text = (await browser.get("/dev/quickstart")).page.text
    assert key in text and app.rpartition("/")[2] in text and "http://localhost" in text
    assert "evil" not in (await browser.http.get("/dev/quickstart", headers={"host": "evil;rm -rf"})).text


def test_without_a_stage_there_is_nobody(tmp_path):
    cast.furnish(tmp_path)
    assert cast.cast() == cast.NOBODY
    (tmp_path / cast.FILE).write_text("{")
    assert cast.cast() == cast.NOBODY
    staged = cast.Cast("738146", (cast.Somebody("正常", "normal", "韦晓兰", "999901199005120129", "19900000001"),))
    (tmp_path / cast.FILE).write_bytes(cast.written(staged))
    assert cast.cast() == staged


async def test_what_a_visit_is_worth_dies_with_the_app_token(browser):
    app = await browser.register()
    async with browser.db.tx(SYSTEM) as tx:
        await channels.give_access(tx, ids.parse("chan", app.rpartition("/")[2]))
    assert (await browser.get(app)).at == "d-signin"
