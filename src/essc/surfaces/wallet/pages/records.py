"""用卡记录: what was done with my card, refusals too, and saying that it was not me."""
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final, cast

from essc.kit import ids
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page, Paged
from essc.names import UseId
from essc.records import actions, queries
from essc.records.errors import UseNotFound
from essc.records.model import PAGE, Action, Filter, Kind, Outcome, Shown
from essc.sessions.api import COOKIE
from essc.sessions.queries import SignedIn
from essc.surfaces.shared import times
from essc.surfaces.wallet.pages.declared import pages
from essc.surfaces.wallet.pages.views import UseDetail, UseRow

KINDS: Final = ("all", *(kind.value for kind in Kind))
OF_SCENE: Final[Mapping[str, tuple[str, str]]] = {
    "pharmacy": ("pill", "c-red"), "hospital": ("hospital", "c-cyan"), "park": ("trees", "c-green"), "library": ("library", "c-violet"),
    "kiosk": ("monitor", "c-blue"), "shop": ("shopping-bag", "c-amber"), "identity": ("scan-face", "c-blue"),
}
OF_ACTION: Final[Mapping[Action, tuple[str, str]]] = {
    Action.COMPARED: ("user-round-x", "c-red"), Action.LOOKUP: ("search", "c-amber"), Action.ISSUED: ("id-card", "c-blue"), Action.LINKED: ("link", "c-blue"),
    Action.UNLINKED: ("unlink", "c-amber"), Action.SIGNED_IN: ("log-in", "c-blue"), Action.SESSION_ENDED: ("log-out", "c-grey"),
    Action.PASSWORD_SET: ("key-round", "c-blue"), Action.PASSWORD_CHANGED: ("key-round", "c-blue"), Action.PASSWORD_RESET: ("key-round", "c-amber"),
    Action.PASSWORD_LOCKED: ("lock", "c-red"), Action.LOSS_REQUESTED: ("shield-alert", "c-red"), Action.LIFT_REQUESTED: ("shield-check", "c-green"),
    Action.CARD_MOVED: ("id-card", "c-grey"), Action.FROZEN: ("lock", "c-red"), Action.UNFROZEN: ("lock-open", "c-green"),
}
DISOWNED: Final = frozenset({Action.CODE, Action.COMPARED, Action.LOOKUP, Action.ISSUED, Action.LINKED, Action.UNLINKED, Action.SIGNED_IN,
                             Action.PASSWORD_SET, Action.PASSWORD_CHANGED, Action.PASSWORD_RESET})
"""What somebody else may have done in the holder's name."""
_STATES: Final[Mapping[str, str]] = {"active": "normal", "temporarily_lost": "temp_lost"}


@pages.get("/m/records", signed_in=True)
async def listed(call: PageCall) -> PageAnswer:
    """A page of uses, by month."""
    me = cast(SignedIn, call.session)
    kind = call.query.get("kind", "all")
    kind = kind if kind in KINDS else "all"
    wanted = Filter(kind=None if kind == "all" else Kind(kind))
    async with call.read_tx() as tx:
        found = await queries.uses(tx, me.holder_id, Page(limit=PAGE, cursor=call.query.get("cursor") or None), wanted)
    return call.render("wallet/records.html", kinds=KINDS, kind=kind, months=by_month(call, found.items), more=found.next_cursor or "")


def by_month(call: PageCall, found: Iterable[Shown]) -> list[tuple[str, list[UseRow]]]:
    """Uses under the months they happened in, in the order given."""
    return [(month, [row_of(call, one) for one in uses]) for month, uses in groupby(found, lambda one: times.month(one.use.occurred_at, call.locale))]


def rows_of(call: PageCall, found: Paged[Shown]) -> list[UseRow]:
    """A few uses as rows."""
    return [row_of(call, one) for one in found.items]


def row_of(call: PageCall, shown: Shown) -> UseRow:
    """A use as one line."""
    use = shown.use
    icon, color = _picture(shown)
    tone, mark, result = _result(call, shown)
    title, sub = _words(call, shown)
    return UseRow(ids.wire("use", use.id), icon, color, title, sub, times.lately(use.occurred_at, call.now, call.locale), use.outcome, tone, mark, result)


