"""Sessions on the wire: signing in by a channel, seeing and ending one's own, and who holds a token."""
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Final

from msgspec import Meta

from essc.ecards.api import PASSWORDS, PROOFS, MobileGiven, PasswordText, ProofGiven
from essc.ecards.calls import Mobile
from essc.ecards.model import ActionType
from essc.holders.errors import HolderChangedMeanwhile, MobileUnchanged, MobileWrong
from essc.holders.model import mask_mobile
from essc.identity.api import NUMBER_REFUSALS, Number
from essc.identity.errors import WayNotOffered
from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import Refused
from essc.kit.http import cookies, refusals
from essc.kit.http.incoming import SignedRequest
from essc.kit.http.operations import Call, Operations, Principal
from essc.kit.http.types import Body, Nothing, Text, View
from essc.names import SessionId
from essc.passwords.errors import PasswordUnchanged, PasswordWeak
from essc.sessions import actions, calls, errors, model, queries
from essc.sessions.model import Device
from essc.sessions.queries import SignedIn

operations: Final = Operations("sessions")
COOKIE: Final = "essc_session"
_BEARER: Final = "Bearer "
DECIDED_THERE: Final = frozenset({b"/v1/me/codes"})
"""Addresses whose own statement looks the token up, for a whole batch at once: the caller is known by the token alone until then."""


class DeviceGiven(Body):
    """Where the person signs in: what the device calls itself (the same for ever), and a name for people."""

    key: Annotated[str, Meta(min_length=8, max_length=100, pattern="^[\\x21-\\x7e]+$(?!\\n)")]
    name: Text


class SignIn(Body):
    """Number, a code by SMS and the password; or number and a face check."""

    number: Number
    proof: ProofGiven
    device: DeviceGiven
    password: PasswordText | None = None


class OpenedView(View):
    """A new session. The token is told this once: send it as `Authorization: Bearer …`."""

    id: str
    token: str
    link_id: str
    sign_no: str
    level: int


class SessionView(View):
    """Where the holder is signed in; `here` is the session that asks."""

    id: str
    device_name: str
    channel_id: str
    way: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    here: bool


class SessionList(View):
    """Every live session of the holder, the last used first."""

    items: list[SessionView]


class Unlock(Body):
    """The password, or a proof."""

    password: PasswordText | None = None
    proof: ProofGiven | None = None


class PasswordChange(Body):
    """The old password and the new one."""

    old: PasswordText
    new: PasswordText


class MobileChange(Body):
    """The new number with the code that was sent there, a proof of the person, and with a code by SMS as that proof the password too."""

    mobile: MobileGiven
    proof: ProofGiven
    password: PasswordText | None = None


class MobileView(View):
    """The mobile number of the holder on all channels, masked."""

    mobile: str


class ChangedView(View):
    """The password was changed, on all channels at once."""

    action_type: ActionType


class Done(View):
    """It is done."""

    done: bool = True


def _me(principal: Principal) -> SignedIn:
    session: SignedIn = principal.extra
    return session


async def authenticate_holder(request: SignedRequest, db: Database) -> Principal:
    """The holder whose session token the request carries, as Bearer or in the wallet's cookie; `extra` is the session.

    Where the operation's own statement decides, `extra` is the token, and the actor only a name to count requests by. Raises CredentialsMissing, SessionOver.
    """
    given = request.header(b"authorization")
    token = given.removeprefix(_BEARER) if given.startswith(_BEARER) else _cookie(request)
    if not token:
        raise refusals.CredentialsMissing("Authorization: Bearer, or the session cookie")
    if request.path in DECIDED_THERE:
        read = model.read(token)
        return Principal(Actor("holder", sha256(read).hexdigest()[:32]), frozenset(), read)
    session = await calls.authenticate(db, token)
    return Principal(session.actor, frozenset(), session)


async def door(cookies: Mapping[str, str], db: Database) -> SignedIn | None:
    """The session of a browser, or None: the session door of the wallet."""
    token = cookies.get(COOKIE, "")
    try:
        return await calls.authenticate(db, token) if token else None
    except Refused:
        return None


def _cookie(request: SignedRequest) -> str:
    return cookies.read(request.header(b"cookie"), secure=request.scheme == "https").get(COOKIE, "")


