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


FACES: Final = (
    Opening("wallet", "/m/", "smartphone", "c-blue"), Opening("counter", "/counter", "monitor", "c-green"),
    Opening("console", "/console", "layout-grid", "c-violet"), Opening("portal", "/dev", "zap", "c-amber"),
)
AIDS: Final = (
    Opening("sms", "/sandbox/sms/", "message-square-text", "c-amber"), Opening("authenticator", "/sandbox/authenticator/", "key-round", "c-grey"),
    Opening("province", "/sandbox/province/", "landmark", "c-violet"), Opening("reference", "/docs", "file-text", "c-cyan"),
)
"""What stands in for partners in a demonstration, and the interface as a machine reads it."""


@pages.get("/")
async def door(call: PageCall) -> PageAnswer:
    """Everything that a demonstration has to show; an installation for real people opens with the wallet."""
    return call.render("shared/door.html", faces=FACES, aids=AIDS) if regions.demonstration() else call.redirect("/m/")
