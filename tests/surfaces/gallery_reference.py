"""The portal's reference, log of calls and catalogue of errors: the house's own contract, and sample calls."""
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from essc import app
from essc.channels.model import Call, Signature
from essc.kit.i18n import Locale
from essc.names import ChannelId
from essc.surfaces.portal.pages import contract, logs, problems, reference, snippets
from essc.surfaces.portal.pages.frame import frame
from essc.surfaces.shared import times
from tests.surfaces.gallery_portal import APP, KEY, ME, Context
from tests.surfaces.screen import TEXTS, Say, Screen

AT = datetime(2026, 11, 21, 2, 21, 8, 412_000, tzinfo=UTC)
URL = "http://localhost:8000"
ANSWER = '{\n  "id": "chk_01kaq7xw3m2y8r5t6v9b0c1d2e",\n  "state": "waiting",\n  "tries_left": 3,\n  "name": "•••"\n}'
BASE = ('"@method": POST\n"@path": /v1/identity-checks\n"@query": ?\n"content-digest": sha-256=:dX0mXm0mQ8y8m3kq7h1b2c3d4e5f6g7h8i9j0kLmNoP=:\n'
        '"content-type": application/json\n"idempotency-key": 0b6c1d5e-3f2a-4c6b-9d7e-1a2b3c4d5e6f\n'
        f'"@signature-params": ("@method" "@path" "@query" "content-digest" "content-type" "idempotency-key");created=1795227668;keyid="{KEY}";tag="essc"')
DONE = Call(ChannelId(UUID(int=7)), AT, "req_8hc21zx00001a", True, "identity.start", "POST", "/v1/identity-checks", 200, None, 41_300, KEY, Signature.FITS,
            '{\n  "name": "•••",\n  "number": "•••",\n  "purpose": "apply"\n}', ANSWER)
REFUSED = replace(DONE, request_id="req_8hc21zx00001b", operation="ecards.apply", path="/v1/ecards", status=409, code="ecard_held_elsewhere", micros=8_120,
                  answer='{\n  "status": 409,\n  "code": "ecard_held_elsewhere",\n  "retryable": false,\n  "request_id": "req_8hc21zx00001b"\n}')
UNSIGNED = replace(DONE, request_id="req_8hc21zx00001c", status=401, code="signature_wrong", micros=1_950, signature=Signature.REFUSED, request=None, base=BASE)
BROKEN = replace(DONE, request_id="req_8hc21zx00001d", operation="channels.channel", method="GET", path=f"/v1/channels/{APP}", status=503,
                 code="database_unavailable", micros=2_004_000, signature=Signature.UNCHECKED, request=None)
contract.furnish(app.openapi())


def tongue(say: Say) -> Locale:
    """The language in which is spoken."""
    return "zh-CN" if say("portal.nav.logs") == TEXTS.say("zh-CN", "portal.nav.logs") else "en"


def _side(say: Say, here: str) -> dict[str, Any]:
    groups = reference.side(say, contract.groups(tongue(say), TEXTS), here)
    return frame(say, "reference", ME, groups=groups)


def listed(say: Say) -> Mapping[str, Any]:
    """Every operation."""
    return {**_side(say, ""), "rooms": contract.groups(tongue(say), TEXTS)}


def operation(name: str) -> Context:
    """One operation."""
    def context(say: Say) -> Mapping[str, Any]:
        told = contract.operations(tongue(say), TEXTS)[name]
        return {**_side(say, name), **reference.shown(told, URL, KEY, APP), "tried": told.by in reference.TRIED}
    return context


def catalogue(wanted: str) -> Context:
    """The error codes that hold every word."""
    return lambda say: {**frame(say, "errors", None), **problems.found(contract.catalogue(tongue(say), TEXTS), wanted)}


def log(*calls: Call, **asked: str) -> Context:
    """The log with these calls."""
    def context(say: Say) -> Mapping[str, Any]:
        lines = {name: told.line for name, told in contract.operations(tongue(say), TEXTS).items()}
        return {**frame(say, "logs", ME), "rows": [logs.row(call, lines) for call in calls], "asked": asked, "days": [("2026-11-21", "2026年11月21日")], "kept": 7,
                "statuses": logs.STATUSES, "lines": list(lines.values()), "per_minute": 120, "more": "?cursor=x" if len(calls) > 3 else ""}
    return context


def one(call: Call, theirs: str = "") -> Context:
    """One call."""
    def context(say: Say) -> Mapping[str, Any]:
        every = contract.operations(tongue(say), TEXTS)
        told = every[call.operation]
        refusal = next((each for each in contract.catalogue(tongue(say), TEXTS) if each.code == call.code), None)
        return {**frame(say, "logs", ME), "call_": call, "row": logs.row(call, {name: each.line for name, each in every.items()}), "at": times.stamp(call.at),
                "refusal": refusal, "ours": call.base or "", "theirs": theirs, "difference": logs.difference(call.base or "", theirs) if theirs else None,
                "curl": snippets.curl(told, URL, key=call.key_id, path=call.path, sent=call.request or "")}
    return context


SCREENS: tuple[Screen, ...] = (
    Screen("d-api", "/dev/api", "d-api", "portal/reference.html", "desk", listed),
    Screen("d-api-channel", "/dev/api/identity.start", "d-api", "portal/operation.html", "desk", operation("identity.start")),
    Screen("d-api-long", "/dev/api/ecards.apply", "d-api", "portal/operation.html", "desk", operation("ecards.apply")),
    Screen("d-api-terminal", "/dev/api/codes.redeem", "d-api", "portal/operation.html", "desk", operation("codes.redeem")),
    Screen("d-api-query", "/dev/api/regions.regions", "d-api", "portal/operation.html", "desk", operation("regions.regions")),
    Screen("d-errors", "/dev/errors", "d-errors", "portal/errors.html", "desk", catalogue("")),
    Screen("d-errors-found", "/dev/errors?q=signature", "d-errors", "portal/errors.html", "desk", catalogue("signature")),
    Screen("d-errors-none", "/dev/errors?q=zzz", "d-errors", "portal/errors.html", "desk", catalogue("zzz")),
    Screen("d-logs", f"/dev/app/{APP}/logs", "d-logs", "portal/logs.html", "desk", log(BROKEN, UNSIGNED, REFUSED, DONE, DONE, DONE)),
    Screen("d-logs-empty", f"/dev/app/{APP}/logs", "d-logs", "portal/logs.html", "desk", log()),
    Screen("d-logs-nothing", f"/dev/app/{APP}/logs?status=5", "d-logs", "portal/logs.html", "desk", log(status="5")),
    Screen("d-log", f"/dev/app/{APP}/logs/{DONE.request_id}", "d-log", "portal/log.html", "desk", one(DONE)),
    Screen("d-log-unsigned", f"/dev/app/{APP}/logs/{UNSIGNED.request_id}", "d-log", "portal/log.html", "desk", one(UNSIGNED)),
    Screen("d-log-differs", f"/dev/app/{APP}/logs/{UNSIGNED.request_id}", "d-log", "portal/log.html", "desk", one(UNSIGNED, BASE.replace("?\n", "\n", 1))),
    Screen("d-log-same", f"/dev/app/{APP}/logs/{UNSIGNED.request_id}", "d-log", "portal/log.html", "desk", one(UNSIGNED, BASE)),
)
