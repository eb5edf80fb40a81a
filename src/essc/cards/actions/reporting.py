"""What a province reports: a message of status events, worked through as a whole, each event with its own outcome."""
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from essc.cards import queries
from essc.cards.actions import arriving
from essc.cards.errors import (
    CardChangedMeanwhile,
    CardEventForked,
    CardEventInFuture,
    CardMoveNotAllowed,
    CardNotFound,
    NotThisRegion,
    RowWrong,
)
from essc.cards.events import CardIssued, CardMoved
from essc.cards.model import MOVES_WITHIN, Book, Card, Moved, Outcome, Result, Rules, Source, State, Told, card_row, covers
from essc.cards.store import cards as store
from essc.cards.store import feed
from essc.kit.clock import SHANGHAI
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.names import CardId
from essc.regions import queries as regions
from essc.regions.model import temporary_loss_ends
from essc.risk import actions as risk
from essc.risk.model import Level, Rule, SubjectKind, region_subject

CLOCKS_APART: Final = timedelta(minutes=5)
"""How far a region's clock may be ahead of ours."""


class StatusEvent(msgspec.Struct, frozen=True):
    """One event: `fields` has the columns of a card file when the event brings a card that was not there."""

    card_number: str
    told: Told
    fields: Mapping[str, str] | None = None


class Answer(msgspec.Struct, frozen=True):
    """What became of one event, and how the card stands after it."""

    sequence: int
    outcome: Outcome
    card: Card | None = None
    code: str | None = None


class Desk(msgspec.Struct):
    """What lies on the desk while a message is worked through: each card number's hashes (newest first) and card, if there is one."""

    region: str
    hashes: dict[str, list[bytes]]
    cards: dict[str, CardId]
    waiting: dict[bytes, list[tuple[str, Told]]]

    def held(self, number: str) -> list[tuple[bytes, str, Told]]:
        """What waits for a card number: its hash, the region that told it, the event."""
        return [(hash, region, told) for hash in self.hashes[number] for region, told in self.waiting.get(hash, [])]


async def report(tx: Tx, region: str, events: Sequence[StatusEvent], *, demonstration: bool = False) -> list[Answer]:
    """Take a message of one region; an answer for each event, in the order told.

    Events of one card are applied in the card's own order, whatever their order of coming: what comes too early waits, and nothing else
    with it. Raises CardChangedMeanwhile (send the message again) when one of the cards moved at this moment.
    """
    answers = iter(await _report(tx, region, [event for event in events if event.told.occurred_at <= tx.now + CLOCKS_APART], demonstration))
    return [next(answers) if event.told.occurred_at <= tx.now + CLOCKS_APART
            else Answer(event.told.sequence, Outcome.REFUSED, code=CardEventInFuture.code) for event in events]


async def _report(tx: Tx, region: str, events: Sequence[StatusEvent], demonstration: bool) -> list[Answer]:
    await feed.receive(tx, region, [event.told.sequence for event in events])
    numbers = sorted({event.card_number for event in events})
    desk = await _desk(tx, region, {number: queries.number_hashes(tx.keys, number) for number in numbers})
    answers = await _bring(tx, desk, events, Rules(region, tx.now.astimezone(SHANGHAI).date(), demonstration))
    book = await _open_book(tx, desk)
    for answer in answers.values():
        if answer.card is not None:
            book.arrived(answer.card.id, answer.card.since)
    early: list[StatusEvent] = []
    for at, event in enumerate(events):
        if at not in answers:
            card_id = desk.cards.get(event.card_number)
            if card_id is None:
                answers[at] = _early(event, early)
            elif covers(region, book.cards[card_id].region):
                book.tell(card_id, event.told)
            else:
                answers[at] = Answer(event.told.sequence, Outcome.REFUSED, code=NotThisRegion.code)
    await _work_through(tx, desk, book, early)
    told = [answers.get(at) or _answer(event.told.sequence, book.results[desk.cards[event.card_number], event.told.sequence])
            for at, event in enumerate(events)]
    await _note_forks(tx, region, told)
    return told


async def _note_forks(tx: Tx, region: str, told: Sequence[Answer]) -> None:
    """Two histories of one card are no slip of the line: somebody else sends in the province's name, or its system was set back."""
    forked = [answer.sequence for answer in told if answer.code == CardEventForked.code]
    if forked:
        await risk.raise_note(tx, rule=Rule.FEED_FORKED, level=Level.MEDIUM, subject_kind=SubjectKind.REGION, subject=region_subject(region),
                              region=region, facts={"events": len(forked), "first_sequence": min(forked)})


async def follow_held(tx: Tx, limit: int = 1000) -> int:
    """Apply held events whose turn has come without a message (the card had moved too often, or came by file). Gives how many cards."""
    due = await feed.due(tx, limit)
    desk = await _desk(tx, "", {row["hash"].hex(): [row["hash"]] for row in due})
    await _work_through(tx, desk, await _open_book(tx, desk), [])
    return len(due)


async def _desk(tx: Tx, region: str, hashes: dict[str, list[bytes]]) -> Desk:
    found = await store.find(tx, [hash for many in hashes.values() for hash in many])
    cards = {number: found[hash].card_id for number, many in hashes.items() for hash in many if hash in found}
    return Desk(region, hashes, cards, await feed.held(tx, [hash for many in hashes.values() for hash in many]))


