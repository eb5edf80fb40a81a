"""消息: what the platform has told the holder, and what waits to be done. A message is read by opening it, or all at once."""
from contextlib import suppress
from typing import Final, cast

from essc.kit import ids
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import SubmittedAlready
from essc.kit.paging import Page
from essc.names import MessageId
from essc.notices import actions, queries
from essc.notices.errors import MessageNotFound
from essc.notices.model import Kind, Message
from essc.sessions.queries import SignedIn
from essc.surfaces.shared import times
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.face import card_face
from essc.surfaces.wallet.pages.views import MessageRow, Strip

MOST: Final = 30
PICTURES: Final = {
    Kind.ISSUED: ("id-card", "c-blue"), Kind.NEW_CHANNEL: ("link", "c-amber"), Kind.UNLINKED: ("unlink", "c-amber"),
    Kind.CODE_USED: ("circle-check", "c-green"),
    Kind.CARD_USED: ("circle-check", "c-green"), Kind.CARD_LOST: ("shield-alert", "c-red"), Kind.CARD_BACK: ("shield-check", "c-green"),
    Kind.LOSS_REFUSED: ("shield-alert", "c-red"), Kind.LIFT_REFUSED: ("shield-alert", "c-red"),
    Kind.PASSWORD_CHANGED: ("key-round", "c-blue"), Kind.FROZEN: ("lock", "c-red"), Kind.UNFROZEN: ("lock-open", "c-green"),
    Kind.SIGNED_IN: ("log-in", "c-blue"), Kind.STAFF_LOOKUP: ("search", "c-amber"), Kind.MOBILE_CHANGED: ("smartphone", "c-amber"),
}
ALARMING: Final = frozenset({Kind.NEW_CHANNEL, Kind.CARD_LOST, Kind.FROZEN, Kind.UNLINKED, Kind.LOSS_REFUSED, Kind.LIFT_REFUSED, Kind.MOBILE_CHANGED})
"""What is worth the one strip on the first page while it is unread."""


ABOUT: Final = {
    Kind.NEW_CHANNEL: ("channels", "/m/me/channels"), Kind.UNLINKED: ("records", "/m/records"), Kind.CODE_USED: ("records", "/m/records"),
    Kind.CARD_USED: ("records", "/m/records"), Kind.CARD_LOST: ("loss", "/m/me/loss"), Kind.SIGNED_IN: ("devices", "/m/me/devices"),
    Kind.PASSWORD_CHANGED: ("reset", "/m/me/reset"), Kind.FROZEN: ("card", "/m/"), Kind.ISSUED: ("card", "/m/"), Kind.CARD_BACK: ("card", "/m/"),
    Kind.UNFROZEN: ("card", "/m/"), Kind.MOBILE_CHANGED: ("mobile", "/m/me/mobile"),
}
"""Where the holder can look into what a message tells (`wallet.messages.go.<name>`); the message itself carries no link."""


@pages.get("/m/msg", signed_in=True)
async def inbox(call: PageCall) -> PageAnswer:
    """通知: messages, the newest first; and 待办: what the card itself waits for."""
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        found = await queries.messages(tx, me.holder_id, Page(limit=MOST, cursor=call.query.get("cursor") or None))
        unread, card = await queries.unread(tx, me.holder_id), await card_face(tx, me.holder_id, me.link_id)
    tab = "todo" if call.query.get("tab") == "todo" else "told"
    return call.render("wallet/messages.html", tab=tab, card=card, todo=int(not card.usable), rows=[row_of(call, one) for one in found.items], unread=unread,
                       more=found.next_cursor or "")


@pages.post("/m/msg/read", signed_in=True, once=True)
async def read_all(call: PageCall) -> PageAnswer:
    """全部已读."""
    with suppress(SubmittedAlready):
        async with call.tx() as tx:
            await actions.read_all(tx, cast(SignedIn, call.session).holder_id)
    return call.redirect("/m/msg")


@pages.get("/m/msg/{message_id}", signed_in=True)
async def one(call: PageCall) -> PageAnswer:
    """One message, read by opening it, with the page on which its matter can be looked into. Raises MessageNotFound."""
    me, message_id = cast(SignedIn, call.session), _id(call)
    async with call.tx() as tx:
        found = await queries.message(tx, me.holder_id, message_id)
        await actions.read(tx, me.holder_id, message_id)
    return call.render("wallet/message.html", row=row_of(call, found), stamp=times.stamp(found.at)[:16], go=ABOUT.get(found.kind))


def _id(call: PageCall) -> MessageId:
    try:
        return MessageId(ids.parse("msg", call.path["message_id"]))
    except ids.BadId:
        raise MessageNotFound("not the id of a message") from None


def row_of(call: PageCall, one: Message) -> MessageRow:
    """A message as one line."""
    icon, color = PICTURES.get(one.kind, ("bell", "c-blue"))
    text, when = queries.text(one, call.texts, call.locale), times.lately(one.at, call.now, call.locale)
    return MessageRow(ids.wire("msg", one.id), one.kind.value, icon, color, text, when, one.read_at is None)


def strip_of(call: PageCall, newest: Message | None) -> Strip | None:
    """The strip below the card: the newest message while it is unread and alarming."""
    if newest is None or newest.read_at is not None or newest.kind not in ALARMING:
        return None
    return Strip(PICTURES[newest.kind][0], queries.text(newest, call.texts, call.locale), f"/m/msg/{ids.wire('msg', newest.id)}")
