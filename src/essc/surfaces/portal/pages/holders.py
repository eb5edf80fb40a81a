"""D8: the twelve invented people of the sandbox as they stand now, and beginning anew. Only in a demonstration."""
from typing import Any, Final, NamedTuple

from essc.cards import queries as cards
from essc.channels.queries import Developer
from essc.ecards import actions as issued
from essc.ecards import model as standings
from essc.ecards import queries as ecards
from essc.holders import queries as holders
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import RouteNotFound
from essc.regions import queries as regions
from essc.surfaces.portal.cast import Somebody, cast
from essc.surfaces.portal.pages.access import own
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import frame
from essc.surfaces.portal.pages.keys import typed_name
from essc.surfaces.shared.forms import again

LOOKS: Final = {"normal": ("ok", "circle-check"), "level1": ("ok", "circle-check"), "temp_lost": ("warn", "triangle-alert"), "lost": ("warn", "triangle-alert"),
                "locked": ("bad", "lock"), "cancelled": ("", "circle-x"), "frozen": ("warn", "lock")}
"""How a standing looks (table E7, the tags of a desk); any other is grey."""


class HolderRow(NamedTuple):
    """One of the twelve. `standing` is that of the card (or its e-card) now, "" when the platform knows no card; `linked`: with the developer's own app."""

    who: Somebody
    situation: str
    standing: str
    ecard: bool
    linked: bool

    @property
    def look(self) -> tuple[str, str]:
        """Tone and icon of the standing."""
        return LOOKS.get(self.standing, ("", "info"))


@pages.get("/dev/holders")
async def page(call: PageCall) -> PageAnswer:
    """The twelve."""
    return call.render("portal/holders.html", **await _about(call))


async def _about(call: PageCall) -> dict[str, Any]:
    if not regions.demonstration():
        raise RouteNotFound("only in a demonstration")
    developer: Developer | None = call.session
    staged = cast()
    async with call.read_tx() as tx:
        rows = [await _row(call, tx, who, developer) for who in staged.people]
        links = len(await ecards.sandbox_links(tx, developer.channel.id)) if developer else 0
    return {**frame(call.say, "holders", developer), "rows": rows, "password": staged.password, "links": links}


async def _row(call: PageCall, tx: Tx, who: Somebody, developer: Developer | None) -> HolderRow:
    situation = who.situation if call.locale == "zh-CN" else who.situation_en
    holder = await holders.find(tx, who.number)
    card = await cards.usable(tx, holder.id) if holder else None
    if holder is None or card is None:
        return HolderRow(who, situation, "", ecard=False, linked=False)
    ecard = await ecards.of_holder(tx, holder.id)
    replaced, frozen = ecard is not None and ecard.card_id != card.id, ecard is not None and ecard.frozen_at is not None
    standing = standings.derived(card.state, replaced=replaced, frozen=frozen, live=True, level=2)
    link = await ecards.live_link(tx, holder.id, developer.channel.id) if developer else None
    return HolderRow(who, situation, standing.value, ecard is not None, link is not None)


@pages.post("/dev/app/{app}/reset", signed_in=True, once=True)
async def reset(call: PageCall) -> PageAnswer:
    """End every link of the developer's own app, so that everything can be tried from the beginning."""
    developer = own(call)
    try:
        typed_name(call)
        async with call.tx() as tx:
            await issued.reset_sandbox(tx, developer.channel.id)
    except Refused as refused:
        return again(call, "portal/holders.html", refused, **await _about(call))
    return call.redirect("/dev/holders")


@pages.get("/dev/app/{app}/reset", signed_in=True)
async def reset_before(call: PageCall) -> PageAnswer:
    """Where the form leads when it was sent before."""
    return call.redirect("/dev/holders")
