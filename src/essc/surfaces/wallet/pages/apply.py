"""申领, one question a page: consent, who, mobile, code, face, password, done. What was said so far stands sealed in the browser's cookie.

Whether somebody is known, and how their card stands, is told only after the face check: before it a stranger learns nothing.
"""
from typing import Any, Final, cast

from essc.ecards import calls as ecards
from essc.ecards.calls import Mobile, Proof
from essc.ecards.errors import AlreadyIssued, CardReplaced, HeldElsewhere
from essc.ecards.model import Link
from essc.ecards.queries import Next
from essc.holders import model as people
from essc.holders.model import Person
from essc.identity import calls as identity
from essc.identity.errors import FaceTriesSpent
from essc.identity.model import Purpose, Way
from essc.kit import ids
from essc.kit.errors import FieldError, Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import SubmittedAlready
from essc.names import CheckId
from essc.preferences import actions as preferences
from essc.sessions import actions as sessions
from essc.sessions.api import COOKIE
from essc.sessions.model import written
from essc.sessions.queries import SignedIn
from essc.surfaces.shared import house, looks
from essc.surfaces.shared.checks import Begun, judged, pending, witnessed
from essc.surfaces.shared.devices import signed_in, this_device
from essc.surfaces.shared.drafts import Drafts
from essc.surfaces.shared.forms import FRAMES_LIMIT, again, same_twice
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.face import card_face
from essc.surfaces.wallet.pages.reading import TERMS_VERSION

DRAFTS: Final = Drafts("essc_apply", "/m/apply")
STEPS: Final = 5


class ConsentNeeded(Refused):
    """Nothing is taken without the tick."""

    kind, code = Kind.INVALID, "consent_needed"


class Draft(Begun):
    """What an applicant has said so far. `code` is the id of the code by SMS, `heard` that it was right, `link` that of the code for linking,
    `agreed` the version of the terms."""

    agreed: str = ""
    name: str = ""
    number: str = ""
    mobile: str = ""
    code: str = ""
    heard: bool = False
    link: str = ""

    def person(self) -> Person:
        """Who applies. Raises the refusals of names and numbers."""
        return ecards.person_of(self.name, self.number)


def draft_of(call: PageCall) -> Draft:
    """The draft of this browser."""
    return DRAFTS.read(call, Draft)


def _step(call: PageCall, template: str, step: int, **context: Any) -> PageAnswer:
    return call.render(template, step=step, steps=STEPS, **({"values": {}} | context))


def _again(call: PageCall, template: str, step: int, refused: Refused, **context: Any) -> PageAnswer:
    return again(call, template, refused, step=step, steps=STEPS, **({"values": call.form} | context))


@pages.get("/m/apply")
async def welcome(call: PageCall) -> PageAnswer:
    """What it is, and two ways in."""
    return call.redirect("/m/") if call.session else call.render("wallet/apply_welcome.html")


@pages.get("/m/apply/consent")
async def consent(call: PageCall) -> PageAnswer:
    """What is used, for what, by whom."""
    return _step(call, "wallet/apply_consent.html", 1)


@pages.post("/m/apply/consent")
async def agree(call: PageCall) -> PageAnswer:
    """The tick is the consent."""
    if not call.form.ticked("agree"):
        return _again(call, "wallet/apply_consent.html", 1, ConsentNeeded("not ticked", fields=(FieldError("agree", "consent_needed"),)))
    draft = draft_of(call)
    draft.agreed = TERMS_VERSION
    return DRAFTS.keep(call, call.redirect("/m/apply/details"), draft)


@pages.get("/m/apply/details")
async def details(call: PageCall) -> PageAnswer:
    """Name and number."""
    draft = draft_of(call)
    if not draft.agreed:
        return call.redirect("/m/apply/consent")
    return _step(call, "wallet/apply_details.html", 2, values={"name": draft.name, "number": draft.number})


@pages.post("/m/apply/details")
async def say_details(call: PageCall) -> PageAnswer:
    """Names and numbers are judged by their form only."""
    draft = draft_of(call)
    try:
        person = ecards.person_of(call.form.text("name"), call.form.text("number"))
    except Refused as refused:
        return _again(call, "wallet/apply_details.html", 2, refused)
    if (person.name, person.number) != (draft.name, draft.number):
        draft = Draft(agreed=draft.agreed, name=person.name, number=person.number, mobile=draft.mobile)
    return DRAFTS.keep(call, call.redirect("/m/apply/face" if draft.heard else "/m/apply/mobile"), draft)


@pages.get("/m/apply/mobile")
async def mobile(call: PageCall) -> PageAnswer:
    """The mobile number."""
    draft = draft_of(call)
    if not draft.number:
        return call.redirect("/m/apply/details")
    return _step(call, "wallet/apply_mobile.html", 3, sent="", values={"mobile": draft.mobile})


