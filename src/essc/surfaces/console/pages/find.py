"""The search field at the top: numbers and ids lead to their page, words to the list of providers. People are looked up elsewhere, for a reason."""
import re
from typing import Final
from urllib.parse import urlencode

from essc.kit.http.pages import PageAnswer, PageCall
from essc.operators.model import Permission
from essc.surfaces.console.pages.access import here, scope, shell
from essc.surfaces.console.pages.declared import pages

PAGES: Final = (
    ("ven_", Permission.VENUES_READ, "/console/terminals/venues/{id}"), ("term_", Permission.VENUES_READ, "/console/terminals/{id}"),
    ("note_", Permission.RISK_READ, "/console/risk/{id}"), ("staff_", Permission.STAFF, "/console/org/{id}"),
)
"""By the prefix of an id: what one needs to open its page, and where that is."""
_ID: Final = re.compile(r"([a-z]+_)[0-9a-z]{10,40}")
_CITIZEN: Final = re.compile(r"[0-9]{15}|[0-9]{17}[0-9Xx]|1[0-9]{10}")
_MOST: Final = 60


@pages.post("/console/find", signed_in=True)
async def find(call: PageCall) -> PageAnswer:
    """To what was typed, or a page that says what can be found. A person's number is not looked up here, and not put into an address."""
    text = call.form.text("q", _MOST)
    at = where(call, text)
    if at is not None:
        return call.redirect(at)
    why = "person" if _CITIZEN.fullmatch(text.replace(" ", "")) else "nothing"
    return call.render("console/find.html", **shell(call, scope(call), why=why, may_look_up=here(call).may(Permission.PERSON_READ)))


def where(call: PageCall, text: str) -> str | None:
    """The address of what was typed, for this member; None when there is none."""
    session, id = here(call), _ID.fullmatch(text)
    if id is not None:
        of_kind = (address for prefix, needs, address in PAGES if prefix == id[1] and session.may(needs))
        own = next((address.format(id=text) for address in of_kind), None)
        if own is None and session.may(Permission.AUDIT):
            return f"/console/audit?{urlencode({'request' if id[1] == 'req_' else 'actor' if id[1] == 'staff_' else 'thing': text})}"
        return own
    if not text or _CITIZEN.fullmatch(text.replace(" ", "")) or not session.may(Permission.VENUES_READ):
        return None
    return f"/console/terminals?{urlencode({'q': text} if text.isdigit() else {'view': 'venues', 'q': text})}"
