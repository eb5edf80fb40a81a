"""Reads on staff: who is signed in and what he may, who works here, what waits for a second person."""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final

from essc.kit import ids
from essc.kit.crypto import Keys
from essc.kit.db.tx import Actor, Tx
from essc.names import ApprovalId, StaffId, StaffSessionId
from essc.operators import errors, model, store
from essc.operators.model import Approval, Member, Passkey, Permission, Purpose, Role, Stay
from essc.operators.store import CHECKS

__all__ = [
    "CHECKS", "Invitation", "StaffSession", "approval", "approvals", "authenticate", "decidable", "everybody", "furnish", "invitation",
    "is_first", "member", "members", "names", "network_allowed", "passkeys", "sessions", "token_macs", "visible", "waiting",
]

KEY: Final = "session-token"
_networks: list[str] = []


def furnish(*, networks: Sequence[str]) -> None:
    """Say from which networks (CIDR) the console may be opened, none for all; `app` does it once at start."""
    _networks[:] = networks


def network_allowed(peer: str) -> bool:
    """Whether the console may be opened from this address."""
    try:
        return not _networks or any(ip_address(peer) in ip_network(network) for network in _networks)
    except ValueError:
        return False


@dataclass(frozen=True)
class StaffSession:
    """Who works at a console at this moment: roles and areas are read with every request, so a change counts at once."""

    id: StaffSessionId
    staff_id: StaffId
    name: str
    login: str
    unit: str
    roles: frozenset[Role]
    areas: tuple[str, ...]
    way: str
    locked: bool
    expires_at: datetime
    waiting: int = 0

    @property
    def actor(self) -> Actor:
        """The member, as the one who acts."""
        return Actor("operator", ids.wire("staff", self.staff_id))

    def may(self, permission: Permission) -> bool:
        """Whether a role of the member permits it."""
        return model.may(self.roles, permission)

    def covers(self, region: str) -> bool:
        """Whether `region` lies in an area of the member."""
        return model.covers(self.areas, region)


@dataclass(frozen=True)
class Invitation:
    """A link that counts: whose, what for, the secret that an authenticator app is offered, until when."""

    member: Member
    purpose: Purpose
    secret: str
    expires_at: datetime


def token_macs(keys: Keys, label: bytes, token: bytes) -> list[bytes]:
    """The keyed hashes of a token under every version that counts, the one to write first."""
    now = keys.mac_version(KEY)
    versions = [now, *(version for version in keys.mac_versions(KEY) if version != now)]
    return [keys.mac(KEY, b"staff " + label + b"\x1f" + token, version) for version in versions]


async def authenticate(tx: Tx, token: bytes, *, locked: bool = False) -> tuple[StaffSession, Stay]:
    """The session of a token. Raises StaffSessionOver, and ScreenLocked unless `locked` ones are wanted too."""
    found = await store.session(tx, token_macs(tx.keys, b"session", token))
    if found is None:
        raise errors.StaffSessionOver("no such session")
    stay, member = found
    if stay.locked and not locked:
        raise errors.ScreenLocked("the screen is locked")
    return StaffSession(stay.id, member.id, member.name, member.login, member.unit, member.roles, member.areas, stay.way, stay.locked,
                        stay.expires_at), stay


async def member(tx: Tx, session: StaffSession, member_id: StaffId) -> Member:
    """One member, for who may see him. Raises MemberNotFound."""
    found = await store.member(tx, member_id)
    if not visible(session, found):
        raise errors.MemberNotFound("not a member that the caller may see")
    return found


def visible(session: StaffSession, one: Member) -> bool:
    """Whether somebody who keeps the staff may see a member: himself, and who works inside his areas only."""
    return one.id == session.staff_id or all(session.covers(area) for area in one.areas)


async def members(tx: Tx, session: StaffSession) -> list[Member]:
    """The members that the caller may see, by login."""
    return [one for one in await store.members(tx) if visible(session, one)]


async def everybody(tx: Tx) -> list[Member]:
    """Every member, by login: for the command line of the machine."""
    return await store.members(tx)


async def names(tx: Tx, staff_ids: Iterable[StaffId]) -> Mapping[StaffId, str]:
    """The names of members, for lists that tell who did something."""
    return await store.names(tx, staff_ids)


async def sessions(tx: Tx, staff_id: StaffId | None = None) -> list[Stay]:
    """Where a member is signed in (or everybody), the last used first."""
    return await store.sessions(tx, staff_id)


async def passkeys(tx: Tx, staff_id: StaffId) -> list[Passkey]:
    """A member's passkeys."""
    return await store.passkeys(tx, staff_id)


async def invitation(tx: Tx, token: bytes) -> Invitation:
    """The link that a browser opened. Raises InvitationOver."""
    found = await store.invitation(tx, token_macs(tx.keys, b"invitation", token))
    if found is None:
        raise errors.InvitationOver("no such invitation")
    member_id, purpose, secret, expires_at = found
    return Invitation(await store.member(tx, member_id), purpose, secret, expires_at)


async def is_first(tx: Tx) -> bool:
    """Whether nobody may invite others yet."""
    return not await store.any_admin(tx)


def decidable(session: StaffSession, one: Approval) -> bool:
    """Whether a member's roles and areas reach a request; whether he asked himself is another question."""
    return session.may(model.approver_of(one.kind)) and session.covers(one.region)


async def approval(tx: Tx, session: StaffSession, approval_id: ApprovalId) -> Approval:
    """A request that the caller made or may decide. Raises ApprovalNotFound."""
    found = await store.approval(tx, approval_id)
    if found is None or not (found.asked_by == session.staff_id or decidable(session, found)):
        raise errors.ApprovalNotFound("no such request for this member")
    return found


async def waiting(tx: Tx, session: StaffSession) -> int:
    """How many requests the caller could decide now."""
    if not (session.may(Permission.APPROVE) or session.may(Permission.APPROVE_STAFF)):
        return 0
    found = await approvals(tx, session)
    return sum(one.asked_by != session.staff_id and one.subject != session.actor.id and decidable(session, one) for one in found)


async def approvals(tx: Tx, session: StaffSession, *, open_only: bool = True) -> list[Approval]:
    """Requests that the caller made or may decide: those that wait, or those that are over."""
    return [one for one in await store.approvals(tx, open_only=open_only) if one.asked_by == session.staff_id or decidable(session, one)]
