"""Password first, then the one-time code: each try is counted before it is judged, and a code counts once."""
from dataclasses import dataclass, replace

from essc.kit.crypto import random_bytes
from essc.kit.db.pool import Database
from essc.names import StaffId
from essc.operators import actions, errors, events, model, queries, store
from essc.operators.calls import comparing
from essc.operators.calls.comparing import Caller
from essc.operators.model import Member, MemberState
from essc.operators.queries import StaffSession

ONE_TIME_CODE = "one_time_code"


@dataclass(frozen=True)
class Entered:
    """A new session: its token is told this once."""

    session: StaffSession
    token: str


async def enter(db: Database, who: Caller, login: str, password: str) -> str:
    """The first step: login and password. Gives the token of the second step.

    Raises SignInLocked, SignInWrong (also for a login that nobody has), and only for the right password MemberDisabled, MemberNotReady.
    """
    attempt = await comparing.reserve(db, who, login.strip().lower()[:64])
    member = attempt.member
    right = await comparing.matches(db.keys, member.id if member else None, attempt.kept, password[:model.LONGEST_PASSWORD])
    if not right or member is None:
        raise await comparing.told(db, who, attempt, "password", errors.SignInWrong("login and password do not belong together", n=attempt.left))
    if member.state is not MemberState.ACTIVE:
        over = errors.MemberDisabled if member.state is MemberState.DISABLED else errors.MemberNotReady
        raise await comparing.told(db, who, attempt, member.state, over(f"the member is {member.state}"))
    fresh = await comparing.hashed(db.keys, member.id, password) if attempt.kept and comparing.outdated(db.keys, attempt.kept) else None
    token = random_bytes(model.TOKEN_BYTES)
    async with db.tx(who.actor, request_id=who.request_id) as tx:
        if fresh is not None:
            await store.set_password(tx, member.id, fresh)
        await store.add_entry(tx, queries.token_macs(tx.keys, b"entry", token)[0], member.id, ONE_TIME_CODE, str(attempt.count))
    return model.written(token)


async def confirm(db: Database, who: Caller, entry: str, code: str, device_name: str) -> Entered:
    """The second step: the one-time code. Raises EntryOver, SignInLocked, OneTimeCodeWrong (also for a code that was used before)."""
    token = model.read_token(entry)
    member = await _entering(db, token)
    attempt = await comparing.reserve(db, who, member.login)
    async with db.tx(who.actor, request_id=who.request_id) as tx:
        macs = queries.token_macs(tx.keys, b"entry", token)
        kept = await store.otp_secret(tx, member.id)
        step = model.otp_step(kept[0], code.replace(" ", ""), tx.now, kept[1]) if kept else None
        opened = None
        if step is not None and await store.use_otp(tx, member.id, step) and await store.drop_entry(tx, macs):
            opened = await actions.open_session(tx, member, device_name, ONE_TIME_CODE)
    if opened is None:
        raise await comparing.told(db, who, attempt, ONE_TIME_CODE, errors.OneTimeCodeWrong("not the code of this moment", n=attempt.left))
    return await entered(db, opened[1])


async def entered(db: Database, token: str) -> Entered:
    """The session that was just opened."""
    async with db.read_tx() as tx:
        return Entered((await queries.authenticate(tx, model.read_token(token)))[0], token)


async def _entering(db: Database, token: bytes) -> Member:
    async with db.read_tx() as tx:
        found = await store.entry(tx, queries.token_macs(tx.keys, b"entry", token), ONE_TIME_CODE)
        member = await store.member(tx, found[0]) if found is not None and found[0] is not None else None
    if member is None or member.state is not MemberState.ACTIVE:
        raise errors.EntryOver("the sign-in is over")
    return member


async def authenticate(db: Database, token: str) -> StaffSession:
    """The session of a browser's token, with what waits for the member; notes now and then that it is in use. Raises StaffSessionOver, ScreenLocked."""
    read = model.read_token(token)
    async with db.read_tx() as tx:
        session, stay = await queries.authenticate(tx, read)
        session, now = replace(session, waiting=await queries.waiting(tx, session)), tx.now
    if stay.seen_at + model.TOUCH <= now:
        async with db.tx(session.actor) as tx:
            await actions.touch(tx, session)
    return session


async def on_screen(db: Database, token: str) -> StaffSession | None:
    """Whose screen this is, locked or not; None when the session is over. Nothing is noted as use."""
    try:
        async with db.read_tx() as tx:
            return (await queries.authenticate(tx, model.read_token(token), locked=True))[0]
    except errors.StaffSessionOver:
        return None


async def unlock(db: Database, who: Caller, session: StaffSession, password: str) -> None:
    """The password again, on a locked screen. Raises SignInLocked, SignInWrong, StaffSessionOver."""
    await prove(db, who, session.login, session.staff_id, password)
    async with db.tx(session.actor, request_id=who.request_id) as tx:
        if not await store.unlock(tx, session.id):
            raise errors.StaffSessionOver("the session ended meanwhile")
        await tx.emit(events.ScreenUnlocked(staff_id=session.staff_id, session_id=session.id))


async def prove(db: Database, who: Caller, login: str, staff_id: StaffId, password: str) -> None:
    """The right password of a known member, or a try less. Raises SignInLocked, SignInWrong."""
    attempt = await comparing.reserve(db, who, login)
    if not await comparing.matches(db.keys, staff_id, attempt.kept, password[:model.LONGEST_PASSWORD]):
        raise await comparing.told(db, who, attempt, "password", errors.SignInWrong("not the password", n=attempt.left))
    async with db.tx(who.actor, request_id=who.request_id) as tx:
        await store.forgive(tx, actions.login_mac(tx, login))


async def change_password(db: Database, who: Caller, session: StaffSession, old: str, new: str) -> None:
    """Another password, knowing the old one; every other session ends. Raises StaffPasswordWeak, SignInLocked, SignInWrong."""
    model.check_password(new, session.login)
    await prove(db, who, session.login, session.staff_id, old)
    fresh = await comparing.hashed(db.keys, session.staff_id, new)
    async with db.tx(session.actor, request_id=who.request_id) as tx:
        await actions.change_password(tx, session, fresh)
