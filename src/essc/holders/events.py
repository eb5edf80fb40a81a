"""What room holders tells the others: ids and enums, never a name or a number."""
from typing import ClassVar

from essc.kit.events import Event
from essc.names import HolderId, LookupId


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


class MobileChanged(Event, frozen=True, kw_only=True):
    """The mobile number of a person was proved, and it is another one than before."""

    kind: ClassVar[str] = "holders.mobile_changed"
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


class HolderLookedUp(Event, frozen=True, kw_only=True):
    """A member of staff was shown these fields of a person: masked, or one of them in `full`. The actor is the member.

    `reason` is of model.LookupReason, `ticket` a keyed hash of the ticket's number, `area` the member's area in which the card was issued,
    `level` what kind of organisation that makes it (nation, province, city, county).
    """

    kind: ClassVar[str] = "holders.looked_up"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    lookup_id: LookupId
    fields: tuple[str, ...]
    full: bool
    reason: str
    ticket: str
    area: str
    level: str


class HolderLookupMissed(Event, frozen=True, kw_only=True):
    """A member of staff asked for a person whom he was not shown: `unknown`, another `name`, or a card of another `area`.

    He was told the same each time. `holder_id` is set where the number is somebody's.
    """

    kind: ClassVar[str] = "holders.lookup_missed"
    subject: ClassVar[str] = "lookup_id"
    lookup_id: LookupId
    holder_id: HolderId | None
    why: str
    reason: str
    ticket: str


class HolderLookupActed(Event, frozen=True, kw_only=True):
    """On the page of a look-up a member of staff did something about the person: `freeze`, or `ask_unlink`."""

    kind: ClassVar[str] = "holders.lookup_acted"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    lookup_id: LookupId
    act: str
    reason: str
