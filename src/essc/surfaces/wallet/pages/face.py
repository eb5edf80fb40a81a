"""The card of the one who is signed in, as the templates show it."""
from datetime import datetime
from typing import Final

from essc.ecards import queries as ecards
from essc.ecards.queries import Standings
from essc.holders import queries as holders
from essc.holders.model import Holder
from essc.kit.db.tx import Tx
from essc.names import HolderId, LinkId
from essc.surfaces.shared import house
from essc.surfaces.wallet.pages.faces import CardFace

PHOTO: Final = "/m/photo"


async def card_face(tx: Tx, holder_id: HolderId, link_id: LinkId) -> CardFace:
    """The card, masked, as it stands now. Raises HolderNotFound, LinkNotFound."""
    holder = await holders.get(tx, holder_id)
    return drawn(holder, await ecards.standings(tx, link_id), tx.now)


def drawn(holder: Holder, stands: Standings, now: datetime) -> CardFace:
    """The face of a card from what is known about it."""
    days = max(0, (stands.card.until - now).days + 1) if stands.card.until is not None else None
    return CardFace(holder.masked_name, holder.masked_number, house.place(stands.card.region), PHOTO,
                    stands.standing.value, stands.link.level, days)
