"""用卡记录: what was done with my card, refusals too, and saying that it was not me."""
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlencode

from essc.ecards import queries as ecards
from essc.kit import ids
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import SubmittedAlready
from essc.kit.paging import Page, Paged
from essc.names import ChannelId, UseId
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
    Action.MOBILE_CHANGED: ("smartphone", "c-amber"),
    Action.PASSWORD_LOCKED: ("lock", "c-red"), Action.LOSS_REQUESTED: ("shield-alert", "c-red"), Action.LIFT_REQUESTED: ("shield-check", "c-green"),
    Action.CARD_MOVED: ("id-card", "c-grey"), Action.FROZEN: ("lock", "c-red"), Action.UNFROZEN: ("lock-open", "c-green"),
    Action.STAFF_LOOKUP: ("search", "c-amber"), Action.STAFF_FULL: ("eye", "c-amber"),
}
DISOWNED: Final = frozenset({Action.CODE, Action.COMPARED, Action.LOOKUP, Action.ISSUED, Action.LINKED, Action.UNLINKED, Action.SIGNED_IN,
                             Action.PASSWORD_SET, Action.PASSWORD_CHANGED, Action.PASSWORD_RESET, Action.MOBILE_CHANGED})
"""What somebody else may have done in the holder's name."""
BY_STAFF: Final = frozenset({Action.STAFF_LOOKUP, Action.STAFF_FULL})
_STATES: Final[Mapping[str, str]] = {"active": "normal", "temporarily_lost": "temp_lost"}


class Chosen(NamedTuple):
    """What the list is filtered by, as the address says it; "" where it is not."""

    kind: str
    since: str
    until: str
    channel: str

    def address(self, **other: str) -> str:
        """The address of the list with these filters, some of them changed."""
        wanted = {name: value for name, value in (self._asdict() | other).items() if value and value != "all"}
        return f"/m/records?{urlencode(wanted)}" if wanted else "/m/records"

    @property
    def narrowed(self) -> bool:
        """Whether days or a channel are asked for."""
        return bool(self.since or self.until or self.channel)


@pages.get("/m/records", signed_in=True)
async def listed(call: PageCall) -> PageAnswer:
    """A page of uses, by month; with htmx only the rows, to be put below those that are there."""
    me = cast(SignedIn, call.session)
    chosen = _chosen(call)
    async with call.read_tx() as tx:
        found = await queries.uses(tx, me.holder_id, Page(limit=PAGE, cursor=call.query.get("cursor") or None), _filter(chosen))
        channels = [(ids.wire("chan", link.channel_id), name) for link, name in await ecards.links(tx, me.holder_id)]
    months = by_month(call, found.items)
    context: dict[str, Any] = {
        "months": months, "after": call.query.get("after", "") if call.partial else "", "older": bool(call.query.get("cursor")),
        "more": _more(chosen, found.next_cursor, months[-1][0] if months else ""),
    }
    if call.partial:
        return call.render("wallet/records_rows.html", **context)
    chips = [(name, chosen.address(kind=name)) for name in KINDS]
    return call.render("wallet/records.html", chips=chips, chosen=chosen, channels=channels, all_of_them=Chosen("", "", "", "").address(), **context)


def _more(chosen: Chosen, cursor: str | None, month: str) -> str:
    """The address of the rows below; it says under which month the last row stands, so that the heading comes once."""
    if not cursor:
        return ""
    address = chosen.address()
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'cursor': cursor, 'after': month})}"


def _chosen(call: PageCall) -> Chosen:
    """The filters of the address that mean something; the others are as if nobody had said them."""
    kind = call.query.get("kind", "all")
    days = [found.isoformat() if (found := _day(call.query.get(name, ""))) else "" for name in ("since", "until")]
    channel = call.query.get("channel", "")
    return Chosen(kind if kind in KINDS else "all", days[0], days[1], channel if _channel(channel) else "")


