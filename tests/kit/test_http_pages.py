"""Pages: sessions, forms, languages and the headers that protect them."""
import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import jinja2
import pytest

from essc.kit import errors
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.kit.errors import FieldError, Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall, Pages, is_local
from essc.kit.http.site import CSP, Face, Site, SiteSettings
from essc.kit.http.static import Static
from essc.kit.throttle import Rate
from tests.kit import toys

OWN = {"origin": "http://essc.test"}
TEMPLATES = {
    "toy/home.html": "<p lang='{{ locale }}'>{{ t('err.404') }} {{ name }} {{ form_key()[:5] }} {{ call.url }}</p>",
    "toy/form.html": "{{ problem.title }}|{{ problem.action }}|{{ errors.name }}",
    "toy/wrong.html": "{{ nothing }}",
    "shared/problem.html": "<h1>{{ problem.title }}</h1>{{ status }} {{ problem.code }} {{ back }} {{ request_id }} {{ call.session }}",
}
_jinja = jinja2.Environment(loader=jinja2.DictLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined)


class Signed(NamedTuple):
    """Somebody who is signed in."""

    actor: Actor


class TooLate(Refused):
    """Too late."""

    kind, code = Kind.GONE, "too_late"


class Ended(Refused):
    """The session was ended elsewhere."""

    kind, code = Kind.UNAUTHENTICATED, "ended"


pages = Pages("toy")


@pages.get("/m/")
async def home(call: PageCall) -> PageAnswer:
    return call.render("toy/home.html", name=call.query.get("name", "<b>"))


@pages.get("/m/own/{number}", signed_in=True)
async def own(call: PageCall) -> PageAnswer:
    return call.json({"actor": call.actor.id, "number": call.path["number"], "partial": call.partial})


@pages.get("/m/wrong/{how}")
async def wrong(call: PageCall) -> PageAnswer:
    raise {"late": TooLate(), "ended": Ended(), "bug": RuntimeError("9999"), "none": errors.Refused()}[call.path["how"]]


@pages.get("/m/template")
async def template(call: PageCall) -> PageAnswer:
    return call.render("toy/wrong.html")


@pages.post("/m/form")
async def form(call: PageCall) -> PageAnswer:
    if call.form.text("name") == "bad":
        return call.invalid("toy/form.html", TooLate(fields=[FieldError("name", "missing")]))
    files = {name: (upload.filename, len(upload.content)) for name in ("photo",) if (upload := call.form.file(name))}
    return call.json({"name": call.form.text("name", 5), "all": list(call.form.all("name")), "ticked": call.form.ticked("yes"), "files": files,
                      "body": call.body.decode() if not call.form else ""})


@pages.post("/m/once", signed_in=True, once=True)
async def once(call: PageCall) -> PageAnswer:
    async with call.tx() as tx:
        await toys.counted(tx, "once")
        if call.form.text("name") == "bad":
            raise TooLate
    return call.redirect("/m/?name=谢谢").cookie("seen", "a b;", max_age=60).forget("old")


@pages.post("/m/slowly", signed_in=True, once=True)
async def slowly(call: PageCall) -> PageAnswer:
    async with call.done_once():
        await asyncio.sleep(0.3)
        if call.form.text("name") == "bad":
            raise TooLate
        async with call.tx() as tx:
            await toys.counted(tx, "slowly")
    return call.redirect("/m/")


async def door(cookies: Any, db: Database) -> Signed | None:
    if cookies.get("session") == "ended":
        raise Ended
    return Signed(Actor("holder", cookies["session"])) if "session" in cookies else None


def site(db: Database, folder: Path | None = None, **settings: Any) -> Site:
    files = Static({"": folder} if folder else {})
    return Site([Face(pages, door, "/m/sign-in", "/m/")], db=db, texts=toys.TEXTS, files=files, settings=SiteSettings(**settings),
                renderer=lambda template, context: _jinja.get_template(template).render(context))


@asynccontextmanager
async def browser(app: Site, **cookies: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)        # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://essc.test", cookies=cookies, headers={"accept": "text/html"}) as made:
        yield made


