"""Terminals on the wire: activation, sessions, what a terminal sees of itself; and who signed a terminal's request."""
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final

from msgspec import Meta

from essc.keys.errors import KeyRetired
from essc.kit import ids
from essc.kit.crypto import Algorithm, PointNotOnCurve, jwk
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import Refused
from essc.kit.http import signature
from essc.kit.http.incoming import SignedRequest
from essc.kit.http.operations import Call, Operations, Principal
from essc.kit.http.types import Body, Nothing, View, told
from essc.names import TerminalId
from essc.regions import queries as regions
from essc.venues import actions, calls, model, queries
from essc.venues.errors import (
    ActivationCodeExpired,
    ActivationCodeMalformed,
    ActivationCodeUnknown,
    ActivationCodeUsed,
    ActivationThrottled,
    SandboxTerminalsNotHere,
    TerminalDisabled,
    TerminalKeyUnknown,
    TerminalNotFound,
    TerminalSessionEnded,
    TerminalSessionMalformed,
    VenueNotActive,
)
from essc.venues.model import Function, Scene, SessionKey, Terminal, TerminalKind, TerminalState

operations: Final = Operations("venues")
DECIDED_THERE: Final = frozenset({b"/v1/code-redemptions", b"/v1/card-readings", b"/v1/heartbeats"})
"""Addresses whose own statement decides, in the transaction of the verdict, whether terminal, venue and session count. For all others
the authenticator asks the database."""


class Activation(Body):
    """The code that came with the terminal, and the public half of the key pair that the terminal has made for itself."""

    code: Annotated[str, Meta(min_length=8, max_length=20, description="Eight characters; blanks and hyphens do not count."),
                    told(pattern="^([ -]*[2-9A-HJKMNP-TV-Za-hjkmnp-tv-z]){8}[ -]*$(?!\\n)")]
    public_key: jwk.Jwk


class Opening(Body):
    """What the terminal says of itself when it opens a session: its program and version, for whoever looks after terminals."""

    software: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./_+-]*$(?!\n)")] | None = None


class SceneView(View):
    """A scene: what a terminal is there for, the fields it is told after a PASS, the level it needs."""

    code: str
    title_zh: str
    title_en: str
    function: Function
    fields: tuple[str, ...]
    level: int


class SceneList(View):
    """Every scene."""

    items: list[SceneView]


class TerminalView(View):
    """A terminal with the names to confirm on its screen."""

    id: str
    number: str
    name: str
    kind: TerminalKind
    state: TerminalState
    venue_id: str
    venue_name: str
    venue_kind: str
    region: str
    scenes: tuple[str, ...]


class SessionView(View):
    """A session. Sign with HMAC-SHA-256 under `key_id`; `secret` (base64url) is told this once, and kept nowhere."""

    key_id: str
    secret: str
    algorithm: str
    began_at: datetime
    expires_at: datetime
    terminal: TerminalView


class SandboxTerminalView(View):
    """A terminal to try things with, and the code that activates it: told this once, good for one activation."""

    terminal: TerminalView
    code: str
    expires_at: datetime


def _scene(scene: Scene) -> SceneView:
    return SceneView(code=scene.code, title_zh=scene.title_zh, title_en=scene.title_en, function=scene.function, fields=scene.fields, level=scene.level)


def _view(terminal: Terminal) -> TerminalView:
    return TerminalView(
        id=ids.wire("term", terminal.id), number=terminal.number, name=terminal.name, kind=terminal.kind, state=terminal.state,
        venue_id=ids.wire("ven", terminal.venue_id), venue_name=terminal.venue_name, venue_kind=terminal.venue_kind, region=terminal.region,
        scenes=terminal.scenes,
    )


async def authenticate_terminal(request: SignedRequest, db: Database) -> Principal:
    """The terminal whose session signed the request; `extra` is its SessionKey. The secret is derived from the key id: no look-up.

    Where the operation's own statement does not decide it, whether terminal and session still count is asked here.
    Raises as kit.http.signature, TerminalSessionMalformed, KeyRetired, TerminalSessionEnded; then TerminalDisabled, VenueNotActive.
    """
    claim = signature.claim(request)
    principal = _principal(claim.keyid)
    session: SessionKey = principal.extra
    signature.check(claim, signature.HmacKey(queries.session_secret(db.keys, session)))
    if session.expires_at <= request.received_at:
        raise TerminalSessionEnded("the session is over")
    if request.path not in DECIDED_THERE:
        async with db.read_tx() as tx:
            await queries.reader(tx, session.terminal_id, session.began_at)
    return principal


@lru_cache(maxsize=16_384)
def _principal(key_id: str) -> Principal:
    """What a key id says, if its MAC fits: a pure reading, so it is kept. Raises TerminalSessionMalformed."""
    session = model.session_key(key_id)
    return Principal(Actor("terminal", ids.wire("term", session.terminal_id)), extra=session)


async def authenticate_terminal_key(request: SignedRequest, db: Database) -> Principal:
    """The terminal that signed the request with its own key; its keyid is the terminal's id. Raises as kit.http.signature, TerminalKeyUnknown."""
    claim = signature.claim(request)
    try:
        terminal_id = TerminalId(ids.parse("term", claim.keyid))
        async with db.read_tx() as tx:
            found = await queries.terminal(tx, terminal_id)
    except (ids.BadId, TerminalNotFound):
        raise TerminalKeyUnknown("no terminal of this id") from None
    if found.public is None or found.algorithm is None:
        raise TerminalKeyUnknown("the terminal was never activated")
    signature.check(claim, signature.PublicKey(Algorithm(found.algorithm), found.public))
    return Principal(Actor("terminal", ids.wire("term", terminal_id)), extra=terminal_id)


