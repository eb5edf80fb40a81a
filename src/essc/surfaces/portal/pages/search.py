"""The search above every page: guides, operations and error codes that hold every word; a request id leads to its call."""
import re
from collections.abc import Iterator, Sequence
from typing import Final

from essc.kit.http.pages import PageAnswer, PageCall
from essc.surfaces.portal.pages import contract
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import Entry, Group, frame

LONGEST: Final = 60
GIVEN: Final = re.compile(r"\{[^}]*\}")
"""What a title leaves open until the error happens."""
REQUEST: Final = "req_"
"""What the id of a request begins with."""


@pages.get("/dev/search")
async def search(call: PageCall) -> PageAnswer:
    """What was found, by kind."""
    wanted = call.query.get("q", "").strip()[:LONGEST]
    if wanted.startswith(REQUEST) and wanted.isascii() and wanted.replace("_", "").isalnum() and call.session is not None:
        return call.redirect(f"/dev/app/{call.session.wire_id}/logs/{wanted}")
    around = frame(call.say, "search", call.session)
    found = [group for group in groups(call, around["nav"], wanted.lower().split()) if group.entries] if wanted else []
    return call.render("portal/search.html", **around, wanted=wanted, found=found)


def groups(call: PageCall, nav: Sequence[Entry], words: Sequence[str]) -> Iterator[Group]:
    """Everything that holds every word."""
    def fits(*texts: str) -> bool:
        return all(any(word in text.lower() for text in texts) for word in words)
    yield Group(call.say("portal.search.pages"), [one for one in nav if fits(one.text)])
    lines = [line for _, some in contract.groups(call.locale, call.texts) for line in some]
    yield Group(call.say("portal.search.operations"), [Entry(f"{line.method} {line.path} · {line.title}", f"/dev/api/{line.name}", "zap") for line in lines
                                                       if fits(line.name, line.title, f"{line.method} {line.path}")])
    yield Group(call.say("portal.search.errors"), [
        Entry(f"{one.code} · {GIVEN.sub('…', one.title)}", f"/dev/errors#{one.code}", "circle-alert")
        for one in contract.catalogue(call.locale, call.texts) if one.operations and fits(one.code, one.title)])
