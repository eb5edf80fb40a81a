"""The first page of the wallet: the card, what can be done with it, and what was done lately."""
import json
from typing import Final, cast

from essc.cards import calls as cards
from essc.holders import model as people
from essc.holders import queries as holders
from essc.holders.model import Photo
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page
from essc.notices import queries as notices
from essc.notices.model import Message
from essc.preferences import queries as preferences
from essc.preferences.model import Mode, to_be_asked
from essc.records import queries as records
from essc.sessions.queries import SignedIn
from essc.surfaces.shared import looks
from essc.surfaces.shared.rendering import HERE
from essc.surfaces.shared.times import SHANGHAI
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.face import card_face
from essc.surfaces.wallet.pages.messages import strip_of
from essc.surfaces.wallet.pages.records import rows_of

LATELY: Final = 3
SILHOUETTE: Final = Photo("image/svg+xml", (HERE / "shared/static/silhouette.svg").read_bytes())


@pages.get("/m/")
async def home(call: PageCall) -> PageAnswer:
    """The card face with its standing; somebody who is not signed in is welcomed. Records and messages may fail alone."""
    if call.session is None:
        return call.redirect("/m/apply")
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        card, chosen = await card_face(tx, me.holder_id, me.link_id), await preferences.get(tx, me.holder_id)
        born = people.born((await holders.get(tx, me.holder_id)).number)
    if chosen.mode is Mode.ELDER:
        return looks.wear(call, call.redirect("/m/elder"), chosen)
    used = await call.piece("uses", lambda tx: records.uses(tx, me.holder_id, Page(limit=LATELY)))
    unread, newest = await call.piece("messages", lambda tx: _told(tx, me)) or (0, None)
    answer = call.render(
        "wallet/home.html", card=card, rows=None if used is None else rows_of(call, used), unread=unread,
        strip=strip_of(call, newest) if card.usable else None, ask=to_be_asked(chosen, born, call.now.astimezone(SHANGHAI).date()))
    return looks.wear(call, answer, chosen) if looks.look_of(call) != (chosen.mode, chosen.text_size) else answer


async def _told(tx: Tx, me: SignedIn) -> tuple[int, Message | None]:
    newest = await notices.messages(tx, me.holder_id, Page(limit=1), unread=True)
    return await notices.unread(tx, me.holder_id), next(iter(newest.items), None)


@pages.get("/m", signed_in=False)
async def short(call: PageCall) -> PageAnswer:
    """Without the slash."""
    return call.redirect("/m/")


@pages.get("/m/reveal", signed_in=True)
async def reveal(call: PageCall) -> PageAnswer:
    """Name and number in full, for the eye on the card: asked for by the holder's tap, never part of a page."""
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        holder = await holders.get(tx, me.holder_id)
    said = json.dumps({"name": holder.name, "number": holder.number}, ensure_ascii=False)
    return PageAnswer(200, said.encode(), "application/json; charset=utf-8").header("cache-control", "no-store")


@pages.get("/m/photo", signed_in=True)
async def photo(call: PageCall) -> PageAnswer:
    """The photo on the holder's own card; asked of the province the first time. It may be a drawing (SVG), so nothing in it may run.

    The page that shows it never waits for it; a province that has none, or does not answer, leaves a silhouette.
    """
    me = cast(SignedIn, call.session)
    try:
        found = await cards.photo(call.db, me.card_id) or SILHOUETTE
    except Refused:
        found = SILHOUETTE
    answer = PageAnswer(200, found.content, found.media_type)
    return answer.header("cache-control", "private, no-store").header("content-security-policy", "default-src 'none'; sandbox")