@pages.post("/m/apply/mobile")
async def send_code(call: PageCall) -> PageAnswer:
    """Send a code to the mobile that was typed, or once more to the one before."""
    draft = draft_of(call)
    if not draft.number:
        return call.redirect("/m/apply/details")
    try:
        draft.mobile = people.clean_mobile(draft.mobile if call.form.get("again") else call.form.text("mobile"))
        code_id = await identity.send_code(call.db, call.actor, Purpose.APPLY, mobile=draft.mobile, peer=call.peer, request_id=call.request_id)
    except Refused as refused:
        return _again(call, "wallet/apply_mobile.html", 3, refused, sent="")
    draft.code, draft.heard = ids.wire("chk", code_id), False
    return DRAFTS.keep(call, call.redirect("/m/apply/sms"), draft)


@pages.get("/m/apply/sms")
async def code(call: PageCall) -> PageAnswer:
    """The code by SMS."""
    draft = draft_of(call)
    if not draft.code:
        return call.redirect("/m/apply/mobile")
    return _step(call, "wallet/apply_mobile.html", 3, sent=people.mask_mobile(draft.mobile))


@pages.post("/m/apply/sms")
async def say_code(call: PageCall) -> PageAnswer:
    """Judge the code."""
    draft = draft_of(call)
    if not draft.code:
        return call.redirect("/m/apply/mobile")
    try:
        await identity.prove_code(call.db, call.actor, _id(draft.code), Purpose.APPLY, call.form.text("code", 8), request_id=call.request_id)
    except Refused as refused:
        return _again(call, "wallet/apply_mobile.html", 3, refused, sent=people.mask_mobile(draft.mobile))
    draft.heard = True
    return DRAFTS.keep(call, call.redirect("/m/apply/face"), draft)


def _id(text: str) -> CheckId:
    return CheckId(ids.parse("chk", text))


@pages.get("/m/apply/face")
async def face(call: PageCall) -> PageAnswer:
    """The camera."""
    return await _face(call, draft_of(call))


async def _face(call: PageCall, draft: Draft, refused: Refused | None = None) -> PageAnswer:
    if not draft.heard:
        return call.redirect("/m/apply/mobile")
    try:
        check = await pending(call, draft, Purpose.APPLY, draft.name, draft.number)
    except Refused as trouble:
        return again(call, "wallet/apply_counter.html", trouble, step=4, steps=STEPS)
    context = {"face_post": "/m/apply/face", "moves": check.challenge}
    template = "wallet/apply_face.html"
    answer = _step(call, template, 4, **context) if refused is None else _again(call, template, 4, refused, buttons=_ways(call, refused), **context)
    return DRAFTS.keep(call, answer, draft)


def _ways(call: PageCall, refused: Refused) -> tuple[tuple[str, str], ...]:
    """After the third failure people decide, not machines."""
    return (("/m/apply/counter", call.say("wallet.apply.face.other")),) if isinstance(refused, FaceTriesSpent) else ()


@pages.post("/m/apply/face", body_limit=FRAMES_LIMIT)
async def show_face(call: PageCall) -> PageAnswer:
    """The pictures are judged; then it may be told what the person can do here."""
    draft = draft_of(call)
    if not draft.heard:
        return call.redirect("/m/apply/mobile")
    try:
        await judged(call, draft)
    except Refused as refused:
        return await _face(call, draft, refused)
    return await _proved(call, draft)


async def _proved(call: PageCall, draft: Draft) -> PageAnswer:
    """The person has proved who they are: what they can do here may be told."""
    try:
        async with call.db.read_tx(call.actor) as tx:
            channel = await house.own_channel(tx)
        found = await ecards.prospect(call.db, call.actor, draft.person(), channel.id)
    except Refused as refused:
        return DRAFTS.keep(call, _stopped(call, draft, refused), draft)
    return DRAFTS.keep(call, call.redirect("/m/apply/existing" if found.next is Next.PASSWORD else "/m/apply/password"), draft)


def _stopped(call: PageCall, draft: Draft, refused: Refused) -> PageAnswer:
    """Why there is no e-card for this person, with what can be done."""
    buttons: dict[type[Refused], tuple[str, str]] = {
        AlreadyIssued: ("/signin", call.say("wallet.apply.already")), HeldElsewhere: ("/m/apply/existing", call.say("wallet.apply.existing_link")),
        CardReplaced: ("/signin", call.say("wallet.apply.already"))}
    wanted = [buttons[type(refused)]] if type(refused) in buttons else [("tel:12333", call.say("shared.call_12333"))]
    return _again(call, "wallet/apply_details.html", 2, refused, buttons=wanted, values={"name": draft.name, "number": draft.number})


@pages.get("/m/apply/counter")
async def counter(call: PageCall) -> PageAnswer:
    """For whom a face check is not possible: the password from another channel, or a clerk who types the digits shown here."""
    return await _counter(call, draft_of(call))