def _picture(shown: Shown) -> tuple[str, str]:
    if shown.use.action is Action.CODE:
        return OF_SCENE.get((shown.use.scene or "").partition(".")[0], ("scan-line", "c-blue"))
    return OF_ACTION[shown.use.action]


def _words(call: PageCall, shown: Shown) -> tuple[str, str]:
    """Title and what stands below it: place and scene of a code, else what was done and where."""
    if shown.use.action is Action.CODE and shown.venue_name:
        return shown.venue_name, scene_of(call, shown)
    if shown.use.action is Action.CARD_MOVED and shown.use.verdict:
        return call.say("records.action.card_moved"), call.say(f"wallet.standing.{_STATES.get(shown.use.verdict, shown.use.verdict)}")
    return call.say(f"records.action.{shown.use.action}"), shown.channel_name or shown.venue_name or ""


def _result(call: PageCall, shown: Shown) -> tuple[str, str, str]:
    if shown.use.outcome is Outcome.REFUSED:
        return "bad", "circle-x", why_of(call, shown)
    return "ok", "circle-check", call.say("wallet.use.result.passed" if shown.use.action is Action.CODE else "wallet.use.result.done")


def scene_of(call: PageCall, shown: Shown) -> str:
    """The scene in the reader's language."""
    title = shown.scene_en if call.locale == "en" else shown.scene_zh
    return title or call.say(f"records.action.{shown.use.action}")


def why_of(call: PageCall, shown: Shown) -> str:
    """Why a use was refused, in a few words; "" when it was not."""
    if shown.use.outcome is not Outcome.REFUSED:
        return ""
    key = f"wallet.use.why.{(shown.use.verdict or 'other').lower()}"
    return call.say(key) if call.texts.has(key) else call.say("wallet.use.result.refused")


@pages.get("/m/records/{use_id}", signed_in=True)
async def one(call: PageCall) -> PageAnswer:
    """Everything about one use."""
    return call.render("wallet/record.html", row=await _detail(call))


async def _detail(call: PageCall) -> UseDetail:
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        shown = await queries.use(tx, me.holder_id, _use_id(call))
    row, use = row_of(call, shown), shown.use
    recent = use.action in DISOWNED and shown.disputed_at is None
    return UseDetail(row.id, row.icon, row.color, row.title, row.tone, row.mark, row.result, "", _facts(call, shown), recent, shown.disputed_at is not None)


def _facts(call: PageCall, shown: Shown) -> tuple[tuple[str, str], ...]:
    use = shown.use
    code = use.action in (Action.CODE, Action.LOOKUP)
    way = f"wallet.record.ways.{use.way}"
    said = {
        "when": times.stamp(use.occurred_at), "place": shown.venue_name, "terminal": " · ".join(filter(None, (shown.terminal_name, shown.terminal_number))),
        "channel": shown.channel_name, "scene": scene_of(call, shown) if use.scene else "", "fields": _fields(call, use.fields) if code else "",
        "way": call.say(way) if call.texts.has(way) else "", "trace": ids.wire("use", use.id),
    }
    return tuple((call.say(f"wallet.record.{name}"), value) for name, value in said.items() if value)


def _fields(call: PageCall, names: Iterable[str]) -> str:
    words = [call.say(f"counter.field.{name}") if call.texts.has(f"counter.field.{name}") else name for name in names]
    return call.say("wallet.record.comma").join(dict.fromkeys(words)) or call.say("wallet.record.no_fields")


def _use_id(call: PageCall) -> UseId:
    try:
        return UseId(ids.parse("use", call.path["use_id"]))
    except ids.BadId:
        raise UseNotFound("not the id of a use") from None


@pages.post("/m/records/{use_id}/not-me", signed_in=True)
async def not_me(call: PageCall) -> PageAnswer:
    """我没有用过: codes are frozen, all sessions end, this one too; somebody looks into it."""
    me = cast(SignedIn, call.session)
    try:
        async with call.tx() as tx:
            await actions.dispute(tx, me.holder_id, _use_id(call))
    except Refused as refused:
        return call.render("wallet/record.html", status=422, row=await _detail(call), problem=call.problem(refused))
    return call.redirect("/signin?why=not_me").forget(COOKIE)
