"""The screens of elder mode with sample content; 李建国's card."""
from collections.abc import Callable, Mapping
from typing import Any

from essc.surfaces.wallet.pages.card import FullCard
from essc.surfaces.wallet.pages.faces import CardFace
from essc.surfaces.wallet.pages.views import UseDetail, UseRow
from tests.surfaces.gallery_wallet import LONG, SILHOUETTE, card, full, inbox, live, use_rows
from tests.surfaces.screen import Say, Screen

LI = {"name": "李*国", "number": "9999**********0017", "photo": "/sample/older.svg"}
Context = Callable[[Say], Mapping[str, Any]]


def _home(standing: str = "normal", unread: int = 2, name: str = "李建国") -> Context:
    return lambda say: {"card": card(standing, **LI), "name": name, "unread": unread}


def _code(**other: Any) -> Context:
    return lambda say: live(say) | {"problem": None} | other


def _none(say: Say) -> Mapping[str, Any]:
    problem = {"code": "code_not_available", "title": say("wallet.halt.lost.title"), "action": say("wallet.halt.lost.why")}
    return {"card": card("lost", **LI), "code": None, "halt": True, "problem": problem, "wait": 0}


def _often(say: Say) -> Mapping[str, Any]:
    problem = {"code": "code_too_often", "title": say("wallet.code.too_often", n=10), "action": say("wallet.code.too_often_why")}
    return {"card": card(**LI), "code": None, "halt": False, "problem": problem, "wait": 10}


def _rows(say: Say) -> list[UseRow]:
    return use_rows(say)


def _use(say: Say) -> UseDetail:
    first = use_rows(say)[0]
    return UseDetail(first.id, first.icon, first.color, first.title, first.tone, first.mark, first.result, "", ((say("wallet.record.when"), "2026-11-21 10:21:08"),), True, False)


def _wrong(say: Say) -> Mapping[str, Any]:
    return {"next": "/m/elder/code", "problem": {"code": "password_wrong", "title": say("pin.wrong", n=4), "action": say("error.password_wrong.action")}}


def _said(code: str, title: str, action: str = "", **given: Any) -> Context:
    return lambda say: {"problem": {"code": code, "title": say(title, **given), "action": say(action, **given) if action else ""}}


def _reset(**other: Any) -> Context:
    known = {"purpose": "reset", "face_post": "/m/elder/reset", "moves": ("blink", "open_mouth"), "pairing": "407193", "other": "/m/elder/reset/counter", "up": "/m/elder", "next": ""}
    return lambda say: known | other


def _card(bare: bool = False) -> Context:
    def context(say: Say) -> Mapping[str, Any]:
        found: FullCard = full(bare=bare, name="李建国", number="999901195803170017", photo=SILHOUETTE if bare else LI["photo"])
        face: CardFace = card(**LI)
        return {"card": face, "full": found, "seconds": 60, "now_ms": 1_795_000_000_000}
    return context


SCREENS: tuple[Screen, ...] = (
    Screen("el-home", "/m/elder", "el-home", "elder/home.html", context=_home()),
    Screen("el-home-long", "/m/elder", "el-home", "elder/home.html", context=_home(unread=0, name=LONG)),
    *(Screen(f"el-home-{standing}", "/m/elder", "el-home", "elder/home.html", context=_home(standing))
      for standing in ("lost", "temp_lost", "locked", "not_enabled", "sealed", "cancelled", "replaced", "frozen")),
    Screen("el-code", "/m/elder/code", "el-code", "elder/code.html", context=_code()),
    Screen("el-code-none", "/m/elder/code", "el-code", "elder/code.html", context=_none),
    Screen("el-code-often", "/m/elder/code", "el-code", "elder/code.html", context=_often),
    Screen("el-unlock", "/m/elder/unlock", "unlock", "elder/unlock.html", context=lambda say: {"next": "/m/elder/code"}),
    Screen("el-unlock-wrong", "/m/elder/unlock", "unlock", "elder/unlock.html", context=_wrong),
    Screen("el-reset-face", "/m/elder/reset", "check", "elder/check.html", context=_reset()),
    Screen("el-reset-mismatch", "/m/elder/reset", "check", "elder/check.html", context=lambda say: _reset()(say) | _said("face_mismatch", "error.face_mismatch.title", "error.face_mismatch.action", n=2)(say)),
    Screen("el-reset-counter", "/m/elder/reset/counter", "check", "elder/check_counter.html", context=_reset(other="/m/elder/reset")),
    Screen("el-reset-stopped", "/m/elder/reset", "check", "elder/check_stopped.html", context=lambda say: _reset()(say) | _said("throttled", "err.too_many", n=3)(say)),
    Screen("el-reset", "/m/elder/reset", "el-reset", "elder/reset.html"),
    Screen("el-reset-differs", "/m/elder/reset", "el-reset", "elder/reset.html",
           context=lambda say: _said("entries_differ", "error.entries_differ.title")(say) | {"errors": {"again": say("error.entries_differ.title")}}),
    Screen("el-card", "/m/elder/card", "el-card", "elder/card.html", context=_card()),
    Screen("el-card-bare", "/m/elder/card", "el-card", "elder/card.html", context=_card(bare=True)),
    Screen("el-records", "/m/elder/records", "el-records", "elder/records.html", context=lambda say: {"rows": _rows(say), "disownable": True}),
    Screen("el-records-empty", "/m/elder/records", "el-records", "elder/records.html", context=lambda say: {"rows": [], "disownable": False}),
    Screen("el-which", "/m/elder/not-me", "el-which", "elder/which.html", context=lambda say: {"rows": _rows(say)}),
    Screen("el-not-me", "/m/elder/not-me/use_1", "el-not-me", "elder/not_me.html", context=lambda say: {"row": _use(say)}),
    Screen("el-msg", "/m/elder/messages", "el-msg", "elder/messages.html", context=lambda say: {"rows": inbox(say)}),
    Screen("el-msg-empty", "/m/elder/messages", "el-msg", "elder/messages.html", context=lambda say: {"rows": []}),
    Screen("el-loss", "/m/elder/loss", "el-loss", "elder/loss.html", context=lambda say: {"card": card(**LI), "asked": False}),
    Screen("el-loss-lift", "/m/elder/loss", "el-loss", "elder/loss.html", context=lambda say: {"card": card("lost", **LI), "asked": False}),
    Screen("el-loss-asked", "/m/elder/loss", "el-loss", "elder/loss.html", context=lambda say: {"card": card("frozen", **LI), "asked": True}),
)
