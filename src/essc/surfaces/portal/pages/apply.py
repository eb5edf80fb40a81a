"""D1: register an app of the sandbox; it works at once. How an app for real people is taken on is said, not pretended."""
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from essc.channels import actions as channels
from essc.channels import model
from essc.channels import queries as known
from essc.channels.errors import ApplicationWrong, ChannelNotFound
from essc.channels.model import Ability, Application, Form, Kind
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.errors import FieldError, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.names import ChannelId
from essc.regions import queries as regions
from essc.regions.model import NATION, Level
from essc.surfaces.portal.pages import given
from essc.surfaces.portal.pages.access import enter
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import Say, frame
from essc.surfaces.shared.forms import again

ABILITIES: Final = (Ability.ISSUE, Ability.PRESENT)
"""What an app can do with the operations that there are."""
MOST_DIVISIONS: Final = 1000


class Province(NamedTuple):
    """A province of the list of regions, with its cities."""

    code: str
    name: str
    cities: Sequence[tuple[str, str]]


@cache
def provinces() -> list[Province]:
    """Every province and its cities, as an app's region is chosen from."""
    above = [one for one in regions.listed(None, Level.PROVINCE, abolished=False, after="", limit=MOST_DIVISIONS) if not one.demonstration]
    return [Province(one.code, one.name, [(city.code, city.name) for city in regions.listed(one.code, None, abolished=False, after="", limit=MOST_DIVISIONS)])
            for one in above]


def choices(say: Say) -> dict[str, Any]:
    """What the form offers, in words."""
    return {"kinds": list(Kind), "forms": [(one.value, say(f"channels.form.{one.value}")) for one in Form], "abilities": ABILITIES, "fields": model.FIELDS,
            "regions": [(one.name, [(one.code, one.name), *one.cities]) for one in provinces()], "nation": NATION.code}


def usual() -> dict[str, Any]:
    """What is filled in before anybody has typed."""
    return {"form": Form.APP.value, "kind": Kind.SOCIAL.value, "level": "1", "region": NATION.code, "abilities": list(ABILITIES), "fields": ["name", "region"],
            "source": "made", "algorithm": "Ed25519"}


@pages.get("/dev/apply")
async def form(call: PageCall) -> PageAnswer:
    """The form, or why there is none here."""
    return call.render("portal/apply.html", **frame(call.say, "apply", call.session), **choices(call.say), values=usual())


@pages.post("/dev/apply", once=True)
async def apply(call: PageCall) -> PageAnswer:
    """Register the app, make or take its key, and let the developer in. A form that is sent twice registers once, whoever is signed in by then."""
    around = frame(call.say, "apply", call.session)
    call.session = None
    try:
        return await _registered(call)
    except Refused as refused:
        typed = {**given.typed(call, refused), "abilities": call.form.all("abilities"), "fields": call.form.all("fields")}
        return again(call, "portal/apply.html", refused, **around, **choices(call.say), values=usual() | typed)


async def _registered(call: PageCall) -> PageAnswer:
    key = given.wanted(call)
    form = call.form
    registrant = model.registrant(form.text("organisation"), form.text("contact_name"), form.text("contact_mobile"))
    async with call.tx() as tx:
        await channels.count_registration(tx, call.peer)
        channel = await channels.register(tx, await _application(call, tx), sandbox=True, demonstration=regions.demonstration())
        await channels.introduce(tx, channel.id, registrant)
        added, private = await channels.new_key(tx, channel.id, key)
        token = await channels.give_access(tx, channel.id)
        visit = await channels.try_sign_in(tx, token, call.peer)
    assert isinstance(visit, str)               # the token was made a moment ago
    app = ids.wire("chan", channel.id)
    return enter(call, given.SHOWN.keep(call, call.redirect(f"/dev/app/{app}/welcome"), given.told(app, added, private, token)), visit)


async def _application(call: PageCall, tx: Tx) -> Application:
    form = call.form
    try:
        shape, kind, abilities = Form(form.text("form")), Kind(form.text("kind")), tuple(map(Ability, form.all("abilities")))
    except ValueError:
        raise ApplicationWrong("not one of the choices", fields=[FieldError("kind", "not_allowed")]) from None
    level = 2 if form.text("level") == "2" else 1
    return Application(form.text("name"), shape, kind, level, form.text("region"), abilities, tuple(form.all("fields")),
                       await _parent(tx, form.text("parent")) if level == 2 else None)


async def _parent(tx: Tx, number: str) -> ChannelId:
    try:
        return (await known.by_number(tx, number)).id
    except ChannelNotFound:
        raise ApplicationWrong("no channel of this number", fields=[FieldError("parent_id", "parent_unknown")]) from None


@pages.get("/dev/app/{app}/welcome", signed_in=True)
async def welcome(call: PageCall) -> PageAnswer:
    """The secrets, this once; opened again, there is nothing."""
    return shown_once(call, "portal/welcome.html")


def shown_once(call: PageCall, template: str) -> PageAnswer:
    """A page with what was sealed for it, which is gone from the browser with this answer."""
    kept = given.SHOWN.read(call, given.Shown)
    mine = kept if kept.app == call.session.wire_id == call.path["app"] else given.Shown()
    return given.SHOWN.forget(call.render(template, **frame(call.say, "keys", call.session), shown=mine))
