"""Cards on the wire: the feed of the provinces."""
from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

from essc.cards import actions, queries
from essc.cards.actions import Answer, StatusEvent
from essc.cards.errors import CardChangedMeanwhile, NotThisRegion, RegionKeyUnknown
from essc.cards.model import Outcome, State, Told, covers
from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.http import signature
from essc.kit.http.incoming import SignedRequest
from essc.kit.http.operations import Operations, Principal
from essc.kit.http.types import Body, Day, Instant, Seq, Text, View
from essc.regions.queries import demonstration

operations: Final = Operations("cards")

RegionCode = Annotated[str, Meta(pattern="^[0-9]{6}$(?!\\n)", description="Six digits of GB/T 2260.")]
CardNumber = Annotated[str, Meta(pattern="^[0-9A-Z]{9}$(?!\\n)", description="AAZ500")]
EventNumber = Annotated[int, Meta(ge=1, le=2**63 - 1, description="The region's own number of the event, counted from 1")]


class NewCard(Body):
    """A card that was not there (发卡, 补卡, 换卡), as a card file would tell it."""

    card_identifier: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{32}$(?!\\n)", description="AAZ501")]
    name: Text
    number: Annotated[str, Meta(min_length=1, max_length=40, description="AAC002")]
    region: RegionCode
    bank_code: Annotated[str, Meta(pattern="^([0-9]{3,6})?$(?!\\n)")]
    generation: Annotated[int, Meta(ge=1, le=3)]
    issued_on: Day
    valid_to: Day
    replaces: Annotated[CardNumber | None, Meta(description="The card that this one takes the place of; told for the record only.")] = None


class CardEvent(Body):
    """One event: since `occurred_at` the card is in `state`. The card's number before it says where it belongs."""

    sequence: EventNumber
    card_previous_sequence: Annotated[Seq, Meta(description="The number of the event before it of the same card; 0: none since the card file.")]
    card_number: CardNumber
    state: State
    occurred_at: Instant
    card: Annotated[NewCard | None, Meta(description="Only with a card that was not there; it is not_enabled.")] = None


class CardEvents(Body):
    """A message of one region: up to a thousand events, in any order."""

    region: RegionCode
    events: Annotated[list[CardEvent], Meta(min_length=1, max_length=1000)]


class EventResult(View):
    """What became of one event. `held`: it waits for the event before it. `refused`: `code` says why; send it again mended."""

    sequence: int
    outcome: Outcome
    card_id: str | None
    state: State | None
    version: int | None
    code: str | None


class CardEventsTaken(View):
    """One result for each event, in the order of the message."""

    results: list[EventResult]


class CardGap(View):
    """A card whose later events wait for the one after `last_sequence`: the number waited for, how many wait, since when."""

    card_id: str | None
    last_sequence: int
    waiting_for: int
    held: int
    since: datetime


class MissingRange(View):
    """Numbers of the region that never came."""

    first: int
    last: int


class CardGaps(View):
    """What the region should send again; at most a thousand of each."""

    cards: list[CardGap]
    missing: list[MissingRange]


class OfRegion(Body):
    """Whose feed is asked about; the key's own region when nothing is said."""

    region: RegionCode | None = None


async def authenticate_region(request: SignedRequest, db: Database) -> Principal:
    """The region whose key signed the request. Raises as kit.http.signature, then RegionKeyUnknown for a key that has ended."""
    claim = signature.claim(request)
    async with db.read_tx() as tx:
        found = await queries.region_key(tx, claim.keyid)
    signature.check(claim, signature.PublicKey(found.algorithm, found.public_key) if found else None)
    assert found is not None                                # check refuses an unknown key
    if found.ended:
        raise RegionKeyUnknown(f"the key {claim.keyid} has ended")
    return Principal(Actor("region", found.region), frozenset(), found.region)


def _own(who: Actor, region: str) -> None:
    if not covers(who.id, region):
        raise NotThisRegion(f"a key of {who.id} does not speak for {region}")


EXAMPLE: Final = {"region": "450000", "events": [
    {"sequence": 1201, "card_previous_sequence": 0, "card_number": "999988886", "state": "lost", "occurred_at": "2026-11-21T16:42:00+08:00"}]}


@operations.writes("POST /v1/card-events", by="region", answers=CardEventsTaken, refuses=(RegionKeyUnknown, NotThisRegion, CardChangedMeanwhile),
                   example=EXAMPLE)
async def take_events(tx: Tx, who: Actor, body: CardEvents) -> CardEventsTaken:
    """Report what happened to cards. Each event has its own result; one that cannot be never spoils its neighbours."""
    _own(who, body.region)
    answers = await actions.report(tx, body.region, [_event(event) for event in body.events], demonstration=demonstration())
    return CardEventsTaken(results=[_result(answer) for answer in answers])


@operations.reads("GET /v1/card-events/gaps", by="region", answers=CardGaps, refuses=(RegionKeyUnknown, NotThisRegion))
async def gaps(tx: Tx, who: Actor, query: OfRegion) -> CardGaps:
    """What is missing of a region's feed: cards whose later events wait, and numbers that never came."""
    region = query.region or who.id
    _own(who, region)
    found = await queries.gaps(tx, region)
    cards = [CardGap(card_id=ids.wire("card", gap.card_id) if gap.card_id else None, last_sequence=gap.last_sequence, waiting_for=gap.waiting_for,
                     held=gap.held, since=gap.since) for gap in found.cards]
    return CardGaps(cards=cards, missing=[MissingRange(first=first, last=last) for first, last in found.missing])


def _event(event: CardEvent) -> StatusEvent:
    told = Told(event.sequence, event.card_previous_sequence, event.state, event.occurred_at)
    return StatusEvent(event.card_number, told, _fields(event.card) if event.card else None)


def _fields(card: NewCard) -> dict[str, str]:
    return {"identifier": card.card_identifier, "name": card.name, "number": card.number, "region": card.region, "bank_code": card.bank_code,
            "generation": str(card.generation), "issued_on": card.issued_on.isoformat(), "valid_to": card.valid_to.isoformat()}


def _result(answer: Answer) -> EventResult:
    card = answer.card
    return EventResult(sequence=answer.sequence, outcome=answer.outcome, card_id=ids.wire("card", card.id) if card else None,
                       state=card.state if card else None, version=card.version if card else None, code=answer.code)
