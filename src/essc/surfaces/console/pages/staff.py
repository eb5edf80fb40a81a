"""C14, organisations and staff: who works where with which roles, invited and changed under rules, second persons and an audit log."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from essc.kit import ids
from essc.kit.errors import Kind, Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.http.refusals import SubmittedAlready
from essc.names import StaffId, StaffSessionId
from essc.operators import actions, queries
from essc.operators.actions import Invited
from essc.operators.model import Approval, Member, MemberState, Permission, Purpose, Role, Stay, covers
from essc.regions import queries as regions
from essc.surfaces.console.pages import exports
from essc.surfaces.console.pages.access import Scope, area_name, here, require, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.shared.forms import sentences
from essc.surfaces.shared.times import lately, stamp

ORG: Final = "/console/org"
STATES: Final[Mapping[MemberState, tuple[str, str]]] = {
    MemberState.ACTIVE: ("ok", "circle-check"), MemberState.INVITED: ("warn", "clock"), MemberState.DISABLED: ("bad", "ban"),
}
"""Tone and picture of each state; the word stands beside them."""


@dataclass(frozen=True)
class Row:
    """A member in the list."""

    id: str
    login: str
    name: str
    unit: str
    roles: tuple[str, ...]
    areas: str
    state: str
    tone: str
    icon: str
    factors: str
    seen: str


@dataclass(frozen=True)
class Branch:
    """A place in the tree of organisations: how many members stand there and below."""

    code: str
    name: str
    depth: int
    count: int
    current: bool


@dataclass(frozen=True)
class StayRow:
    """A session in a list."""

    id: str
    device: str
    way: str
    since: str
    seen: str
    locked: bool
    here: bool


def stay_rows(call: PageCall, stays: Sequence[Stay]) -> list[StayRow]:
    """Sessions as a page shows them."""
    return [StayRow(ids.wire("stay", one.id), one.device_name, one.way, stamp(one.created_at)[:16], lately(one.seen_at, call.now, call.locale),
                    one.locked, one.id == here(call).id) for one in stays]


def row(call: PageCall, one: Member) -> Row:
    """A member as a page shows him."""
    tone, icon = STATES[one.state]
    factors = [call.say("console.org.factor.password")] * one.has_password + [call.say("console.org.factor.otp")] * one.has_one_time_code
    keys = [call.say("console.org.factor.passkey", n=one.passkeys)] * bool(one.passkeys)
    areas = ("、" if call.locale == "zh-CN" else ", ").join(area_name(call, area) for area in one.areas)
    return Row(ids.wire("staff", one.id), one.login, one.name, one.unit, tuple(sorted(one.roles)), areas, one.state, tone, icon,
               " · ".join(factors + keys), lately(one.seen_at, call.now, call.locale) if one.seen_at else "")


def tree(call: PageCall, members: Sequence[Member], at: Scope) -> list[Branch]:
    """部 › 省 › 市: only places with members, and the way down to them."""
    places = {step.code for one in members for step in regions.region_path(one.region) if here(call).covers(step.code)} | {at.code}
    paths = sorted(tuple(step.code for step in regions.region_path(code)) for code in places)
    top = min(len(path) for path in paths)
    return [Branch(path[-1], area_name(call, path[-1]), len(path) - top, sum(covers([path[-1]], one.region) for one in members), path[-1] == at.code)
            for path in paths]


@pages.post(ORG, signed_in=True)
@pages.get(ORG, signed_in=True)
async def org(call: PageCall) -> PageAnswer:
    """The tree, and the members of the chosen area and below. Narrowing is a POST: what is typed may be a name, and no address keeps it."""
    session, at = require(call, Permission.STAFF), scope(call)
    async with call.read_tx() as tx:
        members = await queries.members(tx, session)
    wanted = [one for one in members if covers([at.code], one.region) and _asked_for(call, one)]
    return call.render("console/staff.html", **shell(
        call, at, tree=tree(call, members, at), rows=[row(call, one) for one in wanted], total=len(wanted), admins=_admins(call, members),
        filters={name: call.form.text(name) for name in ("role", "state", "q")}, roles=list(Role), states=list(MemberState)))


def _asked_for(call: PageCall, one: Member) -> bool:
    role, state, text = (call.form.text(name) for name in ("role", "state", "q"))
    return (not role or role in one.roles) and (not state or state == one.state) and (text.lower() in f"{one.login} {one.name} {one.unit}".lower())


def _admins(call: PageCall, members: Sequence[Member]) -> list[tuple[str, int]]:
    """How many active members each of the three administrators' roles has."""
    return [(role, sum(role in one.roles and one.state is MemberState.ACTIVE for one in members)) for role in (Role.SYSTEM, Role.SECURITY, Role.AUDITOR)]


