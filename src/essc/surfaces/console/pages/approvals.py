"""What waits for a second person: asked by a maker, decided by somebody else whose roles and areas reach it, done in the same transaction."""
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.errors import Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import SubmittedAlready
from essc.names import ApprovalId
from essc.operators import actions, queries
from essc.operators.model import Approval, Outcome
from essc.surfaces.console.pages.access import area_name, here, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.shared.forms import sentences
from essc.surfaces.shared.times import lately, stamp

APPROVALS: Final = "/console/approvals"
Approved = Callable[[Tx, Approval], Awaitable[None]]
APPROVED: Final[dict[str, Approved]] = {"staff.rights": actions.grant, "staff.disable": actions.grant, "staff.enable": actions.grant}
"""What an approved request does, by its kind; done in the transaction of the decision, so that both happen or neither."""
SUBJECTS: Final[dict[str, Callable[[Tx, Approval], Awaitable[str]]]] = {}
"""By kind, what a request's subject is called on the page; its wire id where nothing is registered."""
OUTCOMES: Final[Mapping[Outcome, tuple[str, str]]] = {
    Outcome.ASKED: ("warn", "clock"), Outcome.APPROVED: ("ok", "circle-check"), Outcome.REFUSED: ("bad", "circle-x"), Outcome.EXPIRED: ("", "circle-dashed"),
}


@dataclass(frozen=True)
class Row:
    """A request as the page shows it. `why_not` is why the one who looks may not decide; "" when he may."""

    id: str
    kind: str
    subject: str
    facts: list[tuple[str, str]]
    area: str
    reason: str
    asked_by: str
    asked: str
    until: str
    tone: str
    icon: str
    outcome: str
    decided_by: str
    decided: str
    answer: str
    why_not: str


async def _subject(tx: Tx, call: PageCall, one: Approval) -> str:
    if one.kind.startswith("staff."):
        found = await queries.names(tx, [actions.subject_of(one)])
        return next(iter(found.values()), one.subject)
    named = SUBJECTS.get(one.kind)
    return await named(tx, one) if named else one.subject


def _facts(call: PageCall, one: Approval) -> list[tuple[str, str]]:
    """What is asked for, in words: roles and areas of a member; what other rooms put into the body stands under their own keys."""
    told = {"roles": lambda text: " · ".join(call.say(f"operators.role.{role}") for role in text.split()),
            "areas": lambda text: " · ".join(area_name(call, code) for code in text.split())}
    return [(call.say(f"console.approvals.fact.{name}"), told[name](value) if name in told else _word(call, name, value))
            for name, value in one.body.items() if call.texts.has(f"console.approvals.fact.{name}")]


def _word(call: PageCall, name: str, value: str) -> str:
    key = f"console.approvals.value.{name}.{value}"
    return call.say(key) if call.texts.has(key) else value


async def _row(tx: Tx, call: PageCall, one: Approval) -> Row:
    session = here(call)
    tone, icon = OUTCOMES[one.outcome]
    why_not = ""
    if one.outcome is Outcome.ASKED:
        why_not = "own" if one.asked_by == session.staff_id else "about" if one.subject == session.actor.id else "" if queries.decidable(session, one) else "no"
    return Row(ids.wire("appr", one.id), one.kind, await _subject(tx, call, one), _facts(call, one), area_name(call, one.region), one.reason,
               one.asked_by_name, lately(one.asked_at, call.now, call.locale), stamp(one.expires_at)[:16], tone, icon, one.outcome, one.decided_by_name,
               lately(one.decided_at, call.now, call.locale) if one.decided_at else "", one.answer, why_not)


async def _page(call: PageCall, refused: Refused | None = None) -> PageAnswer:
    past = call.query.get("show") == "past"
    async with call.read_tx() as tx:
        found = await queries.approvals(tx, here(call), open_only=not past)
        rows = [await _row(tx, call, one) for one in found]
    return call.render("console/approvals.html", status=422 if refused else 200, **shell(
        call, scope(call), rows=rows, past=past, asked=call.query.get("asked", ""), done=call.query.get("done", ""),
        problem=call.problem(refused) if refused else None, errors=sentences(call, refused) if refused else {}))


@pages.get(APPROVALS, signed_in=True)
async def approvals(call: PageCall) -> PageAnswer:
    """What waits, or what was decided."""
    return await _page(call)


def _id(call: PageCall) -> ApprovalId:
    return ApprovalId(ids.parse("appr", call.path["approval_id"]))


@pages.post(APPROVALS + "/{approval_id}/approve", signed_in=True, once=True)
async def approve(call: PageCall) -> PageAnswer:
    """Agree: what was asked for is done now."""
    try:
        async with call.tx() as tx:
            decided = await actions.approve(tx, here(call), _id(call))
            await APPROVED[decided.kind](tx, decided)
    except Refused as refused:
        return await _refused(call, refused)
    return call.redirect(f"{APPROVALS}?done=approved")


@pages.post(APPROVALS + "/{approval_id}/refuse", signed_in=True, once=True)
async def refuse(call: PageCall) -> PageAnswer:
    """Do not agree, and say why."""
    try:
        async with call.tx() as tx:
            await actions.refuse(tx, here(call), _id(call), call.form.text("reason"))
    except Refused as refused:
        return await _refused(call, refused)
    return call.redirect(f"{APPROVALS}?done=refused")


async def _refused(call: PageCall, refused: Refused) -> PageAnswer:
    if isinstance(refused, SubmittedAlready):
        return call.redirect(APPROVALS)
    if refused.kind in (Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.UNAUTHENTICATED, Kind.UNAVAILABLE):
        raise refused
    return await _page(call, refused)
