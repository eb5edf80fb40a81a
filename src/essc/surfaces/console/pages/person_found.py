"""C10 持卡人查询: what a look-up shows, masked; one field in full for a minute, codes frozen, an unlinking asked of a second person."""
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from essc.cards import queries as cards
from essc.cards.model import State
from essc.channels import queries as channels
from essc.ecards import actions as ecards
from essc.ecards import queries as known_ecards
from essc.ecards.model import Freeze, Standing, derived
from essc.holders import actions as holders
from essc.holders import queries as people
from essc.holders.errors import LookupNotFound, LookupOver, LookupWrong
from essc.holders.model import FIELDS, FULL_LIFE, FreezeReason, Holder, Lookup
from essc.identity import queries as identity
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.errors import FieldError, Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page
from essc.names import LinkId, LookupId
from essc.operators import actions as operators
from essc.operators.model import Approval, Permission, clean_reason
from essc.operators.queries import StaffSession
from essc.records import queries as records
from essc.records.model import Action, Outcome, Shown
from essc.surfaces.console.pages.access import require, scope, shell
from essc.surfaces.console.pages.approvals import APPROVED, SUBJECTS
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.console.pages.person import HERE, TEMPLATE, asking, reason_of, reasons
from essc.surfaces.console.pages.venues import region_name
from essc.surfaces.shared import times
from essc.surfaces.shared.forms import again

FOUND: Final = "console/person_found.html"
UNLINK: Final = "ecards.unlink"
TAGS: Final[Mapping[Standing, tuple[str, str]]] = {
    Standing.NORMAL: ("ok", "circle-check"), Standing.LEVEL1: ("ok", "circle-check"), Standing.TEMP_LOST: ("warn", "triangle-alert"),
    Standing.LOST: ("warn", "triangle-alert"), Standing.LOCKED: ("bad", "lock"), Standing.FROZEN: ("bad", "lock"),
    Standing.NOT_ENABLED: ("", "info"), Standing.SEALED: ("", "info"), Standing.CANCELLED: ("", "circle-x"), Standing.REPLACED: ("", "info"),
    Standing.UNLINKED: ("", "unlink"),
}
"""How each standing is tagged at the console (table E7); the word is `wallet.standing.<standing>`."""


class Field(NamedTuple):
    """One field of the person: masked, or in full for a minute."""

    name: str
    value: str
    full: bool
    known: bool


class CardRow(NamedTuple):
    """A physical card."""

    last4: str
    region: str
    tone: str
    icon: str
    word: str
    issued: str
    valid_to: str
    since: str


class LinkRow(NamedTuple):
    """The electronic card on one channel."""

    id: str
    channel: str
    level: int
    linked: str
    tone: str
    icon: str
    word: str


class UseRow(NamedTuple):
    """One use."""

    when: str
    what: str
    where: str
    tone: str
    icon: str
    result: str


class CheckRow(NamedTuple):
    """One proof of the person."""

    when: str
    purpose: str
    way: str
    level: int
    band: str
    used: bool


@pages.get(HERE + "/{lookup_id}", signed_in=True)
async def found(call: PageCall) -> PageAnswer:
    """What the look-up shows, by tabs. Another session, another member and a quarter of an hour later see the form."""
    session = require(call, Permission.PERSON_READ)
    try:
        return call.render(FOUND, **await _found(call, session))
    except (LookupNotFound, LookupOver) as refused:
        return call.render(TEMPLATE, status=404 if refused.kind is Kind.NOT_FOUND else 410, problem=call.problem(refused), **{
            name: value for name, value in asking(call, {}).items() if name != "problem"})


async def _found(call: PageCall, session: StaffSession) -> dict[str, Any]:
    tab = call.query.get("tab", "cards")
    tab = tab if tab in TABS else "cards"
    async with call.read_tx() as tx:
        lookup = await people.lookup(tx, session, _lookup_id(call))
        holder = await people.get(tx, lookup.holder_id)
        ecard = await known_ecards.of_holder(tx, holder.id)
        content = await TABS[tab](call, tx, holder)
    stopped = ecard is not None and ecard.frozen_at is not None
    why = [(one.value, call.say(f"console.person.freeze_reason.{one}")) for one in FreezeReason]
    return shell(call, scope(call), id=ids.wire("look", lookup.id), fields=_fields(lookup, holder), asked=_asked(call, lookup),
                 tab=tab, tab_items=tab_items(call, lookup, tab),
                 reasons=reasons(call), may_act=session.may(Permission.PERSON_ACT), has_ecard=ecard is not None, frozen=stopped,
                 frozen_why=call.say(f"console.person.frozen_why.{ecard.frozen_why}") if ecard and ecard.frozen_why else "",
                 freeze_reasons=why, full_seconds=int(FULL_LIFE.total_seconds()), asked_unlink=call.query.get("asked") == "unlink", **content)


