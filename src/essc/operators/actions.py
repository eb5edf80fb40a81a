"""What can be done about staff; each function is one verb inside the caller's transaction. Comparing and hashing happen in `calls`."""
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from essc.kit import ids
from essc.kit.crypto import random_bytes
from essc.kit.db.tx import Actor, Tx
from essc.names import ApprovalId, StaffId, StaffSessionId
from essc.operators import errors, events, model, queries, store
from essc.operators.model import ADMINS, Approval, ExportReason, Hashed, Member, MemberState, Outcome, Permission, Purpose, Role
from essc.operators.queries import StaffSession


@dataclass(frozen=True)
class Invited:
    """A one-time link: its token is told this once."""

    staff_id: StaffId
    token: str
    expires_at: datetime


def require(session: StaffSession, permission: Permission, region: str | None = None) -> None:
    """Raise NotPermitted unless a role of the member permits it, and an area of his covers `region`."""
    if not session.may(permission):
        raise errors.NotPermitted(f"needs {permission}")
    if region is not None and not session.covers(region):
        raise errors.NotPermitted(f"{region} lies outside the member's areas")


# ── inviting ──

async def invite_first(tx: Tx, login: str, name: str, unit: str, roles: Iterable[str] = (Role.SYSTEM,), areas: Iterable[str] = (model.NATION,)) -> Invited:
    """Invite a member from the command line, as long as no system administrator has joined; a login that waits already gets another link.

    Raises BootstrapDone, MemberWrong, LoginTaken, the refusals of roles and areas.
    """
    if not await queries.is_first(tx):
        raise errors.BootstrapDone("a system administrator is there: he invites at the console")
    waiting = await store.member_by_login(tx, model.clean_login(login))
    if waiting is not None and waiting.state is MemberState.INVITED:
        return await _link(tx, waiting, Purpose.JOIN)
    return await _link(tx, await _added(tx, login, name, unit, roles, areas), Purpose.JOIN)


async def invite(tx: Tx, session: StaffSession, login: str, name: str, unit: str, *, roles: Iterable[str], areas: Iterable[str], reason: str,
                 ) -> Invited | Approval:
    """Invite a member. One of the three administrators waits, disabled, for a second person to agree: then the answer is that request.

    Raises NotPermitted, MemberWrong, LoginTaken, ReasonMissing, the refusals of roles and areas.
    """
    require(session, Permission.STAFF)
    wanted = model.clean_roles(roles)
    clean = model.clean_areas(areas, wanted)
    for area in clean:
        require(session, Permission.STAFF, area)
    why = model.clean_reason(reason) if wanted & ADMINS else ""
    member = await _added(tx, login, name, unit, wanted, clean)
    if not wanted & ADMINS:
        return await _link(tx, member, Purpose.JOIN)
    await _moved(tx, member, MemberState.DISABLED)
    return await _ask(tx, session, "staff.enable", member, {"roles": " ".join(sorted(wanted))}, why)


async def _added(tx: Tx, login: str, name: str, unit: str, roles: Iterable[str], areas: Iterable[str]) -> Member:
    wanted = model.clean_roles(roles)
    clean = model.clean_areas(areas, wanted)
    added = await store.add_member(tx, model.clean_login(login), model.clean_name(name), model.clean_name(unit, "unit"), wanted, clean)
    if added is None:
        raise errors.LoginTaken("there is a member with this login")
    return await store.member(tx, added)


async def _link(tx: Tx, member: Member, purpose: Purpose) -> Invited:
    token, until = random_bytes(model.TOKEN_BYTES), tx.now + model.INVITATION
    mac = queries.token_macs(tx.keys, b"invitation", token)[0]
    await store.invite(tx, member.id, mac, purpose, model.otp_secret(random_bytes(model.OTP_SECRET_BYTES)), until)
    await tx.emit(events.MemberInvited(staff_id=member.id, roles=tuple(sorted(member.roles)), areas=member.areas, purpose=purpose))
    return Invited(member.id, model.written(token), until)


async def invite_again(tx: Tx, session: StaffSession, staff_id: StaffId, reason: str = "") -> Invited | Approval:
    """Another link for somebody who has not joined, or a way back for somebody who was disabled; an administrator's needs a second person.

    Raises NotPermitted, MemberNotFound, OwnRights, MemberMoveNotAllowed, ReasonMissing.
    """
    member = await _other(tx, session, staff_id)
    if member.state is MemberState.ACTIVE:
        raise errors.MemberMoveNotAllowed("an active member needs no link")
    if member.state is MemberState.DISABLED and member.admin:
        return await _ask(tx, session, "staff.enable", member, {"roles": " ".join(sorted(member.roles))}, model.clean_reason(reason))
    purpose = Purpose.JOIN
    if member.state is MemberState.DISABLED:
        await _moved(tx, member, MemberState.INVITED)
        await store.drop_factors(tx, member.id, purpose)
    elif member.has_password or member.has_one_time_code or member.passkeys:
        purpose = Purpose.FACTOR if member.has_password else Purpose.PASSWORD
    return await _link(tx, member, purpose)


