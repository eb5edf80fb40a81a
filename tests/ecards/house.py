"""People with cards and e-cards, in one line each."""
from itertools import count

from essc.cards import actions as cards
from essc.cards import queries as known_cards
from essc.cards.model import Card, State, Told
from essc.ecards import actions, queries
from essc.ecards.model import Ecard, Link
from essc.holders import queries as people
from essc.holders.model import Person
from essc.identity import actions as identity
from essc.identity.model import Purpose, Way
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import ChannelId, CheckId, EcardId, HolderId, TerminalId
from essc.passwords.model import Hashed
from tests.cards.rows import row, take
from tests.sandbox.people import Somebody

HASHED = Hashed("$argon2id$v=19$m=19456,t=2,p=1$none$none", 1)
REGION = "450000"
_files, _sequence = count(1), count(1_000)


def channel() -> ChannelId:
    return ChannelId(ids.new())


async def carded(tx: Tx, who: Somebody, state: str = "1", *, card_number: str | None = None, issued_on: str = "2021-03-15",
                 generation: str = "3") -> Card:
    """A card of this person, by file."""
    number = card_number or who.card_number
    told = row(1, name=who.name, number=who.number, card_number=number, state=state, issued_on=issued_on, generation=generation)
    counts = await take(tx, told, file=next(_files).to_bytes(32, "little"))
    assert counts is not None and counts.imported == 1, counts
    card = await known_cards.by_number(tx, number)
    assert card is not None
    return card


async def moved(tx: Tx, who: Somebody, state: State, *, card_number: str | None = None) -> Card:
    """The province reports the card in another state."""
    number = card_number or who.card_number
    before = await known_cards.by_number(tx, number)
    assert before is not None
    event = cards.StatusEvent(number, Told(next(_sequence), before.sequence, state, tx.now))
    [answer] = await cards.report(tx, REGION, [event], demonstration=True)
    assert answer.outcome == "applied", answer
    return await known_cards.get(tx, before.id)


async def replaced(tx: Tx, who: Somebody, new_number: str) -> Card:
    """The province issues and enables a newer card."""
    fields = {k: v for k, v in row(1, name=who.name, number=who.number, issued_on="2026-11-01", valid_to="2036-11-01").items()
              if k not in ("card_number", "state")}
    issue, enable = next(_sequence), next(_sequence)
    answers = await cards.report(tx, REGION, [
        cards.StatusEvent(new_number, Told(issue, 0, State.NOT_ENABLED, tx.now), fields),
        cards.StatusEvent(new_number, Told(enable, issue, State.ACTIVE, tx.now))], demonstration=True)
    assert {answer.outcome for answer in answers} == {"applied"}, answers
    card = await known_cards.by_number(tx, new_number)
    assert card is not None
    return card


async def proof(tx: Tx, holder_id: HolderId, purpose: Purpose = Purpose.UNFREEZE) -> CheckId:
    """A clerk saw the person, who showed the check's digits."""
    holder = await people.get(tx, holder_id)
    check = await identity.start(tx, Person(holder.name, holder.number, holder.kind), purpose, Way.TERMINAL)
    return (await identity.record_terminal_check(tx, holder_id, TerminalId(ids.new()), check.pairing)).id


async def applied(tx: Tx, who: Somebody, on: ChannelId | None = None) -> tuple[Ecard, Link]:
    """The person applied on a channel."""
    channel_id = on or channel()
    found = await queries.prospect(tx, who.person, channel_id)
    ecard_id = found.ecard.id if found.ecard else EcardId(ids.new(found.holder.bucket))
    return await actions.apply(tx, who.person, channel_id, await proof(tx, found.holder.id, Purpose.APPLY), ecard_id, HASHED)


async def linked(tx: Tx, who: Somebody, on: ChannelId | None = None) -> tuple[Ecard, Link]:
    """The person linked another channel by password."""
    channel_id = on or channel()
    found = await queries.prospect(tx, who.person, channel_id)
    return await actions.link_by_password(tx, who.person, channel_id, await proof(tx, found.holder.id, Purpose.LINK))