def tab_items(call: PageCall, lookup: Lookup, tab: str) -> list[tuple[str, str, bool]]:
    """The tabs: address, words, whether it is the one that is open."""
    at = f"{HERE}/{ids.wire('look', lookup.id)}"
    return [(f"{at}?tab={name}", call.say(f"console.person.tab.{name}"), name == tab) for name in TABS]


def _lookup_id(call: PageCall) -> LookupId:
    try:
        return LookupId(ids.parse("look", call.path["lookup_id"]))
    except ids.BadId:
        raise LookupNotFound("not the id of a look-up") from None


def _fields(lookup: Lookup, holder: Holder) -> list[Field]:
    """Name, number and mobile, each masked unless it was asked for a moment ago."""
    masked = {"name": holder.masked_name, "number": holder.masked_number, "mobile": holder.masked_mobile or ""}
    clear = {"name": holder.name, "number": holder.number, "mobile": holder.mobile or ""}
    return [Field(name, clear[name] if name in lookup.full else masked[name], name in lookup.full, bool(clear[name])) for name in FIELDS]


def _asked(call: PageCall, lookup: Lookup) -> dict[str, str]:
    return {"reason": call.say(f"records.reason.{lookup.asked.reason}"), "note": lookup.asked.note, "ticket": lookup.asked.ticket,
            "until": times.clock_time(lookup.expires_at), "level": call.say(f"records.level.{lookup.level}")}


async def _cards(call: PageCall, tx: Tx, holder: Holder) -> dict[str, Any]:
    mine = await cards.of_holder(tx, holder.id)
    details = await cards.details(tx, [one.id for one in mine])
    rows = []
    for one in mine:
        standing = derived(one.state, replaced=one.replaced, frozen=False, live=True, level=2)
        number = details[one.id].card_number if one.id in details else ""
        rows.append(CardRow(number[-4:], region_name(one.region), *TAGS[standing], call.say(f"console.person.standing.{standing}"), f"{one.issued_on}",
                            f"{one.valid_to}", times.stamp(one.since)[:16]))
    asked = [call.say("console.person.loss_requested") for one in mine if one.loss_requested_at is not None and one.state is not State.LOST]
    return {"rows": rows, "notes": asked, "more": ""}


async def _links(call: PageCall, tx: Tx, holder: Holder) -> dict[str, Any]:
    rows = []
    for link, channel in await known_ecards.links(tx, holder.id):
        standing = (await known_ecards.standings(tx, link.id)).standing
        rows.append(LinkRow(ids.wire("link", link.id), channel, link.level, times.stamp(link.linked_at)[:16], *TAGS[standing],
                            call.say(f"console.person.standing.{standing}")))
    return {"rows": rows, "notes": [], "more": ""}


async def _uses(call: PageCall, tx: Tx, holder: Holder) -> dict[str, Any]:
    page = await records.uses(tx, holder.id, Page(limit=20, cursor=call.query.get("cursor") or None))
    following = f"?tab=uses&cursor={page.next_cursor}" if page.next_cursor else ""
    return {"rows": [_use(call, one) for one in page.items], "notes": [], "more": following}


def _use(call: PageCall, shown: Shown) -> UseRow:
    use = shown.use
    scene = shown.scene_en if call.locale == "en" else shown.scene_zh
    what = scene or call.say(f"records.action.{use.action}")
    where = shown.venue_name or shown.channel_name or (call.say(f"records.level.{use.way}") if use.action in (Action.STAFF_LOOKUP, Action.STAFF_FULL) else "")
    key = f"wallet.use.why.{(use.verdict or 'other').lower()}"
    why = call.say(key) if call.texts.has(key) else call.say("wallet.use.result.refused")
    tone, icon, result = ("bad", "circle-x", why) if use.outcome is Outcome.REFUSED else ("ok", "circle-check", call.say("wallet.use.result.done"))
    return UseRow(times.stamp(use.occurred_at), what, where, tone, icon, result)