@operations.calls("POST /v1/sessions", by="channel", scope="issue", answers=OpenedView, status=201, idempotent=False,
                  refuses=(*NUMBER_REFUSALS, *PROOFS, errors.NotLinkedHere, WayNotOffered, errors.PasswordNeeded, *PASSWORDS,
                           errors.SessionChangedMeanwhile),
                  example={"number": "999901199005120129", "proof": {"check_id": "chk_01jd5k3m9h8q2v7x4t6w0y1z3a", "code": "402917"},
                           "password": "738146", "device": {"key": "3f9c2a17-device", "name": "韦晓兰的手机"}})
async def sign_in(db: Database, who: Principal, call: Call, body: SignIn) -> OpenedView:
    """Sign a holder in on one device of this channel; the session before on the same device ends.

    The code by SMS is judged before the password: a stranger cannot lock the holder's password.
    """
    device = Device(body.device.key, body.device.name)
    opened = await calls.sign_in(db, who.actor, number=body.number, channel_id=who.extra.id, device=device, proof=body.proof.proof(),
                                 password=body.password, request_id=call.request_id)
    return OpenedView(id=ids.wire("sess", opened.id), token=opened.token, link_id=ids.wire("link", opened.link.id),
                      sign_no=opened.link.sign_no, level=opened.link.level)


@operations.reads("GET /v1/me/sessions", by="holder", answers=SessionList)
async def sessions(tx: Tx, who: Principal) -> SessionList:
    """Where the holder is signed in."""
    here = _me(who)
    return SessionList(items=[
        SessionView(id=ids.wire("sess", one.id), device_name=one.device_name, channel_id=ids.wire("chan", one.channel_id), way=one.way,
                    created_at=one.created_at, seen_at=one.seen_at, expires_at=one.expires_at, here=one.id == here.id)
        for one in await queries.listed(tx, here.holder_id)])


@operations.writes("POST /v1/me/sessions/{session_id}/revocation", by="holder", answers=Done, refuses=(errors.SessionNotFound,), example={})
async def revoke(tx: Tx, who: Principal, session_id: SessionId, body: Nothing) -> Done:
    """End a session: this one (signing out), or that of a phone which was lost."""
    here = _me(who)
    await actions.revoke(tx, here.holder_id, session_id, actions.SIGNED_OUT if session_id == here.id else "holder")
    return Done()


@operations.calls("POST /v1/me/unlocking", by="holder", answers=Done, idempotent=False,
                  refuses=(errors.PasswordNeeded, *PASSWORDS, *PROOFS), example={"password": "738146"})
async def unlock(db: Database, who: Principal, call: Call, body: Unlock) -> Done:
    """Give password or proof again: for some minutes the code and the open card may be shown."""
    proof = body.proof.proof() if body.proof else None
    await calls.unlock(db, _me(who), password=body.password, proof=proof, request_id=call.request_id)
    return Done()


@operations.calls("POST /v1/me/password", by="holder", answers=ChangedView, refuses=(PasswordWeak, PasswordUnchanged, *PASSWORDS),
                  example={"old": "738146", "new": "509371"})
async def change_password(db: Database, who: Principal, call: Call, body: PasswordChange) -> ChangedView:
    """Change the password (修改密码), on all channels at once. Every other session ends, this one lives on."""
    await calls.change_password(db, _me(who), body.old, body.new, request_id=call.request_id)
    return ChangedView(action_type=ActionType.PASSWORD_CHANGED)


@operations.calls("POST /v1/me/mobile", by="holder", answers=MobileView,
                  refuses=(MobileWrong, MobileUnchanged, *PROOFS, WayNotOffered, errors.PasswordNeeded, *PASSWORDS, HolderChangedMeanwhile),
                  example={"mobile": {"number": "19900000002", "proof": {"check_id": "chk_01jd5k3m9h8q2v7x4t6w0y1z3a", "code": "402917"}},
                           "proof": {"check_id": "chk_01jd5k3m9h8q2v7x4t6w0y1z3b"}})
async def change_mobile(db: Database, who: Principal, call: Call, body: MobileChange) -> MobileView:
    """Change the mobile number (更换手机号), for all channels at once: the person is proved first, then the new number by its code.

    Both proofs are for the purpose `mobile`. A code to the number of before proves the person with the password only. The number of before is told.
    """
    mobile = Mobile(body.mobile.number, body.mobile.proof.proof())
    return MobileView(mobile=mask_mobile(await calls.change_mobile(db, _me(who), mobile, body.proof.proof(), password=body.password,
                                                                   request_id=call.request_id)))
