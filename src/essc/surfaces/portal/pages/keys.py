"""D5: the keys of an app: one more, one instead of another with a day of overlap, one that must stop now; and the management token."""
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from essc.channels import actions as channels
from essc.channels import model
from essc.channels import queries as known
from essc.channels.errors import ChannelKeyNotFound
from essc.channels.model import ChannelKey
from essc.kit.db.tx import Tx
from essc.kit.errors import FieldError, Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.surfaces.portal.pages import given
from essc.surfaces.portal.pages.access import enter, own
from essc.surfaces.portal.pages.apply import shown_once
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import frame
from essc.surfaces.portal.pages.home import key_row
from essc.surfaces.shared import times
from essc.surfaces.shared.forms import again


class NameDiffers(Refused):
    """Whoever stops something for good types its name, and this was another."""

    kind, code = Kind.INVALID, "typed_name_differs"


@pages.get("/dev/app/{app}/keys", signed_in=True)
async def keys(call: PageCall) -> PageAnswer:
    """Every key, those that count first."""
    developer = own(call)
    async with call.read_tx() as tx:
        found, uses = await known.keys(tx, developer.channel.id), await known.last_uses(tx, developer.channel.id)
        since = await known.access_since(tx, developer.channel.id)
    rows = [key_row(call, key, uses, call.now) for key in sorted(found, key=lambda key: (not key.live(call.now), key.added_at))]
    live = [row for row in rows if row.standing != "over"]
    return call.render("portal/keys.html", **frame(call.say, "keys", developer), live=live, over=rows[len(live):], most=model.KEYS_AT_MOST,
                       token_since=times.day(since, call.locale) if since else "")


@pages.get("/dev/app/{app}/keys/add", signed_in=True)
async def add_form(call: PageCall) -> PageAnswer:
    """Which key."""
    return call.render("portal/key_add.html", **_adding(call, {}))


@pages.post("/dev/app/{app}/keys/add", signed_in=True, once=True)
async def add(call: PageCall) -> PageAnswer:
    """Take or make one more key."""
    developer = own(call)
    try:
        wish = given.wanted(call)
        async with call.tx() as tx:
            key, private = await channels.new_key(tx, developer.channel.id, wish)
    except Refused as refused:
        return again(call, "portal/key_add.html", refused, **_adding(call, given.typed(call, refused)))
    return _told(call, given.told(developer.wire_id, key, private))


def _adding(call: PageCall, typed: Mapping[str, str]) -> dict[str, Any]:
    developer = own(call)
    return {**frame(call.say, "keys", developer), "sandbox_app": developer.channel.sandbox, "values": {"source": "made", "algorithm": "Ed25519", **typed}}


def _told(call: PageCall, shown: given.Shown) -> PageAnswer:
    return given.SHOWN.keep(call, call.redirect(f"/dev/app/{shown.app}/shown"), shown)


@pages.get("/dev/app/{app}/shown", signed_in=True)
async def shown(call: PageCall) -> PageAnswer:
    """A secret, this once."""
    own(call)
    return shown_once(call, "portal/shown.html")


async def _one(call: PageCall, tx: Tx) -> ChannelKey:
    """The key of the address, if it is the app's. Raises ChannelKeyNotFound."""
    key = await known.by_key(tx, call.path["key"])
    if key.channel_id != own(call).channel.id:
        raise ChannelKeyNotFound("not a key of this app")
    return key


async def _about(call: PageCall, typed: Mapping[str, str]) -> dict[str, Any]:
    developer = own(call)
    async with call.read_tx() as tx:
        key, uses = await _one(call, tx), await known.last_uses(tx, developer.channel.id)
        others = [one for one in await known.keys(tx, developer.channel.id) if one.live(call.now) and one.id != key.id]
    return {**frame(call.say, "keys", developer), "key": key_row(call, key, uses, call.now), "thumbprint": key.thumbprint, "only": not others,
            "sandbox_app": developer.channel.sandbox, "values": {"source": "made", "algorithm": "Ed25519", "when": "now", **typed}}


@pages.get("/dev/app/{app}/keys/{key}", signed_in=True)
async def key(call: PageCall) -> PageAnswer:
    """One key, and what can be done with it."""
    return call.render("portal/key.html", **await _about(call, {}))


@pages.post("/dev/app/{app}/keys/{key}/roll", signed_in=True, once=True)
async def roll(call: PageCall) -> PageAnswer:
    """A new key beside this one, which counts a day more."""
    developer = own(call)
    try:
        wish = given.wanted(call)
        async with call.tx() as tx:
            made, private = await channels.roll_key(tx, developer.channel.id, call.path["key"], wish)
    except Refused as refused:
        return again(call, "portal/key.html", refused, **await _about(call, given.typed(call, refused)))
    return _told(call, given.told(developer.wire_id, made, private))


@pages.post("/dev/app/{app}/keys/{key}/revoke", signed_in=True, once=True)
async def revoke(call: PageCall) -> PageAnswer:
    """Stop a key now, or after the overlap; the app's name has to be typed."""
    developer = own(call)
    try:
        typed_name(call)
        async with call.tx() as tx:
            overlap = model.OVERLAP if call.form.text("when") == "later" else timedelta(0)
            await channels.revoke_key(tx, developer.channel.id, call.path["key"], overlap=overlap)
    except Refused as refused:
        return again(call, "portal/key.html", refused, **await _about(call, given.typed(call, refused)))
    return call.redirect(f"/dev/app/{developer.wire_id}/keys")


def typed_name(call: PageCall) -> None:
    """Whoever cannot take it back types the app's name. Raises NameDiffers."""
    if call.form.text("confirm") != own(call).name:
        raise NameDiffers("another name was typed", fields=[FieldError("confirm", "typed_name_differs")])


@pages.post("/dev/app/{app}/access", signed_in=True, once=True)
async def access(call: PageCall) -> PageAnswer:
    """A new management token; everybody who is signed in with the old one is out, but for this browser."""
    developer = own(call)
    async with call.tx() as tx:
        token = await channels.give_access(tx, developer.channel.id)
        visit = await channels.try_sign_in(tx, token, call.peer)
    assert isinstance(visit, str)               # the token was made a moment ago
    return enter(call, _told(call, given.Shown(developer.wire_id, token=token)), visit)


@pages.get("/dev/app/{app}/access", signed_in=True)
@pages.get("/dev/app/{app}/keys/{key}/roll", signed_in=True)
@pages.get("/dev/app/{app}/keys/{key}/revoke", signed_in=True)
async def done_before(call: PageCall) -> PageAnswer:
    """Where a form leads that was sent before: to what has become of it."""
    return call.redirect(f"/dev/app/{own(call).wire_id}/keys")
