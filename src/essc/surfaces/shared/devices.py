"""Which device a browser is: a name it keeps, and words that its owner recognises it by."""
import re
from typing import Final

from essc.kit import ids
from essc.kit.http.pages import PageAnswer, PageCall
from essc.sessions.model import LONGEST, Device

COOKIE: Final = "essc_device"
_SYSTEMS: Final = (("iPhone", "iPhone"), ("iPad", "iPad"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("Windows", "Windows"),
                    ("Mac OS X", "Mac"), ("Linux", "Linux"))
_BROWSERS: Final = (("MicroMessenger", "WeChat"), ("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_YEAR: Final = 365 * 24 * 3600


def this_device(call: PageCall) -> Device:
    """The device that asks; a new name when it has none."""
    kept = call.cookies.get(COOKIE, "")
    key = kept if re.fullmatch(r"dev_[0-9a-z]{26}", kept) else ids.wire("dev", ids.new())
    return Device(key, device_name(call.headers.get("user-agent", "")))


def device_name(agent: str) -> str:
    """Android · Chrome, from what a browser says of itself; "?" when it says nothing that we know."""
    system = next((word for sign, word in _SYSTEMS if sign in agent), "")
    browser = next((word for sign, word in _BROWSERS if sign in agent), "")
    return " · ".join(word for word in (system, browser) if word) or "?"


def signed_in(call: PageCall, answer: PageAnswer, cookie: str, token: str, device: Device) -> PageAnswer:
    """Give a browser its session and its name."""
    answer.cookie(COOKIE, device.key, max_age=_YEAR)
    return answer.cookie(cookie, token, max_age=int(LONGEST.total_seconds()))
