"""The edge of the API: routing, strict reading, problem documents, repeats, batches."""
import asyncio
from datetime import timedelta

import asyncpg
import pytest

from essc.kit import ids, troubles
from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.kit.http import idempotency
from essc.kit.http.api import ANYONE, Api, ApiSettings
from essc.kit.http.incoming import SignedRequest
from essc.kit.http.operations import Principal
from essc.kit.throttle import Rate
from tests.kit import toys
from tests.postgres import Postgres

GOOD = b'{"name": "ball", "count": 1}'
JSON = {"content-type": "application/json"}


def keyed(key: str = "k1") -> dict[str, str]:
    return JSON | {"idempotency-key": key}


BODIES = [
    (b"", 400, "malformed_json", None),
    (b"{", 400, "malformed_json", None),
    (b'{"name": "ball", "count": 1} x', 400, "malformed_json", None),
    (b'\xef\xbb\xbf{"name": "ball", "count": 1}', 400, "malformed_json", None),
    (b'{"name": "b\xff", "count": 1}', 400, "malformed_json", None),
    (b'{"name": "\\ud800", "count": 1}', 400, "malformed_json", None),
    (b'{"name": "\\ud800x and more", "count": 1}', 400, "malformed_json", None),
    (b'{"name": "ball", "count": NaN}', 400, "malformed_json", None),
    (b'{"name": "ball", "name": "bat", "count": 1}', 400, "duplicate_key", None),
    (b'{"name": "ball", "count": 1, "parts": [{"name": "a", "size": 1, "size" : 2}]}', 400, "duplicate_key", None),
    (b"[" * 100_000, 422, "invalid_request", ""),
    (b'{"name": "ball", "count": 1, "parts": ' + b"[" * 100_000, 422, "invalid_request", "parts[0]"),
    (b"null", 422, "invalid_request", ""),
    (b'{"name": "ball"}', 422, "invalid_request", "count"),
    (b'{"name": "ball", "count": 1, "colour": "red"}', 422, "invalid_request", "colour"),
    (b'{"name": "ball", "count": 1, "parts": [{"name": "a", "size": 1, "weight": 1}]}', 422, "invalid_request", "parts[0].weight"),
    (b'{"name": "", "count": 1}', 422, "invalid_request", "name"),
    (b'{"name": "a\\u0000", "count": 1}', 422, "invalid_request", "name"),
    (b'{"name": "a\\n", "count": 1}', 422, "invalid_request", "name"),
    (b'{"name": "a\\u202eb", "count": 1}', 422, "invalid_request", "name"),
    (b'{"name": "' + b"a" * 201 + b'", "count": 1}', 422, "invalid_request", "name"),
    (b'{"name": "ball", "count": -1}', 422, "invalid_request", "count"),
    (b'{"name": "ball", "count": 9223372036854775808}', 422, "invalid_request", "count"),
    (b'{"name": "ball", "count": ' + b"9" * 5000 + b"}", 422, "invalid_request", "count"),
    (b'{"name": "ball", "count": 1.0}', 422, "invalid_request", "count"),
    (b'{"name": "ball", "count": "1"}', 422, "invalid_request", "count"),
    (b'{"name": "ball", "count": true}', 422, "invalid_request", "count"),
    (b'{"name": "ball", "count": 1, "fragile": 0}', 422, "invalid_request", "fragile"),
    (b'{"name": "ball", "count": 1, "made_at": "2026-11-20T10:00:00"}', 422, "invalid_request", "made_at"),
    (b'{"name": "ball", "count": 1, "made_at": "yesterday"}', 422, "invalid_request", "made_at"),
]


@pytest.mark.parametrize(("body", "status", "code", "field"), BODIES, ids=[str(row[0][:40]) for row in BODIES])
async def test_a_body_that_is_not_what_the_contract_says_is_refused_and_the_field_named(swept: Database, body: bytes, status: int, code: str, field: str | None) -> None:
    async with toys.client(toys.api(swept)) as client:
        answer = await client.post("/v1/toys", content=body, headers=keyed())
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert [error["field"] for error in problem.get("errors", [])] == ([] if field is None else [field])
    assert answer.headers["content-type"] == "application/problem+json"


