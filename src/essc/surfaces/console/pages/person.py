"""C10 持卡人查询: a reason and a ticket first, then exactly one name and number; the holder reads of it."""
from collections.abc import Mapping
from typing import Any, Final

from essc.cards import actions as cards
from essc.holders.errors import LookupWrong
from essc.holders.model import LookupReason, asked, person
from essc.kit import ids
from essc.kit.errors import FieldError, Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.operators.model import Permission
from essc.regions import queries as regions
from essc.surfaces.console.pages.access import require, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.shared.forms import again

HERE: Final = "/console/person"
TEMPLATE: Final = "console/person.html"


@pages.get(HERE, signed_in=True)
async def ask(call: PageCall) -> PageAnswer:
    """Why, under which ticket, and whom."""
    require(call, Permission.PERSON_READ)
    return call.render(TEMPLATE, **asking(call, {}))


def asking(call: PageCall, values: Mapping[str, str]) -> dict[str, Any]:
    """What the form needs."""
    return shell(call, scope(call), values=values, reasons=reasons(call))


def reasons(call: PageCall) -> list[tuple[str, str]]:
    """The reasons of the list, in the reader's language."""
    return [(one.value, call.say(f"records.reason.{one}")) for one in LookupReason]


@pages.post(HERE, signed_in=True, once=True)
async def look_up(call: PageCall) -> PageAnswer:
    """Look the person up; what is found opens at an address that says nothing, for a quarter of an hour, in this session only."""
    session = require(call, Permission.PERSON_READ)
    said = {name: call.form.text(name, most) for name, most in (("reason", 20), ("note", 300), ("ticket", 60), ("name", 80), ("number", 40))}
    try:
        wanted = asked(said["reason"], said["note"], said["ticket"])
        whom = person(said["name"], said["number"], demonstration=regions.demonstration())
        async with call.tx() as tx:
            found = await cards.look_up(tx, session, whom, wanted)
        if isinstance(found, Refused):
            raise found
    except Refused as refused:
        if refused.kind in (Kind.UNAVAILABLE, Kind.BUSY):
            raise
        return again(call, TEMPLATE, refused, **asking(call, said))
    return call.redirect(f"{HERE}/{ids.wire('look', found.id)}")


def reason_of(call: PageCall) -> LookupReason:
    """The reason that a form names. Raises LookupWrong."""
    said = call.form.text("reason", 20)
    if said not in set(LookupReason):
        raise LookupWrong("no reason of the list", fields=[FieldError("reason", "lookup_reason")])
    return LookupReason(said)
