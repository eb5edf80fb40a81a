"""展码: the code on the phone, and what the counter said about it."""
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final, cast

from essc.codes import queries as codes
from essc.codes.queries import Minted
from essc.kit import clock, ids
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page
from essc.kit.throttle import Rate, Rates
from essc.records import queries as records
from essc.records.model import Action, Filter, Kind, Outcome
from essc.sessions import calls as sessions
from essc.sessions import model
from essc.sessions.api import COOKIE
from essc.sessions.queries import SignedIn
from essc.surfaces.shared.barcode import code128_svg, qr_svg
from essc.surfaces.shared.forms import again
from essc.surfaces.shared.times import clock_time
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.face import card_face
from essc.surfaces.wallet.pages.faces import CardFace
from essc.surfaces.wallet.pages.records import scene_of, why_of
from essc.surfaces.wallet.pages.views import LiveCode

RATES: Final = Rates({"code": Rate("code", 12, 120)})
"""Codes for one session: a dozen at once, then one every ten seconds. In memory: it spares the process, it guards nothing."""
_GROUP: Final = 4
_LONGEST_MOMENT: Final = 14
_LATE_MS: Final = 2000
"""A use that was told while the code was being renewed is of the code before: the question reaches back this far."""


@pages.get("/m/code", signed_in=True)
async def show(call: PageCall) -> PageAnswer:
    """A fresh code. Entering the page needs password or face within the last minutes; a page that stays open renews its code without."""
    found = await asked(call)
    if found is None:
        return call.redirect("/m/unlock?next=/m/code")
    return call.render("wallet/code_live.html" if call.partial else "wallet/code.html", status=_status(call, found), **found)


async def asked(call: PageCall) -> dict[str, Any] | None:
    """What a code page shows: a code, or why there is none. None: password or face are needed first; for a card that cannot be used they are not."""
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        card = await card_face(tx, me.holder_id, me.link_id)
    if card.usable and not call.partial and not me.unlocked(call.now):
        return None
    found: dict[str, Any] = {"card": card, "code": None, "halt": not card.usable, "problem": None, "wait": 0}
    if card.usable:
        taken = RATES.take("code", ids.wire("sess", me.id), clock.stopwatch())
        if not taken.allowed:
            return found | _too_often(call, ceil(taken.retry_after))
    async with call.read_tx() as tx:
        made = (await codes.mint(tx, [model.read(call.cookies[COOKIE])]))[0]
    if isinstance(made, Refused):
        return found | {"problem": call.problem(made) if card.usable else _halted(call, made, card)}
    return found | {"code": live(call, made)}


def _status(call: PageCall, found: dict[str, Any]) -> int:
    """A piece of a page is put in its place whatever it says, so it is always 200."""
    return 429 if found["wait"] and not call.partial else 200


def _too_often(call: PageCall, seconds: int) -> dict[str, Any]:
    said = {"title": call.say("wallet.code.too_often", n=seconds), "action": call.say("wallet.code.too_often_why")}
    return {"wait": seconds, "problem": {"code": "code_too_often"} | said}


def live(call: PageCall, made: Minted) -> LiveCode:
    """A code as it is drawn."""
    life = max(1, int((made.expires_at - made.minted_at).total_seconds()))
    left = min(life, max(1, int((made.expires_at - call.now).total_seconds())))
    groups = tuple(made.code[at:at + _GROUP] for at in range(0, len(made.code), _GROUP))
    now = int(call.now.timestamp() * 1000)
    return LiveCode(made.code, groups, qr_svg(made.code), code128_svg(made.code), life, left, now, now - _LATE_MS if call.partial else now)


def _halted(call: PageCall, made: Refused, card: CardFace) -> dict[str, str]:
    return {"code": made.code, "title": call.say(f"wallet.halt.{card.standing}.title"), "action": call.say(f"wallet.halt.{card.standing}.why")}


@pages.post("/m/code/result", signed_in=True)
async def result(call: PageCall) -> PageAnswer:
    """What a counter said since the code came onto the screen: a full-screen answer, or 204 until there is one."""
    return await told(call, "wallet/code_result.html")


async def told(call: PageCall, template: str) -> PageAnswer:
    """The counter's answer in a face's own words."""
    me = cast(SignedIn, call.session)
    since = _moment(call.form.text("since", 16))
    if since is None:
        return PageAnswer(204)
    async with call.read_tx() as tx:
        found = await records.uses(tx, me.holder_id, Page(limit=1), Filter(kind=Kind.VERIFY))
    shown = next((one for one in found.items if one.use.action is Action.CODE and one.use.occurred_at >= since), None)
    if shown is None:
        return PageAnswer(204)
    return call.render(
        template, passed=shown.use.outcome is Outcome.DONE, verdict=shown.use.verdict, place=shown.venue_name or "",
        scene=scene_of(call, shown), time=clock_time(shown.use.occurred_at), why=why_of(call, shown), use=ids.wire("use", shown.use.id))


def _moment(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text) / 1000, UTC) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_MOMENT else None


@pages.get("/m/unlock", signed_in=True)
async def locked(call: PageCall) -> PageAnswer:
    """Before the code is shown: the password, or a face check."""
    return call.render("wallet/unlock.html", next=call.next("/m/code"))


@pages.post("/m/unlock", signed_in=True)
async def unlock(call: PageCall) -> PageAnswer:
    """Open the window in which codes are shown."""
    return await unlocked(call, "wallet/unlock.html", "/m/code")


async def unlocked(call: PageCall, template: str, home: str) -> PageAnswer:
    """Judge the password on a face's own page."""
    try:
        await sessions.unlock(call.db, cast(SignedIn, call.session), password=call.form.text("password", 12), request_id=call.request_id)
    except Refused as refused:
        return again(call, template, refused, next=call.next(home))
    return call.redirect(call.next(home))
