"""The address of the console itself: everybody lands on the first page that his roles open."""
from essc.kit.http.pages import PageAnswer, PageCall
from essc.surfaces.console.pages.access import landing
from essc.surfaces.console.pages.declared import pages


@pages.get("/console", signed_in=True)
async def home(call: PageCall) -> PageAnswer:
    """To the first entry of the member's own menu."""
    return call.redirect(landing(call))