def _answer(sequence: int, result: Result) -> Answer:
    return Answer(sequence, result.outcome, result.card, result.code)


def _early(event: StatusEvent, early: list[StatusEvent]) -> Answer:
    """An event of a card that is not there waits for the one that brings the card, if there is to be one before it."""
    if event.told.previous == 0:
        return Answer(event.told.sequence, Outcome.REFUSED, code=CardNotFound.code)
    early.append(event)
    return Answer(event.told.sequence, Outcome.HELD)


async def _bring(tx: Tx, desk: Desk, events: Sequence[StatusEvent], rules: Rules) -> dict[int, Answer]:
    """Write the cards that events bring and that are not there yet; the answers to those events by place."""
    answers: dict[int, Answer] = {}
    rows, seen = [], set(desk.cards)
    for at, event in sorted(enumerate(events), key=lambda pair: pair[1].told.sequence):
        if event.fields is None or event.card_number in seen:
            continue
        try:
            rows.append((at, card_row({**event.fields, "card_number": event.card_number, "state": event.told.state}, rules)))
            seen.add(event.card_number)
        except RowWrong as wrong:
            answers[at] = Answer(event.told.sequence, Outcome.REFUSED, code=wrong.reason)
    idle = [(at, row) for at, row in rows if row.state is State.NOT_ENABLED]
    answers |= {at: Answer(events[at].told.sequence, Outcome.REFUSED, code=CardMoveNotAllowed.code) for at, row in rows if (at, row) not in idle}
    return answers | await _place(tx, desk, events, arriving.make_ready(tx.keys, idle, tx.now))


async def _place(tx: Tx, desk: Desk, events: Sequence[StatusEvent], ready: Sequence[arriving.Ready]) -> dict[int, Answer]:
    answers, placed, moves = {}, [], []
    for one, outcome in zip(ready, await arriving.place(tx, ready), strict=True):
        told = events[one.line].told
        if isinstance(outcome, Refused):
            answers[one.line] = Answer(told.sequence, Outcome.REFUSED, code=outcome.code)
        else:
            move = arriving.arrival(outcome, told.occurred_at, Source.FEED, told.sequence, None)
            placed.append(outcome)
            moves.append(move)
            desk.cards[one.row.card_number] = move.card.id
            answers[one.line] = Answer(told.sequence, Outcome.APPLIED, move.card)
    await arriving.write(tx, placed, moves)
    await tx.emit_all([CardIssued(card_id=m.card.id, holder_id=m.card.holder_id, region=m.card.region, state=m.card.state, version=1,
                                  occurred_at=m.occurred_at) for m in moves])
    return answers


async def _open_book(tx: Tx, desk: Desk) -> Book:
    """The cards of a message with every other card of the same people, and what has been waiting for them."""
    wanted = list(desk.cards.values())
    cards = await store.by_ids(tx, wanted) if wanted else []
    family = await store.of_holders(tx, [card.holder_id for card in cards]) if cards else []
    names = [card.id for card in family]
    recent = await store.moves_since(tx, names, tx.now - MOVES_WITHIN) if names else {}
    known = await store.sequences(tx, wanted) if wanted else set()
    days = await regions.setting_of_many(tx, sorted({card.region for card in cards}), "temporary_loss_days") if cards else {}
    book = Book(family, recent=recent, known=known, ends=lambda card, since: temporary_loss_ends(since, days[card.region]))
    for number, card_id in desk.cards.items():
        book.hold(card_id, (told for _, region, told in desk.held(number) if covers(region, book.cards[card_id].region)))
    return book


async def _work_through(tx: Tx, desk: Desk, book: Book, early: Sequence[StatusEvent]) -> None:
    """Let the book decide, then write what it decided: cards, history, who waits, and what the others must hear."""
    book.follow()
    changed = [(book.before[id], card) for id, card in book.cards.items() if card != book.before[id]]
    if await store.save(tx, changed) != len(changed):
        raise CardChangedMeanwhile("one of the cards moved at this moment")
    await store.add_moves(tx, book.moves)
    if answered := [move.card.id for move in book.moves if move.card.loss_requested_at is None]:
        await store.close_requests(tx, answered)
    await _keep_waiting(tx, desk, book, early)
    await tx.emit_all([moved_event(move) for move in book.moves])


async def _keep_waiting(tx: Tx, desk: Desk, book: Book, early: Sequence[StatusEvent]) -> None:
    """Let wait what the book still has and what came too early. What another region said of a card that is not its own is dropped."""
    over: list[tuple[bytes, str, int]] = []
    fresh = [(desk.hashes[event.card_number][0], event.told) for event in early]
    for number, card_id in desk.cards.items():
        still = {told.sequence: told for told in book.waiting(card_id)}
        for hash, region, told in desk.held(number):
            if not covers(region, book.cards[card_id].region) or still.pop(told.sequence, None) is None:
                over.append((hash, region, told.sequence))
        fresh += [(desk.hashes[number][0], told) for told in still.values()]
    await feed.release(tx, sorted(over))
    await feed.hold(tx, desk.region, fresh)


def moved_event(move: Moved) -> CardMoved:
    """What everyone hears of a move."""
    card = move.card
    return CardMoved(card_id=card.id, holder_id=card.holder_id, was=move.was or "", state=card.state, version=card.version,
                     occurred_at=move.occurred_at, source=move.source, sequence=move.sequence, replaced=card.replaced)