@pages.post(f"{ORG}/export", signed_in=True)
async def export(call: PageCall) -> PageAnswer:
    """The list of members as CSV."""
    session, at = require(call, Permission.STAFF), scope(call)
    async with call.tx() as tx:
        rows = [row(call, one) for one in await queries.members(tx, session) if covers([at.code], one.region)]
        header = [call.say(f"console.org.column.{name}") for name in ("login", "name", "unit", "roles", "areas", "state", "seen")]
        cells = [(one.login, one.name, one.unit, " ".join(call.say(f"operators.role.{role}") for role in one.roles), one.areas,
                  call.say(f"operators.state.{one.state}"), one.seen) for one in rows]
        return await exports.csv(call, tx, name="staff", header=header, rows=cells, reason=call.form.text("reason"))


# ── inviting ──

def _form(call: PageCall, refused: Refused | None = None) -> PageAnswer:
    at = scope(call)
    given: dict[str, Any] = {
        "values": {name: call.form.text(name) for name in ("login", "name", "unit", "reason")}, "ticked": set(call.form.all("roles")), "roles": list(Role),
        "areas": _areas(call), "chosen": set(call.form.all("areas")) or {at.code}, "problem": call.problem(refused) if refused else None,
        "errors": sentences(call, refused) if refused else {}}
    return call.render("console/staff_invite.html", status=422 if refused else 200, **shell(call, at, **given))


def _areas(call: PageCall) -> list[tuple[str, str, int]]:
    """Areas that the member may give: his own with the provinces below, and the cities of the chosen province."""
    at, session = scope(call), here(call)
    found = [(step.code, area_name(call, step.code)) for step in regions.region_path(at.code) if session.covers(step.code)]
    found += [(one.code, one.name) for one in regions.listed(at.code, None, abolished=False, after="", limit=100) if one.parent == at.code]
    return [(code, name, len(regions.region_path(code))) for code, name in found]


@pages.get(f"{ORG}/invite", signed_in=True)
async def invite_form(call: PageCall) -> PageAnswer:
    """Account, name, unit, roles, areas."""
    require(call, Permission.STAFF)
    return _form(call)


@pages.post(f"{ORG}/invite", signed_in=True, once=True)
async def invite(call: PageCall) -> PageAnswer:
    """Invite; one of the three administrators waits for a second person."""
    session, form = require(call, Permission.STAFF), call.form
    try:
        async with call.tx() as tx:
            done = await actions.invite(tx, session, form.text("login", 40), form.text("name", 60), form.text("unit", 60), roles=form.all("roles"),
                                        areas=form.all("areas"), reason=form.text("reason"))
    except SubmittedAlready:
        return call.redirect(ORG)
    except Refused as refused:
        if refused.kind not in (Kind.INVALID, Kind.CONFLICT):
            raise
        return _form(call, refused)
    return _linked(call, done, form.text("name", 60))


def _linked(call: PageCall, done: Invited | Approval, name: str) -> PageAnswer:
    """The one-time link, shown this once; or that a second person decides."""
    if isinstance(done, Approval):
        return call.redirect(f"/console/approvals?asked={ids.wire('appr', done.id)}")
    host = call.headers.get("host", "")
    link = f"{'https' if call.secure else 'http'}://{host}/console/join?link={done.token}"
    return call.render("console/staff_link.html", **shell(
        call, scope(call), link=link, name=name, until=stamp(done.expires_at)[:16], member_id=ids.wire("staff", done.staff_id)))


# ── one member ──

def _id(call: PageCall) -> StaffId:
    return StaffId(ids.parse("staff", call.path["staff_id"]))


