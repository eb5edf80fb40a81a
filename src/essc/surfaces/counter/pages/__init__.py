"""The counter's pages: shells without anything of a holder; their scripts talk to the API."""
from typing import Final

from essc.kit.http.pages import PageAnswer, PageCall, Pages
from essc.surfaces.counter.pages.texts import activation_texts, counter_texts

pages: Final = Pages("counter")


@pages.get("/counter/activate")
async def activate(call: PageCall) -> PageAnswer:
    """S0: make this browser a terminal."""
    return call.render("counter/activate.html", texts=activation_texts(call.say))


@pages.get("/counter")
async def ready(call: PageCall) -> PageAnswer:
    """S1 and S2: ready, and the verdict."""
    return call.render("counter/ready.html", texts=counter_texts(call.say))