async def _counter(call: PageCall, draft: Draft, refused: Refused | None = None) -> PageAnswer:
    if not draft.heard:
        return call.redirect("/m/apply/mobile")
    try:
        check = await pending(call, draft, Purpose.APPLY, draft.name, draft.number, Way.TERMINAL)
    except Refused as trouble:
        return again(call, "wallet/apply_counter.html", trouble, step=4, steps=STEPS, pairing=None)
    template = "wallet/apply_counter.html"
    answer = _step(call, template, 4, pairing=check.pairing) if refused is None else _again(call, template, 4, refused, pairing=check.pairing)
    return DRAFTS.keep(call, answer, draft)


@pages.post("/m/apply/counter")
async def seen(call: PageCall) -> PageAnswer:
    """The applicant says that the clerk is done."""
    draft = draft_of(call)
    if not draft.heard:
        return call.redirect("/m/apply/mobile")
    try:
        await witnessed(call, draft)
    except Refused as refused:
        return await _counter(call, draft, refused)
    return await _proved(call, draft)


@pages.get("/m/apply/password")
async def password(call: PageCall) -> PageAnswer:
    """Six digits, twice."""
    draft = draft_of(call)
    if not draft.passed:
        return call.redirect("/m/apply/face")
    return _step(call, "wallet/apply_password.html", 5, number_digits=draft.number)


@pages.post("/m/apply/password", once=True)
async def issue(call: PageCall) -> PageAnswer:
    """Issue the e-card and sign its holder in on this device."""
    draft = draft_of(call)
    if not draft.passed:
        return call.redirect("/m/apply/face")
    try:
        async with call.db.read_tx(call.actor) as tx:
            channel = await house.own_channel(tx)
        proved = Mobile(draft.mobile, Proof(_id(draft.code)))
        wanted = same_twice(call)
        async with call.done_once():
            _, link = await ecards.apply(call.db, call.actor, draft.person(), channel.id, Proof(draft.check_id), wanted, mobile=proved,
                                         request_id=call.request_id)
    except SubmittedAlready:
        return call.redirect("/m/apply/done")               # sent twice: the card is there already
    except Refused as refused:
        buttons = [("/m/apply/face", call.say("wallet.apply.counter.back"))] if not refused.fields else []
        return _again(call, "wallet/apply_password.html", 5, refused, number_digits=draft.number, buttons=buttons)
    return await _welcome_in(call, link, "face", draft.agreed)


async def _welcome_in(call: PageCall, link: Link, way: str, agreed: str) -> PageAnswer:
    device = this_device(call)
    async with call.db.tx(call.actor, request_id=call.request_id) as tx:
        _, token = await sessions.open(tx, link.id, device, way)
        await preferences.agree(tx, link.holder_id, agreed)
        chosen = await looks.settle(tx, call, link.holder_id)
    answer = signed_in(call, call.redirect("/m/apply/done"), COOKIE, written(token), device)
    return DRAFTS.forget(looks.wear(call, answer, chosen))


@pages.get("/m/apply/existing")
async def existing(call: PageCall) -> PageAnswer:
    """An e-card is held on another channel: a code by SMS and its password carry it here."""
    draft = draft_of(call)
    if not draft.number:
        return call.redirect("/m/apply/details")
    return _step(call, "wallet/apply_existing.html", 5, sent=bool(draft.link))


@pages.post("/m/apply/existing/code")
async def send_link_code(call: PageCall) -> PageAnswer:
    """Send a code to the mobile that the holder has proved, whoever asks: it is not told whether there is one."""
    draft = draft_of(call)
    if not draft.number:
        return call.redirect("/m/apply/details")
    try:
        code_id = await identity.send_code(call.db, call.actor, Purpose.LINK, number=draft.number, peer=call.peer, request_id=call.request_id)
    except Refused as refused:
        return _again(call, "wallet/apply_existing.html", 5, refused, sent=False)
    draft.link = ids.wire("chk", code_id)
    return DRAFTS.keep(call, call.redirect("/m/apply/existing"), draft)


@pages.post("/m/apply/existing")
async def link(call: PageCall) -> PageAnswer:
    """直接验密签发: the existing password carries the e-card onto this channel."""
    draft = draft_of(call)
    if not draft.link:
        return call.redirect("/m/apply/existing")
    proof = Proof(_id(draft.link), call.form.text("code", 8))
    try:
        async with call.db.read_tx(call.actor) as tx:
            channel = await house.own_channel(tx)
        _, linked = await ecards.link(call.db, call.actor, draft.person(), channel.id, proof, call.form.text("password", 12), request_id=call.request_id)
    except Refused as refused:
        return _again(call, "wallet/apply_existing.html", 5, refused, sent=True)
    return await _welcome_in(call, linked, "sms_password", draft.agreed)


@pages.get("/m/apply/done", signed_in=True)
async def done(call: PageCall) -> PageAnswer:
    """The card, for the first time."""
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        card = await card_face(tx, me.holder_id, me.link_id)
    return call.render("wallet/apply_done.html", step=0, steps=STEPS, card=card)