def _filter(chosen: Chosen) -> Filter:
    kind = None if chosen.kind == "all" else Kind(chosen.kind)
    return Filter(kind=kind, channel_id=_channel(chosen.channel), since=_day(chosen.since), until=_day(chosen.until))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _channel(text: str) -> ChannelId | None:
    try:
        return ChannelId(ids.parse("chan", text))
    except ids.BadId:
        return None


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
    if shown.use.action in BY_STAFF:
        return call.say(f"records.action.{shown.use.action}"), " · ".join(_staff(call, shown).values())
    return call.say(f"records.action.{shown.use.action}"), shown.channel_name or shown.venue_name or ""


def _staff(call: PageCall, shown: Shown) -> dict[str, str]:
    """What kind of organisation looked, and why; never who."""
    return {"organisation": call.say(f"records.level.{shown.use.way}"), "reason": call.say(f"records.reason.{shown.use.verdict}")}


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
    return call.render("wallet/record.html", row=await detail(call))


@pages.get("/m/records/{use_id}/not-me", signed_in=True)
async def ask_not_me(call: PageCall) -> PageAnswer:
    """What saying so means: the sheet of the use, as a page of its own."""
    row = await detail(call)
    return call.render("wallet/record_not_me.html", row=row) if row.can_disown else call.redirect(f"/m/records/{row.id}")


async def detail(call: PageCall) -> UseDetail:
    """One use with all that is known about it. Raises UseNotFound."""
    me = cast(SignedIn, call.session)
    async with call.read_tx() as tx:
        shown = await queries.use(tx, me.holder_id, _use_id(call))
    row, use = row_of(call, shown), shown.use
    recent = use.action in DISOWNED and shown.disputed_at is None
    return UseDetail(row.id, row.icon, row.color, row.title, row.tone, row.mark, row.result, "", _facts(call, shown), recent, shown.disputed_at is not None)


def _facts(call: PageCall, shown: Shown) -> tuple[tuple[str, str], ...]:
    use = shown.use
    code = use.action in (Action.CODE, Action.LOOKUP, *BY_STAFF)
    way = f"wallet.record.ways.{use.way}"
    said = {
        "when": times.stamp(use.occurred_at), "place": shown.venue_name, "terminal": " · ".join(filter(None, (shown.terminal_name, shown.terminal_number))),
        **(_staff(call, shown) if use.action in BY_STAFF else {}), "channel": shown.channel_name,
        "scene": scene_of(call, shown) if use.scene else "", "fields": _fields(call, use.fields) if code else "",
        "way": call.say(way) if call.texts.has(way) else "", "trace": ids.wire("use", use.id),
    }
    return tuple((call.say(f"wallet.record.{name}"), value) for name, value in said.items() if value)


def _fields(call: PageCall, names: Iterable[str]) -> str:
    said = [next((call.say(key) for key in (f"counter.field.{name}", f"records.shown.{name}") if call.texts.has(key)), name) for name in names]
    return call.say("wallet.record.comma").join(dict.fromkeys(said)) or call.say("wallet.record.no_fields")


def _use_id(call: PageCall) -> UseId:
    try:
        return UseId(ids.parse("use", call.path["use_id"]))
    except ids.BadId:
        raise UseNotFound("not the id of a use") from None


@pages.post("/m/records/{use_id}/not-me", signed_in=True, once=True)
async def not_me(call: PageCall) -> PageAnswer:
    """我没有用过: codes are frozen, all sessions end, this one too; somebody looks into it."""
    return await disowned(call, "wallet/record.html")


async def disowned(call: PageCall, template: str) -> PageAnswer:
    """Say of the use of the address that it was not me, on a face's own page."""
    me = cast(SignedIn, call.session)
    try:
        async with call.tx() as tx:
            await actions.dispute(tx, me.holder_id, _use_id(call))
    except SubmittedAlready:
        pass                                                # sent twice: it is said already
    except Refused as refused:
        return call.render(template, status=422, row=await detail(call), problem=call.problem(refused))
    return call.redirect("/signin?why=not_me").forget(COOKIE)
