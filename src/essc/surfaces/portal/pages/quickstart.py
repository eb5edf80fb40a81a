"""D3: four steps that really run, with curl and with Python, against this installation."""
import re
from pathlib import Path
from typing import Final

from essc.channels import queries as channels
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import RouteNotFound
from essc.surfaces.portal.cast import Somebody, cast
from essc.surfaces.portal.pages.declared import pages
from essc.surfaces.portal.pages.frame import frame
from essc.surfaces.portal.pages.steps import CLIENTS, STEPS, Block, Step, filled

FOLDER: Final = Path(__file__).parent.parent / "clients"
WHO: Final = "normal"
"""The situation of the one whose card the steps use."""
SOMEBODY: Final = Somebody("正常", WHO, "韦晓兰", "9999…", "")
"""Who stands in the commands where nobody is staged."""


@pages.get("/dev/quickstart")
async def quickstart(call: PageCall) -> PageAnswer:
    """The steps, filled with the developer's own app and key."""
    given = await _given(call)
    return call.render("portal/quickstart.html", **frame(call.say, "guide", call.session), steps=[with_values(step, given) for step in STEPS], given=given,
                       clients=[(name, client(name)) for name in CLIENTS])


async def _given(call: PageCall) -> dict[str, str]:
    staged = cast()
    who = next((one for one in staged.people if one.situation_en == WHO), SOMEBODY)
    app, key = "chan_…", "ckey_…"
    if call.session is not None:
        async with call.read_tx() as tx:
            live = [one for one in await channels.keys(tx, call.session.channel.id) if one.live(call.now)]
        app, key = call.session.wire_id, live[-1].key_id if live else key
    return {"url": address(call), "app": app, "key": key, "name": who.name, "number": who.number, "password": staged.password or "……"}


def address(call: PageCall) -> str:
    """Where this installation is, as the browser reached it."""
    host = call.headers.get("host", "")
    return f"{'https' if call.secure else 'http'}://{host if re.fullmatch(r'[A-Za-z0-9.:-]+', host) else 'localhost'}"


def with_values(step: Step, given: dict[str, str]) -> Step:
    """A step with what is the developer's own."""
    def block(one: Block) -> Block:
        curl, python, *seen = (filled(text, given).rstrip() for text in (one.curl, one.python, *one.seen))
        return Block(one.name, curl, python, (seen[0], seen[1]))
    return Step(step.name, tuple(map(block, step.blocks)))


@pages.get("/dev/quickstart/{file}")
async def file(call: PageCall) -> PageAnswer:
    """A client to take along: a script of somebody who has nothing of ours."""
    name = call.path["file"]
    if name not in CLIENTS:
        raise RouteNotFound("no such client")
    answer = PageAnswer(200, client(name).encode(), "text/plain; charset=utf-8")
    return answer.header("content-disposition", f'attachment; filename="{name}"')


def client(name: str) -> str:
    """The text of a client."""
    found = FOLDER / name
    return (found if found.exists() else found.with_name(f"{name}.txt")).read_text(encoding="utf-8")