async def test_every_page_carries_the_strict_headers_and_is_escaped(shelf: Database) -> None:
    async with browser(site(shelf)) as client:
        answer = await client.get("/m/?x=1", headers={"accept-language": "en"})
    assert answer.headers["content-security-policy"] == CSP and "unsafe-inline" not in CSP and "unsafe-eval'" not in CSP.replace("wasm-unsafe-eval'", "")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["permissions-policy"].startswith("camera=(self)")
    assert "strict-transport-security" not in answer.headers
    assert answer.text.replace("&#39;", "'") == "<p lang='en'>Page not found. &lt;b&gt; form_ /m/?x=1</p>"


async def test_over_https_the_browser_is_told_to_stay_there(shelf: Database) -> None:
    async with browser(site(shelf)) as client:
        answer = await client.get("https://essc.test/m/")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.parametrize(("headers", "status", "where"), [
    ({}, 303, "/m/sign-in?next=%2Fm%2Fown%2F7%3Fa%3D1"),
    ({"hx-request": "true"}, 200, "/m/sign-in?next=%2Fm%2Fown%2F7%3Fa%3D1"),
    ({"accept": "application/json"}, 401, None),
])
async def test_a_page_for_those_signed_in_leads_to_sign_in_and_back(shelf: Database, headers: dict[str, str], status: int, where: str | None) -> None:
    async with browser(site(shelf)) as client:
        answer = await client.get("/m/own/7?a=1", headers=headers)
    assert (answer.status_code, answer.headers.get("location") or answer.headers.get("hx-redirect")) == (status, where)


async def test_a_page_of_somebody_s_own_is_not_kept_by_anyone(shelf: Database) -> None:
    async with browser(site(shelf), session="mei") as client:
        answer = await client.get("/m/own/7", headers={"hx-request": "true"})
        ended = await client.get("/m/wrong/ended")
        client.cookies.set("session", "ended")
        at_the_door = await client.get("/m/own/7")
    assert (answer.json(), answer.headers["cache-control"]) == ({"actor": "mei", "number": "7", "partial": True}, "no-store")
    assert (ended.status_code, ended.headers["location"]) == (303, "/m/sign-in?next=%2Fm%2Fwrong%2Fended&why=ended")
    assert at_the_door.headers["location"] == "/m/sign-in?next=%2Fm%2Fown%2F7&why=ended"


@pytest.mark.parametrize(("cookies", "kept"), [({}, "no-cache"), ({"essc_locale": "en"}, "no-cache"), ({"essc_apply": "half a form"}, "no-store")])
async def test_a_page_with_a_half_filled_form_is_not_kept_on_a_shared_machine(shelf: Database, cookies: dict[str, str], kept: str) -> None:
    async with browser(site(shelf), **cookies) as client:
        answer = await client.get("/m/")
    assert answer.headers["cache-control"] == kept


@pytest.mark.parametrize(("path", "method", "status", "code"), [
    ("/m/nowhere", "GET", 404, "route_not_found"), ("/m/form", "GET", 405, "method_not_allowed"), ("/m/wrong/late", "GET", 410, "too_late"),
    ("/m/wrong/bug", "GET", 500, "internal_error"), ("/m/template", "GET", 500, "internal_error"), ("/m/?a=%ff", "GET", 400, "text_not_plain"),
    ("/language/fr", "GET", 404, "route_not_found"),
])
async def test_what_goes_wrong_is_a_page_or_a_problem_never_a_trace(shelf: Database, path: str, method: str, status: int, code: str) -> None:
    async with browser(site(shelf)) as client:
        page = await client.request(method, path)
        problem = await client.request(method, path, headers={"accept": "application/json"})
    assert (page.status_code, problem.status_code, problem.json()["code"]) == (status, status, code)
    assert code in page.text and page.headers["x-request-id"] in page.text
    assert "9999" not in page.text + problem.text


async def test_when_even_the_error_page_fails_a_plain_one_is_sent(shelf: Database) -> None:
    broken = site(shelf)
    broken._renderer = lambda template, context: 1 / 0     # type: ignore[assignment,return-value]
    async with browser(broken) as client:
        answer = await client.get("/m/")
    assert answer.status_code == 500
    assert "服务暂时出了问题" in answer.text and answer.headers["x-request-id"] in answer.text and "<link" not in answer.text


