"""亮证: the card in full, for somebody's eyes, for a minute. Machines read the code; people read this."""
from dataclasses import dataclass
from datetime import date
from typing import Final, cast

from essc.cards import calls as cards
from essc.cards import queries as known_cards
from essc.ecards import queries as ecards
from essc.holders import queries as holders
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.sessions.queries import SignedIn
from essc.surfaces.shared import house, times
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.face import PHOTO, drawn
from essc.surfaces.wallet.pages.faces import CardFace

SECONDS: Final = 60
"""How long it stays open (screen W3)."""
_GROUP: Final = 4


@dataclass(frozen=True)
class FullCard:
    """Everything that stands on the card, unmasked. `bare`: the province has no photo of this person."""

    name: str
    number: str
    region: str
    photo: str
    bare: bool
    sign_no: str
    card_number: str
    issued: str
    valid_to: str


@pages.get("/m/card", signed_in=True)
async def show(call: PageCall) -> PageAnswer:
    """The card, unmasked. Like the code it needs password or face within the last minutes."""
    me = cast(SignedIn, call.session)
    card, full = await opened(call)
    if full is None:
        return call.redirect("/m/")
    if not me.unlocked(call.now):
        return call.redirect("/m/unlock?next=/m/card")
    return call.render("wallet/card.html", card=card, full=full, seconds=SECONDS, now_ms=int(call.now.timestamp() * 1000))


@pages.get("/m/card/closed", signed_in=True)
async def closed(call: PageCall) -> PageAnswer:
    """Where a browser without scripts is led after the minute."""
    return call.render("wallet/card_closed.html")


async def opened(call: PageCall) -> tuple[CardFace, FullCard | None]:
    """The card of whoever is signed in, masked and in full; None instead of the full one when it cannot be used now."""
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        holder, stands = await holders.get(tx, me.holder_id), await ecards.standings(tx, me.link_id)
        face = drawn(holder, stands, tx.now)
        detail = await known_cards.detail(tx, stands.card.id)
    if not face.usable:
        return face, None
    return face, FullCard(
        holder.name, holder.number, house.place(stands.card.region), PHOTO, await _bare(call, me), grouped(stands.link.sign_no.upper()),
        detail.card_number, _day(stands.card.issued_on, call), _day(stands.card.valid_to, call))


async def _bare(call: PageCall, me: SignedIn) -> bool:
    """Whether the province was asked and has no photo. When it does not answer, nothing is claimed."""
    try:
        return await cards.photo(call.db, me.card_id) is None
    except Refused:
        return False


def grouped(text: str) -> str:
    """In groups of four, as people read long numbers."""
    return " ".join(text[at:at + _GROUP] for at in range(0, len(text), _GROUP))


def _day(day: date, call: PageCall) -> str:
    return times.calendar_day(day, call.locale)
