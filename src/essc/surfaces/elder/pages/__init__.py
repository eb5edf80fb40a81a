"""Elder mode: home, code, card, history, messages, loss. Few choices a screen, everything said aloud on request, 12333 always in reach.

The rules stand in the rooms and in the wallet's pages; here is only what the screens of this mode show.
"""
from typing import Final, cast

from essc.holders import queries as holders
from essc.kit.http.pages import PageAnswer, PageCall, Pages
from essc.kit.paging import Page
from essc.notices import actions as inbox
from essc.notices import queries as notices
from essc.preferences.model import Mode
from essc.records import queries as records
from essc.records.model import Shown
from essc.sessions.queries import SignedIn
from essc.surfaces.shared import looks
from essc.surfaces.shared.forms import FRAMES_LIMIT
from essc.surfaces.shared.looks import Look
from essc.surfaces.wallet.pages.card import SECONDS, opened
from essc.surfaces.wallet.pages.code import asked, told, unlocked
from essc.surfaces.wallet.pages.face import card_face
from essc.surfaces.wallet.pages.messages import row_of as message_row
from essc.surfaces.wallet.pages.records import DISOWNED, detail, disowned, row_of
from essc.surfaces.wallet.pages.security import ask_clerk, ask_face, clerk, face, loss_page, loss_reported, password_reset

pages: Final = Pages("elder")
HOME: Final = "/m/elder"
ROWS: Final = 20
"""Rows of the history (screen EL5): no filters, no pages."""
CHOICES: Final = 5
"""Uses that can be disowned at once: a screen has at most six things to choose from."""
MESSAGES: Final = 10


@pages.get("/m/elder", signed_in=True)
async def home(call: PageCall) -> PageAnswer:
    """What the card is for, in five large tiles. Coming here is choosing the mode for this browser."""
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        holder, card = await holders.get(tx, me.holder_id), await card_face(tx, me.holder_id, me.link_id)
        unread = await notices.unread(tx, me.holder_id)
    answer = call.render("elder/home.html", name=holder.name, card=card, unread=unread)
    return answer if looks.is_elder(call) else looks.wear(call, answer, Look(Mode.ELDER, looks.look_of(call).size))


@pages.get("/m/elder/code", signed_in=True)
async def code(call: PageCall) -> PageAnswer:
    """出示社保码: large, with one button."""
    found = await asked(call)
    if found is None:
        return call.redirect("/m/elder/unlock?next=/m/elder/code")
    return call.render("elder/code_live.html" if call.partial else "elder/code.html", status=429 if found["wait"] and not call.partial else 200, **found)


@pages.post("/m/elder/code/result", signed_in=True)
async def result(call: PageCall) -> PageAnswer:
    """What the counter said."""
    return await told(call, "elder/code_result.html")


@pages.get("/m/elder/unlock", signed_in=True)
async def locked(call: PageCall) -> PageAnswer:
    """The password, or a face."""
    return call.render("elder/unlock.html", next=call.next("/m/elder/code"))


@pages.post("/m/elder/unlock", signed_in=True)
async def unlock(call: PageCall) -> PageAnswer:
    """Judge the password."""
    return await unlocked(call, "elder/unlock.html", "/m/elder/code")


@pages.get("/m/elder/card", signed_in=True)
async def card(call: PageCall) -> PageAnswer:
    """亮证, for somebody's eyes, for a minute."""
    me = cast(SignedIn, call.session)
    face, full = await opened(call)
    if full is None:
        return call.redirect(HOME)
    if not me.unlocked(call.now):
        return call.redirect("/m/elder/unlock?next=/m/elder/card")
    return call.render("elder/card.html", card=face, full=full, seconds=SECONDS, now_ms=int(call.now.timestamp() * 1000))


@pages.get("/m/elder/records", signed_in=True)
async def history(call: PageCall) -> PageAnswer:
    """The last uses, large, without filters."""
    found = await _uses(call)
    return call.render("elder/records.html", rows=[row_of(call, one) for one in found], disownable=any(_disownable(one) for one in found))


async def _uses(call: PageCall) -> list[Shown]:
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        return list((await records.uses(tx, me.holder_id, Page(limit=ROWS))).items)


def _disownable(shown: Shown) -> bool:
    return shown.use.action in DISOWNED and shown.disputed_at is None


@pages.get("/m/elder/not-me", signed_in=True)
async def which(call: PageCall) -> PageAnswer:
    """Which of the last uses was not mine?"""
    found = [row_of(call, one) for one in await _uses(call) if _disownable(one)]
    return call.render("elder/which.html", rows=found[:CHOICES])


@pages.get("/m/elder/not-me/{use_id}", signed_in=True)
async def ask_not_me(call: PageCall) -> PageAnswer:
    """What saying so means."""
    row = await detail(call)
    return call.render("elder/not_me.html", row=row) if row.can_disown else call.redirect("/m/elder/records")


@pages.post("/m/elder/not-me/{use_id}", signed_in=True, once=True)
async def not_me(call: PageCall) -> PageAnswer:
    """我没有用过."""
    return await disowned(call, "elder/not_me.html")


@pages.get("/m/elder/messages", signed_in=True)
async def messages(call: PageCall) -> PageAnswer:
    """The newest messages; there is nothing to press, so seeing them is reading them."""
    me = cast(SignedIn, call.session)
    async with call.tx() as tx:
        found = await notices.messages(tx, me.holder_id, Page(limit=MESSAGES))
        for one in found.items:
            if one.read_at is None:
                await inbox.read(tx, me.holder_id, one.id)
    return call.render("elder/messages.html", rows=[message_row(call, one) for one in found.items])


@pages.get("/m/elder/loss", signed_in=True)
async def ask_loss(call: PageCall) -> PageAnswer:
    """What reporting the card lost means; for a lost one, what lifting it means."""
    return await loss_page(call, "elder/loss.html")


@pages.post("/m/elder/loss", signed_in=True, once=True)
async def report_loss(call: PageCall) -> PageAnswer:
    """挂失."""
    return await loss_reported(call, "elder/loss.html", "/m/elder/loss?asked")


@pages.get("/m/elder/reset", signed_in=True)
async def forgotten(call: PageCall) -> PageAnswer:
    """忘记密码: a face check; once it passed, the page for a new password."""
    return await ask_face(call)


@pages.post("/m/elder/reset", signed_in=True, body_limit=FRAMES_LIMIT)
async def proved(call: PageCall) -> PageAnswer:
    """The pictures."""
    return await face(call)


@pages.get("/m/elder/reset/counter", signed_in=True)
async def at_counter(call: PageCall) -> PageAnswer:
    """The digits that a clerk types who has seen the person."""
    return await ask_clerk(call)


@pages.post("/m/elder/reset/counter", signed_in=True)
async def proved_at_counter(call: PageCall) -> PageAnswer:
    """The holder says that the clerk is done."""
    return await clerk(call)


@pages.post("/m/elder/reset/password", signed_in=True, once=True)
async def reset(call: PageCall) -> PageAnswer:
    """The new password, on all channels at once; every session ends."""
    return await password_reset(call, "elder/reset.html")
