"""Facts about reports for others."""
from typing import ClassVar
from uuid import UUID

from essc.kit.events import Event


class TargetSet(Event, frozen=True, kw_only=True):
    """Somebody decided what share of a region's cards is to be claimed by the end of a year; `rate_bp` in hundredths of a percent."""

    kind: ClassVar[str] = "reports.target_set"
    subject: ClassVar[str] = "target_id"
    target_id: UUID
    year: int
    region: str
    rate_bp: int
