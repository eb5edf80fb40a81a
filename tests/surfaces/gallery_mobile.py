"""The screens of changing the mobile number with sample content."""
from collections.abc import Callable, Mapping
from typing import Any

from tests.surfaces.gallery_wallet import MOVES
from tests.surfaces.screen import Say, Screen

Context = Callable[[Say], Mapping[str, Any]]


def _start(**other: Any) -> Context:
    return lambda say: {"now": "138****5678", "face": True, "sms": True, "clerk": True} | other


def _code(what: str, *, password: bool = False, wrong: bool = False) -> Context:
    def context(say: Say) -> Mapping[str, Any]:
        problem = {"code": "sms_code_wrong", "title": say("error.sms_code_wrong.title", n=4), "action": say("error.sms_code_wrong.action", n=4)}
        return {"step": 3 if what == "new" else 1, "steps": 3, "sent": "199****0002", "what": what, "password": password, "problem": problem if wrong else None}
    return context


def _check(**other: Any) -> Context:
    known = {"step": 1, "steps": 3, "purpose": "mobile", "face_post": "/m/me/mobile/face", "moves": MOVES, "pairing": "407193",
             "other": "/m/me/mobile/face/counter", "up": "/m/me/mobile", "next": ""}
    return lambda say: known | other


def _same(say: Say) -> Mapping[str, Any]:
    title = say("error.mobile_unchanged.title")
    return {"step": 2, "steps": 3, "values": {"mobile": "13800005678"}, "errors": {"mobile": title},
            "problem": {"code": "mobile_unchanged", "title": title, "action": say("error.mobile_unchanged.action")}}


def _stopped(say: Say) -> Mapping[str, Any]:
    return _check()(say) | {"problem": {"code": "throttled", "title": say("err.too_many", n=3), "action": ""}}


SCREENS = (
    Screen("mobile", "/m/me/mobile", "mobile", "wallet/mobile.html", context=_start()),
    Screen("mobile-none", "/m/me/mobile", "mobile", "wallet/mobile.html", context=_start(now="", sms=False)),
    Screen("mobile-no-face", "/m/me/mobile", "mobile", "wallet/mobile.html", context=_start(face=False)),
    Screen("mobile-no-way", "/m/me/mobile", "mobile", "wallet/mobile.html", context=_start(face=False, sms=False, clerk=False)),
    Screen("mobile-old", "/m/me/mobile/old", "mobile", "wallet/mobile_code.html", context=_code("old")),
    Screen("mobile-old-wrong", "/m/me/mobile/old", "mobile", "wallet/mobile_code.html", context=_code("old", wrong=True)),
    Screen("mobile-face", "/m/me/mobile/face", "check", "wallet/check.html", context=_check()),
    Screen("mobile-counter", "/m/me/mobile/face/counter", "check", "wallet/check_counter.html", context=_check()),
    Screen("mobile-stopped", "/m/me/mobile/face", "check", "wallet/check_stopped.html", context=_stopped),
    Screen("mobile-new", "/m/me/mobile/new", "mobile", "wallet/mobile_new.html", context=lambda say: {"step": 2, "steps": 3, "values": {"mobile": ""}}),
    Screen("mobile-new-same", "/m/me/mobile/new", "mobile", "wallet/mobile_new.html", context=_same),
    Screen("mobile-code", "/m/me/mobile/code", "mobile", "wallet/mobile_code.html", context=_code("new")),
    Screen("mobile-code-password", "/m/me/mobile/code", "mobile", "wallet/mobile_code.html", context=_code("new", password=True)),
    Screen("mobile-done", "/m/me/mobile", "done", "wallet/done.html",
           context=lambda say: {"text": say("wallet.mobile.done"), "why": say("wallet.mobile.done_why", mobile="199****0002")}),
)
