"""What holders ask for, and what time does by itself."""
from essc.cards import queries
from essc.cards.actions.reporting import moved_event
from essc.cards.errors import CardChangedMeanwhile, CardMoveNotAllowed, CardReplacementAccepted
from essc.cards.events import CardLiftRequested, CardLossRequested, CardRequestAnswered
from essc.cards.model import Book, Card, Source, State, moved
from essc.cards.store import cards as store
from essc.kit import ids
from essc.kit.db.tx import Record, Tx
from essc.names import CardId, HolderId

_CAN_BE_LOST = frozenset({State.ACTIVE, State.TEMPORARILY_LOST})
_CAN_BE_FOUND = frozenset({State.LOST, State.TEMPORARILY_LOST})


async def request_loss(tx: Tx, card_id: CardId) -> Card:
    """Ask the province to report the card lost. The card's state stays until the feed says so; `loss_requested_at` is set at once.

    Asking again changes nothing; the last word counts, so a lift that was not handed on yet never is.
    Raises CardNotFound, CardMoveNotAllowed, CardChangedMeanwhile.
    """
    card = await queries.get(tx, card_id)
    if card.state not in _CAN_BE_LOST:
        raise CardMoveNotAllowed(f"a card that is {card.state} cannot be reported lost", was=card.state, state=State.LOST)
    if card.loss_requested_at is not None:
        return card
    if not await store.mark_loss_requested(tx, card, tx.now):
        raise CardChangedMeanwhile(f"card {card_id} is no longer at version {card.version}")
    await store.withdraw(tx, card_id, "lift")
    request = await store.open_request(tx, card_id, "loss")
    await tx.emit(CardLossRequested(card_id=card.id, holder_id=card.holder_id, request_id=ids.wire("evt", request)))
    return await queries.get(tx, card_id)


async def request_lift(tx: Tx, card_id: CardId) -> Card:
    """Ask the province to lift the loss; a loss that was asked for and not reported yet is taken back at once.

    Raises CardNotFound, CardMoveNotAllowed, CardReplacementAccepted (补卡 was accepted), CardChangedMeanwhile.
    """
    card = await queries.get(tx, card_id)
    if card.state not in _CAN_BE_FOUND and card.loss_requested_at is None:
        raise CardMoveNotAllowed(f"the loss of a card that is {card.state} cannot be lifted", was=card.state, state=State.ACTIVE)
    others = await store.of_holders(tx, [card.holder_id])
    if any(other.age > card.age and other.state is not State.CANCELLED for other in others):
        raise CardReplacementAccepted(f"a newer card than {card_id} was issued")
    if card.loss_requested_at is not None and not await store.mark_loss_requested(tx, card, None):
        raise CardChangedMeanwhile(f"card {card_id} is no longer at version {card.version}")
    await store.withdraw(tx, card_id, "loss")
    request = await store.open_request(tx, card_id, "lift")
    await tx.emit(CardLiftRequested(card_id=card.id, holder_id=card.holder_id, request_id=ids.wire("evt", request)))
    return await queries.get(tx, card_id)


async def request_refused(tx: Tx, request_id: str, reason: str) -> None:
    """The province said no. A card whose loss was asked for stays stopped: its holder takes that back, or the feed moves the card."""
    await _answered(tx, request_id, await store.request_refused(tx, ids.parse("evt", request_id), f"refused: {reason}"), taken=False)


async def request_sent(tx: Tx, request_id: str, receipt: str) -> None:
    """The province has taken the request and given a receipt."""
    await _answered(tx, request_id, await store.request_sent(tx, ids.parse("evt", request_id), receipt), taken=True)


async def _answered(tx: Tx, request_id: str, row: Record | None, *, taken: bool) -> None:
    if row is not None:
        card = await queries.get(tx, row["card_id"])
        await tx.emit(CardRequestAnswered(card_id=card.id, holder_id=card.holder_id, asked=row["kind"], taken=taken, request_id=request_id))


async def end_temporary_losses(tx: Tx, limit: int = 1000) -> int:
    """Let temporary losses end whose days are over; a card that a newer one has replaced meanwhile stays stopped. Gives how many ended."""
    due = await store.overdue(tx, limit)
    if not due:
        return 0
    book = Book(await store.of_holders(tx, [card.holder_id for card in due]), recent={}, known=set(), ends=lambda card, since: since)
    for card in due:
        if book.cards[card.id] == card and card.until is not None:
            book.take(moved(card, State.ACTIVE, card.until, Source.EXPIRY, 0))
    changed = [(book.before[id], card) for id, card in book.cards.items() if card != book.before[id]]
    if await store.save(tx, changed) != len(changed):
        raise CardChangedMeanwhile("one of the cards moved at this moment")
    await store.add_moves(tx, book.moves)
    await tx.emit_all([moved_event(move) for move in book.moves])
    return len(due)


async def forget_holder(tx: Tx, holder_id: HolderId) -> None:
    """A person was erased: their card numbers lead nowhere any more."""
    await store.forget_holder(tx, holder_id)