REQUESTS = [
    ("GET", "/v1/none", {}, b"", 404, "route_not_found"),
    ("GET", "/v1/toys/" + "a/" * 40, {}, b"", 404, "route_not_found"),
    ("PUT", "/v1/toys", {}, b"", 405, "method_not_allowed"),
    ("GET", "/v1/toys/card_0123", {}, b"", 404, "id_not_found"),
    ("GET", "/v1/t%6Fys", {}, b"", 404, "route_not_found"),
    ("GET", "/v1/toys/a%2Fb", {}, b"", 404, "id_not_found"),
    ("GET", "/v1/toys/%ff", {}, b"", 400, "text_not_plain"),
    ("GET", "/v1/toys?cursor=null", {}, b"", 422, "cursor_invalid"),
    ("GET", "/v1/toys?broken=null", {}, b"", 422, "invalid_request"),
    ("GET", "/v1/toys?size=null", {}, b"", 422, "invalid_request"),
    ("GET", "/v1/toys?limit=0", {}, b"", 422, "invalid_request"),
    ("GET", "/v1/toys?limit=many", {}, b"", 422, "invalid_request"),
    ("GET", "/v1/toys?colour=red", {}, b"", 422, "invalid_request"),
    ("GET", "/v1/toys?limit=1&limit=2", {}, b"", 422, "invalid_request"),
    ("GET", "/v1/toys?name=%00", {}, b"", 400, "text_not_plain"),
    ("GET", "/v1/toys?name=%ff", {}, b"", 400, "text_not_plain"),
    ("GET", "/v1/toys?cursor=nonsense", {}, b"", 422, "cursor_invalid"),
    ("GET", "/v1/toys", JSON, b"{}", 422, "invalid_request"),
    ("POST", "/v1/toys", JSON, GOOD, 400, "idempotency_key_missing"),
    ("POST", "/v1/toys", JSON | {"idempotency-key": "a b"}, GOOD, 400, "idempotency_key_missing"),
    ("POST", "/v1/toys", JSON | {"idempotency-key": "x" * 256}, GOOD, 400, "idempotency_key_missing"),
    ("POST", "/v1/toys", keyed() | {"content-type": "text/plain"}, GOOD, 415, "media_type_unsupported"),
    ("POST", "/v1/toys", keyed() | {"content-type": "application/json; charset=gb18030"}, GOOD, 415, "media_type_unsupported"),
    ("POST", "/v1/toys", keyed() | {"authorization": ""}, GOOD, 401, "credentials_missing"),
    ("POST", "/v1/toys", keyed() | {"authorization": "Bearer guest"}, GOOD, 403, "scope_missing"),
    ("POST", "/v1/toys", keyed() | {"x-filler": "x" * 20_000}, GOOD, 431, "headers_too_large"),
    ("POST", "/v1/toys", keyed(), b" " * (1024 * 1024 + 1), 413, "body_too_large"),
    ("POST", "/v1/toys", keyed(), b'{"name": "broken", "count": 1}', 409, "toy_broken"),
    ("POST", "/v1/toys", keyed(), b'{"name": "bug", "count": 1}', 500, "internal_error"),
]


@pytest.mark.parametrize(("method", "path", "headers", "body", "status", "code"), REQUESTS, ids=[f"{row[0]} {row[1][:30]} {row[5]}" for row in REQUESTS])
async def test_every_refusal_is_a_problem_document(swept: Database, method: str, path: str, headers: dict[str, str], body: bytes, status: int, code: str) -> None:
    async with toys.client(toys.api(swept)) as client:
        answer = await client.request(method, path, content=body, headers=headers | {"accept-language": "en"})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["title"] and problem["detail"] and problem["type"] == f"/dev/errors#{code}"
    assert {"ratelimit", "ratelimit-policy"} <= set(answer.headers)
    assert "9999" not in answer.text and "Traceback" not in answer.text
    assert problem["retryable"] is (status in (500, 503))


@pytest.mark.parametrize(("name", "headers"), [
    ("idempotency-key", [("idempotency-key", "a"), ("idempotency-key", "b")]),
    ("content-type", [("idempotency-key", "a"), ("content-type", "application/json"), ("content-type", "application/json")]),
    ("authorization", [("authorization", "Bearer a"), ("authorization", "Bearer b")]),
])
async def test_a_header_that_may_stand_once_is_refused_twice(swept: Database, name: str, headers: list[tuple[str, str]]) -> None:
    async with toys.client(toys.api(swept)) as client:
        client.headers.pop("authorization")
        answer = await client.post("/v1/toys", content=GOOD, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "header_duplicated")