async def _moved(tx: Tx, member: Member, state: MemberState) -> None:
    if not await store.save_state(tx, member, state):
        raise errors.MemberChangedMeanwhile("the member was changed at this moment")


async def _other(tx: Tx, session: StaffSession, staff_id: StaffId) -> Member:
    """Somebody else, whom the caller keeps."""
    require(session, Permission.STAFF)
    if staff_id == session.staff_id:
        raise errors.OwnRights("nobody changes his own rights")
    return await queries.member(tx, session, staff_id)


async def join(tx: Tx, token: bytes, *, hashed: Hashed | None, step: int | None) -> StaffId:
    """Set what the link is for, and be active. `step` is the time step of the one-time code that proved the new app.

    Raises InvitationOver, MemberChangedMeanwhile.
    """
    found, macs = await queries.invitation(tx, token), queries.token_macs(tx.keys, b"invitation", token)
    if not await store.use_invitation(tx, macs):
        raise errors.InvitationOver("the link was used at this moment")
    if hashed is not None:
        await store.set_password(tx, found.member.id, hashed)
    if step is not None:
        await store.set_otp(tx, found.member.id, found.secret, step)
    await _moved(tx, found.member, MemberState.ACTIVE)
    await store.forgive(tx, login_mac(tx, found.member.login))
    await tx.emit(events.MemberJoined(staff_id=found.member.id, purpose=found.purpose))
    return found.member.id


# ── rights ──

async def change_rights(tx: Tx, session: StaffSession, staff_id: StaffId, *, roles: Iterable[str], areas: Iterable[str], reason: str) -> Approval | None:
    """Give a member other roles and areas. Where one of the three administrators is made or unmade, a second person decides: the request.

    Raises NotPermitted, MemberNotFound, OwnRights, ReasonMissing, LastSystemAdmin, MemberChangedMeanwhile, the refusals of roles and areas.
    """
    member = await _other(tx, session, staff_id)
    wanted, why = model.clean_roles(roles), model.clean_reason(reason)
    clean = model.clean_areas(areas, wanted)
    for area in clean:
        require(session, Permission.STAFF, area)
    if member.admin or wanted & ADMINS:
        body = {"roles": " ".join(sorted(wanted)), "areas": " ".join(clean), "version": str(member.version)}
        return await _ask(tx, session, "staff.rights", member, body, why)
    await _rights(tx, member, wanted, clean)
    return None


async def _rights(tx: Tx, member: Member, roles: frozenset[Role], areas: tuple[str, ...]) -> None:
    await _keep_one(tx, member, stays=Role.SYSTEM in roles)
    if not await store.save_rights(tx, member, roles, areas):
        raise errors.MemberChangedMeanwhile("the member was changed at this moment")
    await tx.emit(events.RightsChanged(
        staff_id=member.id, roles_before=tuple(sorted(member.roles)), roles=tuple(sorted(roles)), areas_before=member.areas, areas=areas,
        version=member.version + 1))
    await _end(tx, member.id, "rights")


async def _keep_one(tx: Tx, member: Member, *, stays: bool) -> None:
    """Raise LastSystemAdmin when nobody would be left who keeps the staff."""
    if Role.SYSTEM in member.roles and member.state is MemberState.ACTIVE and not stays and await store.lock_admins(tx) <= 1:
        raise errors.LastSystemAdmin("the last system administrator")


async def disable(tx: Tx, session: StaffSession, staff_id: StaffId, reason: str) -> Approval | None:
    """Let a member sign in no more; for one of the three administrators a second person decides: the request.

    Raises NotPermitted, MemberNotFound, OwnRights, ReasonMissing, MemberMoveNotAllowed, LastSystemAdmin, MemberChangedMeanwhile.
    """
    member = await _other(tx, session, staff_id)
    why = model.clean_reason(reason)
    if member.state is MemberState.DISABLED:
        raise errors.MemberMoveNotAllowed("the member is disabled")
    await _keep_one(tx, member, stays=False)
    if member.admin:
        return await _ask(tx, session, "staff.disable", member, {"version": str(member.version)}, why)
    await _disable(tx, member)
    return None


async def _disable(tx: Tx, member: Member) -> None:
    await _keep_one(tx, member, stays=False)
    await _moved(tx, member, MemberState.DISABLED)
    await store.revoke_invitations(tx, member.id)
    await tx.emit(events.MemberDisabled(staff_id=member.id, version=member.version + 1))
    await _end(tx, member.id, "disabled")


