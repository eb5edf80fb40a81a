"""Facts about electronic cards for others: ids and enums only."""
from typing import ClassVar

from essc.kit.events import Event
from essc.names import CardId, ChannelId, EcardId, HolderId, LinkId


class EcardPrepared(Event, frozen=True, kw_only=True):
    """An e-card was made together with a new card (同步签发); it waits for the holder's consent on a channel."""

    kind: ClassVar[str] = "ecards.prepared"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    holder_id: HolderId
    card_id: CardId


class EcardIssued(Event, frozen=True, kw_only=True):
    """The person applied and was proved: the e-card is linked to a first channel (001 申领完成). `origin`: applied or prepared; `way`: how
    the person was proved (identity.model.Way; empty in facts of before it was told)."""

    kind: ClassVar[str] = "ecards.issued"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    link_id: LinkId
    holder_id: HolderId
    card_id: CardId
    channel_id: ChannelId
    origin: str
    level: int = 1
    way: str = ""


class EcardLinked(Event, frozen=True, kw_only=True):
    """Another channel carries the e-card, by its password (002 直接验密签发)."""

    kind: ClassVar[str] = "ecards.linked"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    link_id: LinkId
    holder_id: HolderId
    card_id: CardId
    channel_id: ChannelId
    level: int = 1


class EcardUnlinked(Event, frozen=True, kw_only=True):
    """A channel carries the e-card no more (003 解除绑定完成); the others are untouched. `way`: face, password, sms_password, terminal."""

    kind: ClassVar[str] = "ecards.unlinked"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    link_id: LinkId
    holder_id: HolderId
    card_id: CardId
    channel_id: ChannelId
    way: str


class EcardFrozen(Event, frozen=True, kw_only=True):
    """The e-card shows no codes until its holder unfreezes it. `why`: holder, not_me, operator."""

    kind: ClassVar[str] = "ecards.frozen"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    holder_id: HolderId
    card_id: CardId
    why: str


class EcardUnfrozen(Event, frozen=True, kw_only=True):
    """The holder proved who they are and unfroze the e-card."""

    kind: ClassVar[str] = "ecards.unfrozen"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    holder_id: HolderId
    card_id: CardId


class CodesEnded(Event, frozen=True, kw_only=True):
    """Every code minted before this is dead, on all channels. `why`: password_reset, loss_requested, session_ended (from another device or at a counter)."""

    kind: ClassVar[str] = "ecards.codes_ended"
    subject: ClassVar[str] = "ecard_id"
    ecard_id: EcardId
    holder_id: HolderId
    why: str
