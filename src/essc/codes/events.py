"""Facts about codes for others: ids and verdicts only."""
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from essc.kit.events import Event
from essc.names import CardId, ChannelId, EcardId, HolderId, LinkId, TerminalId, VenueId

Way = Literal["code", "physical_card"]
"""How the holder presented: the one-use code of the electronic card, or the chip of the physical one."""


class CodePresented(Event, frozen=True, kw_only=True):
    """A reader presented a code or a physical card of a known holder, and got `verdict` (also when refused).

    `fields` are those that were disclosed (empty unless PASS); `card_version` is the card state that the verdict saw.
    """

    kind: ClassVar[str] = "codes.presented"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    card_id: CardId
    ecard_id: EcardId | None
    link_id: LinkId | None
    channel_id: ChannelId | None
    terminal_id: TerminalId
    venue_id: VenueId
    scene: str
    verdict: str
    fields: tuple[str, ...]
    way: Way
    card_version: int
    minted_at: datetime | None
    received_at: datetime


class PersonCompared(Event, frozen=True, kw_only=True):
    """The clerk compared the person with the photo of a passed verdict."""

    kind: ClassVar[str] = "codes.person_compared"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    terminal_id: TerminalId
    scene: str
    matched: bool
    presented_at: datetime


class BurnsPruned(Event, frozen=True, kw_only=True):
    """The burns before `hour` (hours since 1970) were dropped; codes of those hours are refused for ever."""

    kind: ClassVar[str] = "codes.burns_pruned"
    subject: ClassVar[str] = "run_id"
    run_id: UUID
    hour: int
