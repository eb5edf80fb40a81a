"""Every screen of every face with sample content: the one table that drives the tests of templates, accessibility, policy, targets and reflow.

`path` and `testid` are those of the screens' contract; `mode` is the viewport the screen is made for. Each face keeps its rows in a module of its own.
"""
from collections.abc import Mapping

from essc.surfaces.shared.pages import AIDS, FACES
from tests.surfaces import (
    gallery_console,
    gallery_counter,
    gallery_desk,
    gallery_elder,
    gallery_mobile,
    gallery_portal,
    gallery_reference,
    gallery_reports,
    gallery_risk,
    gallery_wallet,
)
from tests.surfaces.gallery_wallet import card
from tests.surfaces.screen import STATIC, TEXTS, Say, Screen, renderer

__all__ = ["SCREENS", "STATIC", "TEXTS", "Say", "Screen", "card", "renderer"]


def _problem(title: str, action: str) -> Mapping[str, str]:
    return {"code": "sample", "title": title, "action": action}


SCREENS: tuple[Screen, ...] = (
    *gallery_wallet.SCREENS,
    *gallery_elder.SCREENS,
    *gallery_mobile.SCREENS,
    Screen("not-found", "/m/nothing", "problem", "shared/problem.html",
           context=lambda say: {"status": 404, "problem": _problem(say("err.404"), ""), "back": "/m/"}),
    *(Screen(f"trouble-{status}", "/m/records", "problem", "shared/problem.html",
             context=lambda say, status=status, key=key: {"status": status, "problem": _problem(say(key, n=3), ""), "back": "/m/"})
      for status, key in ((500, "err.5xx"), (503, "err.5xx"), (403, "err.forbidden"), (429, "err.too_many"))),
    Screen("door", "/", "door", "shared/door.html", "desk", lambda say: {"faces": FACES, "aids": AIDS}),
    *gallery_counter.SCREENS,
    *gallery_console.SCREENS,
    *gallery_desk.SCREENS,
    *gallery_portal.SCREENS,
    *gallery_reference.SCREENS,
    *gallery_reports.SCREENS,
    *gallery_risk.SCREENS,
)
