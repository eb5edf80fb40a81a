"""Password, loss and frozen codes: what a holder does when something is wrong."""
from typing import Final, cast

from essc.ecards import actions as ecards
from essc.ecards import calls
from essc.ecards.calls import Proof
from essc.holders import queries as holders
from essc.holders.model import Holder, Person
from essc.identity.model import Purpose
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.sessions import calls as sessions
from essc.sessions.api import COOKIE
from essc.sessions.queries import SignedIn
from essc.surfaces.shared.checks import Begun, judged, pending
from essc.surfaces.shared.drafts import Drafts
from essc.surfaces.shared.forms import FRAMES_LIMIT, again, same_twice
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.face import card_face

CHECKS: Final = Drafts("essc_check", "/m/me")
PURPOSES: Final = {"reset": Purpose.RESET, "unfreeze": Purpose.UNFREEZE, "lift": Purpose.UNFREEZE}
"""What a face check of somebody who is signed in can be for, by the last part of its address."""


@pages.get("/m/me/password", signed_in=True)
async def ask_password(call: PageCall) -> PageAnswer:
    """Old and new password."""
    return call.render("wallet/password.html")


@pages.post("/m/me/password", signed_in=True)
async def change_password(call: PageCall) -> PageAnswer:
    """修改密码, on all channels at once; this session lives on, the others end."""
    try:
        new = same_twice(call)
        await sessions.change_password(call.db, cast(SignedIn, call.session), call.form.text("old", 12), new, request_id=call.request_id)
    except Refused as refused:
        return again(call, "wallet/password.html", refused)
    return call.render("wallet/done.html", text=call.say("wallet.password.done"), why=call.say("wallet.password.everywhere"))


@pages.get("/m/me/loss", signed_in=True)
async def ask_loss(call: PageCall) -> PageAnswer:
    """What reporting the card lost means; for a lost card, what lifting it means."""
    here = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        card = await card_face(tx, here.holder_id, here.link_id)
    return call.render("wallet/loss.html", card=card, asked="asked" in call.query)


@pages.post("/m/me/loss", signed_in=True)
async def report_loss(call: PageCall) -> PageAnswer:
    """挂失: codes stop at once, the province is asked."""
    here = cast(SignedIn, call.session)
    try:
        async with call.tx() as tx:
            await ecards.report_loss(tx, here.ecard_id)
    except Refused as refused:
        async with call.read_tx() as tx:
            return again(call, "wallet/loss.html", refused, card=await card_face(tx, here.holder_id, here.link_id), asked=False)
    return call.redirect("/m/me/loss?asked")


@pages.get("/m/me/{purpose}", signed_in=True)
async def ask_face(call: PageCall) -> PageAnswer:
    """A face check before something that only the holder may do; once it passed, the page for a new password."""
    return await _face(call, CHECKS.read(call, Begun))


async def _face(call: PageCall, begun: Begun, refused: Refused | None = None) -> PageAnswer:
    purpose = call.path["purpose"]
    if purpose == "reset" and begun.passed and begun.purpose == Purpose.RESET:
        return CHECKS.keep(call, call.render("wallet/reset.html", step=0, steps=0, problem=call.problem(refused) if refused else None), begun)
    holder = await _holder(call)
    check = await pending(call, begun, PURPOSES[purpose], holder.name, holder.number) if purpose in PURPOSES else None
    if check is None:
        return call.redirect("/m/me")
    answer = call.render(
        "wallet/check.html", status=422 if refused else 200, step=0, steps=0, purpose=purpose, face_post=f"/m/me/{purpose}", moves=check.challenge,
        problem=call.problem(refused) if refused else None)
    return CHECKS.keep(call, answer, begun)


async def _holder(call: PageCall) -> Holder:
    async with call.read_tx() as tx:
        return await holders.get(tx, cast(SignedIn, call.session).holder_id)


@pages.post("/m/me/{purpose}", signed_in=True, body_limit=FRAMES_LIMIT)
async def face(call: PageCall) -> PageAnswer:
    """The pictures; what they were for is done when they are the holder's."""
    begun = CHECKS.read(call, Begun)
    try:
        await judged(call, begun)
        where = await _do(call, call.path["purpose"], begun)
    except Refused as refused:
        return await _face(call, begun, refused)
    answer = call.redirect(where)
    return CHECKS.keep(call, answer, begun) if where == "/m/me/reset" else CHECKS.forget(answer)


async def _do(call: PageCall, purpose: str, begun: Begun) -> str:
    """Do what the proof is for; gives where to go next."""
    here, proof = cast(SignedIn, call.session), Proof(begun.check_id)
    if purpose == "unfreeze":
        await calls.unfreeze(call.db, call.actor, here.ecard_id, proof, request_id=call.request_id)
        return "/m/"
    if purpose == "lift":
        await calls.lift_loss(call.db, call.actor, here.ecard_id, proof, request_id=call.request_id)
        return "/m/me/loss?asked"
    return "/m/me/reset"


@pages.post("/m/me/reset/password", signed_in=True)
async def reset(call: PageCall) -> PageAnswer:
    """重置密码 on the proof; every session ends, so the holder signs in with the new password."""
    begun, holder = CHECKS.read(call, Begun), await _holder(call)
    try:
        new = same_twice(call)
        person = Person(holder.name, holder.number, holder.kind)
        await calls.reset_password(call.db, call.actor, person, Proof(begun.check_id), new, request_id=call.request_id)
    except Refused as refused:
        return again(call, "wallet/reset.html", refused, step=0, steps=0)
    return CHECKS.forget(call.redirect("/signin?why=reset").forget(COOKIE))
