"""What an event is: a past-tense fact for others, with ids and enums only, never personal data."""
from typing import ClassVar
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Subclass it once per fact. `kind` is `room.past_tense`; `subject` names the field whose id pins the bucket."""

    kind: ClassVar[str] = ""
    subject: ClassVar[str] = ""

    def subject_id(self) -> UUID:
        """The id whose bucket the event is kept in."""
        value: UUID = getattr(self, self.subject)
        return value


def kinds(of: type[Event] = Event) -> dict[str, type[Event]]:
    """Every event that is defined, by kind."""
    found: dict[str, type[Event]] = {}
    for sub in of.__subclasses__():
        if sub.kind:
            found[sub.kind] = sub
        found |= kinds(sub)
    return found
