"""字号 and 长辈版: how the pages look, remembered for the account; before signing in, for this browser."""
from typing import cast

from essc.kit.http.pages import PageAnswer, PageCall
from essc.preferences import actions, queries
from essc.preferences.model import Mode, TextSize
from essc.sessions.queries import SignedIn
from essc.surfaces.shared import looks
from essc.surfaces.shared.looks import Look
from essc.surfaces.wallet.pages.declared import pages

HOMES = {Mode.STANDARD: "/m/", Mode.ELDER: "/m/elder"}


@pages.post("/m/mode")
async def choose_mode(call: PageCall) -> PageAnswer:
    """长辈版, 标准版, or 暂不使用 when asked: all three are an answer."""
    mode = Mode.ELDER if call.form.get("mode") == Mode.ELDER else Mode.STANDARD
    if call.session is not None:
        async with call.tx() as tx:
            await actions.choose_mode(tx, cast(SignedIn, call.session).holder_id, mode)
    where = call.next(HOMES[mode]) if call.session is None else HOMES[mode]
    return looks.wear(call, call.redirect(where), Look(mode, looks.look_of(call).size))


@pages.get("/m/me/size", signed_in=True)
async def ask_size(call: PageCall) -> PageAnswer:
    """The four sizes, each shown as it is."""
    async with call.read_tx() as tx:
        chosen = await queries.get(tx, cast(SignedIn, call.session).holder_id)
    return call.render("wallet/size.html", sizes=[int(size) for size in TextSize], chosen=int(chosen.text_size))


@pages.post("/m/me/size", signed_in=True)
async def choose_size(call: PageCall) -> PageAnswer:
    """Keep a size; what is none of them is the usual one."""
    given = call.form.text("size", 3)
    size = next((one for one in TextSize if str(int(one)) == given), TextSize.STANDARD)
    async with call.tx() as tx:
        await actions.choose_text_size(tx, cast(SignedIn, call.session).holder_id, size)
    return looks.wear(call, call.redirect("/m/me"), Look(looks.look_of(call).mode, size))
