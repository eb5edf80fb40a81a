"""The contract: OpenAPI that validates and tells the truth, and a reference that a person can read under the strict policy."""
import re
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from openapi_spec_validator import validate

from essc.kit.db.pool import Database
from essc.kit.http import openapi, reference
from essc.kit.http.binding import Arguments
from essc.kit.http.contract import by_status, may_refuse
from essc.kit.http.front import Front
from essc.kit.http.operations import Operations
from essc.kit.http.routing import Routes
from essc.kit.http.types import Body
from tests.kit import toys
from tests.kit.test_http_api import REQUESTS

PREFIXES = {"ToyId": "toy"}
DOCUMENT = openapi.document([toys.operations], prefixes=PREFIXES, texts=toys.TEXTS)


def test_the_document_is_valid_and_has_every_operation() -> None:
    validate(DOCUMENT)
    told = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert told == {(operation.method, operation.path) for operation in toys.operations.operations}


def test_every_error_names_its_codes_with_an_example_of_each() -> None:
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/problem+json")
                if content is None:
                    assert status in ("200", "201", "204")
                    continue
                codes = content["schema"]["allOf"][1]["properties"]["code"]["enum"]
                assert list(content["examples"]) == codes and "X-Request-Id" in response["headers"]
                assert all(DOCUMENT["components"]["examples"][code]["value"]["status"] == int(status) for code in codes)


def test_bodies_refuse_unknown_fields_and_keys_are_parameters_where_they_are_needed() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["Make"]["additionalProperties"] is False and schemas["Part"]["additionalProperties"] is False
    post, get = DOCUMENT["paths"]["/v1/toys"]["post"], DOCUMENT["paths"]["/v1/toys"]["get"]
    assert [parameter["name"] for parameter in post["parameters"]] == ["Idempotency-Key"]
    assert [parameter["name"] for parameter in get["parameters"]] == ["name", "broken", "size", "limit", "cursor"]
    assert all("anyOf" not in parameter["schema"] for parameter in get["parameters"])
    assert (post["security"], get["security"]) == ([{"holder": ["toys.make"]}], [])


@pytest.mark.parametrize(("method", "path", "status", "code"), [(row[0], row[1], row[4], row[5]) for row in REQUESTS if row[5] != "route_not_found"])
def test_what_the_edge_refuses_in_its_own_tests_is_in_the_contract(method: str, path: str, status: int, code: str) -> None:
    template = re.sub(r"/v1/toys/[^?]+", "/v1/toys/{toy_id}", path.partition("?")[0])
    responses: Any = DOCUMENT["paths"][template].get(method.lower(), {"responses": {}})["responses"]
    if code == "method_not_allowed":
        assert str(status) not in responses
    else:
        assert code in responses[str(status)]["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"]["enum"]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/reference.css"])
async def test_the_contract_is_served_under_the_strict_policy(shelf: Database, path: str) -> None:
    api = toys.api(shelf)
    front = Front(api, api, reference.applications([toys.operations], prefixes=PREFIXES, texts=toys.TEXTS))
    async with toys.client(front) as client:
        answer, posted = await client.get(path, headers={"accept-language": "en"}), await client.post(path)
    assert (answer.status_code, posted.status_code) == (200, 405)
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("locale", "word"), [("zh-CN", "需要 Idempotency-Key"), ("en", "Needs Idempotency-Key")])
def test_the_reference_lists_every_operation_with_example_and_errors(locale: Any, word: str) -> None:
    page = reference.page([toys.operations], locale, prefixes=PREFIXES, texts=toys.TEXTS)
    assert word in page and "<script" not in page and "style=" not in page and "<style" not in page
    for operation in toys.operations.operations:
        assert f'id="{operation.name}"' in page
        for several in by_status(may_refuse(operation, Arguments(operation, PREFIXES), {})).values():
            assert all(f'id="error-{refused.code}"' in page for refused in several)
    assert "&#34;name&#34;: &#34;ball&#34;" in page


def test_a_contract_that_cannot_be_kept_is_refused_when_it_is_made() -> None:
    class Loose(toys.View):
        """Takes unknown fields."""

        name: str

    class Deep(Body):
        """Has a loose part."""

        inner: list[Loose]

    class Unbounded(Body):
        """A number of any size."""

        count: int

    class Naive(Body):
        """A moment without an offset."""

        at: datetime

    class Anything(Body):
        """Whatever comes."""

        more: dict[str, Any]

    async def unbounded(body: Unbounded) -> None: ...
    async def naive(query: Naive) -> None: ...
    async def anything(body: Anything) -> None: ...
    async def loose(body: Loose) -> None: ...
    async def deep(body: Deep) -> None: ...
    async def unfilled(tx: toys.Tx, nobody: int) -> None: ...
    async def unknown_id(tx: toys.Tx, toy_id: UUID) -> None: ...
    async def forgotten(tx: toys.Tx) -> None: ...

    for route, function in (("POST /x", loose), ("POST /x", deep), ("POST /x", unbounded), ("GET /x", naive), ("POST /x", anything),
                            ("GET /x", unfilled), ("GET /x/{toy_id}", unknown_id), ("GET /x/{toy_id}", forgotten)):
        room = Operations("x")
        room.reads(route, by="public")(function)
        with pytest.raises(TypeError):
            Arguments(room.operations[0], PREFIXES)
    with pytest.raises(ValueError, match="a route"):
        Operations("x").reads("FETCH /x", by="public")


def test_routes_are_found_in_order_of_plainness_and_never_twice() -> None:
    routes: Routes[str] = Routes()
    for path in ("/v1/a", "/v1/a/{id}", "/v1/a/new", "/v1/a/{id}/b", "/v1/{x}/c"):
        routes.add("GET", path, path)
    table = [("/v1/a", "/v1/a", ()), ("/v1/a/7", "/v1/a/{id}", ("7",)), ("/v1/a/new", "/v1/a/new", ()), ("/v1/a/7/b", "/v1/a/{id}/b", ("7",)),
             ("/v1/a/new/b", "/v1/a/{id}/b", ("new",)), ("/v1/a/c", "/v1/a/{id}", ("c",)), ("/v1/z/c", "/v1/{x}/c", ("z",)),
             ("/v1/a/", None, ()), ("/v1", None, ()), ("/v1/a/7/b/", None, ()), ("", None, ()), ("/" * 50, None, ())]
    for path, target, values in table:
        found = routes.find(path)
        assert (found and found.methods["GET"], found.values if found else ()) == (target, values), path
    for wrong in ("/v1/a", "/v1/a/{other}"):
        with pytest.raises(ValueError, match="two routes|two names"):
            routes.add("GET", wrong, "")

