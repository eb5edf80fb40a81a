"""更换手机号: the person first (a face, a clerk, or a code to the old number and, at the end, the password), then the new number and its code.

What was said so far stands sealed in the browser's cookie; `sessions.calls.change_mobile` judges all of it once more.
"""
from typing import Any, Final, cast

from essc.cards import queries as cards
from essc.ecards.calls import Mobile, Proof
from essc.holders import model as people
from essc.holders import queries as holders
from essc.holders.model import Holder
from essc.identity import calls as identity
from essc.identity import queries as proofs
from essc.identity.model import Purpose, Way
from essc.kit import ids
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import SubmittedAlready
from essc.names import CheckId
from essc.sessions import calls
from essc.sessions.queries import SignedIn
from essc.surfaces.shared.checks import Begun, judged, pending, witnessed
from essc.surfaces.shared.drafts import Drafts
from essc.surfaces.shared.forms import FRAMES_LIMIT, again
from essc.surfaces.wallet.pages.declared import pages

HERE: Final = "/m/me/mobile"
FACE, CLERK, OLD, NEW, CODE = HERE + "/face", HERE + "/face/counter", HERE + "/old", HERE + "/new", HERE + "/code"
STEPS: Final = 3


class Draft(Begun):
    """`old` and `code` are the ids of the codes to the old and to the new number; `mobile` is the new one."""

    old: str = ""
    mobile: str = ""
    code: str = ""


DRAFTS: Final = Drafts("essc_mobile", HERE)


def _me(call: PageCall) -> SignedIn:
    return cast(SignedIn, call.session)


def _code(text: str) -> CheckId:
    return CheckId(ids.parse("chk", text))


async def _holder(call: PageCall) -> Holder:
    async with call.read_tx() as tx:
        return await holders.get(tx, _me(call).holder_id)


@pages.get(HERE, signed_in=True)
async def begin(call: PageCall) -> PageAnswer:
    """The number there is, what changing it means, and the ways to prove the person that the region accepts; or that it was changed."""
    holder = await _holder(call)
    now = people.mask_mobile(holder.mobile) if holder.mobile else ""
    if "done" in call.query:
        return call.render("wallet/done.html", text=call.say("wallet.mobile.done"), why=call.say("wallet.mobile.done_why", mobile=now))
    async with call.read_tx() as tx:
        ways = await proofs.ways(tx, (await cards.get(tx, _me(call).card_id)).region, Purpose.MOBILE)
    return call.render("wallet/mobile.html", now=now, face=Way.FACE in ways, clerk=Way.TERMINAL in ways, sms=Way.SMS in ways and bool(now))


@pages.post(OLD + "/send", signed_in=True)
async def send_old(call: PageCall) -> PageAnswer:
    """Send a code to the old number."""
    draft = Draft()
    try:
        draft.old = ids.wire("chk", await calls.send_mobile_code(call.db, _me(call), request_id=call.request_id))
    except Refused as refused:
        return await _old(call, refused)
    return DRAFTS.keep(call, call.redirect(OLD), draft)


@pages.get(OLD, signed_in=True)
async def ask_old(call: PageCall) -> PageAnswer:
    """The code that came to the old number."""
    return await _old(call) if DRAFTS.read(call, Draft).old else call.redirect(HERE)


async def _old(call: PageCall, refused: Refused | None = None) -> PageAnswer:
    context: dict[str, Any] = {"step": 1, "steps": STEPS, "sent": (await _holder(call)).masked_mobile, "what": "old", "password": False}
    return again(call, "wallet/mobile_code.html", refused, **context) if refused else call.render("wallet/mobile_code.html", **context)


@pages.post(OLD, signed_in=True)
async def say_old(call: PageCall) -> PageAnswer:
    """Judge the code to the old number: half a proof; the password is asked for at the end."""
    draft = DRAFTS.read(call, Draft)
    if not draft.old:
        return call.redirect(HERE)
    try:
        await identity.prove_code(call.db, call.actor, _code(draft.old), Purpose.MOBILE, call.form.text("code", 8), request_id=call.request_id)
    except Refused as refused:
        return await _old(call, refused)
    draft.purpose, draft.check, draft.passed, draft.way = Purpose.MOBILE.value, draft.old, True, Way.SMS.value
    return DRAFTS.keep(call, call.redirect(NEW), draft)


@pages.get(FACE, signed_in=True)
async def ask_face(call: PageCall) -> PageAnswer:
    """The camera."""
    return await _check(call, DRAFTS.read(call, Draft), Way.FACE)