@pytest.mark.parametrize(("headers", "status"), [
    ({"origin": "http://essc.test"}, 200), ({"sec-fetch-site": "same-origin"}, 200),
    ({}, 403), ({"origin": "null"}, 403), ({"origin": "http://evil.test"}, 403), ({"origin": "http://essc.test.evil.test"}, 403),
    ({"sec-fetch-site": "cross-site"}, 403), ({"sec-fetch-site": "same-site"}, 403), ({"sec-fetch-site": "cross-site", "origin": "http://essc.test"}, 403),
])
async def test_a_form_is_taken_from_our_own_pages_only(shelf: Database, headers: dict[str, str], status: int) -> None:
    async with browser(site(shelf)) as client:
        assert (await client.post("/m/form", data={"name": "a"}, headers=headers)).status_code == status


async def test_forms_are_read_with_their_files_and_repeated_fields(shelf: Database) -> None:
    async with browser(site(shelf)) as client:
        plain = await client.post("/m/form", data={"name": [" 韦晓兰的玩具 ", "b"], "yes": "on"}, headers=OWN)
        parts = await client.post("/m/form", data={"name": "a"}, files={"photo": ("a.jpg", b"x" * 30_000, "image/jpeg"), "empty": ("", b"")}, headers=OWN)
        script = await client.post("/m/form", json={"a": 1}, headers=OWN)
    assert plain.json() == {"name": "韦晓兰的玩", "all": [" 韦晓兰的玩具 ", "b"], "ticked": True, "files": {}, "body": ""}
    assert parts.json()["files"] == {"photo": ["a.jpg", 30_000]}
    assert script.json()["body"] == '{"a":1}'


