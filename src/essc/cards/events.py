"""What room cards tells the others."""
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from essc.kit.events import Event
from essc.names import CardId, HolderId


class CardIssued(Event, frozen=True, kw_only=True):
    """A card arrived by the feed. (A card file tells `cards.imported` once a chunk instead.)"""

    kind: ClassVar[str] = "cards.issued"
    subject: ClassVar[str] = "card_id"
    card_id: CardId
    holder_id: HolderId
    region: str
    state: str
    version: int
    occurred_at: datetime


class CardMoved(Event, frozen=True, kw_only=True):
    """A card's state changed; whatever hangs on the card hears this. `replaced` says that a newer card made it stop."""

    kind: ClassVar[str] = "cards.moved"
    subject: ClassVar[str] = "card_id"
    card_id: CardId
    holder_id: HolderId
    was: str
    state: str
    version: int
    occurred_at: datetime
    source: str
    sequence: int
    replaced: bool = False


class CardLossRequested(Event, frozen=True, kw_only=True):
    """The holder asked for the card to be reported lost; the province has not said anything yet."""

    kind: ClassVar[str] = "cards.loss_requested"
    subject: ClassVar[str] = "card_id"
    card_id: CardId
    holder_id: HolderId
    request_id: str


class CardLiftRequested(Event, frozen=True, kw_only=True):
    """The holder asked for the loss to be lifted; the province has not said anything yet."""

    kind: ClassVar[str] = "cards.lift_requested"
    subject: ClassVar[str] = "card_id"
    card_id: CardId
    holder_id: HolderId
    request_id: str


class CardRequestAnswered(Event, frozen=True, kw_only=True):
    """The province has taken what the holder asked for (its feed will say what becomes of it), or said no."""

    kind: ClassVar[str] = "cards.request_answered"
    subject: ClassVar[str] = "card_id"
    card_id: CardId
    holder_id: HolderId
    asked: Literal["loss", "lift"]
    taken: bool
    request_id: str


class CardsImported(Event, frozen=True, kw_only=True):
    """A chunk of a card file was taken: how many cards are new, and the SHA-256 over what was stored of them."""

    kind: ClassVar[str] = "cards.imported"
    subject: ClassVar[str] = "chunk_id"
    chunk_id: UUID
    region: str
    count: int
    sha256: str
    file_sha256: str


class RegionKeyRegistered(Event, frozen=True, kw_only=True):
    """A region's key for its feed was registered."""

    kind: ClassVar[str] = "cards.region_key_registered"
    subject: ClassVar[str] = "registration_id"
    registration_id: UUID
    region: str
    key_id: str