async def _checks(call: PageCall, tx: Tx, holder: Holder) -> dict[str, Any]:
    rows = [CheckRow(times.stamp(one.proved_at), call.say(f"console.person.purpose.{one.purpose}"), call.say(f"console.person.way.{one.way}"), one.level,
                     call.say(f"console.person.band.{one.score_band}") if one.score_band else "–", one.used)
            for one in await identity.proofs(tx, holder.number)]
    return {"rows": rows, "notes": [], "more": ""}


TABS: Final[Mapping[str, Callable[[PageCall, Tx, Holder], Awaitable[dict[str, Any]]]]] = {"cards": _cards, "links": _links, "uses": _uses, "checks": _checks}


async def _does(call: PageCall, permission: Permission, work: Callable[[Tx, StaffSession, LookupId], Awaitable[None]], onward: str = "") -> PageAnswer:
    """Do something on the page of a look-up, and show the page again: without what went wrong, or with it."""
    session = require(call, permission)
    try:
        async with call.tx() as tx:
            await work(tx, session, _lookup_id(call))
    except Refused as refused:
        if refused.kind in (Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.GONE, Kind.UNAVAILABLE):
            raise
        return again(call, FOUND, refused, **await _found(call, session))
    return call.redirect(f"{HERE}/{ids.wire('look', _lookup_id(call))}{onward}")


@pages.post(HERE + "/{lookup_id}/full", signed_in=True, once=True)
async def full(call: PageCall) -> PageAnswer:
    """显示完整: one field for a minute, for a reason of its own; the holder reads of it too."""
    async def work(tx: Tx, session: StaffSession, lookup_id: LookupId) -> None:
        await holders.show_full(tx, session, lookup_id, call.form.text("field", 20), reason_of(call))
    return await _does(call, Permission.PERSON_READ, work)


@pages.post(HERE + "/{lookup_id}/freeze", signed_in=True, once=True)
async def freeze(call: PageCall) -> PageAnswer:
    """冻结二维码: the codes stop on all channels at once; only the holder lets them work again, by face."""
    async def work(tx: Tx, session: StaffSession, lookup_id: LookupId) -> None:
        reason = call.form.text("reason", 20)
        if reason not in set(FreezeReason):
            raise LookupWrong("no reason of the list", fields=[FieldError("reason", "lookup_reason")])
        lookup = await holders.act_on(tx, session, lookup_id, "freeze", reason)
        ecard = await known_ecards.of_holder(tx, lookup.holder_id)
        if ecard is not None:
            await ecards.freeze(tx, ecard.id, Freeze.OPERATOR)
    return await _does(call, Permission.PERSON_ACT, work)


@pages.post(HERE + "/{lookup_id}/unlink", signed_in=True, once=True)
async def unlink(call: PageCall) -> PageAnswer:
    """协助解除关联: asked for with a reason; a second person decides, because staff cannot link it again."""
    async def work(tx: Tx, session: StaffSession, lookup_id: LookupId) -> None:
        reason = clean_reason(call.form.get("reason", ""))
        lookup = await holders.act_on(tx, session, lookup_id, "ask_unlink", "case")
        link = await known_ecards.link(tx, _link_id(call.form.text("link", 60)))
        if link.holder_id != lookup.holder_id:
            raise LookupNotFound("another person's link")
        body = {"lookup": ids.wire("look", lookup_id), "channel": ids.wire("chan", link.channel_id)}
        await operators.ask(tx, session, UNLINK, ids.wire("link", link.id), lookup.area, body, reason)
    return await _does(call, Permission.PERSON_ACT, work, "?tab=links&asked=unlink")


def _link_id(text: str) -> LinkId:
    try:
        return LinkId(ids.parse("link", text))
    except ids.BadId:
        raise LookupNotFound("not the id of a link") from None


async def _unlinked(tx: Tx, approval: Approval) -> None:
    """What a second person agreed to. Raises LinkEnded when the holder was faster."""
    await ecards.unlink(tx, _link_id(approval.subject), "staff")


async def _whose(tx: Tx, approval: Approval) -> str:
    """Whose link on which channel, for who decides: masked."""
    link = await known_ecards.link(tx, _link_id(approval.subject))
    whose = [holder.masked_name for holder in await people.get_many(tx, [link.holder_id])]
    return " · ".join([*whose, (await channels.get(tx, link.channel_id)).name])


APPROVED[UNLINK] = _unlinked
SUBJECTS[UNLINK] = _whose
