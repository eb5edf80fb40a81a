"""Facts about regions for others."""
from typing import ClassVar
from uuid import UUID

from essc.kit.events import Event


class SettingChanged(Event, frozen=True, kw_only=True):
    """A region has set a value of its own (or taken it back, so that the region above decides again)."""

    kind: ClassVar[str] = "regions.setting_changed"
    subject: ClassVar[str] = "setting_id"
    setting_id: UUID
    region: str
    name: str