async def _page(call: PageCall, refused: Refused | None = None) -> PageAnswer:
    session = require(call, Permission.STAFF)
    async with call.read_tx() as tx:
        one = await queries.member(tx, session, _id(call))
        stays = await queries.sessions(tx, one.id)
        waiting = [found for found in await queries.approvals(tx, session) if found.subject == ids.wire("staff", one.id)]
    ticked = set(call.form.all("roles")) if refused and "roles" in call.form else set(one.roles)
    chosen = set(call.form.all("areas")) if refused and "areas" in call.form else set(one.areas)
    areas = _areas(call)
    areas += [(area, area_name(call, area), len(regions.region_path(area))) for area in one.areas if area not in {code for code, *_ in areas}]
    return call.render("console/staff_member.html", status=422 if refused else 200, **shell(
        call, scope(call), member=row(call, one), own=one.id == session.staff_id, admin=one.admin, stays=stay_rows(call, stays), waiting=waiting,
        created=stamp(one.created_at)[:16], since=stamp(one.since)[:16], roles=list(Role), ticked=ticked, areas=areas, chosen=chosen,
        problem=call.problem(refused) if refused else None, errors=sentences(call, refused) if refused else {}, reason=call.form.text("reason")))


@pages.get(ORG + "/{staff_id}", signed_in=True)
async def member(call: PageCall) -> PageAnswer:
    """A member: roles, areas, factors, sessions, and what can be done."""
    return await _page(call)


@pages.post(ORG + "/{staff_id}/rights", signed_in=True, once=True)
async def rights(call: PageCall) -> PageAnswer:
    """Other roles and areas."""
    session = require(call, Permission.STAFF)
    return await _done(call, lambda tx: actions.change_rights(
        tx, session, _id(call), roles=call.form.all("roles"), areas=call.form.all("areas"), reason=call.form.text("reason")))


@pages.post(ORG + "/{staff_id}/disable", signed_in=True, once=True)
async def disable(call: PageCall) -> PageAnswer:
    """Stop a member."""
    session = require(call, Permission.STAFF)
    return await _done(call, lambda tx: actions.disable(tx, session, _id(call), call.form.text("reason")))


@pages.post(ORG + "/{staff_id}/link", signed_in=True, once=True)
async def link(call: PageCall) -> PageAnswer:
    """Another link for somebody who has not joined or was disabled."""
    session = require(call, Permission.STAFF)
    return await _done(call, lambda tx: actions.invite_again(tx, session, _id(call), call.form.text("reason")))


@pages.post(ORG + "/{staff_id}/reset", signed_in=True, once=True)
async def reset(call: PageCall) -> PageAnswer:
    """A factor is lost."""
    session = require(call, Permission.STAFF)
    purpose = Purpose.PASSWORD if call.form.get("factor") == Purpose.PASSWORD else Purpose.FACTOR
    return await _done(call, lambda tx: actions.reset(tx, session, _id(call), purpose))


@pages.post(ORG + "/{staff_id}/sessions", signed_in=True)
async def end_sessions(call: PageCall) -> PageAnswer:
    """全部下线, or one session."""
    session = require(call, Permission.STAFF)
    only = call.form.text("stay", 40)
    return await _done(call, lambda tx: actions.end_sessions(tx, session, _id(call), StaffSessionId(ids.parse("stay", only)) if only else None))


async def _done(call: PageCall, act: Any) -> PageAnswer:
    """Do it, and go where its outcome is seen: the member, the one-time link, or the request that waits."""
    try:
        async with call.tx() as tx:
            outcome = await act(tx)
            name = (await queries.member(tx, here(call), _id(call))).name if isinstance(outcome, Invited) else ""
    except SubmittedAlready:
        return call.redirect(f"{ORG}/{call.path['staff_id']}")
    except Refused as refused:
        if refused.kind not in (Kind.INVALID, Kind.CONFLICT, Kind.BUSY):
            raise
        return await _page(call, refused)
    if isinstance(outcome, Invited | Approval):
        return _linked(call, outcome, name)
    return call.redirect(f"{ORG}/{call.path['staff_id']}")
