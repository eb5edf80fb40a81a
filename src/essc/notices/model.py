"""What a message is. Pure: no clock, no database, no network. The words are fixed and stand in the texts as `notices.text.<kind>`."""
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from essc.kit.clock import SHANGHAI
from essc.names import HolderId, MessageId

Locale = Literal["zh-CN", "en"]
SIGNATURE: Final = "【电子社保卡】"
"""Stands before every SMS, as the rules for messages to telephones ask."""
SUNDAY: Final = 6
DIGEST_HOUR: Final = 18
"""What staff did all week is told on Sunday evening: once, not each time."""
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Kind(StrEnum):
    """The fixed messages (screen table E9, and those of the same voice that the issue asks for)."""

    ISSUED = "issued"
    NEW_CHANNEL = "new_channel"
    UNLINKED = "unlinked"
    CODE_USED = "code_used"
    CARD_USED = "card_used"          # the physical card was read
    CARD_LOST = "card_lost"
    CARD_BACK = "card_back"          # back to normal
    LOSS_REFUSED = "loss_refused"    # the province did not take what the holder asked for
    LIFT_REFUSED = "lift_refused"
    PASSWORD_CHANGED = "pwd_changed"
    MOBILE_CHANGED = "mobile_changed"  # to the number of before
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    SIGNED_IN = "signed_in"
    STAFF_LOOKUP = "staff_lookup"    # the week's count of look-ups by staff


BY_SMS: Final = frozenset(Kind) - {Kind.CODE_USED, Kind.CARD_USED}
"""What also goes to the telephone: whatever touches the safety of the card, not each use of it."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. `id` is that of the event that caused it; `params` are sealed in the database."""

    id: MessageId
    holder_id: HolderId
    kind: Kind
    at: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    read_at: datetime | None = None


def digest_due(at: datetime) -> datetime:
    """When the message of the week goes out in which something happened: the next Sunday, 18:00 in Shanghai."""
    local = at.astimezone(SHANGHAI)
    due = (local + timedelta(days=SUNDAY - local.weekday())).replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return due if due > local else due + timedelta(days=7)


def spoken(moment: datetime, locale: Locale) -> str:
    """A moment as a person reads it, in Shanghai: 2026年11月21日 16:42."""
    local = moment.astimezone(SHANGHAI)
    clock = f"{local.hour:02d}:{local.minute:02d}"
    if locale == "en":
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}, {clock}"
    return f"{local.year}年{local.month}月{local.day}日 {clock}"


def for_telephone(text: str) -> str:
    """The text of an SMS: with the sender's name before it, once."""
    return text if text.startswith(SIGNATURE) else SIGNATURE + text
