"""Signing in to look after an app, and whose page it is."""
from essc.channels import actions as channels
from essc.channels.api import COOKIE
from essc.channels.errors import ChannelNotFound
from essc.channels.model import VISIT
from essc.channels.queries import Developer
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import frame
from essc.surfaces.shared.forms import again

HOME = "/dev/home"


def own(call: PageCall) -> Developer:
    """The developer who is signed in, when the page is that of their app. Raises ChannelNotFound."""
    developer: Developer = call.session
    if call.path["app"] != developer.wire_id:
        raise ChannelNotFound("not the app of this developer")
    return developer


def enter(call: PageCall, answer: PageAnswer, visit: str) -> PageAnswer:
    """Give a browser its visit."""
    return answer.cookie(COOKIE, visit, max_age=int(VISIT.total_seconds()), path="/dev")


@pages.get("/dev/signin")
async def sign_in(call: PageCall) -> PageAnswer:
    """The management token, please."""
    return call.render("portal/signin.html", **frame(call.say, "signin", call.session), next=call.next(HOME))


@pages.post("/dev/signin")
async def signed_in(call: PageCall) -> PageAnswer:
    """Sign in with a management token. A guess is counted before it is refused."""
    try:
        async with call.tx() as tx:
            visit = await channels.try_sign_in(tx, call.form.text("token"), call.peer)
        if isinstance(visit, Refused):
            raise visit
    except Refused as refused:
        return again(call, "portal/signin.html", refused, **frame(call.say, "signin", call.session), next=call.next(HOME))
    return enter(call, call.redirect(call.next(HOME)), visit)


@pages.post("/dev/sign-out", signed_in=True)
async def sign_out(call: PageCall) -> PageAnswer:
    """Leave."""
    async with call.tx() as tx:
        await channels.sign_out(tx, call.session)
    return call.redirect("/dev").forget(COOKIE, path="/dev")


@pages.get(HOME, signed_in=True)
async def home(call: PageCall) -> PageAnswer:
    """To the app's overview."""
    return call.redirect(f"/dev/app/{call.session.wire_id}")


@pages.get("/dev/keys", signed_in=True)
async def keys(call: PageCall) -> PageAnswer:
    """To the app's keys."""
    return call.redirect(f"/dev/app/{call.session.wire_id}/keys")


@pages.get("/dev/logs", signed_in=True)
async def logs(call: PageCall) -> PageAnswer:
    """To the app's calls."""
    return call.redirect(f"/dev/app/{call.session.wire_id}/logs")
