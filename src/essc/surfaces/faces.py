"""The faces that people see, with their session doors: what `app` puts on the site."""
from typing import Final

from essc.channels.api import door as developers
from essc.kit.http.site import Face
from essc.operators.api import door as console_door
from essc.sessions.api import COOKIE, door
from essc.surfaces.console.pages import pages as console
from essc.surfaces.counter.pages import pages as counter
from essc.surfaces.elder.pages import pages as elder
from essc.surfaces.portal.pages import pages as portal
from essc.surfaces.shared.pages import pages as door_pages
from essc.surfaces.signin.pages import HOME
from essc.surfaces.signin.pages import pages as signin
from essc.surfaces.wallet.pages import pages as wallet

SIGN_IN: Final = "/signin"

FACES: Final = (
    Face(door_pages),
    Face(wallet, door, SIGN_IN, HOME, COOKIE),
    Face(elder, door, SIGN_IN, "/m/elder", COOKIE),
    Face(signin, door, SIGN_IN, HOME),
    Face(counter, home="/counter"),
    Face(console, console_door, "/console/login", "/console"),
    Face(portal, developers, "/dev/signin", "/dev"),
)
