"""Staff look for a person: exact name and number, and only whose card was issued in the member's areas."""
from essc.cards import queries
from essc.holders import actions as holders
from essc.holders import queries as people
from essc.holders.errors import HolderNotInArea
from essc.holders.model import Asked, Lookup, Person
from essc.kit.db.tx import Tx
from essc.operators.model import covers
from essc.operators.queries import StaffSession


async def look_up(tx: Tx, session: StaffSession, person: Person, asked: Asked) -> Lookup | HolderNotInArea:
    """Look a person up for a member of staff, for a reason. Told of, whatever comes of it; the holder reads of it when something was shown.

    Nobody of this number, another name, a card of another area: all the same refusal, which is *answered*, not raised, because the try must be
    kept: the caller commits, then raises it. Raises LookupsThrottled.
    """
    await holders.begin_lookup(tx, session)
    holder = await people.find(tx, person.number)
    if holder is None:
        return await holders.miss(tx, session, person.number, None, "unknown", asked)
    if holder.name != person.name:
        return await holders.miss(tx, session, person.number, holder, "name", asked)
    card = await queries.usable(tx, holder.id)
    area = next((area for area in session.areas if card is not None and covers([area], card.region)), None)
    if area is None:
        return await holders.miss(tx, session, person.number, holder, "area", asked)
    return await holders.show(tx, session, holder, area, asked)