@pytest.mark.parametrize(("wish", "locale", "title"), [
    ("", "zh-CN", "没有这个地址"), ("en", "en", "There is nothing at this address"), ("fr, en;q=0.3", "en", "There is nothing at this address"),
    ("zh-TW, en;q=0.3", "zh-CN", "没有这个地址"),
])
async def test_a_problem_speaks_the_caller_s_language(swept: Database, wish: str, locale: str, title: str) -> None:
    async with toys.client(toys.api(swept)) as client:
        answer = await client.get("/v1/none", headers={"accept-language": wish})
    assert (answer.headers["content-language"], answer.json()["title"]) == (locale, title)


async def test_methods_head_options_and_allow(swept: Database) -> None:
    async with toys.client(toys.api(swept)) as client:
        options, wrong = await client.options("/v1/toys"), await client.patch("/v1/toys")
        head, get = await client.head("/v1/toys"), await client.get("/v1/toys")
    assert options.status_code == 204
    assert options.headers["allow"] == wrong.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(get.content)))


async def test_ids_are_read_in_their_wire_form_and_the_actor_is_who_signed(swept: Database) -> None:
    toy_id = ids.new()
    async with toys.client(toys.api(swept)) as client:
        answer = await client.get(f"/v1/toys/{ids.wire('toy', toy_id)}")
    assert answer.json() == {"name": "mei", "count": toy_id.int >> 80}


async def test_a_list_is_read_page_by_page_to_its_end(swept: Database) -> None:
    seen, address = [], "/v1/toys?limit=2"
    async with toys.client(toys.api(swept)) as client:
        while address:
            found = (await client.get(address)).json()
            seen += [item["count"] for item in found["items"]]
            address = found["next_cursor"] and f"/v1/toys?limit=2&cursor={found['next_cursor']}"
    assert seen == [1, 2, 3, 4, 5]


async def test_the_same_write_again_gets_the_first_answer_and_is_done_once(swept: Database) -> None:
    async with toys.client(toys.api(swept)) as client:
        first, again = [await client.post("/v1/toys", content=GOOD, headers=keyed()) for _ in range(2)]
        other_client = await client.post("/v1/toys", content=GOOD, headers=keyed() | {"authorization": "Bearer li"})
        fresh_key = await client.post("/v1/toys", content=GOOD, headers=keyed("k2"))
    assert (first.status_code, again.status_code, first.content) == (201, 201, again.content)
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert [answer.json()["count"] for answer in (first, other_client, fresh_key)] == [1, 2, 3]


