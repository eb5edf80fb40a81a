"""S29: the published contract against the running house: generated requests for every operation, good ones and bad ones, signed as they must be."""
import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi import checks

from essc import app
from tests.faults.contract import Callers
from tests.town import Town

pytestmark = pytest.mark.fault
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "100"))
SEED = 20_261_121
CONFIG = schemathesis.Config.from_dict({
    "seed": SEED, "generation": {"with-security-parameters": False, "deterministic": True, "max-examples": EXAMPLES},
    "checks": {"negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 431]}},
})
NOT_HERE = [checks.ignored_auth, checks.use_after_free, checks.ensure_resource_availability, checks.positive_data_acceptance]
"""The first is a table of its own below; the others are no rule of ours: a good request may be refused for what it asks."""
CONTRACT = app.openapi()
SCHEMA = schemathesis.openapi.from_dict(CONTRACT, config=CONFIG)
SECURED = [(method, path, next(iter(operation["security"][0]))) for path, methods in CONTRACT["paths"].items()
           for method, operation in methods.items() if operation["security"]]


@pytest.fixture(scope="module")
def callers(fragile: Town) -> Iterator[Callers]:
    """Whoever may call; when all have called, everything that must hold still holds."""
    made = Callers(fragile)
    yield made
    made.close()
    fragile.house.check()


def test_the_house_publishes_the_contract_that_is_tried_here(fragile: Town) -> None:
    assert requests.get(f"{fragile.house.url}/openapi.json", timeout=20).json() == CONTRACT


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_the_contract(case: schemathesis.Case, callers: Callers) -> None:
    definition = case.operation.definition.raw
    scheme = next(iter(definition["security"][0])) if definition["security"] else "public"
    signer, ids = callers.of(definition["operationId"], scheme)
    for name, value in (case.path_parameters or {}).items():
        if name in ids and str(value).startswith(ids[name][:5]):
            case.path_parameters[name] = ids[name]
    answer = case.call(base_url=callers.town.house.url, session=next(callers.sessions), auth=signer, timeout=30)
    callers.answers[definition["operationId"]][answer.status_code] += 1
    case.validate_response(answer, excluded_checks=NOT_HERE)


def test_every_operation_was_tried_behind_its_door(callers: Callers) -> None:
    """Runs after the generated requests: a signature that is wrong, or a quota that is used up, would prove nothing."""
    tried = {operation["operationId"]: (operation, callers.answers[operation["operationId"]])
             for methods in CONTRACT["paths"].values() for operation in methods.values()}
    assert not {name: dict(told) for name, (operation, told) in tried.items() if takes_something(operation) and told.total() < EXAMPLES}
    kept_out = {name: (told[401] + told[429]) / max(1, told.total()) for name, (_, told) in tried.items()}
    assert not {name: dict(tried[name][1]) for name, share in kept_out.items() if share > 0.5}


def takes_something(operation: dict[str, Any]) -> bool:
    """Whether there is more than one request to make: something in the path, the query or the body."""
    return any(one["in"] in ("path", "query") for one in operation["parameters"]) or "requestBody" in operation


@pytest.mark.parametrize(("method", "path", "scheme"), SECURED, ids=[f"{method} {path}" for method, path, _ in SECURED])
def test_every_secured_operation_asks_who_is_there(callers: Callers, method: str, path: str, scheme: str) -> None:
    url = callers.town.house.url + path.replace("{", "").replace("}", "")
    headers = {"idempotency-key": "k", "content-type": "application/json"}
    body = b"" if method == "get" else b"{}"
    other, _ = callers.of("", "channel" if scheme != "channel" else "terminal")
    for auth in (None, other):
        answer = next(callers.sessions).request(method, url, data=body, headers=headers, auth=auth, timeout=30)
        assert answer.status_code == 401, answer.text
        assert answer.headers["www-authenticate"]
