"""C13 审计日志: what anybody did, searched by time, member, action, thing, request and result; how the chain stands; parts of it to take along."""
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from essc.audit import actions, queries
from essc.audit.errors import ExportNotReady, ProofNotFound, SearchWrong
from essc.audit.model.search import Found, Result, Tab, Wanted, thing
from essc.kit import events, ids
from essc.kit.clock import SHANGHAI
from essc.kit.db.tx import Record, Tx
from essc.kit.errors import FieldError, Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page
from essc.operators import actions as operators
from essc.operators.model import NATION, Approval, Permission
from essc.operators.queries import StaffSession
from essc.surfaces.console.pages import exports
from essc.surfaces.console.pages.access import require, scope, shell
from essc.surfaces.console.pages.approvals import APPROVED
from essc.surfaces.console.pages.audit_views import Event, chain_of, event_of, seen_of, titles
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.console.pages.risk import names_of
from essc.surfaces.shared import times

HERE: Final = "/console/audit"
SIZES: Final = ("20", "50", "100")
EXPORT: Final = "audit.export"
"""The kind of request that a second person decides."""
SHOWN_AGAIN: Final = frozenset({Kind.INVALID, Kind.CONFLICT, Kind.BUSY})


class Asked(NamedTuple):
    """What was typed, as the address says it. (Ids and words of ours only: nobody is looked up by name or number here.)"""

    tab: str
    since: str
    until: str
    actor: str
    kind: str
    thing: str
    request: str
    result: str
    size: str

    def address(self, at: str = HERE, **other: str) -> str:
        """The address of the list, some of it changed; what says nothing is left out."""
        usual = {"tab": Tab.STAFF.value, "size": SIZES[0]}
        said = {name: value for name, value in (self._asdict() | other).items() if value and usual.get(name) != value}
        return f"{at}?{urlencode(said)}" if said else at


@pages.get(HERE, signed_in=True)
async def listed(call: PageCall) -> PageAnswer:
    """The events that fit, newest first; that somebody searched is an event too."""
    return await _listed(call, require(call, Permission.AUDIT))


@pages.post(f"{HERE}/verification", signed_in=True, once=True)
async def verify(call: PageCall) -> PageAnswer:
    """Have the whole log proved from its first entry on, now."""
    require(call, Permission.AUDIT)
    async with call.tx() as tx:
        await actions.ask_verification(tx)
    return call.redirect(HERE)


@pages.post(f"{HERE}/export", signed_in=True, once=True)
async def ask_export(call: PageCall) -> PageAnswer:
    """Ask for what the search finds as a file; a second person decides. Raises NotPermitted."""
    session = require(call, Permission.AUDIT)
    operators.require(session, Permission.EXPORT)
    export_id = ids.new()
    try:
        wanted = _wanted(_asked(call))
        async with call.tx() as tx:
            await actions.ask_export(tx, export_id, wanted)
            body = {name: value for name, value in _asked(call)._asdict().items() if value and name != "size"}
            await operators.ask(tx, session, EXPORT, ids.wire("exp", export_id), NATION, body, call.form.text("reason", 1000))
    except Refused as refused:
        if refused.kind not in SHOWN_AGAIN:
            raise
        return await _listed(call, session, refused)
    return call.redirect(f"{HERE}#exports")


@pages.post(f"{HERE}/export/{{export}}", signed_in=True)
async def take_export(call: PageCall) -> PageAnswer:
    """The file, once. Raises NotPermitted, ExportNotReady."""
    require(call, Permission.AUDIT)
    columns = ("time", "kind", "actor_kind", "actor", "request", "result", "event", "body")
    async with call.tx() as tx:
        found = await actions.take_export(tx, _export(call.path["export"]))
        names = await names_of(tx, [one.actor_id for one in found])
        rows = [(times.stamp(one.recorded_at), one.kind, one.actor_kind, names.get(one.actor_id, one.actor_id), one.request_id, one.result, one.id,
                 " ".join(f"{name}={value}" for name, value in one.body.items())) for one in found]
        return await exports.csv(call, tx, name="audit", header=[call.say(f"console.audit.column.{name}") for name in columns], rows=rows, reason="audit")


@pages.get(f"{HERE}/{{event}}", signed_in=True)
async def one(call: PageCall) -> PageAnswer:
    """One event with its place in the log and its proof, computed again just now. Raises NotPermitted, ProofNotFound."""
    require(call, Permission.AUDIT)
    event_id = thing(call.path["event"])
    if event_id is None:
        raise ProofNotFound("not the id of an event")
    async with call.tx() as tx:
        seen = await actions.look_at(tx, event_id)
        names = await names_of(tx, [seen.event.actor_id])
        chain = await queries.chain(tx)
    return call.render("console/audit_event.html", **shell(call, scope(call), event=seen_of(call, seen, names), chain=chain_of(call, chain), back=HERE))