async def reset(tx: Tx, session: StaffSession, staff_id: StaffId, purpose: Purpose) -> Invited:
    """A factor is lost: it counts no longer, and a link lets the member set it anew, who proves the other one. Administrators reset others only.

    Raises NotPermitted, MemberNotFound, OwnRights, MemberMoveNotAllowed, MemberChangedMeanwhile.
    """
    return await _reset(tx, await _other(tx, session, staff_id), purpose)


async def reset_from_machine(tx: Tx, login: str, purpose: Purpose) -> Invited:
    """The same from the command line, for when no administrator can sign in. Raises MemberNotFound, MemberMoveNotAllowed."""
    member = await store.member_by_login(tx, login)
    if member is None:
        raise errors.MemberNotFound("no such login")
    return await _reset(tx, member, purpose)


async def _reset(tx: Tx, member: Member, purpose: Purpose) -> Invited:
    if member.state is not MemberState.ACTIVE:
        raise errors.MemberMoveNotAllowed("only an active member has factors to reset")
    await _moved(tx, member, MemberState.INVITED)
    await store.drop_factors(tx, member.id, purpose)
    await tx.emit(events.FactorReset(staff_id=member.id, factor=purpose))
    await _end(tx, member.id, "factor")
    return await _link(tx, member, purpose)


# ── what a second person decides ──

async def ask(tx: Tx, session: StaffSession, kind: str, subject: str, region: str, body: Mapping[str, str], reason: str) -> Approval:
    """Ask for something that a second person decides. `kind` is `room.verb`, `subject` a wire id, `body` ids and enums only.

    Whether the caller may ask for such a thing is the caller's room's question; `region` has to lie in his areas.
    Raises NotPermitted, ReasonMissing, ApprovalPending.
    """
    if not session.covers(region):
        raise errors.NotPermitted(f"{region} lies outside the member's areas")
    asked = await store.add_approval(tx, (kind, subject, region, model.clean_reason(reason), session.staff_id), body)
    if asked is None:
        raise errors.ApprovalPending("the same waits for a second person")
    await tx.emit(events.ApprovalAsked(approval_id=asked, asked_by=session.staff_id, what=kind, about=subject, region=region))
    found = await store.approval(tx, asked)
    assert found is not None
    return found


async def _ask(tx: Tx, session: StaffSession, kind: str, member: Member, body: Mapping[str, str], reason: str) -> Approval:
    return await ask(tx, session, kind, ids.wire("staff", member.id), model.NATION, body, reason)


async def approve(tx: Tx, session: StaffSession, approval_id: ApprovalId) -> Approval:
    """Agree, as a second person. What it stands for is done by the caller in this transaction (the pages' table APPROVED).

    Raises ApprovalNotFound, OwnRequest, ApprovalExpired, ApprovalDecided.
    """
    decided = await _decide(tx, session, approval_id, Outcome.APPROVED, "")
    await tx.emit(events.ApprovalGiven(approval_id=decided.id, asked_by=decided.asked_by, decided_by=session.staff_id, what=decided.kind,
                                       about=decided.subject, region=decided.region))
    return decided


async def refuse(tx: Tx, session: StaffSession, approval_id: ApprovalId, reason: str) -> Approval:
    """Do not agree, and say why. Raises ReasonMissing and what `approve` raises."""
    decided = await _decide(tx, session, approval_id, Outcome.REFUSED, model.clean_reason(reason))
    await tx.emit(events.ApprovalRefused(approval_id=decided.id, asked_by=decided.asked_by, decided_by=session.staff_id, what=decided.kind,
                                         about=decided.subject, region=decided.region))
    return decided


async def _decide(tx: Tx, session: StaffSession, approval_id: ApprovalId, outcome: Outcome, answer: str) -> Approval:
    found = await queries.approval(tx, session, approval_id)
    if found.asked_by == session.staff_id:
        raise errors.OwnRequest("whoever asked may not decide")
    if found.kind.startswith("staff.") and found.subject == session.actor.id:
        raise errors.OwnRights("nobody decides about his own rights")
    if found.outcome is Outcome.EXPIRED:
        raise errors.ApprovalExpired("nobody decided in time")
    if found.outcome is not Outcome.ASKED or not await store.decide(tx, found.id, outcome, session.staff_id, answer):
        raise errors.ApprovalDecided("somebody decided before")
    return found


def subject_of(approval: Approval) -> StaffId:
    """The member whom a request of kind `staff.…` is about."""
    return StaffId(ids.parse("staff", approval.subject))


