"""The sentences that the counter's scripts show: taken from the locale files here, so that no script holds a word of its own."""
import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from essc.codes.model import Verdict
from essc.venues.model import FIELDS

LOCAL: Final = ("UNREADABLE", "NETWORK", "OTHER")
"""What only the counter itself can say: the card was read badly, the line is down, something else went wrong."""

GATE_WORDS: Final = ("pass", "refresh", "foreign", "wait", "lost", "closed", "staff")
"""What a gate says, in a word that many people see: never what is the matter with somebody's card."""

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
    texts: dict[str, Any] = _station(say) | {
        "verdicts": _verdicts(say),
        "fields": {name: say(f"counter.field.{name}") for name in FIELDS},
        "compared": {"yes": {"title": say("counter.pass.confirmed"), "text": say("counter.pass.confirmed_lead")},
                     "no": {"title": say("counter.pass.mismatched"), "text": say("counter.pass.mismatched_lead")}, "ended": say("counter.check.ended")},
        "channel": say("counter.pass.channel"), "way": say("counter.pass.way"), "wayCard": say("counter.pass.way_card"), "age": say("counter.pass.age"),
        "ageIs": say("counter.pass.age_is"), "may": say("counter.pass.may"), "mayIs": say("counter.pass.may_is"), "normal": say("counter.pass.normal"),
        "noPhoto": say("counter.pass.no_photo"), "nobody": say("counter.last_nobody"), "comma": say("counter.activate.comma"),
        "level1": say("counter.level.one"), "level2": say("counter.level.two"),
    }
    return json.dumps(texts, ensure_ascii=False)


def gate_texts(say: Say) -> str:
    """What the gate page says: a word for the whole screen, and one line below it."""
    words = {name: say(f"counter.gate.word.{name}") for name in GATE_WORDS}
    whys = {name: say(f"counter.gate.why.{name}") for name in GATE_WORDS if name != "pass"}
    called = {name: say(f"counter.gate.called.{name}") for name in ("male", "female", "either")}
    return json.dumps(_station(say) | {"gate": {"words": words, "whys": whys, "called": called}}, ensure_ascii=False)


def shift_texts(say: Say) -> str:
    """What the shift page says besides its labels."""
    ways = {"code": say("counter.shift.way_code"), "physical_card": say("counter.shift.way_card")}
    return json.dumps(_station(say) | {"verdicts": _verdicts(say), "ways": ways, "handedOver": say("counter.shift.handed_over")}, ensure_ascii=False)


def _station(say: Say) -> dict[str, Any]:
    return {"problems": PROBLEMS, "linkOk": say("counter.link_ok"), "linkLost": say("counter.link_lost"), "terminal": say("counter.terminal"),
            "soundOn": say("counter.sound_on"), "soundOff": say("counter.sound_off")}


def _verdicts(say: Say) -> dict[str, dict[str, str]]:
    return {name: _verdict(say, name) for name in (*(verdict.value for verdict in Verdict), *LOCAL)}


def activation_texts(say: Say) -> str:
    """What the activation page says, as JSON for a data attribute."""
    names = {"incomplete": "incomplete", "incompleteAction": "incomplete_action", "making": "making", "lost": "lost", "lostAction": "lost_action",
             "other": "other", "noCrypto": "no_crypto", "unknown": "unknown", "comma": "comma"}
    return json.dumps({name: say(f"counter.activate.{key}") for name, key in names.items()}, ensure_ascii=False)


def _verdict(say: Say, name: str) -> dict[str, str]:
    key = f"counter.verdict.{name}"
    return {"title": say(f"{key}.title"), "text": say(f"{key}.text"), "next": say(f"{key}.next")}
