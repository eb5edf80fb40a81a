"""The door of the house: what there is to open. People who carry a card are sent straight to it."""
from typing import Final, NamedTuple

from essc.kit.http.pages import PageAnswer, PageCall, Pages
from essc.regions import queries as regions

pages: Final = Pages("shared")


class Opening(NamedTuple):
    """Something to open: its text key below `shared.door`, where it is, its picture."""

    name: str
    address: str
    icon: str
    color: str


OPENINGS: Final = (
    Opening("wallet", "/m/", "smartphone", "c-blue"), Opening("counter", "/counter", "monitor", "c-green"),
    Opening("console", "/console", "layout-grid", "c-violet"), Opening("authenticator", "/sandbox/authenticator/", "key-round", "c-grey"),
    Opening("sms", "/sandbox/sms/", "message-square-text", "c-amber"), Opening("province", "/sandbox/province/", "landmark", "c-violet"),
    Opening("portal", "/dev", "zap", "c-blue"), Opening("reference", "/docs", "file-text", "c-cyan"),
)


@pages.get("/")
async def door(call: PageCall) -> PageAnswer:
    """Everything that a demonstration has to show; an installation for real people opens with the wallet."""
    return call.render("shared/door.html", openings=OPENINGS) if regions.demonstration() else call.redirect("/m/")