@pytest.mark.parametrize(("body", "media", "status"), [
    (b"name=%00", "application/x-www-form-urlencoded", 400), (b"name=%ff", "application/x-www-form-urlencoded", 400), (b"\xff", "application/x-www-form-urlencoded", 400),
    (b"&".join(b"a=1" for _ in range(300)), "application/x-www-form-urlencoded", 400), (b"name=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
    (b"--x\r\nrubbish", "multipart/form-data; boundary=x", 400), (b"", "multipart/form-data", 400),
])
async def test_a_form_that_cannot_be_read_is_refused(shelf: Database, body: bytes, media: str, status: int) -> None:
    async with browser(site(shelf)) as client:
        assert (await client.post("/m/form", content=body, headers=OWN | {"content-type": media})).status_code == status


async def test_a_form_with_a_mistake_comes_back_with_what_to_do(shelf: Database) -> None:
    async with browser(site(shelf)) as client:
        answer = await client.post("/m/form", data={"name": "bad"}, headers=OWN | {"accept-language": "en"})
    assert (answer.status_code, answer.text) == (422, "error.too_late.title|error.too_late.action|This field is required.")


async def test_a_form_sent_twice_is_done_once_and_a_refused_one_may_be_sent_again(swept: Database) -> None:
    async with browser(site(swept), session="mei") as client:
        refused = await client.post("/m/once", data={"form_key": "k1", "name": "bad"}, headers=OWN)
        first = await client.post("/m/once", data={"form_key": "k1"}, headers=OWN)
        second = await client.post("/m/once", data={"form_key": "k1"}, headers=OWN)
        without = await client.post("/m/once", headers=OWN)
    assert [answer.status_code for answer in (refused, first, second, without)] == [410, 303, 303, 400]
    assert first.headers["location"] == "/m/?name=%E8%B0%A2%E8%B0%A2"
    assert second.headers["location"] == "/m/once"
    assert first.headers.get_list("set-cookie") == ["seen=a%20b%3B; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", "old=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"]
    async with swept.read_tx() as tx:
        assert await tx.value("SELECT took_ms FROM kit.schedule WHERE job = 'once'") == 1


async def test_a_form_that_waits_for_somebody_is_done_once_though_both_are_on_their_way(swept: Database) -> None:
    async with browser(site(swept), session="mei") as client:
        refused = await client.post("/m/slowly", data={"form_key": "k2", "name": "bad"}, headers=OWN)
        both = await asyncio.gather(*(client.post("/m/slowly", data={"form_key": "k2"}, headers=OWN) for _ in range(2)))
    assert refused.status_code == 410
    assert sorted(answer.headers["location"] for answer in both) == ["/m/", "/m/slowly"]
    async with swept.read_tx() as tx:
        assert await tx.value("SELECT took_ms FROM kit.schedule WHERE job = 'slowly'") == 1


@pages.get("/m/kept")
async def kept(call: PageCall) -> PageAnswer:
    return call.json(dict(call.cookies)).cookie("session", "mei", path="/m", max_age=60).forget("draft", path="/m/apply")


@pytest.mark.parametrize(("scheme", "set_cookie", "sent", "read"), [
    ("http", ["session=mei; Path=/m; Max-Age=60; HttpOnly; SameSite=Lax", "draft=; Path=/m/apply; Max-Age=0; HttpOnly; SameSite=Lax"],
     "session=mei", {"session": "mei"}),
    ("https", ["__Host-session=mei; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
               "__Host-draft=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"], "__Host-session=mei", {"session": "mei"}),
    ("https", None, "session=planted", {}),
    ("https", None, "__Host-session=mei; session=planted", {"session": "mei"}),
    ("https", None, "session=planted; __Host-session=mei", {"session": "mei"}),
])
async def test_over_https_a_cookie_is_of_this_host_alone_and_no_other_is_believed(
        shelf: Database, scheme: str, set_cookie: list[str] | None, sent: str, read: dict[str, str]) -> None:
    async with browser(site(shelf)) as client:
        answer = await client.get(f"{scheme}://essc.test/m/kept", headers={"cookie": sent})
    assert answer.json() == read
    assert set_cookie is None or answer.headers.get_list("set-cookie") == set_cookie


async def test_the_language_is_chosen_once_and_kept(shelf: Database) -> None:
    async with browser(site(shelf)) as client:
        chosen = await client.get("/language/en?next=/m/%3Fname%3Da")
        page = await client.get("/m/", headers={"accept-language": "zh-CN"})
        away = await client.get("/language/en?next=//evil.test/")
    assert (chosen.status_code, chosen.headers["location"], away.headers["location"]) == (303, "/m/?name=a", "/")
    assert "Page not found." in page.text


@pytest.mark.parametrize(("path", "local"), [
    ("/m/", True), ("/m/药?a=b#c", True), ("//evil", False), ("/\\evil", False), ("https://evil", False), ("evil", False), ("", False), ("/\t/evil", False),
    ("/m\r\nset-cookie: a", False), ("/\x85", False),
])
def test_only_paths_of_ours_are_gone_to(path: str, local: bool) -> None:
    assert is_local(path) is local


async def test_static_files_are_lasting_under_their_mark_and_packed(shelf: Database, tmp_path: Path) -> None:
    (tmp_path / "elements").mkdir()
    (tmp_path / "elements" / "a.js").write_text("export const a = 1;\n" * 100)
    (tmp_path / "secret.py").write_text("no")
    app = site(shelf, tmp_path)
    lasting = app._files.url("elements/a.js")
    async with browser(app) as client:
        found, newest = await client.get(lasting), await client.get("/static/elements/a.js")
        fresh = await client.get("/static/elements/a.js", headers={"if-none-match": newest.headers["etag"]})
        others = [await client.get(path) for path in ("/static/secret.py", "/static/../secret.py", "/static/000000000000/elements/a.js", "/static/")]
        posted, head = await client.post(lasting), await client.head(lasting)
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable" and newest.headers["cache-control"] == "no-cache"
    assert found.headers["content-type"] == "text/javascript; charset=utf-8" and found.headers["content-encoding"] == "gzip"
    assert (fresh.status_code, fresh.content, head.content, posted.status_code) == (304, b"", b"", 405)
    assert [answer.status_code for answer in others] == [404] * 4
    with pytest.raises(KeyError):
        app._files.url("none.css")


def test_the_mark_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    before = Static({"": tmp_path}).mark
    (tmp_path / "a.css").write_text("b{}")
    assert Static({"": tmp_path}).mark != before
    (tmp_path / "b.css").write_text("x" * 600)
    assert gzip.decompress(Static({"wallet": tmp_path}).find("/static/wallet/b.css")[0].packed or b"") == b"x" * 600     # type: ignore[index]


async def test_too_many_pages_of_one_address_are_refused(shelf: Database) -> None:
    async with browser(site(shelf, rate=Rate("page", 2, 60))) as client:
        assert [(await client.get("/m/")).status_code for _ in range(3)] == [200, 200, 429]
