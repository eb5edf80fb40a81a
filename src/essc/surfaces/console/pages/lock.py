"""The lock screen: after a quarter of an hour without work, or on demand. The password opens it where one was."""
from essc.kit.errors import Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.operators import actions, calls
from essc.operators.api import COOKIE, COOKIE_PATH
from essc.operators.queries import StaffSession
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.console.pages.login import HOME, caller
from essc.surfaces.shared.forms import again, onward


async def _whose(call: PageCall) -> StaffSession | None:
    token = call.cookies.get(COOKIE, "")
    try:
        return await calls.on_screen(call.db, token) if token else None
    except Refused:
        return None


@pages.get("/console/lock")
async def locked(call: PageCall) -> PageAnswer:
    """Whose screen it is, and a field for the password. A session that is over is told so."""
    who = await _whose(call)
    if who is None:
        return call.redirect(onward("/console/login", call, HOME))
    return call.render("console/lock.html", who=who, next=call.next(HOME)) if who.locked else call.redirect(call.next(HOME))


@pages.post("/console/lock")
async def lock(call: PageCall) -> PageAnswer:
    """Lock this screen now."""
    who = await _whose(call)
    if who is not None:
        async with call.db.tx(who.actor, request_id=call.request_id) as tx:
            await actions.lock(tx, who)
    return call.redirect(onward("/console/lock", call, HOME))


@pages.post("/console/lock/open")
async def open_again(call: PageCall) -> PageAnswer:
    """The password, and on with the work; the sheet over a page is answered in JSON and the page stays."""
    who, script = await _whose(call), "application/json" in call.headers.get("accept", "")
    if who is None:
        return call.redirect(onward("/console/login", call, HOME))
    try:
        await calls.unlock(call.db, caller(call), who, call.form.get("password", ""))
    except Refused as refused:
        if refused.kind is Kind.UNAUTHENTICATED:
            return call.redirect(onward("/console/login", call, HOME))
        if script:
            return call.json(call.problem(refused), status=422)
        return again(call, "console/lock.html", refused, who=who, next=call.next(HOME))
    return call.json({}) if script else call.redirect(call.next(HOME))


@pages.get("/console/alive", signed_in=True)
async def alive(call: PageCall) -> PageAnswer:
    """Somebody is at work on a page that asks for nothing: the session stays open."""
    return PageAnswer(204)


@pages.post("/console/lock/leave")
async def leave(call: PageCall) -> PageAnswer:
    """Sign out from a locked screen."""
    who = await _whose(call)
    if who is not None:
        async with call.db.tx(who.actor, request_id=call.request_id) as tx:
            await actions.sign_out(tx, who)
    return call.redirect("/console/login?why=out").forget(COOKIE, path=COOKIE_PATH)

