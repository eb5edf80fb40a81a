"""D9: every error code with its meaning, cause and cure; a problem document's `type` leads to its line."""
from collections.abc import Sequence
from typing import Any

from essc.kit.http.pages import PageAnswer, PageCall
from essc.surfaces.portal.pages import contract
from essc.surfaces.portal.pages.contract import Refusal
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import frame


@pages.get("/dev/errors")
async def errors(call: PageCall) -> PageAnswer:
    """The catalogue; `q` narrows it to the lines that hold every word of it."""
    wanted = call.query.get("q", "").strip()[:60]
    return call.render("portal/errors.html", **frame(call.say, "errors", call.session), **found(contract.catalogue(call.locale, call.texts), wanted))


def found(every: Sequence[Refusal], wanted: str) -> dict[str, Any]:
    """The lines that hold every word, those of the interface and those of the platform's own pages apart."""
    words = wanted.lower().split()
    left = sorted((one for one in every if all(word in _text(one) for word in words)), key=lambda one: -sum(word in one.code for word in words))
    return {"wanted": wanted, "total": len(every), "wire": [one for one in left if one.operations], "pages": [one for one in left if not one.operations]}


def _text(one: Refusal) -> str:
    return f"{one.code} {one.status} {one.title} {one.cause} {one.action}".lower()
