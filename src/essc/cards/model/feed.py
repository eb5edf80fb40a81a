"""How the events of a feed move cards: each card's events in their own order, whatever the order of their coming.

An event names its sequence and the card's sequence before it. It counts when the card stands at exactly that one; until then it waits, and
with it only the later events of the same card. So the final state does not depend on the order in which events arrive.
"""
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from essc.cards.errors import CardEventForked, CardMovedTooOften, CardMoveNotAllowed
from essc.cards.model.card import MOST_MOVES, Card, Moved, Source, State, moved
from essc.names import CardId


class Outcome(StrEnum):
    """What became of one event."""

    APPLIED = "applied"              # the card moved
    CONFIRMED = "confirmed"          # the card was there already (a temporary loss that had ended, a card that a newer one had replaced)
    SUPERSEDED = "superseded"        # a newer card of the same person is in use: this one stays stopped
    DUPLICATE = "duplicate"          # this very event was applied before
    LATE = "late"                    # the card is past this event
    HELD = "held"                    # waits for the event before it
    REFUSED = "refused"              # cannot be; `code` says why


class Told(msgspec.Struct, frozen=True):
    """One event as a region tells it: the card is in `state` since `occurred_at`."""

    sequence: int
    previous: int
    state: State
    occurred_at: datetime


class Result(msgspec.Struct, frozen=True):
    """What became of one event, and how the card stands after it."""

    outcome: Outcome
    card: Card | None = None
    code: str | None = None


Ends = Callable[[Card, datetime], datetime]
"""When a temporary loss of this card that began then ends by itself."""


class Book:
    """The cards that one message speaks of, with the other cards of their holders, while the message is worked through."""

    def __init__(self, cards: Iterable[Card], *, recent: Mapping[CardId, int], known: set[tuple[CardId, int]], ends: Ends) -> None:
        self.cards = {card.id: card for card in cards}
        self.before = dict(self.cards)
        self.moves: list[Moved] = []
        self.results: dict[tuple[CardId, int], Result] = {}
        self._recent = dict(recent)
        self._known = known
        self._ends = ends
        self._waiting: dict[CardId, dict[int, Told]] = {}

    def hold(self, card_id: CardId, told: Iterable[Told]) -> None:
        """What has been waiting since earlier messages."""
        self._waiting.setdefault(card_id, {}).update((one.sequence, one) for one in told)

    def tell(self, card_id: CardId, told: Told) -> None:
        """One event of this message."""
        card = self.cards[card_id]
        if told.sequence <= card.sequence:
            known = (card_id, told.sequence) in self._known or told.sequence == card.sequence
            self.results[card_id, told.sequence] = Result(Outcome.DUPLICATE if known else Outcome.LATE, card)
        elif told.previous < card.sequence:
            self.results[card_id, told.sequence] = Result(Outcome.REFUSED, card, CardEventForked.code)
        else:
            self._waiting.setdefault(card_id, {})[told.sequence] = told
            self.results[card_id, told.sequence] = Result(Outcome.HELD, card)

    def waiting(self, card_id: CardId) -> list[Told]:
        """What still waits, in its order."""
        return sorted(self._waiting.get(card_id, {}).values(), key=lambda told: told.sequence)

    def follow(self) -> None:
        """Apply, card by card, everything whose turn has come."""
        for card_id in sorted(self._waiting):
            while (told := self._next(card_id)) is not None:
                result = self._apply(self.cards[card_id], told)
                stays = result.code == CardMovedTooOften.code and (card_id, told.sequence) not in self.results
                if not stays:
                    del self._waiting[card_id][told.sequence]
                    self.results[card_id, told.sequence] = result
                if result.outcome is Outcome.REFUSED:
                    break
            self._drop_past(card_id)
            for told in self.waiting(card_id):
                self.results[card_id, told.sequence] = Result(Outcome.HELD, self.cards[card_id])

    def _next(self, card_id: CardId) -> Told | None:
        at = self.cards[card_id].sequence
        return min((told for told in self._waiting[card_id].values() if told.previous == at), key=lambda told: told.sequence, default=None)

    def _drop_past(self, card_id: CardId) -> None:
        at = self.cards[card_id].sequence
        for told in [told for told in self._waiting[card_id].values() if told.previous < at]:
            del self._waiting[card_id][told.sequence]
            self.results[card_id, told.sequence] = Result(Outcome.REFUSED, self.cards[card_id], CardEventForked.code)

    def _apply(self, card: Card, told: Told) -> Result:
        if told.state is card.state or card.replaced:
            self.cards[card.id] = past = replace(card, sequence=told.sequence)
            return Result(Outcome.CONFIRMED if told.state is card.state else Outcome.SUPERSEDED, past)
        if self._recent.get(card.id, 0) >= MOST_MOVES:
            return Result(Outcome.REFUSED, card, CardMovedTooOften.code)
        try:
            until = self._ends(card, told.occurred_at) if told.state is State.TEMPORARILY_LOST else None
            step = moved(card, told.state, told.occurred_at, Source.FEED, told.sequence, until=until)
        except CardMoveNotAllowed as refused:
            if card.version == 1 and told.occurred_at <= card.since:     # the card file already knew better
                self.cards[card.id] = past = replace(card, sequence=told.sequence)
                return Result(Outcome.LATE, past)
            return Result(Outcome.REFUSED, card, refused.code)
        return self.take(step)

    def take(self, step: Moved) -> Result:
        """Write a move down, with what it means for the other cards of the person. A move to active loses against a newer card in use."""
        card = step.card
        newer = self.newer(card)
        if step.card.state is State.ACTIVE and newer is not None:
            self._supersede(replace(self.cards[card.id], sequence=card.sequence), newer.id, step.occurred_at)
            return Result(Outcome.SUPERSEDED, self.cards[card.id])
        if card.state is State.ACTIVE:
            self._stop_older(card, step.occurred_at)
        self._write(step)
        return Result(Outcome.APPLIED, card)

    def newer(self, card: Card) -> Card | None:
        """A newer card of the same person that was enabled."""
        return next((other for other in self._others(card) if other.age > card.age and not _untouched(other)), None)

    def arrived(self, card_id: CardId, at: datetime) -> None:
        """A card that was not there, not enabled yet: stopped at once when a newer one is in use already."""
        newer = self.newer(self.cards[card_id])
        if newer is not None:
            self._supersede(self.cards[card_id], newer.id, at)

    def _stop_older(self, card: Card, at: datetime) -> None:
        for other in self._others(card):
            if other.age < card.age and not other.replaced:
                self._supersede(other, card.id, at)

    def _others(self, card: Card) -> list[Card]:
        return [other for other in self.cards.values() if other.holder_id == card.holder_id and other.id != card.id]

    def _supersede(self, card: Card, by: CardId, at: datetime) -> None:
        if card.state is not State.CANCELLED:
            step = moved(card, State.CANCELLED, at, Source.REPLACEMENT, 0)
            self._write(replace(step, card=replace(step.card, replaced_by=by)))
        else:
            self.cards[card.id] = replace(card, replaced_by=by)

    def _write(self, step: Moved) -> None:
        self.cards[step.card.id] = step.card
        self.moves.append(step)
        self._recent[step.card.id] = self._recent.get(step.card.id, 0) + 1


def _untouched(card: Card) -> bool:
    """Whether a card was never in use: it does not stop older ones."""
    return card.state is State.NOT_ENABLED or (card.state is State.CANCELLED and card.version <= 2 and not card.replaced)