async def _listed(call: PageCall, session: StaffSession, refused: Refused | None = None) -> PageAnswer:
    asked = _asked(call)
    try:
        wanted, wrong = _wanted(asked), refused
    except SearchWrong as problem:
        wanted, wrong = None, problem
    call.once = False                                    # a form that was refused may be sent again
    async with call.tx() as tx:
        page = await actions.search(tx, wanted, Page(limit=int(asked.size), cursor=call.query.get("cursor") or None)) if wanted is not None else None
        context = {
            "rows": await _rows(call, tx, page.items if page else []),
            "chain": chain_of(call, await queries.chain(tx)), "behind": await queries.unsearchable(tx),
            "exports": [_export_row(call, row) for row in await queries.exports(tx, session.actor.id)],
        }
    more = asked.address(cursor=page.next_cursor) if page and page.next_cursor else ""
    context |= {"asked": asked, "more": more, "tabs": _tabs(call, asked), "kinds": _kinds(call), "may_export": session.may(Permission.EXPORT),
                "sizes": [(size, asked.address(size=size), size == asked.size) for size in SIZES], "searched": bool(wanted and wanted.asked()),
                "fields": [(name, value) for name, value in asked._asdict().items() if value], "typed": call.form.text("reason", 1000)}
    if wrong is not None:
        return call.invalid("console/audit.html", wrong, **shell(call, scope(call), **context))
    return call.render("console/audit.html", **shell(call, scope(call), **context))


async def _rows(call: PageCall, tx: Tx, found: list[Found]) -> list[Event]:
    names = await names_of(tx, [one.actor_id for one in found])
    return [event_of(call, one, names) for one in found]


def _tabs(call: PageCall, asked: Asked) -> list[tuple[str, str, bool]]:
    return [(asked.address(tab=tab), call.say(f"console.audit.tab.{tab}"), asked.tab == tab) for tab in Tab]


def _kinds(call: PageCall) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every kind of event that the house can tell, by room: (room, [(kind, words)])."""
    by_room: dict[str, list[tuple[str, str]]] = {}
    for kind in sorted(events.kinds()):
        by_room.setdefault(kind.partition(".")[0], []).append((kind, titles(call, kind)))
    return [(call.say(f"console.audit.room.{room}") if call.texts.has(f"console.audit.room.{room}") else room, kinds) for room, kinds in by_room.items()]


def _asked(call: PageCall) -> Asked:
    said = {name: (call.form.get(name) or call.query.get(name, ""))[:80].strip() for name in Asked._fields}
    tab = said["tab"] if said["tab"] in set(Tab) else Tab.STAFF.value
    return Asked(**(said | {"tab": tab, "size": said["size"] if said["size"] in SIZES else SIZES[0]}))


def _wanted(asked: Asked) -> Wanted:
    """What is searched for. Raises SearchWrong with every field that is not written as such things are."""
    since, until, about = _moment(asked.since), _moment(asked.until, end=True), thing(asked.thing)
    wrong = [(asked.since and since is None, "since", "date"), (asked.until and until is None, "until", "date"),
             (asked.thing and about is None, "thing", "id"), (asked.result and asked.result not in set(Result), "result", "unknown")]
    found = [FieldError(field, code) for bad, field, code in wrong if bad]
    if found:
        raise SearchWrong("a field is not right", fields=found)
    return Wanted(tab=Tab(asked.tab), since=since, until=until, actor=asked.actor or None, kind=asked.kind or None, thing=about,
                  request_id=asked.request or None, result=Result(asked.result) if asked.result else None)


def _moment(text: str, *, end: bool = False) -> datetime | None:
    """A day, or a minute of it, in Shanghai, as browsers write them; its end when that is asked for."""
    try:
        if len(text) == len("2026-11-21"):
            return datetime.combine(date.fromisoformat(text), time(), SHANGHAI) + timedelta(days=1 if end else 0)
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI) + timedelta(minutes=1 if end else 0)
    except (ValueError, OverflowError):
        return None


def _export(text: str) -> UUID:
    try:
        return ids.parse("exp", text)
    except ids.BadId:
        raise ExportNotReady("not the id of an export") from None


def _export_row(call: PageCall, row: Record) -> Mapping[str, object]:
    state = "taken" if row["taken_at"] else "granted" if row["granted_at"] else "asked"
    at = row["taken_at"] or row["granted_at"] or row["asked_at"]
    return {"address": f"{HERE}/export/{ids.wire('exp', row['id'])}", "id": ids.wire("exp", row["id"]), "state": state,
            "asked": times.stamp(row["asked_at"]), "at": times.stamp(at)}


async def granted(tx: Tx, approval: Approval) -> None:
    """A second person agreed to an export: it may be taken, once, by who asked for it. Raises ExportNotReady."""
    await actions.grant_export(tx, _export(approval.subject))


APPROVED[EXPORT] = granted
