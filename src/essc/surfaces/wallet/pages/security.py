"""Password, loss and frozen codes: what a holder does when something is wrong; and the proof of the person that this needs, before a camera or a clerk."""
from typing import Final, NamedTuple, cast

from essc.ecards import actions as ecards
from essc.ecards import calls
from essc.ecards.calls import Proof
from essc.holders import queries as holders
from essc.holders.model import Holder, Person
from essc.identity.model import Purpose, Way
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import SubmittedAlready
from essc.sessions import calls as sessions
from essc.sessions.api import COOKIE
from essc.sessions.queries import SignedIn
from essc.surfaces.shared.checks import Begun, judged, pending, witnessed
from essc.surfaces.shared.drafts import Drafts
from essc.surfaces.shared.forms import FRAMES_LIMIT, again, same_twice
from essc.surfaces.shared.looks import is_elder
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.face import card_face
from essc.surfaces.wallet.pages.me import own_link

CHECKS: Final = Drafts("essc_check", "/m")
PURPOSES: Final = {"reset": Purpose.RESET, "unfreeze": Purpose.UNFREEZE, "lift": Purpose.UNFREEZE, "unlock": Purpose.SIGN_IN}
"""What a check of somebody who is signed in can be for, by the last part of its address."""
RESET: Final = "/m/me/reset"
ELDER_RESET: Final = "/m/elder/reset"
"""Where a password that was forgotten is set anew; elder mode has pages of its own for it."""


class Errand(NamedTuple):
    """What a check is for: its words, its purpose, and the address below which its two ways stand. `link`: the channel that is to be unlinked;
    `face`: whose templates show it.
    """

    name: str
    purpose: Purpose
    address: str
    link: str = ""
    face: str = "wallet"


def errand_of(call: PageCall) -> Errand | None:
    """The errand of the address; None when there is none of that name."""
    if (link := call.path.get("link_id")) is not None:
        return Errand("unlink", Purpose.UNLINK, f"/m/me/channels/{link}/face", link)
    if call.face == "elder":
        return Errand("reset", Purpose.RESET, ELDER_RESET, face="elder")
    name = call.path["purpose"]
    return Errand(name, PURPOSES[name], f"/m/me/{name}") if name in PURPOSES else None


@pages.get("/m/me/password", signed_in=True)
async def ask_password(call: PageCall) -> PageAnswer:
    """Old and new password; and that it was changed, so that going back or reloading sends nothing again."""
    if "done" in call.query:
        return call.render("wallet/done.html", text=call.say("wallet.password.done"), why=call.say("wallet.password.everywhere"))
    return call.render("wallet/password.html")


@pages.post("/m/me/password", signed_in=True, once=True)
async def change_password(call: PageCall) -> PageAnswer:
    """修改密码, on all channels at once; this session lives on, the others end."""
    try:
        new = same_twice(call)
        async with call.done_once():
            await sessions.change_password(call.db, cast(SignedIn, call.session), call.form.text("old", 12), new, request_id=call.request_id)
    except SubmittedAlready:
        return call.redirect("/m/me/password?done")         # sent twice: it is changed already, and the old password would count as wrong
    except Refused as refused:
        return again(call, "wallet/password.html", refused)
    return call.redirect("/m/me/password?done")


@pages.get("/m/me/loss", signed_in=True)
async def ask_loss(call: PageCall) -> PageAnswer:
    """What reporting the card lost means; for a lost card, what lifting it means."""
    return await loss_page(call, "wallet/loss.html")


async def loss_page(call: PageCall, template: str, refused: Refused | None = None) -> PageAnswer:
    """The page on which a loss is told or lifted, in a face's own words."""
    here = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        card = await card_face(tx, here.holder_id, here.link_id)
    if refused is not None:
        return again(call, template, refused, card=card, asked=False)
    return call.render(template, card=card, asked="asked" in call.query)


@pages.post("/m/me/loss", signed_in=True, once=True)
async def report_loss(call: PageCall) -> PageAnswer:
    """挂失: codes stop at once, the province is asked."""
    return await loss_reported(call, "wallet/loss.html", "/m/me/loss?asked")


async def loss_reported(call: PageCall, template: str, where: str) -> PageAnswer:
    """Report the loss and go `where` it says that it was done; sent twice, it says the same."""
    try:
        async with call.tx() as tx:
            await ecards.report_loss(tx, cast(SignedIn, call.session).ecard_id)
    except SubmittedAlready:
        return call.redirect(where)
    except Refused as refused:
        return await loss_page(call, template, refused)
    return call.redirect(where)


@pages.get("/m/me/{purpose}", signed_in=True)
async def ask_face(call: PageCall) -> PageAnswer:
    """A face check before something that only the holder may do; once it passed, the page for a new password."""
    if call.path.get("purpose") == "reset" and is_elder(call):
        return call.redirect(ELDER_RESET)
    return await _face(call, CHECKS.read(call, Begun))


@pages.get("/m/me/channels/{link_id}/face", signed_in=True)
async def ask_face_to_unlink(call: PageCall) -> PageAnswer:
    """解除关联 without the password."""
    await own_link(call)
    return await _face(call, CHECKS.read(call, Begun))


async def _face(call: PageCall, begun: Begun, refused: Refused | None = None) -> PageAnswer:
    errand = errand_of(call)
    if errand is None:
        return call.redirect(_up(call))
    if errand.name == "reset" and begun.passed and begun.purpose == Purpose.RESET:
        return CHECKS.keep(call, call.render(f"{errand.face}/reset.html", step=0, steps=0, problem=call.problem(refused) if refused else None), begun)
    return await _check(call, errand, begun, Way.FACE, refused)


