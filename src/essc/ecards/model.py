"""What an electronic card is, and how it stands. Pure: no clock, no database, no network.

The founding texts name four invariants: 一一对应 one e-card for one card, 唯一映射 one way from one to the other, 状态相同 it stands as the
card stands, 功能相通 every channel shows the same. So the e-card has no state of its own: `standing` computes it from the card.
"""
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from essc.cards.model import State
from essc.ecards import errors
from essc.kit import ids
from essc.names import CardId, ChannelId, EcardId, HolderId, LinkId

SLOTS: Final = 2**24
"""Places for links in a bucket: random, never reused, so that a code never leads to another person's link."""
DRAWS: Final = 16
SANDBOX_LINKS: Final = 1000
"""Links of a channel of the sandbox that are looked at or ended at once."""


class Standing(StrEnum):
    """How an e-card stands on one channel (UX table E7). The comment says who has the next action."""

    NORMAL = "normal"              # nobody
    LEVEL1 = "level1"              # nobody; the holder may open payment
    TEMP_LOST = "temp_lost"        # ends by itself, or the holder lifts the loss
    LOST = "lost"                  # the holder finds the card or replaces it
    LOCKED = "locked"              # a service point
    NOT_ENABLED = "not_enabled"    # the holder enables the card
    SEALED = "sealed"              # the card office
    CANCELLED = "cancelled"        # the holder unlinks
    REPLACED = "replaced"          # the holder unlinks, then applies again
    UNLINKED = "unlinked"          # the holder applies again
    FROZEN = "frozen"              # the holder unfreezes, after proving who they are

    @property
    def usable(self) -> bool:
        """Whether codes are shown and pass."""
        return self in (Standing.NORMAL, Standing.LEVEL1)

    @property
    def verdict(self) -> str:
        """What a reader is told of an e-card that stands so (the names of `codes.model.Verdict`)."""
        return VERDICTS[self]


VERDICTS: Final[dict[Standing, str]] = {
    Standing.NORMAL: "PASS", Standing.LEVEL1: "PASS", Standing.TEMP_LOST: "CARD_LOST", Standing.LOST: "CARD_LOST",
    Standing.LOCKED: "CARD_LOCKED", Standing.NOT_ENABLED: "CARD_NOT_ENABLED", Standing.SEALED: "CARD_SEALED",
    Standing.CANCELLED: "CARD_CANCELLED", Standing.REPLACED: "CARD_REPLACED", Standing.UNLINKED: "NOT_LINKED", Standing.FROZEN: "FROZEN",
}

_OF_STATE: Final[dict[str, Standing]] = {
    State.NOT_ENABLED: Standing.NOT_ENABLED, State.SEALED: Standing.SEALED, State.LOST: Standing.LOST, State.LOCKED: Standing.LOCKED,
    State.TEMPORARILY_LOST: Standing.TEMP_LOST, State.CANCELLED: Standing.CANCELLED,
}

REFUSALS: Final[dict[Standing, type[errors.CardNotUsable]]] = {
    Standing.TEMP_LOST: errors.CardLost, Standing.LOST: errors.CardLost, Standing.LOCKED: errors.CardLocked, Standing.SEALED: errors.CardSealed,
    Standing.NOT_ENABLED: errors.CardNotEnabled, Standing.CANCELLED: errors.CardCancelled, Standing.REPLACED: errors.CardReplaced,
}


class Freeze(StrEnum):
    """Why an e-card is frozen."""

    HOLDER = "holder"      # the holder wanted it
    NOT_ME = "not_me"      # the holder saw a use that was not theirs
    OPERATOR = "operator"  # staff, on a risk


class Origin(StrEnum):
    """How an e-card came to be."""

    APPLIED = "applied"    # 申领
    PREPARED = "prepared"  # 同步签发: with a new card, waiting for its holder's consent


class ActionType(StrEnum):
    """Codes of what was done, as channels of the existing product know them (essc_action_types.csv)."""

    APPLIED = "001"
    LINKED_BY_PASSWORD = "002"
    UNLINKED = "003"
    PASSWORD_CHANGED = "017"
    PASSWORD_RESET = "018"


class CardLike(Protocol):
    """What `standing` needs of a card."""

    @property
    def state(self) -> str:
        """The card's state, a value of cards.model.State."""

    @property
    def replaced(self) -> bool:
        """Whether a newer card made it stop."""

    @property
    def loss_requested(self) -> bool:
        """Whether the holder asked for it to be reported lost, and the province has not answered yet."""


@dataclass(frozen=True)
class CardFacts:
    """A card, as far as `standing` goes."""

    state: str
    replaced: bool
    loss_requested: bool


@dataclass(frozen=True)
class Ecard:
    """The electronic card of one physical card. `version` rises with everything that must kill the codes before it."""

    id: EcardId
    holder_id: HolderId
    card_id: CardId
    version: int
    origin: Origin
    created_at: datetime
    frozen_at: datetime | None = None
    frozen_why: Freeze | None = None
    sessions_since: datetime | None = None

    @property
    def bucket(self) -> int:
        """The bucket of the holder."""
        return ids.bucket(self.id)


@dataclass(frozen=True)
class Link:
    """The e-card on one channel. `sign_no` is its name for the channel (签发号), `slot` its place in codes."""

    id: LinkId
    ecard_id: EcardId
    holder_id: HolderId
    channel_id: ChannelId
    sign_no: str
    sign_seq: int
    slot: int
    level: int
    version: int
    linked_at: datetime
    unlinked_at: datetime | None = None

    @property
    def bucket(self) -> int:
        """The bucket of the holder."""
        return ids.bucket(self.id)

    @property
    def live(self) -> bool:
        """Whether it was not ended."""
        return self.unlinked_at is None


def standing(card: CardLike, ecard: Ecard | None, link: Link | None) -> Standing:
    """How it stands, the first that applies: the link's end, the card's replacement, the card's state, a freeze, the level.

    A loss that the holder has asked for counts as frozen until the province answers: the state itself changes by the feed only.
    """
    return derived(card.state, replaced=card.replaced, frozen=card.loss_requested or (ecard is not None and ecard.frozen_at is not None),
                   live=link is not None and link.live, level=link.level if link else 1)


def derived(state: str, *, replaced: bool, frozen: bool, live: bool, level: int) -> Standing:
    """`standing` of plain facts, for those who read many at once."""
    if not live:
        return Standing.UNLINKED
    if replaced:
        return Standing.REPLACED
    if state != State.ACTIVE:
        return _OF_STATE[state]
    if frozen:
        return Standing.FROZEN
    return Standing.NORMAL if level >= 2 else Standing.LEVEL1


def epoch(card_version: int, ecard_version: int, link_version: int) -> int:
    """The four bits in a code that a loss, a lift, an unlink, a reset or a freeze changes (docs/wire/code.md)."""
    return (card_version + ecard_version + link_version) % 16


def card_refusal(card: CardLike) -> errors.CardNotUsable | None:
    """Why nothing can be issued on this card, or None."""
    stands = derived(card.state, replaced=card.replaced, frozen=False, live=True, level=1)
    refusal = REFUSALS.get(stands)
    return refusal(f"the card is {stands}", standing=stands) if refusal else None


def sign_no(link_id: LinkId) -> str:
    """The name of a link for its channel: 26 letters and digits that say nothing about the person."""
    return ids.wire("link", link_id).removeprefix("link_")


def slot(chance: bytes) -> int:
    """A place drawn by three random bytes."""
    return int.from_bytes(chance[:3], "big")
