"""Joining by a one-time link: a strong password and a second factor, or only the one that was lost, proved by the other."""
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.ids import wire
from essc.names import StaffId
from essc.operators import actions, errors, model, queries, store
from essc.operators.calls import comparing
from essc.operators.calls.comparing import Caller
from essc.operators.model import Purpose
from essc.operators.queries import Invitation


async def join(db: Database, who: Caller, link: str, *, password: str, code: str) -> StaffId:
    """Use a link: JOIN sets both, FACTOR takes the old password and sets the app, PASSWORD takes a code of the old app and sets the password.

    Raises InvitationOver, StaffPasswordWeak, SignInLocked, SignInWrong, OneTimeCodeWrong, MemberChangedMeanwhile.
    """
    token = model.read_token(link)
    async with db.read_tx() as tx:
        found = await queries.invitation(tx, token)
    if found.purpose is not Purpose.FACTOR:
        model.check_password(password, found.member.login)
    attempt = await comparing.reserve(db, who, found.member.login)
    if found.purpose is Purpose.FACTOR and not await comparing.matches(db.keys, found.member.id, attempt.kept, password):
        raise await comparing.told(db, who, attempt, "password", errors.SignInWrong("not the password", n=attempt.left))
    fresh = None if found.purpose is Purpose.FACTOR else await comparing.hashed(db.keys, found.member.id, password)
    async with db.tx(Actor("operator", wire("staff", found.member.id)), request_id=who.request_id) as tx:
        step = await _step(tx, found, code.replace(" ", ""))
        if step is not None:
            return await actions.join(tx, token, hashed=fresh, step=None if found.purpose is Purpose.PASSWORD else step)
    raise await comparing.told(db, who, attempt, "one_time_code", errors.OneTimeCodeWrong("not the code of this moment", n=attempt.left))


async def _step(tx: Tx, found: Invitation, code: str) -> int | None:
    """The time step of the code: of the app that is offered, or of the one that the member has; None when it is wrong."""
    if found.purpose is not Purpose.PASSWORD:
        return model.otp_step(found.secret, code, tx.now, 0)
    kept = await store.otp_secret(tx, found.member.id)
    step = model.otp_step(kept[0], code, tx.now, kept[1]) if kept else None
    return step if step is not None and await store.use_otp(tx, found.member.id, step) else None
