"""Facts about preferences for others: ids and enums only."""
from typing import ClassVar

from essc.kit.events import Event
from essc.names import HolderId


class ModeChosen(Event, frozen=True, kw_only=True):
    """The holder chose a set of pages (`mode`: standard, elder)."""

    kind: ClassVar[str] = "preferences.mode_chosen"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    mode: str


class TextSizeChosen(Event, frozen=True, kw_only=True):
    """The holder chose a size of text, in percent of the usual one."""

    kind: ClassVar[str] = "preferences.text_size_chosen"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    percent: int


class TermsAgreed(Event, frozen=True, kw_only=True):
    """The holder agreed to a version of the user agreement and of the rules on personal information."""

    kind: ClassVar[str] = "preferences.terms_agreed"
    subject: ClassVar[str] = "holder_id"
    holder_id: HolderId
    terms: str
