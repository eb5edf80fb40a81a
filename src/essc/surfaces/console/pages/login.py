"""C0, signing in: account and password, then the one-time code; or a passkey. And joining by a one-time link."""
from typing import Any, Final

from essc.kit.errors import Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.operators import actions, calls, queries
from essc.operators.api import COOKIE, COOKIE_PATH
from essc.operators.calls.comparing import Caller
from essc.operators.errors import EntryOver, InvitationOver, NetworkNotAllowed
from essc.operators.model import Purpose, otp_uri, read_token
from essc.surfaces.console.pages.access import here
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.shared.barcode import qr_svg
from essc.surfaces.shared.devices import device_name
from essc.surfaces.shared.forms import again, onward

HOME: Final = "/console"
ENTRY: Final = "essc_staff_entry"
"""The cookie between the two steps."""
ENTRY_SECONDS: Final = 300
LINK: Final = "essc_staff_link"
_WHY: Final = {"staff_session_over": "session", "out": "out", "joined": "joined", "password": "password"}


def caller(call: PageCall) -> Caller:
    """Where a try comes from. Raises NetworkNotAllowed for an address from which the console may not be opened."""
    if not queries.network_allowed(call.peer):
        raise NetworkNotAllowed("not an allowed network")
    return Caller(call.actor, call.peer, call.request_id)


def origin(call: PageCall) -> str:
    """The origin of our pages as the browser sees it."""
    return f"{'https' if call.secure else 'http'}://{call.headers.get('host', '')}"


def signed_in(call: PageCall, answer: PageAnswer, token: str) -> PageAnswer:
    """Give the browser its session, which ends with the browser; the cookie goes to the console only."""
    answer.forget(ENTRY, path=COOKIE_PATH)
    return answer.cookie(COOKIE, token, path=COOKIE_PATH)


@pages.get("/console/login")
async def login(call: PageCall) -> PageAnswer:
    """Account and password; and why one is here. A locked screen goes to its lock page."""
    if call.session is not None:
        return call.redirect(call.next(HOME))
    if call.cookies.get(COOKIE) and await calls.on_screen(call.db, call.cookies[COOKIE]) is not None:
        return call.redirect(onward("/console/lock", call, HOME))
    try:
        caller(call)
    except Refused as refused:
        return _form(call, refused)
    return _form(call)


def _form(call: PageCall, refused: Refused | None = None) -> PageAnswer:
    why = _WHY.get(call.query.get("why", ""))
    given: dict[str, Any] = {"login": call.form.text("login", 64), "next": call.next(HOME), "why": call.say(f"console.login.why.{why}") if why else ""}
    return again(call, "console/login.html", refused, **given) if refused else call.render("console/login.html", **given)


@pages.post("/console/login")
async def enter(call: PageCall) -> PageAnswer:
    """The first step; wrong tries are counted whether there is such an account or not."""
    try:
        token = await calls.enter(call.db, caller(call), call.form.text("login", 64), call.form.get("password", ""))
    except Refused as refused:
        return _form(call, refused)
    answer = call.redirect(onward("/console/login/code", call, HOME))
    return answer.cookie(ENTRY, token, max_age=ENTRY_SECONDS, path=COOKIE_PATH)


@pages.get("/console/login/code")
async def code(call: PageCall) -> PageAnswer:
    """The one-time code."""
    if not call.cookies.get(ENTRY):
        return call.redirect(onward("/console/login", call, HOME))
    return call.render("console/login_code.html", next=call.next(HOME))


@pages.post("/console/login/code")
async def confirm(call: PageCall) -> PageAnswer:
    """The second step opens the session."""
    try:
        done = await calls.confirm(call.db, caller(call), call.cookies.get(ENTRY, ""), call.form.text("code", 12), _device(call))
    except EntryOver as over:
        return again(call, "console/login.html", over, login="", next=call.next(HOME), why="").forget(ENTRY, path=COOKIE_PATH)
    except Refused as refused:
        if refused.kind is Kind.UNAUTHENTICATED:
            return call.redirect(onward("/console/login", call, HOME))
        return again(call, "console/login_code.html", refused, next=call.next(HOME))
    return signed_in(call, call.redirect(call.next(HOME)), done.token)


def _device(call: PageCall) -> str:
    return device_name(call.headers.get("user-agent", ""))


@pages.post("/console/login/passkey/options")
async def passkey_options(call: PageCall) -> PageAnswer:
    """What the browser's authenticator is asked."""
    offer = await calls.passkey_challenge(call.db, caller(call), origin(call))
    return call.json({"options": offer.options, "token": offer.token})


@pages.post("/console/login/passkey")
async def passkey(call: PageCall) -> PageAnswer:
    """Its answer: device and owner in one step."""
    try:
        done = await calls.sign_in_with_passkey(call.db, caller(call), origin(call), token=call.form.text("token", 60),
                                                answer=call.form.get("answer", ""), device_name=_device(call))
    except Refused as refused:
        if refused.kind is Kind.UNAUTHENTICATED:
            refused = EntryOver("not a question of ours")
        return _form(call, refused)
    return signed_in(call, call.redirect(call.next(HOME)), done.token)


@pages.post("/console/logout", signed_in=True)
async def sign_out(call: PageCall) -> PageAnswer:
    """End this session."""
    async with call.tx() as tx:
        await actions.sign_out(tx, here(call))
    return call.redirect("/console/login?why=out").forget(COOKIE, path=COOKIE_PATH)


# ── joining by a link ──

@pages.get("/console/join")
async def join_form(call: PageCall) -> PageAnswer:
    """What the link lets its bearer set. The link's token moves from the address into a cookie at once, so that no log or history keeps it."""
    if call.query.get("link"):
        answer = call.redirect("/console/join")
        return answer.cookie(LINK, call.query["link"][:80], max_age=3600, path=COOKIE_PATH)
    return await _join_page(call)


async def _join_page(call: PageCall, refused: Refused | None = None) -> PageAnswer:
    try:
        async with call.read_tx() as tx:
            found = await queries.invitation(tx, read_token(call.cookies.get(LINK, "")))
    except Refused:
        return call.render("console/join_over.html", status=410, problem=call.problem(InvitationOver()))
    uri = otp_uri(found.secret, found.member.login, call.say("console.product"))
    grouped = " ".join(found.secret[at:at + 4] for at in range(0, len(found.secret), 4))
    given: dict[str, Any] = {"member": found.member, "purpose": found.purpose, "offers": found.purpose is not Purpose.PASSWORD, "qr": qr_svg(uri),
                             "secret": grouped, "roles": sorted(found.member.roles)}
    return again(call, "console/join.html", refused, **given) if refused else call.render("console/join.html", **given)


@pages.post("/console/join")
async def join(call: PageCall) -> PageAnswer:
    """Set what the link is for; then one signs in with it."""
    try:
        await calls.join(call.db, caller(call), call.cookies.get(LINK, ""), password=call.form.get("password", ""), code=call.form.text("code", 12))
    except Refused as refused:
        return await _join_page(call, EntryOver("not a link of ours") if refused.kind is Kind.UNAUTHENTICATED else refused)
    return call.redirect("/console/login?why=joined").forget(LINK, path=COOKIE_PATH)
