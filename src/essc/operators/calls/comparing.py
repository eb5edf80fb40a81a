"""Tries that are counted before they are judged, and passwords compared so that an unknown login takes as long as a known one."""
from dataclasses import dataclass
from typing import Final

from essc.kit import argon
from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import Refused
from essc.kit.throttle import Rate, spend
from essc.kit.throttle import Throttled as TooOften
from essc.names import StaffId
from essc.operators import events, model, store
from essc.operators.actions import login_mac
from essc.operators.errors import StaffPasswordsBusy
from essc.operators.model import Hashed, Member

PER_PEER: Final = Rate("staff-sign-in", 120, 300)
"""Tries from one network address, whatever the login: an office shares one, and a sign-in takes two."""
_queue: Final = argon.Queue(StaffPasswordsBusy)
_nobody: Final[list[str]] = []


@dataclass(frozen=True)
class Caller:
    """Where a try comes from: the actor (nobody known yet), the network address, the request."""

    actor: Actor
    peer: str
    request_id: str = ""


@dataclass(frozen=True)
class Try:
    """One reserved try of a login: it counts before it is known to be right. `member` is None for a login that nobody has."""

    login: str
    member: Member | None
    kept: Hashed | None
    count: int

    @property
    def left(self) -> int:
        """How many tries remain when this one is wrong."""
        return max(0, model.TRIES - self.count)


async def count_peer(tx: Tx, who: Caller) -> None:
    """Count a try from an address. Raises Throttled, and then nothing was counted."""
    spent = await spend(tx, PER_PEER, tx.keys.mac("lookup", b"staff-peer\x1f" + who.peer.encode()))
    if not spent.allowed:
        raise TooOften("too many tries from one address", retry_after=spent.retry_after)


async def reserve(db: Database, who: Caller, login: str) -> Try:
    """Count a try of `login`. Raises Throttled, SignInLocked; both for known and unknown logins alike."""
    refused: Refused | None = None
    async with db.tx(who.actor, request_id=who.request_id) as tx:
        await count_peer(tx, who)
        member = await store.member_by_login(tx, login)
        count = await store.reserve(tx, login_mac(tx, login))
        kept = await store.password(tx, member.id) if member is not None else None
        if count is None:
            refused = await _locked(tx, login, member)
    if refused is not None:
        raise refused
    assert count is not None
    return Try(login, member, kept, count)


async def _locked(tx: Tx, login: str, member: Member | None) -> Refused:
    if member is not None:
        await tx.emit(events.SignInRefused(staff_id=member.id, why="locked"))
    since = await store.tried_at(tx, login_mac(tx, login))
    return model.refusal_of_lock(model.locked_until(model.TRIES, since, tx.now) or tx.now, tx.now)


async def told(db: Database, who: Caller, attempt: Try, why: str, wrong: Refused) -> Refused:
    """Write down that a try was wrong; gives the refusal to raise: `wrong`, or that the login is locked now."""
    async with db.tx(who.actor, request_id=who.request_id) as tx:
        if attempt.member is not None:
            await tx.emit(events.SignInRefused(staff_id=attempt.member.id, why=why))
        return wrong if attempt.left else await _locked(tx, attempt.login, attempt.member)


async def matches(keys: Keys, staff_id: StaffId | None, kept: Hashed | None, password: str) -> bool:
    """Whether this is the member's password; for nobody's, as much work for a no. Raises StaffPasswordsBusy."""
    if staff_id is None or kept is None:
        if not _nobody:
            _nobody.append(await _queue.hashed(b"nobody's password"))
        await _queue.matches(_nobody[0], password.encode())
        return False
    return await _queue.matches(kept.encoded, keys.mac("pepper", model.peppered(staff_id, password), kept.pepper_version))


async def hashed(keys: Keys, staff_id: StaffId, password: str) -> Hashed:
    """The Argon2id hash of a member's password under the newest pepper. Raises StaffPasswordsBusy."""
    version = keys.mac_version("pepper")
    return Hashed(await _queue.hashed(keys.mac("pepper", model.peppered(staff_id, password), version)), version)


def outdated(keys: Keys, kept: Hashed) -> bool:
    """Whether a hash was made under another pepper or with other parameters than today's."""
    return kept.pepper_version != keys.mac_version("pepper") or argon.outdated(kept.encoded)