async def _check(call: PageCall, errand: Errand, begun: Begun, way: Way, refused: Refused | None) -> PageAnswer:
    holder = await _holder(call)
    try:
        check = await pending(call, begun, errand.purpose, holder.name, holder.number, way)
    except Refused as trouble:
        return again(call, f"{errand.face}/check_stopped.html", trouble, step=0, steps=0, purpose=errand.name, other=_other(errand, way), up=_up(call))
    answer = call.render(
        f"{errand.face}/check{'' if way is Way.FACE else '_counter'}.html", status=422 if refused else 200, step=0, steps=0, purpose=errand.name,
        face_post=errand.address, moves=check.challenge, pairing=check.pairing, other=_other(errand, way), up=_up(call), next=call.next(""),
        problem=call.problem(refused) if refused else None)
    return CHECKS.keep(call, answer, begun)


def _other(errand: Errand, way: Way) -> str:
    """Where the other way of proving it stands."""
    return f"{errand.address}/counter" if way is Way.FACE else errand.address


def _up(call: PageCall) -> str:
    return "/m/elder" if is_elder(call) or call.face == "elder" else "/m/me"


async def _holder(call: PageCall) -> Holder:
    async with call.read_tx() as tx:
        return await holders.get(tx, cast(SignedIn, call.session).holder_id)


@pages.post("/m/me/{purpose}", signed_in=True, body_limit=FRAMES_LIMIT)
async def face(call: PageCall) -> PageAnswer:
    """The pictures; what they were for is done when they are the holder's."""
    begun = CHECKS.read(call, Begun)
    errand = errand_of(call)
    if errand is None:
        return call.redirect(_up(call))
    try:
        await judged(call, begun)
        where = await _do(call, errand, begun)
    except Refused as refused:
        return await _face(call, begun, refused)
    return _onward(call, where, begun)


@pages.post("/m/me/channels/{link_id}/face", signed_in=True, body_limit=FRAMES_LIMIT)
async def face_to_unlink(call: PageCall) -> PageAnswer:
    """The pictures, and then the end of the link."""
    await own_link(call)
    return await face(call)


@pages.get("/m/me/{purpose}/counter", signed_in=True)
async def ask_clerk(call: PageCall) -> PageAnswer:
    """The digits that a clerk types who has seen the person."""
    errand = errand_of(call)
    return await _check(call, errand, CHECKS.read(call, Begun), Way.TERMINAL, None) if errand else call.redirect(_up(call))


@pages.get("/m/me/channels/{link_id}/face/counter", signed_in=True)
async def ask_clerk_to_unlink(call: PageCall) -> PageAnswer:
    """The same before a channel is unlinked."""
    await own_link(call)
    return await ask_clerk(call)


@pages.post("/m/me/{purpose}/counter", signed_in=True)
async def clerk(call: PageCall) -> PageAnswer:
    """The holder says that the clerk is done; when it is so, what it was for is done."""
    begun, errand = CHECKS.read(call, Begun), errand_of(call)
    if errand is None:
        return call.redirect(_up(call))
    try:
        await witnessed(call, begun)
        where = await _do(call, errand, begun)
    except Refused as refused:
        return await _check(call, errand, begun, Way.TERMINAL, refused)
    return _onward(call, where, begun)


@pages.post("/m/me/channels/{link_id}/face/counter", signed_in=True)
async def clerk_to_unlink(call: PageCall) -> PageAnswer:
    """The same before a channel is unlinked."""
    await own_link(call)
    return await clerk(call)


def _onward(call: PageCall, where: str, begun: Begun) -> PageAnswer:
    answer = call.redirect(where)
    if where == "/m/apply":
        answer.forget(COOKIE)
    return CHECKS.keep(call, answer, begun) if where in (RESET, ELDER_RESET) else CHECKS.forget(answer)


async def _do(call: PageCall, errand: Errand, begun: Begun) -> str:
    """Do what the proof is for; gives where to go next."""
    here, proof = cast(SignedIn, call.session), Proof(begun.check_id)
    if errand.name == "unfreeze":
        await calls.unfreeze(call.db, call.actor, here.ecard_id, proof, request_id=call.request_id)
        return "/m/"
    if errand.name == "lift":
        await calls.lift_loss(call.db, call.actor, here.ecard_id, proof, request_id=call.request_id)
        return "/m/elder/loss?asked" if is_elder(call) else "/m/me/loss?asked"
    if errand.name == "unlock":
        await sessions.unlock(call.db, here, proof=proof, request_id=call.request_id)
        return call.next("/m/elder/code" if is_elder(call) else "/m/code")
    if errand.name == "unlink":
        link_id, row = await own_link(call)
        await calls.unlink(call.db, call.actor, link_id, proof=proof, request_id=call.request_id)
        return "/m/apply" if row.here else "/m/me/channels"
    return errand.address


@pages.post("/m/me/reset/password", signed_in=True, once=True)
async def reset(call: PageCall) -> PageAnswer:
    """重置密码 on the proof; every session ends, so the holder signs in with the new password."""
    return await password_reset(call, "wallet/reset.html")


async def password_reset(call: PageCall, template: str) -> PageAnswer:
    """Set the password that was typed twice, on a face's own page."""
    begun, holder = CHECKS.read(call, Begun), await _holder(call)
    try:
        new = same_twice(call)
        person = Person(holder.name, holder.number, holder.kind)
        async with call.done_once():
            await calls.reset_password(call.db, call.actor, person, Proof(begun.check_id), new, request_id=call.request_id)
    except SubmittedAlready:
        pass                                                # sent twice: it is set already
    except Refused as refused:
        return again(call, template, refused, step=0, steps=0)
    return CHECKS.forget(call.redirect("/signin?why=reset").forget(COOKIE))
