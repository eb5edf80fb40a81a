"""The pages of signing in: number, then code by SMS and password; or name and number, then a face check, or a clerk's look."""
from typing import Final

from essc.ecards.calls import Proof
from essc.holders import model as people
from essc.identity.model import Purpose, Way
from essc.kit import ids
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall, Pages
from essc.names import CheckId
from essc.regions import queries as regions
from essc.sessions import calls
from essc.sessions.api import COOKIE
from essc.surfaces.shared import house, looks
from essc.surfaces.shared.checks import Begun, judged, pending, witnessed
from essc.surfaces.shared.devices import signed_in, this_device
from essc.surfaces.shared.drafts import Drafts
from essc.surfaces.shared.forms import FRAMES_LIMIT, again, onward

pages: Final = Pages("signin")
DRAFTS: Final = Drafts("essc_signin", "/signin")
HOME: Final = "/m/"
_WHY: Final = {"session_over": "session", "session": "session", "reset": "reset", "not_me": "not_me"}


class Draft(Begun):
    """Who wants in: `code` is the id of the code by SMS; `name` is asked for with a face only."""

    number: str = ""
    name: str = ""
    code: str = ""


@pages.get("/signin")
async def number(call: PageCall) -> PageAnswer:
    """The number; and why one is here, if there is a reason."""
    if call.session is not None:
        return call.redirect(call.next(HOME))
    why = _WHY.get(call.query.get("why", ""))
    return call.render("signin/number.html", step=0, steps=0, values={}, next=call.next(HOME), why=call.say(f"signin.why.{why}") if why else "")


@pages.post("/signin")
async def send_code(call: PageCall) -> PageAnswer:
    """Send a code to the mobile that the holder has proved. Whether there is such a holder is not told."""
    draft = DRAFTS.read(call, Draft)
    given = draft.number if call.form.get("again") else call.form.text("number")
    try:
        draft.number = people.clean_number(given, demonstration=regions.demonstration())[0]
        code_id = await calls.send_code(call.db, call.actor, draft.number, this_device(call), peer=call.peer, request_id=call.request_id)
    except Refused as refused:
        return again(call, "signin/number.html", refused, step=0, steps=0, values={"number": given}, next=call.next(HOME), why="")
    draft.code = ids.wire("chk", code_id)
    return DRAFTS.keep(call, call.redirect(onward("/signin/sms", call, HOME)), draft)


@pages.get("/signin/sms")
async def code(call: PageCall) -> PageAnswer:
    """Code and password."""
    if not DRAFTS.read(call, Draft).code:
        return call.redirect("/signin")
    return call.render("signin/sms.html", step=0, steps=0, next=call.next(HOME))


@pages.post("/signin/sms")
async def enter(call: PageCall) -> PageAnswer:
    """Sign in with number, code and password."""
    draft = DRAFTS.read(call, Draft)
    if not draft.code:
        return call.redirect("/signin")
    proof = Proof(CheckId(ids.parse("chk", draft.code)), call.form.text("code", 8))
    try:
        return await _in(call, draft.number, proof, call.form.text("password", 12))
    except Refused as refused:
        return again(call, "signin/sms.html", refused, step=0, steps=0, next=call.next(HOME))


async def _in(call: PageCall, who: str, proof: Proof, password: str | None) -> PageAnswer:
    device = this_device(call)
    async with call.db.read_tx(call.actor) as tx:
        channel = await house.own_channel(tx)
    opened = await calls.sign_in(call.db, call.actor, number=who, channel_id=channel.id, device=device, proof=proof, password=password,
                                 request_id=call.request_id)
    async with call.db.tx(call.actor, request_id=call.request_id) as tx:
        chosen = await looks.settle(tx, call, opened.link.holder_id)
    return DRAFTS.forget(looks.wear(call, signed_in(call, call.redirect(call.next(HOME)), COOKIE, opened.token, device), chosen))


@pages.get("/signin/face")
async def face_who(call: PageCall) -> PageAnswer:
    """Name and number, for a face check."""
    return call.render("signin/face.html", step=0, steps=0, values={}, ready=False, next=call.next(HOME))


@pages.post("/signin/face")
async def face_begin(call: PageCall) -> PageAnswer:
    """Begin the check and show the camera."""
    draft = DRAFTS.read(call, Draft)
    try:
        return await _camera(call, _of(call, draft))
    except Refused as refused:
        return again(call, "signin/face.html", refused, step=0, steps=0, values=call.form, ready=False, next=call.next(HOME))


def _of(call: PageCall, draft: Draft) -> Draft:
    """The draft, of the person who was typed. Raises the refusals of names and numbers."""
    person = people.person(call.form.text("name"), call.form.text("number"), demonstration=regions.demonstration())
    return draft if (draft.name, draft.number) == (person.name, person.number) else Draft(name=person.name, number=person.number)


async def _camera(call: PageCall, draft: Draft, refused: Refused | None = None) -> PageAnswer:
    try:
        check = await pending(call, draft, Purpose.SIGN_IN, draft.name, draft.number)
    except Refused as trouble:
        return again(call, "signin/face.html", trouble, step=0, steps=0, values={}, ready=False, next=call.next(HOME))
    answer = call.render("signin/face.html", status=422 if refused else 200, step=0, steps=0, ready=True, next=call.next(HOME),
                         face_post=onward("/signin/face/check", call, HOME), moves=check.challenge, problem=call.problem(refused) if refused else None)
    return DRAFTS.keep(call, answer, draft)


@pages.post("/signin/face/check", body_limit=FRAMES_LIMIT)
async def face_enter(call: PageCall) -> PageAnswer:
    """The pictures; signed in when they are the holder's."""
    draft = DRAFTS.read(call, Draft)
    if not draft.name:
        return call.redirect("/signin/face")
    try:
        await judged(call, draft)
        return await _in(call, draft.number, Proof(draft.check_id), None)
    except Refused as refused:
        return await _camera(call, draft, refused)


@pages.get("/signin/counter")
async def clerk_who(call: PageCall) -> PageAnswer:
    """Name and number, for a clerk's look."""
    return call.render("signin/counter.html", step=0, steps=0, values={}, pairing=None, ready=False, next=call.next(HOME))


@pages.post("/signin/counter")
async def clerk_begin(call: PageCall) -> PageAnswer:
    """The digits that the clerk types."""
    try:
        return await _window(call, _of(call, DRAFTS.read(call, Draft)))
    except Refused as refused:
        return again(call, "signin/counter.html", refused, step=0, steps=0, values=call.form, pairing=None, ready=False, next=call.next(HOME))


async def _window(call: PageCall, draft: Draft, refused: Refused | None = None) -> PageAnswer:
    check = await pending(call, draft, Purpose.SIGN_IN, draft.name, draft.number, Way.TERMINAL)
    answer = call.render("signin/counter.html", status=422 if refused else 200, step=0, steps=0, ready=True, pairing=check.pairing, next=call.next(HOME),
                         post=onward("/signin/counter/check", call, HOME), problem=call.problem(refused) if refused else None)
    return DRAFTS.keep(call, answer, draft)


@pages.post("/signin/counter/check")
async def clerk_enter(call: PageCall) -> PageAnswer:
    """The person says that the clerk is done; signed in when it is so."""
    draft = DRAFTS.read(call, Draft)
    if not draft.name:
        return call.redirect("/signin/counter")
    try:
        await witnessed(call, draft)
        return await _in(call, draft.number, Proof(draft.check_id), None)
    except Refused as refused:
        return await _window(call, draft, refused)
