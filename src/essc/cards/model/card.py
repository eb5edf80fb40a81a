"""What a card is and which moves it allows. Pure: no clock, no database, no network."""
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from essc.cards.errors import CardMoveNotAllowed
from essc.names import CardId, HolderId

MOST_MOVES: Final = 8
"""Moves of one card within `MOVES_WITHIN`: a code carries the version modulo 16, and an old code must not come to life again."""
MOVES_WITHIN: Final = timedelta(minutes=1)


class State(StrEnum):
    """AAZ502. The comment says who has the next action."""

    NOT_ENABLED = "not_enabled"            # 未启用: the holder enables the card
    SEALED = "sealed"                      # 0 封存: the card office unseals it
    ACTIVE = "active"                      # 1 正常: the holder carries it
    LOST = "lost"                          # 2 正式挂失: the holder finds it or replaces it
    LOCKED = "locked"                      # 3 应用锁定: a service point unlocks it
    TEMPORARILY_LOST = "temporarily_lost"  # 4 临时挂失: ends by itself after the region's days
    CANCELLED = "cancelled"                # 9 注销: final


class Move(StrEnum):
    """What happens to a card (the operations of the card offices)."""

    ISSUE = "issue"                                    # 发卡, 补卡, 换卡: a card that was not there
    ENABLE = "enable"                                  # 1 激活/启用
    REPORT_TEMPORARY_LOSS = "report_temporary_loss"    # 2 临时挂失
    REPORT_LOSS = "report_loss"                        # 3 正式挂失
    LIFT_LOSS = "lift_loss"                            # 4 解挂, or the end of a temporary loss
    CANCEL = "cancel"                                  # 5 注销
    LOCK = "lock"                                      # 应用锁定
    UNLOCK = "unlock"                                  # 解锁
    SEAL = "seal"                                      # 封存
    UNSEAL = "unseal"                                  # 解封


class Source(StrEnum):
    """How we learned of a move."""

    FILE = "file"
    FEED = "feed"
    EXPIRY = "expiry"              # a temporary loss whose days were over
    REPLACEMENT = "replacement"    # the newer card was enabled


MOVES: Final[dict[tuple[State, Move], State]] = {
    (State.NOT_ENABLED, Move.ENABLE): State.ACTIVE,
    (State.ACTIVE, Move.REPORT_TEMPORARY_LOSS): State.TEMPORARILY_LOST,
    (State.ACTIVE, Move.REPORT_LOSS): State.LOST,
    (State.TEMPORARILY_LOST, Move.REPORT_LOSS): State.LOST,
    (State.LOST, Move.LIFT_LOSS): State.ACTIVE,
    (State.TEMPORARILY_LOST, Move.LIFT_LOSS): State.ACTIVE,
    (State.ACTIVE, Move.LOCK): State.LOCKED,
    (State.LOCKED, Move.UNLOCK): State.ACTIVE,
    (State.ACTIVE, Move.SEAL): State.SEALED,
    (State.SEALED, Move.UNSEAL): State.ACTIVE,
    **{(state, Move.CANCEL): State.CANCELLED for state in State if state is not State.CANCELLED},
}
"""The table `card_operations`: every move that there is. 补卡 (from lost) and 换卡 (from active) issue another card and leave this one as it is;
it stops when the new one is enabled."""

TOWARDS: Final[dict[tuple[State, State], Move]] = {(was, state): move for (was, move), state in MOVES.items()}
"""The one move that leads from a state to another: the feed tells states."""

CODES: Final[dict[str, State]] = {
    "未启用": State.NOT_ENABLED, "0": State.SEALED, "1": State.ACTIVE, "2": State.LOST, "3": State.LOCKED, "4": State.TEMPORARILY_LOST,
    "9": State.CANCELLED,
    "封存": State.SEALED, "正常": State.ACTIVE, "正常(已启用)": State.ACTIVE, "正式挂失": State.LOST, "挂失": State.LOST, "应用锁定": State.LOCKED,
    "锁定": State.LOCKED, "临时挂失": State.TEMPORARILY_LOST, "注销": State.CANCELLED, "未激活": State.NOT_ENABLED,
    **{state.value: state for state in State},
}
"""AAZ502 as files write it: the code, the Chinese word or ours."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One physical card. `since` is when it came into this state, `until` when a temporary loss ends by itself."""

    id: CardId
    holder_id: HolderId
    bucket: int
    region: str
    state: State
    since: datetime
    version: int
    sequence: int = 0
    generation: int
    bank_code: str
    issued_on: date
    valid_to: date
    until: datetime | None = None
    loss_requested_at: datetime | None = None
    replaced_by: CardId | None = None

    @property
    def replaced(self) -> bool:
        """Whether a newer card made this one stop (已换卡)."""
        return self.replaced_by is not None

    @property
    def age(self) -> tuple[date, CardId]:
        """Orders the cards of one person: the newer one is the greater."""
        return self.issued_on, self.id


class Detail(msgspec.Struct, frozen=True):
    """What stands sealed on a card, opened: AAZ500 and AAZ501."""

    card_number: str
    identifier: str

    def __repr__(self) -> str:
        return "Detail(…)"


class Moved(msgspec.Struct, frozen=True):
    """One entry of a card's history."""

    card: Card
    move: Move
    was: State | None
    occurred_at: datetime
    source: Source
    sequence: int


def moved(card: Card, state: State, occurred_at: datetime, source: Source, sequence: int, *, until: datetime | None = None) -> Moved:
    """The card in its next state, one version on; or a refusal that names both states. A temporary loss needs its end."""
    move = TOWARDS.get((card.state, state))
    if move is None:
        raise CardMoveNotAllowed(f"a card that is {card.state} does not become {state}", was=card.state, state=state)
    after = msgspec.structs.replace(card, state=state, since=occurred_at, version=card.version + 1, sequence=max(card.sequence, sequence),
                                    until=until if state is State.TEMPORARILY_LOST else None,
                                    loss_requested_at=None if _answers(move, occurred_at, source, card.loss_requested_at) else card.loss_requested_at)
    return Moved(after, move, card.state, occurred_at, source, sequence)


def _answers(move: Move, occurred_at: datetime, source: Source, asked_at: datetime | None) -> bool:
    """Whether a move is the province's answer to a holder who asked at `asked_at` for the card to be reported lost.

    A loss and a cancellation always are; a temporary loss and a lift only when they happened after the holder had asked. Nothing else
    makes a card usable again that its holder called lost: no unlocking, no event from before, no temporary loss that ran out.
    """
    if asked_at is None or move in (Move.REPORT_LOSS, Move.CANCEL):
        return True
    return move in (Move.REPORT_TEMPORARY_LOSS, Move.LIFT_LOSS) and source is Source.FEED and occurred_at >= asked_at


def covers(region: str, other: str) -> bool:
    """Whether the division `region` is, or lies above, `other`; 000000 is above all."""
    head = region.removesuffix("00").removesuffix("00") if region != "000000" else ""
    return other.startswith(head)


def usable(cards: Sequence[Card]) -> Card | None:
    """Of one person's cards the one that counts: the active one, else the newest not cancelled, else the newest."""
    def worth(card: Card) -> tuple[bool, bool, tuple[date, CardId]]:
        return card.state is State.ACTIVE, card.state is not State.CANCELLED, card.age
    return max(cards, key=worth, default=None)
