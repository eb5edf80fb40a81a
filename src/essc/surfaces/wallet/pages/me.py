"""我的: channels that carry the card, devices that are signed in, signing out."""
from contextlib import suppress
from typing import Final, cast

from essc.channels import queries as channels
from essc.channels.model import Form
from essc.ecards import calls as ecards
from essc.ecards import queries
from essc.ecards.errors import LinkNotFound
from essc.ecards.model import Link
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import SubmittedAlready
from essc.kit.paging import Page
from essc.names import LinkId, SessionId
from essc.notices import queries as notices
from essc.preferences import queries as preferences
from essc.records import queries as records
from essc.records.model import Filter
from essc.sessions import actions as sessions
from essc.sessions import queries as devices_of
from essc.sessions.api import COOKIE
from essc.sessions.errors import SessionNotFound
from essc.sessions.queries import SignedIn
from essc.surfaces.shared import times
from essc.surfaces.shared.forms import again
from essc.surfaces.wallet.pages.card import grouped
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.face import card_face
from essc.surfaces.wallet.pages.views import DeviceRow, LinkRow

_ICONS: Final = {Form.APP: "smartphone", Form.MINI_PROGRAM: "layout-grid", Form.OFFICIAL_ACCOUNT: "message-square-text",
                 Form.LIFE_ACCOUNT: "message-square-text", Form.WEBSITE: "globe"}
_PHONES: Final = ("iPhone", "Android", "HarmonyOS")


@pages.get("/m/me", signed_in=True)
async def me(call: PageCall) -> PageAnswer:
    """Who I am, and everything about card and security."""
    here = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        card = await card_face(tx, here.holder_id, here.link_id)
        links, devices = await queries.links(tx, here.holder_id), await devices_of.listed(tx, here.holder_id)
        unread, chosen = await notices.unread(tx, here.holder_id), await preferences.get(tx, here.holder_id)
    return call.render("wallet/me.html", card=card, channels=len(links), devices=len(devices), unread=unread, size=int(chosen.text_size))


@pages.get("/m/me/channels", signed_in=True)
async def linked(call: PageCall) -> PageAnswer:
    """The channels that carry the card."""
    here = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        rows = [await _link_row(call, tx, link, here) for link, _ in await queries.links(tx, here.holder_id)]
    return call.render("wallet/channels.html", links=rows)


async def _link_row(call: PageCall, tx: Tx, link: Link, here: SignedIn) -> LinkRow:
    channel = await channels.get(tx, link.channel_id)
    used = next(iter((await records.uses(tx, link.holder_id, Page(limit=1), Filter(channel_id=link.channel_id))).items), None)
    return LinkRow(
        ids.wire("link", link.id), channel.name, channel.form.value, _ICONS[channel.form], times.day(link.linked_at, call.locale),
        grouped(link.sign_no.upper()), link.id == here.link_id, times.lately(used.use.occurred_at, call.now, call.locale) if used else "")


async def own_link(call: PageCall) -> tuple[LinkId, LinkRow]:
    """The link of the address, if it is the holder's and live, with its row. Raises LinkNotFound."""
    here = cast(SignedIn, call.session)
    try:
        link_id = LinkId(ids.parse("link", call.path["link_id"]))
    except ids.BadId:
        raise LinkNotFound("not the id of a link") from None
    async with call.read_tx() as tx:
        found = await queries.link(tx, link_id)
        if found.holder_id != here.holder_id or not found.live:
            raise LinkNotFound("not the caller's link")
        return link_id, await _link_row(call, tx, found, here)


@pages.get("/m/me/channels/{link_id}", signed_in=True)
async def ask_unlink(call: PageCall) -> PageAnswer:
    """What unlinking this channel means."""
    _, row = await own_link(call)
    return call.render("wallet/unlink.html", link=row)


@pages.post("/m/me/channels/{link_id}", signed_in=True, once=True)
async def unlink(call: PageCall) -> PageAnswer:
    """End the e-card on one channel, with the password; the others are untouched."""
    try:
        link_id, row = await own_link(call)
    except LinkNotFound:
        return call.redirect("/m/me/channels")              # sent twice: it has ended already
    try:
        async with call.done_once():
            await ecards.unlink(call.db, call.actor, link_id, password=call.form.text("password", 12), request_id=call.request_id)
    except SubmittedAlready:
        pass                                                # sent twice: it has ended already
    except Refused as refused:
        return again(call, "wallet/unlink.html", refused, link=row)
    return call.redirect("/m/apply").forget(COOKIE) if row.here else call.redirect("/m/me/channels")


@pages.get("/m/me/devices", signed_in=True)
async def devices(call: PageCall) -> PageAnswer:
    """Where I am signed in."""
    here = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        found = await devices_of.listed(tx, here.holder_id)
        names = {link.id: name for link, name in await queries.links(tx, here.holder_id)}
    rows = [_device_row(call, one, names.get(one.link_id, ""), here) for one in found]
    return call.render("wallet/devices.html", devices=sorted(rows, key=lambda row: not row.here))


def _device_row(call: PageCall, one: SignedIn, channel: str, here: SignedIn) -> DeviceRow:
    icon = "smartphone" if one.device_name.startswith(_PHONES) else "monitor"
    name = one.device_name if one.device_name != "?" else call.say("wallet.devices.unknown")
    return DeviceRow(ids.wire("sess", one.id), name, channel, icon, times.stamp(one.created_at)[:16], times.lately(one.seen_at, call.now, call.locale),
                     one.id == here.id)


@pages.post("/m/me/devices/{session_id}", signed_in=True, once=True)
async def end_device(call: PageCall) -> PageAnswer:
    """Sign another device out."""
    here = cast(SignedIn, call.session)
    try:
        session_id = SessionId(ids.parse("sess", call.path["session_id"]))
    except ids.BadId:
        raise SessionNotFound("not the id of a session") from None
    with suppress(SubmittedAlready):
        async with call.tx() as tx:
            await sessions.revoke(tx, here.holder_id, session_id)
    return call.redirect("/m/me/devices")


@pages.post("/m/me/devices", signed_in=True, once=True)
async def end_others(call: PageCall) -> PageAnswer:
    """Sign every other device out."""
    here = cast(SignedIn, call.session)
    async with call.tx() as tx:
        await sessions.revoke_all(tx, here.holder_id, "holder", keep=here.id)
    return call.redirect("/m/me/devices")


@pages.post("/m/sign-out", signed_in=True)
async def sign_out(call: PageCall) -> PageAnswer:
    """Sign this device out."""
    here = cast(SignedIn, call.session)
    async with call.tx() as tx:
        await sessions.revoke(tx, here.holder_id, here.id, "signed_out")
    return call.redirect("/m/apply").forget(COOKIE)
