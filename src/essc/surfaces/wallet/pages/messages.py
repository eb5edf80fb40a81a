"""消息: what the platform has told the holder. Opening the list reads it."""
from typing import Final, cast

from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page
from essc.notices import actions, queries
from essc.notices.model import Kind, Message
from essc.sessions.queries import SignedIn
from essc.surfaces.shared import times
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.views import MessageRow, Strip

MOST: Final = 50
PICTURES: Final = {
    Kind.ISSUED: ("id-card", "c-blue"), Kind.NEW_CHANNEL: ("link", "c-amber"), Kind.UNLINKED: ("unlink", "c-amber"),
    Kind.CODE_USED: ("circle-check", "c-green"),
    Kind.CARD_USED: ("circle-check", "c-green"), Kind.CARD_LOST: ("shield-alert", "c-red"), Kind.CARD_BACK: ("shield-check", "c-green"),
    Kind.LOSS_REFUSED: ("shield-alert", "c-red"), Kind.LIFT_REFUSED: ("shield-alert", "c-red"),
    Kind.PASSWORD_CHANGED: ("key-round", "c-blue"), Kind.FROZEN: ("lock", "c-red"), Kind.UNFROZEN: ("lock-open", "c-green"),
    Kind.SIGNED_IN: ("log-in", "c-blue"),
}
ALARMING: Final = frozenset({Kind.NEW_CHANNEL, Kind.CARD_LOST, Kind.FROZEN, Kind.UNLINKED, Kind.LOSS_REFUSED, Kind.LIFT_REFUSED})
"""What is worth the one strip on the first page while it is unread."""


@pages.get("/m/msg", signed_in=True)
async def inbox(call: PageCall) -> PageAnswer:
    """The newest messages; those that were new are read now."""
    me = cast(SignedIn, call.session)
    async with call.tx() as tx:
        found = await queries.messages(tx, me.holder_id, Page(limit=MOST))
        await actions.read_all(tx, me.holder_id)
    return call.render("wallet/messages.html", rows=[_row(call, one) for one in found.items])


def _row(call: PageCall, one: Message) -> MessageRow:
    icon, color = PICTURES[one.kind]
    return MessageRow(one.kind.value, icon, color, queries.text(one, call.texts, call.locale), times.lately(one.at, call.now, call.locale), one.read_at is None)


def strip_of(call: PageCall, newest: Message | None) -> Strip | None:
    """The strip below the card: the newest message while it is unread and alarming."""
    if newest is None or newest.read_at is not None or newest.kind not in ALARMING:
        return None
    return Strip(PICTURES[newest.kind][0], queries.text(newest, call.texts, call.locale), "/m/msg")
