"""The counter's pages: shells without anything of a holder; their scripts talk to the API."""
from typing import Final

from essc.kit.http.pages import PageAnswer, PageCall, Pages
from essc.surfaces.counter.pages.texts import activation_texts, counter_texts, gate_texts, shift_texts

pages: Final = Pages("counter")


@pages.get("/counter/activate")
async def activate(call: PageCall) -> PageAnswer:
    """S0: make this browser a terminal."""
    return call.render("counter/activate.html", texts=activation_texts(call.say))


@pages.get("/counter")
async def ready(call: PageCall) -> PageAnswer:
    """S1 and S2: ready, and the verdict; S8: no line."""
    return call.render("counter/ready.html", page="ready", texts=counter_texts(call.say))


@pages.get("/counter/gate")
async def gate(call: PageCall) -> PageAnswer:
    """S5: passages, two seconds each."""
    return call.render("counter/gate.html", page="gate", texts=gate_texts(call.say))


@pages.get("/counter/shift")
async def shift(call: PageCall) -> PageAnswer:
    """S9: what this terminal verified since its shift began, and handing over."""
    return call.render("counter/shift.html", page="shift", texts=shift_texts(call.say))
