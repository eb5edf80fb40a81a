"""Where a province is asked: requests of holders are handed on, and the photo of a card is fetched once."""
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from essc.cards import actions, queries
from essc.holders import actions as holders
from essc.holders import queries as people
from essc.holders.model import Photo
from essc.kit.db.pool import Database
from essc.names import CardId
from essc.partners.province import Province
from essc.partners.wire import PartnerRefuses
from essc.regions.model import ancestors


@dataclass(frozen=True)
class Desk:
    """The provinces that we can ask, by division code; 000000 is for all others."""

    provinces: Mapping[str, Province] = field(default_factory=dict)


_desk = [Desk()]


def furnish(desk: Desk) -> None:
    """Connect the room with its partners; `app` does it once at start."""
    _desk[0] = desk


def province(region: str) -> Province | None:
    """Whom to ask about cards of this region: the nearest above it that is connected. Raises RegionUnknown."""
    known = _desk[0].provinces
    return next((known[step] for step in ancestors(region) if step in known), None)


async def ask_for_loss(db: Database, card_id: CardId, request_id: str) -> None:
    """Hand a holder's report of a loss to the province; the same request id again is the same request. Raises PartnerSilent, PartnerNotTrusted."""
    await _ask(db, card_id, request_id, lambda partner, card_number: partner.report_loss(card_number, request_id))


async def ask_for_lift(db: Database, card_id: CardId, request_id: str) -> None:
    """Hand a holder's wish to lift a loss to the province, as `ask_for_loss` does."""
    await _ask(db, card_id, request_id, lambda partner, card_number: partner.lift_loss(card_number, request_id))


async def _ask(db: Database, card_id: CardId, request_id: str, question: Callable[[Province, str], Awaitable[str]]) -> None:
    """Ask outside any transaction, then write the receipt, or the no, down. Where no province is connected, nothing is asked; nor what the
    holder has taken back meanwhile: a lift that comes late must not undo the loss that was told after it.
    """
    async with db.read_tx() as tx:
        if not await queries.is_asked(tx, request_id):
            return
        card, detail = await queries.get(tx, card_id), await queries.detail(tx, card_id)
    partner = province(card.region)
    if partner is None:
        return
    try:
        receipt = await question(partner, detail.card_number)
    except PartnerRefuses as no:
        async with db.tx() as tx:
            await actions.request_refused(tx, request_id, no.detail)
    else:
        async with db.tx() as tx:
            await actions.request_sent(tx, request_id, receipt)


async def photo(db: Database, card_id: CardId) -> Photo | None:
    """The photo on the card: the one we keep, else the province's, which is kept from then on. None: nobody can be asked.

    Raises what partners raise, CardNotFound, PhotoWrong.
    """
    async with db.read_tx() as tx:
        card = await queries.get(tx, card_id)
        kept = await people.photo(tx, card.holder_id)
        detail = await queries.detail(tx, card_id) if kept is None else None
    partner = province(card.region)
    if kept is not None or detail is None or partner is None:
        return kept
    given = await partner.photo(detail.card_number)
    async with db.tx() as tx:
        await holders.keep_photo(tx, card.holder_id, given.content, given.media_type)
    return Photo(given.media_type, given.content)
