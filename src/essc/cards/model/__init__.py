"""Cards, their moves, the rows of a card file and the rules of the feed."""
from essc.cards.model.card import (
    MOST_MOVES,
    MOVES,
    MOVES_WITHIN,
    TOWARDS,
    Card,
    Detail,
    Move,
    Moved,
    Source,
    State,
    covers,
    moved,
    usable,
)
from essc.cards.model.feed import Book, Outcome, Result, Told
from essc.cards.model.row import COLUMNS, CardRow, Reject, Rules, card_row, columns, masked

__all__ = [
    "COLUMNS", "MOST_MOVES", "MOVES", "MOVES_WITHIN", "TOWARDS", "Book", "Card", "CardRow", "Detail", "Move", "Moved", "Outcome", "Reject",
    "Result", "Rules", "Source", "State", "Told", "card_row", "columns", "covers", "masked", "moved", "usable",
]
