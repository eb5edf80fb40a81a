"""D0: what one can build here, how to begin, and how the platform stands. Open to everybody."""
from typing import Final

from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.probes import readiness
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import frame
from essc.surfaces.portal.pages.quickstart import with_values
from essc.surfaces.portal.pages.steps import STEPS
from essc.surfaces.shared import times

BUILDS: Final = (("issue", "id-card", "c-blue", "/dev/quickstart#link"), ("prove", "scan-face", "c-violet", "/dev/quickstart#link"),
                 ("present", "qr-code", "c-cyan", "/dev/quickstart#code"), ("verify", "scan-line", "c-green", "/dev/quickstart#terminal"))
"""What there are operations for: the text key below `portal.build`, its picture, where it is tried."""
NOBODYS: Final = {"app": "chan_…", "key": "ckey_…"}
"""Who asks in the example."""


@pages.get("/dev")
async def landing(call: PageCall) -> PageAnswer:
    """The portal's front door."""
    found = {name: word == "ok" for name, word in (await readiness(call.db)).items()}
    return call.render("portal/landing.html", **frame(call.say, "landing", call.session), builds=BUILDS, first=with_values(STEPS[1], NOBODYS).blocks[0],
                       conditions=list(found.items()), well=all(found.values()), asked=times.stamp(call.now))
