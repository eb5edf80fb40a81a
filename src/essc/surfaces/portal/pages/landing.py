"""D0: what one can build here, and how to begin. Open to everybody."""
from essc.kit.http.pages import PageAnswer, PageCall
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import frame


@pages.get("/dev")
async def landing(call: PageCall) -> PageAnswer:
    """The portal's front door."""
    return call.render("portal/landing.html", **frame(call.say, "landing", call.session))