@pages.get(CLERK, signed_in=True)
async def ask_clerk(call: PageCall) -> PageAnswer:
    """The digits that a clerk types who has seen the person."""
    return await _check(call, DRAFTS.read(call, Draft), Way.TERMINAL)


async def _check(call: PageCall, draft: Draft, way: Way, refused: Refused | None = None) -> PageAnswer:
    holder, other = await _holder(call), CLERK if way is Way.FACE else FACE
    try:
        check = await pending(call, draft, Purpose.MOBILE, holder.name, holder.number, way)
    except Refused as trouble:
        return again(call, "wallet/check_stopped.html", trouble, step=1, steps=STEPS, purpose="mobile", other=other, up=HERE)
    answer = call.render(
        "wallet/check.html" if way is Way.FACE else "wallet/check_counter.html", status=422 if refused else 200, step=1, steps=STEPS, purpose="mobile",
        face_post=FACE, moves=check.challenge, pairing=check.pairing, other=other, up=HERE, next="", problem=call.problem(refused) if refused else None)
    return DRAFTS.keep(call, answer, draft)


@pages.post(FACE, signed_in=True, body_limit=FRAMES_LIMIT)
async def show_face(call: PageCall) -> PageAnswer:
    """The pictures."""
    draft = DRAFTS.read(call, Draft)
    try:
        await judged(call, draft)
    except Refused as refused:
        return await _check(call, draft, Way.FACE, refused)
    return DRAFTS.keep(call, call.redirect(NEW), draft)


@pages.post(CLERK, signed_in=True)
async def seen(call: PageCall) -> PageAnswer:
    """The holder says that the clerk is done."""
    draft = DRAFTS.read(call, Draft)
    try:
        await witnessed(call, draft)
    except Refused as refused:
        return await _check(call, draft, Way.TERMINAL, refused)
    return DRAFTS.keep(call, call.redirect(NEW), draft)


@pages.get(NEW, signed_in=True)
async def ask_new(call: PageCall) -> PageAnswer:
    """The new number."""
    draft = DRAFTS.read(call, Draft)
    return call.render("wallet/mobile_new.html", step=2, steps=STEPS, values={"mobile": draft.mobile}) if draft.passed else call.redirect(HERE)


@pages.post(NEW, signed_in=True)
async def send_new(call: PageCall) -> PageAnswer:
    """Send a code to the new number, or once more."""
    draft = DRAFTS.read(call, Draft)
    if not draft.passed:
        return call.redirect(HERE)
    given = draft.mobile if call.form.get("again") else call.form.text("mobile", 20)
    try:
        draft.mobile = people.clean_mobile(given)
        draft.code = ids.wire("chk", await calls.send_mobile_code(call.db, _me(call), draft.mobile, request_id=call.request_id))
    except Refused as refused:
        return again(call, "wallet/mobile_new.html", refused, step=2, steps=STEPS, values={"mobile": given})
    return DRAFTS.keep(call, call.redirect(CODE), draft)


@pages.get(CODE, signed_in=True)
async def ask_code(call: PageCall) -> PageAnswer:
    """The code that came to the new number, and the password where a code proved the person."""
    draft = DRAFTS.read(call, Draft)
    return call.render("wallet/mobile_code.html", **_last(draft)) if draft.code else call.redirect(HERE)


def _last(draft: Draft) -> dict[str, Any]:
    return {"step": 3, "steps": STEPS, "sent": people.mask_mobile(draft.mobile), "what": "new", "password": draft.way == Way.SMS.value}


@pages.post(CODE, signed_in=True, once=True)
async def change(call: PageCall) -> PageAnswer:
    """Change the number."""
    draft = DRAFTS.read(call, Draft)
    if not (draft.passed and draft.code):
        return call.redirect(HERE)
    mobile = Mobile(draft.mobile, Proof(_code(draft.code), call.form.text("code", 8)))
    password = call.form.text("password", 12) if draft.way == Way.SMS.value else None
    try:
        async with call.done_once():
            await calls.change_mobile(call.db, _me(call), mobile, Proof(draft.check_id), password=password, request_id=call.request_id)
    except SubmittedAlready:
        pass                                                # sent twice: it is changed already
    except Refused as refused:
        return again(call, "wallet/mobile_code.html", refused, **_last(draft))
    return DRAFTS.forget(call.redirect(HERE + "?done"))
