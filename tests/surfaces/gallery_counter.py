"""The counter's screens. What they show after a scan is looked at in tests/browser/test_counter.py: their scripts live by a platform."""
from collections.abc import Callable, Mapping
from typing import Any

from essc.surfaces.counter.pages.texts import activation_texts, counter_texts, gate_texts, shift_texts
from tests.surfaces.screen import Say, Screen


def _page(name: str, texts: Callable[[Say], str]) -> Callable[[Say], Mapping[str, Any]]:
    return lambda say: {"page": name, "texts": texts(say)}


SCREENS = (
    Screen("s-activate", "/counter/activate", "s-activate", "counter/activate.html", "desk", lambda say: {"texts": activation_texts(say)}),
    Screen("s-ready", "/counter", "s-ready", "counter/ready.html", "desk", _page("ready", counter_texts)),
    Screen("s-gate", "/counter/gate", "s-gate", "counter/gate.html", "desk", _page("gate", gate_texts)),
    Screen("s-shift", "/counter/shift", "s-shift", "counter/shift.html", "desk", _page("shift", shift_texts)),
)
