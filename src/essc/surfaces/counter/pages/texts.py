"""The sentences that the counter's scripts show: taken from the locale files here, so that no script holds a word of its own."""
import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from essc.codes.model import Verdict
from essc.venues.model import FIELDS

LOCAL: Final = ("UNREADABLE", "NETWORK", "OTHER")
"""What only the counter itself can say: the card was read badly, the line is down, something else went wrong."""

PROBLEMS: Final[Mapping[str, str]] = {
    "terminal_disabled": "TERMINAL_DISABLED", "venue_not_active": "TERMINAL_DISABLED", "scene_not_allowed": "SCENE_NOT_ALLOWED",
    "card_string_unreadable": "UNREADABLE", "throttled": "READER_THROTTLED", "too_many_requests": "READER_THROTTLED",
}
"""Refusals of the API that are shown as a verdict."""


class Say(Protocol):
    """From a key and its parameters to a sentence."""

    def __call__(self, key: str, /, **params: object) -> str:
        """The sentence."""


def counter_texts(say: Say) -> str:
    """Everything the counter page says, as JSON for a data attribute. Templates with `{n}` are filled by the page."""
    verdicts = {name: _verdict(say, name) for name in (*(verdict.value for verdict in Verdict), *LOCAL)}
    texts: dict[str, Any] = {
        "verdicts": verdicts,
        "fields": {name: say(f"counter.field.{name}") for name in FIELDS},
        "problems": PROBLEMS,
        "compared": {"yes": {"title": say("counter.pass.confirmed"), "text": say("counter.pass.confirmed_lead")},
                     "no": {"title": say("counter.pass.mismatched"), "text": say("counter.pass.mismatched_lead")}},
        "linkOk": say("counter.link_ok"), "linkLost": say("counter.link_lost"), "terminal": say("counter.terminal"),
        "soundOn": say("counter.sound_on"), "soundOff": say("counter.sound_off"), "channel": say("counter.pass.channel"),
        "way": say("counter.pass.way"), "wayCard": say("counter.pass.way_card"), "age": say("counter.pass.age"), "ageIs": say("counter.pass.age_is"),
        "normal": say("counter.pass.normal"), "noPhoto": say("counter.pass.no_photo"), "nobody": say("counter.last_nobody"),
        "level1": say("counter.level.one"), "level2": say("counter.level.two"),
    }
    return json.dumps(texts, ensure_ascii=False)


def activation_texts(say: Say) -> str:
    """What the activation page says, as JSON for a data attribute."""
    names = {"incomplete": "incomplete", "incompleteAction": "incomplete_action", "making": "making", "lost": "lost", "lostAction": "lost_action",
             "other": "other", "noCrypto": "no_crypto", "unknown": "unknown", "comma": "comma"}
    return json.dumps({name: say(f"counter.activate.{key}") for name, key in names.items()}, ensure_ascii=False)


def _verdict(say: Say, name: str) -> dict[str, str]:
    key = f"counter.verdict.{name}"
    return {"title": say(f"{key}.title"), "text": say(f"{key}.text"), "next": say(f"{key}.next")}
