"""Times as people in China read them: Asia/Shanghai, relative within two days, then the date (ux E10)."""
from datetime import date, datetime, timedelta, timezone
from typing import Final

from essc.kit.i18n import Locale

SHANGHAI: Final = timezone(timedelta(hours=8))
"""China has one time and no summer time since 1991, so this needs no time-zone data."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def lately(at: datetime, now: datetime, locale: Locale) -> str:
    """今天 10:21 · 昨天 15:03 · 11月16日 09:12 · 2025年3月2日."""
    here, today = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    clock = f"{here:%H:%M}"
    days = (today.date() - here.date()).days
    if days in (0, 1):
        return f"{(('今天', '昨天') if locale == 'zh-CN' else ('Today', 'Yesterday'))[days]} {clock}"
    if here.year != today.year:
        return day(at, locale)
    return f"{here.month}月{here.day}日 {clock}" if locale == "zh-CN" else f"{here.day} {_MONTHS[here.month - 1]} {clock}"


def day(at: datetime, locale: Locale) -> str:
    """2026年11月21日 · 21 Nov 2026."""
    return calendar_day(at.astimezone(SHANGHAI).date(), locale)


def calendar_day(day: date, locale: Locale) -> str:
    """A date that is one already: 2026年11月21日 · 21 Nov 2026."""
    return f"{day.year}年{day.month}月{day.day}日" if locale == "zh-CN" else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def month(at: datetime, locale: Locale) -> str:
    """2026年11月 · Nov 2026."""
    here = at.astimezone(SHANGHAI)
    return f"{here.year}年{here.month}月" if locale == "zh-CN" else f"{_MONTHS[here.month - 1]} {here.year}"


def stamp(at: datetime) -> str:
    """2026-11-21 16:42:08."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def clock_time(at: datetime) -> str:
    """16:42."""
    return f"{at.astimezone(SHANGHAI):%H:%M}"