async def grant(tx: Tx, approval: Approval) -> None:
    """What an approved request about a member does: staff.rights, staff.disable, staff.enable.

    Raises MemberChangedMeanwhile when the member is no longer what was decided about, LastSystemAdmin.
    """
    member = await store.member(tx, subject_of(approval))
    if approval.body.get("version", str(member.version)) != str(member.version):
        raise errors.MemberChangedMeanwhile("the member was changed since it was asked")
    if approval.kind == "staff.rights":
        roles = model.clean_roles(approval.body["roles"].split())
        await _rights(tx, member, roles, model.clean_areas(approval.body["areas"].split(), roles))
    elif approval.kind == "staff.disable":
        await _disable(tx, member)
    elif member.state is MemberState.DISABLED:
        await _moved(tx, member, MemberState.INVITED)
        await store.drop_factors(tx, member.id, Purpose.JOIN)


# ── sessions ──

def login_mac(tx: Tx, login: str) -> bytes:
    """The keyed hash by which tries of a login are counted."""
    return tx.keys.mac("lookup", b"staff-login\x1f" + login.encode())


async def open_session(tx: Tx, member: Member, device_name: str, way: str) -> tuple[StaffSessionId, str]:
    """Sign in a member who has proved both factors, and who acts from here on; gives the session and its token, told once."""
    token = random_bytes(model.TOKEN_BYTES)
    session_id = await store.add_session(tx, member.id, queries.token_macs(tx.keys, b"session", token)[0], device_name[:80], way)
    await store.forgive(tx, login_mac(tx, member.login))
    await tx.emit(events.SignedIn(staff_id=member.id, session_id=session_id, way=way), actor=Actor("operator", ids.wire("staff", member.id)))
    return session_id, model.written(token)


async def touch(tx: Tx, session: StaffSession) -> None:
    """Note that a session is in use. Nobody is told: every request that matters leaves its own event."""
    await store.touch(tx, session.id)


async def lock(tx: Tx, session: StaffSession) -> None:
    """Lock the screen; once is enough."""
    if await store.lock(tx, session.id):
        await tx.emit(events.ScreenLocked(staff_id=session.staff_id, session_id=session.id))


async def sign_out(tx: Tx, session: StaffSession) -> None:
    """End the caller's own session."""
    await _end(tx, session.staff_id, "signed_out", only=session.id)


async def end_own(tx: Tx, session: StaffSession, only: StaffSessionId | None = None) -> int:
    """End one other session of the caller's, or all others; answers how many."""
    return await _end(tx, session.staff_id, "member", only=only, keep=None if only else session.id)


async def end_sessions(tx: Tx, session: StaffSession, staff_id: StaffId, only: StaffSessionId | None = None) -> int:
    """End the sessions of a member (全部下线), or one of them; answers how many. Raises NotPermitted, MemberNotFound, OwnRights."""
    member = await _other(tx, session, staff_id)
    return await _end(tx, member.id, "administrator", only=only)


async def _end(tx: Tx, staff_id: StaffId, why: str, *, only: StaffSessionId | None = None, keep: StaffSessionId | None = None) -> int:
    ended = await store.end_sessions(tx, staff_id, why, only=only, keep=keep)
    await tx.emit_all(events.SignedOut(staff_id=staff_id, session_id=one, why=why) for one in ended)
    return len(ended)


async def change_password(tx: Tx, session: StaffSession, hashed: Hashed) -> None:
    """Keep another password, the old one having been right; every other session ends."""
    await store.set_password(tx, session.staff_id, hashed)
    await tx.emit(events.PasswordChanged(staff_id=session.staff_id))
    await _end(tx, session.staff_id, "password", keep=session.id)


async def remove_passkey(tx: Tx, session: StaffSession, key_id: bytes) -> None:
    """Forget a passkey of the caller's, unless it is the last second factor. Raises LastFactor."""
    member = await store.member(tx, session.staff_id)
    if member.passkeys <= 1 and not member.has_one_time_code:
        raise errors.LastFactor("the last second factor")
    if await store.remove_passkey(tx, member.id, key_id):
        await tx.emit(events.PasskeyRemoved(staff_id=member.id))


async def export(tx: Tx, session: StaffSession, name: str, count: int, area: str, reason: str) -> None:
    """Note that a list leaves the house, before it does. Raises NotPermitted, ReasonMissing."""
    require(session, Permission.EXPORT)
    if reason not in set(ExportReason):
        raise errors.ReasonMissing("no reason of the list")
    await tx.emit(events.ListExported(staff_id=session.staff_id, list=name, count=count, area=area, reason=reason))


async def forget(tx: Tx, before: datetime) -> int:
    """Drop sessions that ended long ago, and tries and entries that count no longer; answers how many sessions."""
    return await store.forget(tx, before)
