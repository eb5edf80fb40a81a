"""What room holders tells the others: ids and enums, never a name or a number."""
from typing import ClassVar

from essc.kit.events import Event
from essc.names import HolderId


class HolderEnrolled(Event, frozen=True, kw_only=True):
    """A person is known for the first time. (A card file tells `cards.imported` once a chunk instead.)

    `prefix` notes what the first six digits of the number are: current, abolished, unknown (to any list), permit, demonstration; nothing
    for foreigners.
    """

    kind: ClassVar[str] = "holders.enrolled"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    prefix: str = ""


class NameConflictFound(Event, frozen=True, kw_only=True):
    """A known number came with another name; the name on record stays until somebody settles it."""

    kind: ClassVar[str] = "holders.name_conflict"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    conflict_id: str


class NameConflictSettled(Event, frozen=True, kw_only=True):
    """Somebody decided which of two names is right: `keep` the one on record or `rename`."""

    kind: ClassVar[str] = "holders.name_settled"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    conflict_id: str
    decision: str


class MobileProved(Event, frozen=True, kw_only=True):
    """The holder proved to be reached at a mobile number."""

    kind: ClassVar[str] = "holders.mobile_proved"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId


class PhotoKept(Event, frozen=True, kw_only=True):
    """The photo of the card was given by the province and kept, sealed."""

    kind: ClassVar[str] = "holders.photo_kept"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId


class HolderDisclosed(Event, frozen=True, kw_only=True):
    """Somebody (the event's actor) was shown these fields of a person in clear, for this purpose."""

    kind: ClassVar[str] = "holders.disclosed"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    fields: tuple[str, ...]
    purpose: str


class HolderErased(Event, frozen=True, kw_only=True):
    """A person was erased: salt, keyed hashes and photo are gone, what was sealed can never be opened again."""

    kind: ClassVar[str] = "holders.erased"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