@pytest.mark.parametrize(("path", "body"), [("/v1/toys", b'{"name": "bat", "count": 1}'), ("/v1/toys", GOOD + b" "), ("/v1/toy-repairs", b'{"name": "ball"}')])
async def test_the_key_of_another_request_is_refused(swept: Database, path: str, body: bytes) -> None:
    async with toys.client(toys.api(swept)) as client:
        await client.post("/v1/toys", content=GOOD, headers=keyed())
        answer = await client.post(path, content=body, headers=keyed())
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("path", ["/v1/toys", "/v1/toy-repairs"])
async def test_a_refusal_is_not_remembered(swept: Database, path: str) -> None:
    body = b'{"name": "broken", "count": 1}' if path == "/v1/toys" else b'{"name": "broken"}'
    async with toys.client(toys.api(swept)) as client:
        answers = [await client.post(path, content=body, headers=keyed()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert all("idempotency-replayed" not in answer.headers for answer in answers)
    async with swept.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.idempotency") == 0


async def test_twenty_at_once_with_one_key_are_done_once(swept: Database) -> None:
    body = b'{"name": "slow", "count": 1}'
    async with toys.client(toys.api(swept)) as client:
        answers = await toys.together(*(client.post("/v1/toys", content=body, headers=keyed()) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["count"] for answer in answers} == {1}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 19


async def test_a_key_whose_request_is_under_way_for_long_is_told_to_come_back(swept: Database) -> None:
    async with swept.tx() as holding, toys.client(toys.api(swept)) as client:
        await holding.run("INSERT INTO kit.idempotency (client, key, request_hash, state, created_at) VALUES ('holder:mei', 'k1', '', 'started', now())")
        answer = await client.post("/v1/toys", content=GOOD, headers=keyed())
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (409, "idempotency_in_flight", "1")
    assert answer.json()["retryable"] is True


async def test_a_partner_call_is_done_once_and_an_abandoned_one_may_be_done_again(swept: Database) -> None:
    async with toys.client(toys.api(swept)) as client:
        first = await client.post("/v1/toy-repairs", content=b'{"name": "car"}', headers=keyed())
        again = await client.post("/v1/toy-repairs", content=b'{"name": "car"}', headers=keyed())
        async with swept.tx() as tx:
            await tx.run("UPDATE kit.idempotency SET state = 'started', status = NULL, answer = NULL")
        started = await client.post("/v1/toy-repairs", content=b'{"name": "car"}', headers=keyed())
        async with swept.tx() as tx:
            await tx.run("UPDATE kit.idempotency SET created_at = created_at - interval '121 seconds'")
        taken_over = await client.post("/v1/toy-repairs", content=b'{"name": "car"}', headers=keyed())
    assert (first.json()["count"], again.content, started.status_code, taken_over.json()["count"]) == (1, first.content, 409, 2)


async def test_stored_answers_are_sealed(swept: Database) -> None:
    async with toys.client(toys.api(swept)) as client:
        await client.post("/v1/toys", content=GOOD, headers=keyed())
    async with swept.read_tx() as tx:
        row = await tx.row("SELECT status, answer FROM kit.idempotency")
    assert row is not None and row["status"] == 201 and b"ball" not in row["answer"]


async def test_whoever_steals_the_table_cannot_try_six_digits_against_it(swept: Database) -> None:
    async with toys.client(toys.api(swept)) as client:
        await client.post("/v1/toys", content=GOOD, headers=keyed())
    async with swept.read_tx() as tx:
        row = await tx.row("SELECT request_hash, i::text AS told FROM kit.idempotency i")
    guess = idempotency.hash_of("POST", b"/v1/toys", b"", GOOD)
    assert row is not None and len(row["request_hash"]) == 32 and guess.hex() not in row["told"]


@pytest.mark.parametrize(("who", "apart"), [(ANYONE, True), (Actor("channel", "chan_1"), False)])
def test_strangers_with_the_same_key_and_request_are_told_apart(keys: Keys, who: Actor, apart: bool) -> None:
    claims = []
    for address in ("192.0.2.1", "192.0.2.2"):
        scope = {"method": "POST", "path": "/v1/channels", "query_string": b"", "headers": [], "client": (address, 9)}
        request = SignedRequest(scope, {}, GOOD, "req_1")
        request.idempotency_key = "k1"
        claims.append(idempotency.claim_of(request, who, keys))
    assert (claims[0].client != claims[1].client) is apart
    assert not any("192" in claim.client for claim in claims)


async def test_requests_of_one_moment_share_a_batch_and_duplicates_are_joined(swept: Database) -> None:
    app = toys.api(swept)
    async with toys.client(app) as client:
        first = await client.post("/v1/toy-counts", content=b'{"name": "a"}', headers=keyed("one"))
        again = await client.post("/v1/toy-counts", content=b'{"name": "a"}', headers=keyed("one"))
        crowd = await toys.together(*(client.post("/v1/toy-counts", content=b'{"name": "a"}', headers=keyed(f"c{n % 10}")) for n in range(40)))
    assert (first.json()["count"], "idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (1, False, "true")
    assert {answer.status_code for answer in crowd} == {200}
    assert max(answer.json()["count"] for answer in crowd) <= 10
    async with swept.read_tx() as tx:
        assert await tx.value("SELECT sum(took_ms) FROM kit.schedule") == 11
    await app.close()


async def test_one_refused_item_spoils_nobody_else_s(swept: Database) -> None:
    names = ["a", "broken", "unwanted", "b"]
    async with toys.client(toys.api(swept)) as client:
        answers = await toys.together(*(client.post("/v1/toy-counts", json={"name": name}, headers={"idempotency-key": name}) for name in names))
    assert [answer.status_code for answer in answers] == [200, 409, 409, 200]


async def test_a_quota_that_is_used_up_says_when_to_come_back(swept: Database) -> None:
    rates = toys.MANY | {"holder": Rate("holder", 2, 60)}
    async with toys.client(toys.api(swept, rates=rates)) as client:
        answers = [await client.post("/v1/toys", content=GOOD, headers=keyed(f"k{n}")) for n in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[0].headers["ratelimit-policy"] == '"holder";q=2;w=60'
    assert answers[0].headers["ratelimit"].startswith('"holder";r=1;t=')
    assert 0 < int(answers[2].headers["retry-after"]) <= 30


async def test_a_body_that_trickles_in_is_given_up(swept: Database) -> None:
    app, sent = toys.api(swept, body_seconds=0.05), []
    scope = {"type": "http", "method": "POST", "path": "/v1/toys", "query_string": b"", "client": ("127.0.0.1", 1),
             "headers": [(b"content-length", b"100"), (b"content-type", b"application/json"), (b"idempotency-key", b"k")]}

    async def never() -> dict[str, object]:
        await asyncio.get_running_loop().create_future()
        return {}

    async def keep(message: dict[str, object]) -> None:
        sent.append(message)

    await app(scope, never, keep)       # type: ignore[arg-type]
    assert sent[0]["status"] == 408


async def test_a_database_that_is_away_is_503_with_a_time_to_come_back(pg: Postgres, keys: Keys) -> None:
    away = await Database.open(pg.url(await pg.create()), keys)
    async with toys.client(toys.api(away)) as client:
        await away.close()
        answer = await client.post("/v1/toys", content=GOOD, headers=keyed())
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "database_unavailable", True)
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_write_with_a_cookie_alone_comes_from_our_own_pages(swept: Database) -> None:
    async def by_cookie(request: SignedRequest, db: Database) -> Principal:
        return Principal(Actor("holder", "mei"), frozenset({"toys.make"}))

    app = Api([toys.operations], db=swept, authenticators={"holder": by_cookie}, texts=toys.TEXTS,
                   settings=ApiSettings(prefixes={"ToyId": "toy"}, rates=toys.MANY))
    async with toys.client(app) as client:
        client.headers.pop("authorization")
        foreign = await client.post("/v1/toys", content=GOOD, headers=keyed() | {"sec-fetch-site": "cross-site"})
        silent = await client.post("/v1/toys", content=GOOD, headers=keyed())
        own = await client.post("/v1/toys", content=GOOD, headers=keyed() | {"origin": "http://essc.test"})
    assert [answer.status_code for answer in (foreign, silent, own)] == [403, 403, 201]


def test_asyncpg_errors_are_told_apart() -> None:
    table = [
        (asyncpg.AdminShutdownError("x"), "away"), (asyncpg.CannotConnectNowError("x"), "away"), (ConnectionRefusedError(), "away"),
        (asyncpg.ConnectionDoesNotExistError("x"), "away"), (asyncpg.InterfaceError("connection is closed"), "away"), (TimeoutError(), "away"),
        (asyncpg.DeadlockDetectedError("x"), "momentary"), (asyncpg.SerializationError("x"), "momentary"),
        (asyncpg.LockNotAvailableError("x"), "held"), (asyncpg.QueryCanceledError("x"), "held"),
        (asyncpg.UniqueViolationError("x"), "data"), (asyncpg.NumericValueOutOfRangeError("x"), "data"), (ValueError("x"), ""),
    ]
    for error, kind in table:
        found = [name for name, test in (("away", troubles.is_away), ("momentary", troubles.is_momentary), ("held", troubles.is_held),
                                         ("data", troubles.is_data)) if test(error)]
        assert found == ([kind] if kind else []), error


async def test_answers_are_kept_for_a_day(swept: Database) -> None:
    async with toys.client(toys.api(swept)) as client:
        await client.post("/v1/toys", content=GOOD, headers=keyed())
    async with swept.tx() as tx:
        assert await idempotency.prune(tx) == 0
        tx.now += idempotency.KEPT + timedelta(minutes=1)
        assert await idempotency.prune(tx) == 1
