"""Facts about the log itself."""
from typing import ClassVar
from uuid import UUID

from essc.kit.events import Event


class AlarmRaised(Event, frozen=True, kw_only=True):
    """Something happened that must never happen: `what` is a code of `model.Alarm`, `place` a part of the program."""

    kind: ClassVar[str] = "audit.alarm_raised"
    subject: ClassVar[str] = "alarm_id"
    alarm_id: UUID
    what: str
    place: str