@operations.calls("POST /v1/terminal-activations", by="public", answers=TerminalView, status=201, idempotent=False,
                  refuses=(ActivationCodeMalformed, PointNotOnCurve, ActivationThrottled, ActivationCodeUnknown, ActivationCodeUsed,
                           ActivationCodeExpired, VenueNotActive, TerminalDisabled),
                  example={"code": "K7QX-2M9P", "public_key": {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                                                               "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}})
async def activate(db: Database, call: Call, body: Activation) -> TerminalView:
    """Activate a terminal: give its code once, and a public key whose private half never leaves the terminal.

    The same code with the same key again is answered alike, so an answer that was lost does no harm. Wrong codes are counted.
    """
    terminal = await calls.activate(db, body.code, body.public_key, who=call.actor, peer=call.peer, request_id=call.request_id)
    return _view(terminal)


@operations.writes("POST /v1/sandbox-terminals", by="channel", answers=SandboxTerminalView, status=201,
                   refuses=(SandboxTerminalsNotHere, VenueNotActive, TerminalDisabled), example={})
async def sandbox_terminal(tx: Tx, who: Actor, body: Nothing) -> SandboxTerminalView:
    """A terminal of the caller's own to try things with, in the sandbox. Asked again, it is the same one with a new code."""
    terminal, issued = await actions.sandbox_terminal(tx, who.id, demonstration=regions.demonstration())
    return SandboxTerminalView(terminal=_view(terminal), code=issued.code, expires_at=issued.expires_at)


@operations.writes("POST /v1/terminal-sessions", by="terminal-key", answers=SessionView, status=201,
                   refuses=(TerminalKeyUnknown, TerminalDisabled, VenueNotActive), example={"software": "counter 1.0"})
async def open_session(tx: Tx, who: Principal, body: Opening) -> SessionView:
    """Open a session of eight hours. Signed with the terminal's own key, `keyid` being the terminal's id."""
    session = await actions.open_session(tx, who.extra, body.software)
    return SessionView(key_id=session.key_id, secret=jwk.encoded(session.secret), algorithm=signature.HMAC_SHA256, began_at=session.began_at,
                       expires_at=session.expires_at, terminal=_view(await queries.terminal(tx, who.extra)))


class HeartbeatView(View):
    """The platform has heard of the terminal at `heard_at`; it wants to hear of it again within `again_in_s` seconds."""

    heard_at: datetime
    again_in_s: int


def _beat(call: Call) -> SessionKey:
    session: SessionKey = call.principal.extra
    return session


@operations.batched("POST /v1/heartbeats", by="terminal", one=_beat, answers=HeartbeatView, refuses=(TerminalNotFound,), idempotent=False)
async def beat(tx: Tx, items: Sequence[SessionKey]) -> list[HeartbeatView | Refused]:
    """Say that the terminal that asks is switched on and reaches the platform: without a body, every five minutes, whether it reads codes or not.

    Whoever looks after terminals sees one as online that was heard of within fifteen minutes. Said twice, it is the same.
    """
    told = HeartbeatView(heard_at=tx.now, again_in_s=int(model.BEAT.total_seconds()))
    return [refused or told for refused in await actions.beat(tx, items)]


def _own(who: Principal, terminal_id: TerminalId) -> None:
    """A terminal sees itself only. Raises TerminalNotFound."""
    if who.actor.id != ids.wire("term", terminal_id):
        raise TerminalNotFound("not the caller's terminal")


@operations.reads("GET /v1/terminals/{terminal_id}", by="terminal", answers=TerminalView, refuses=(TerminalNotFound,))
async def terminal(tx: Tx, who: Principal, terminal_id: TerminalId) -> TerminalView:
    """The terminal that asks, its venue, and the scenes it may use."""
    _own(who, terminal_id)
    return _view(await queries.terminal(tx, terminal_id))


@operations.writes("POST /v1/terminals/{terminal_id}/session-revocation", by="terminal", answers=TerminalView, refuses=(TerminalNotFound,), example={})
async def revoke_sessions(tx: Tx, who: Principal, terminal_id: TerminalId, body: Nothing) -> TerminalView:
    """End every session of the terminal that asks, this one included: the end of a shift."""
    _own(who, terminal_id)
    return _view(await actions.revoke_sessions(tx, terminal_id, "by the terminal"))


@operations.reads("GET /v1/scenes", by="public", answers=SceneList)
async def scenes(tx: Tx) -> SceneList:
    """Every scene: what it is for, which fields it returns, which level it needs."""
    return SceneList(items=[_scene(scene) for scene in (await queries.scenes(tx)).values()])


REFUSED_TERMINALS: Final = (TerminalSessionMalformed, KeyRetired, TerminalSessionEnded, TerminalDisabled, VenueNotActive)
"""What every operation of a terminal may be refused with besides its own refusals."""
REFUSED_TERMINAL_KEYS: Final = (TerminalKeyUnknown,)
"""What an operation signed with a terminal's own key may be refused with besides its own refusals."""
