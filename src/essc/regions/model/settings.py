"""What a region may set for itself: the national default with its source, the form of a value, and what a value means.

Sources are the marks of the domain facts (a law, a web page, public code); `verified` is False where no ministry text or law
was found, so the value is a starting point that somebody has to confirm.
"""
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from chinese_calendar import is_workday

from essc.kit.clock import SHANGHAI
from essc.regions.errors import SettingUnknown, SettingValueWrong

_WORKING_DAYS: Final = re.compile(r"([1-9][0-9]?)wd")
WAYS: Final = ("face", "sms_password", "terminal")
"""Ways of proving to be the person, by the names of room identity: a face check, SMS code + password, a check at a terminal."""

Value = int | str


@dataclass(frozen=True, slots=True)
class Default:
    """One setting: the national default, what it means with its unit, how text becomes a value, where the default comes from.

    `national`: one value for the whole country, which no region below it may change.
    """

    name: str
    value: Value
    meaning: str
    read: Callable[[str], Value]
    source: str
    verified: bool = False
    national: bool = False

    def parse(self, text: str) -> Value:
        """The value that `text` writes. Raises SettingValueWrong."""
        try:
            return self.read(text.strip())
        except ValueError as wrong:
            raise SettingValueWrong(f"{self.name}: {wrong}", name=self.name) from None


def between(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number from `low` to `high`."""
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)
    return read


def days(text: str) -> Value:
    """Reads calendar days (`15`) or working days (`3wd`)."""
    if _WORKING_DAYS.fullmatch(text):
        return text
    try:
        return between(1, 365)(text)
    except ValueError:
        raise ValueError("days from 1 to 365, or working days such as 3wd") from None


def ways(text: str) -> str:
    """Reads ways of proving to be the person, joined by commas, in the room's order.

    Never `face` alone: the measures on face recognition of 2025 forbid it as the only way.
    """
    wanted = {way.strip() for way in text.split(",")}
    if not wanted <= set(WAYS):
        raise ValueError(f"ways are {', '.join(WAYS)}")
    if wanted == {"face"}:
        raise ValueError("face must not be the only way")
    return ",".join(way for way in WAYS if way in wanted)


_ALL: Final = (
    Default("temporary_loss_days", 15, "days after which a temporary loss ends by itself; `3wd` counts working days", days,
            "facts §1.10: Beijing and Shenzhen 3 working days, Yongkang 10 days, Shaoguan 15 days [W]"),
    Default("family_limit", 8, "relatives that one person may act for", between(0, 50), "facts §1.8: 8 (2024, 2025), an older page 10 [W]"),
    Default("password_attempts", 6, "wrong passwords in a row before the lock", between(3, 20), "facts §1.4: one weak page [W:qpmb]"),
    Default("password_lock_hours", 24, "hours that the lock lasts", between(1, 720), "facts §1.4: one weak page [W:qpmb]"),
    Default("code_life_seconds", 60, "seconds that a dynamic code is good for", between(15, 300), "facts §1.5: countdown in public code [C:44321607282]"),
    Default("exchange_days_before_expiry", 60, "days before its end from which a card may be exchanged", between(0, 365), "facts §1.10 [W:tongquankeji]"),
    Default("identity_ways_level1", "face,sms_password,terminal", "ways that prove the person for level 1 (enquiry and identification)", ways,
            "facts §1.3, §1.4, §4.7: a face is never the only way [I]"),
    Default("identity_ways_level2", "face,terminal", "ways that prove the person for level 2 (payment)", ways,
            "facts §1.3, §4.7: bank account and reserved mobile are checked besides [I]"),
    Default("identity_ways_reset", "face,terminal", "ways that prove the person for a password reset", ways, "facts §1.4: SMS code and face [W:3news]"),
    Default("identity_ways_mobile", "face,sms_password,terminal", "ways that prove the person before the mobile number is changed", ways,
            "no source found: as for level 1, the new number is proved besides [I]"),
    Default("identity_minutes", 10, "minutes that a proof of the person stays good", between(1, 60), "no source found: ours [I]", national=True),
)

SETTINGS: Final[Mapping[str, Default]] = {setting.name: setting for setting in _ALL}


def definition(name: str) -> Default:
    """The setting of that name. Raises SettingUnknown."""
    found = SETTINGS.get(name)
    if found is None:
        raise SettingUnknown(f"there is no setting {name[:40]}")
    return found


def nearest(setting: Default, path: Sequence[str], set_by_region: Mapping[str, str | None]) -> Value:
    """The value that holds for the first region of `path` (nearest first): its own, or the one above it, or the default."""
    for region in path:
        text = set_by_region.get(region)
        if text is not None:
            return setting.parse(text)
    return setting.value


def temporary_loss_ends(since: datetime, value: Value) -> datetime:
    """When a temporary loss of `since` ends by itself: so many days later, or at the end of the last working day in China.

    Working days follow the State Council's calendar where the package knows the year, else Monday to Friday.
    """
    working = _WORKING_DAYS.fullmatch(str(value))
    if working is None:
        return since + timedelta(days=int(value))
    day, left = since.astimezone(SHANGHAI).date(), int(working[1])
    while left:
        day += timedelta(days=1)
        left -= _is_working_day(day)
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)


def _is_working_day(day: date) -> bool:
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5
