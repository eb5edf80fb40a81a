"""A member's own account: sessions, password, passkeys."""
import base64
import binascii
from typing import Any

from essc.kit import ids
from essc.kit.errors import Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.names import StaffSessionId
from essc.operators import actions, calls, queries
from essc.operators.errors import EntryOver, PasskeyRefused
from essc.surfaces.console.pages.access import here, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.console.pages.login import caller, origin
from essc.surfaces.console.pages.staff import stay_rows
from essc.surfaces.shared.devices import device_name
from essc.surfaces.shared.forms import EntriesDiffer, sentences
from essc.surfaces.shared.times import lately, stamp

ME = "/console/me"


async def _page(call: PageCall, refused: Refused | None = None) -> PageAnswer:
    session = here(call)
    async with call.read_tx() as tx:
        stays = await queries.sessions(tx, session.staff_id)
        keys = [{"id": base64.urlsafe_b64encode(one.id).decode(), "name": one.name, "since": stamp(one.created_at)[:16],
                 "used": lately(one.used_at, call.now, call.locale) if one.used_at else ""} for one in await queries.passkeys(tx, session.staff_id)]
    given: dict[str, Any] = {"stays": stay_rows(call, stays), "keys": keys, "done": call.query.get("done", ""), "until": stamp(session.expires_at)[11:16],
                             "problem": call.problem(refused) if refused else None,
                             "errors": sentences(call, refused) if refused else {}}
    return call.render("console/me.html", status=422 if refused else 200, **shell(call, scope(call), **given))


@pages.get(ME, signed_in=True)
async def me(call: PageCall) -> PageAnswer:
    """Sessions, password, passkeys."""
    return await _page(call)


@pages.post(f"{ME}/password", signed_in=True)
async def password(call: PageCall) -> PageAnswer:
    """Another password; the other sessions end."""
    try:
        new = call.form.get("new", "")
        if new != call.form.get("again", ""):
            raise EntriesDiffer("typed twice, differently")
        await calls.change_password(call.db, caller(call), here(call), call.form.get("password", ""), new)
    except Refused as refused:
        return await _again(call, refused)
    return call.redirect(f"{ME}?done=password")


async def _again(call: PageCall, refused: Refused) -> PageAnswer:
    """The page with what went wrong at its top."""
    return await _page(call, EntryOver("not a question of ours") if refused.kind is Kind.UNAUTHENTICATED else refused)


@pages.post(f"{ME}/sessions", signed_in=True)
async def sessions(call: PageCall) -> PageAnswer:
    """End one other session of one's own, or all others."""
    only = call.form.text("stay", 40)
    async with call.tx() as tx:
        await actions.end_own(tx, here(call), StaffSessionId(ids.parse("stay", only)) if only else None)
    return call.redirect(f"{ME}?done=sessions")


@pages.post(f"{ME}/passkey/options", signed_in=True)
async def passkey_options(call: PageCall) -> PageAnswer:
    """What the browser's authenticator is asked for a new passkey."""
    offer = await calls.offer_passkey(call.db, caller(call), here(call), origin(call))
    return call.json({"options": offer.options, "token": offer.token})


@pages.post(f"{ME}/passkey", signed_in=True)
async def passkey(call: PageCall) -> PageAnswer:
    """Keep the new passkey."""
    try:
        await calls.new_passkey(call.db, caller(call), here(call), origin(call), token=call.form.text("token", 60), answer=call.form.get("answer", ""),
                                name=device_name(call.headers.get("user-agent", "")))
    except Refused as refused:
        return await _again(call, refused)
    return call.redirect(f"{ME}?done=passkey")


@pages.post(f"{ME}/passkey/remove", signed_in=True)
async def remove_passkey(call: PageCall) -> PageAnswer:
    """Forget a passkey."""
    try:
        async with call.tx() as tx:
            await actions.remove_passkey(tx, here(call), _key_id(call.form.text("passkey", 2000)))
    except Refused as refused:
        return await _again(call, refused)
    return call.redirect(f"{ME}?done=removed")


def _key_id(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text)
    except (binascii.Error, ValueError):
        raise PasskeyRefused("not a passkey of ours") from None
