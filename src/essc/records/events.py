"""Facts about records for others."""
from typing import ClassVar
from uuid import UUID

from essc.kit.events import Event
from essc.names import EcardId, HolderId, UseId


class UseDisputed(Event, frozen=True, kw_only=True):
    """A holder said of a use of the card: this was not me (我没有用过). The codes are frozen; somebody must look into it."""

    kind: ClassVar[str] = "records.disputed"
    subject: ClassVar[str] = "holder_id"
    dispute_id: UUID
    use_id: UseId
    holder_id: HolderId
    ecard_id: EcardId | None
