"""Channels on the wire: registering one, seeing it, and rolling its keys; and who signed a channel's request."""
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from msgspec import Meta

from essc.channels import actions, model, queries
from essc.channels.errors import (
    ApplicationWrong,
    ChannelEnded,
    ChannelKeyKnown,
    ChannelKeyNotFound,
    ChannelKeyRevoked,
    ChannelKeysTooMany,
    ChannelNotActive,
    ChannelNotFound,
    ChannelPaused,
    RegistrationThrottled,
    SandboxNotHere,
)
from essc.channels.model import FIELDS, Ability, Application, Channel, ChannelKey, Form, Kind
from essc.channels.queries import Developer
from essc.kit import ids
from essc.kit.crypto import Algorithm, PointNotOnCurve, jwk
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import FieldError
from essc.kit.http import signature
from essc.kit.http.incoming import SignedRequest
from essc.kit.http.operations import Call, Operations, Principal
from essc.kit.http.types import ID_TAIL, Body, Text, View, told
from essc.names import ChannelId
from essc.regions import queries as regions

operations: Final = Operations("channels")
OWN: Final = b"/v1/channels/"
"""Below this address a channel looks after itself, also while it is paused or not activated yet."""
COOKIE: Final = "essc_developer"
"""Of a developer who is signed in to the portal."""
ALGORITHMS: Final = {"ES256": Algorithm.ES256, "Ed25519": Algorithm.ED25519, "SM2": Algorithm.SM2}

RegionCode = Annotated[str, Meta(pattern="^[0-9]{6}$(?!\\n)", description="Six digits of GB/T 2260; 000000 for a national channel.")]


ChannelRef = Annotated[str, Meta(pattern=f"^chan_{ID_TAIL}$(?!\\n)")]


class ChannelApplication(Body):
    """What a new channel is, and may do."""

    name: Text
    form: Form
    kind: Kind
    region: RegionCode
    abilities: Annotated[tuple[Ability, ...], Meta(min_length=1, max_length=10)]
    fields: Annotated[tuple[Annotated[str, told(enum=FIELDS)], ...], Meta(max_length=20, description="Fields that the channel wants to be told.")] = ()
    level: Literal[1, 2] = 1
    parent_id: Annotated[ChannelRef | None, Meta(description="The first-level channel above a second-level one.")] = None
    sandbox: Annotated[bool, Meta(description="A sandbox channel works at once, and only where all people are invented.")] = True
    public_key: Annotated[jwk.Jwk | None, Meta(description="The channel's key to sign with; none: the sandbox makes one and tells it once.")] = None
    algorithm: Annotated[Literal["ES256", "Ed25519", "SM2"], Meta(description="Of the key that the sandbox makes.")] = "ES256"


class ChannelView(View):
    """A channel. `state` is the one that counts: a second-level channel is paused with the one above it."""

    id: str
    number: str
    name: str
    form: Form
    kind: Kind
    level: int
    region: str
    abilities: tuple[Ability, ...]
    fields: tuple[str, ...]
    sandbox: bool
    state: model.State
    created_at: datetime
    parent_id: str | None


class KeyView(View):
    """A public key of a channel; `id` is the keyid of its signatures. It counts until `not_after`, if there is one."""

    id: str
    algorithm: str
    thumbprint: str
    public_key: jwk.Jwk
    added_at: datetime
    not_after: datetime | None


class KeyList(View):
    """Every key that a channel ever had."""

    items: list[KeyView]


class RegisteredView(View):
    """A new channel and its key. `private_key` is told this once, and kept nowhere."""

    channel: ChannelView
    key: KeyView
    private_key: jwk.PrivateJwk | None


class NewKey(Body):
    """One more key to sign with."""

    public_key: jwk.Jwk


class KeyRevocation(Body):
    """How long the key goes on counting: 0 when it leaked."""

    overlap_hours: Annotated[int, Meta(ge=0, le=168)] = 24


def _view(channel: Channel) -> ChannelView:
    return ChannelView(
        id=ids.wire("chan", channel.id), number=channel.number, name=channel.name, form=channel.form, kind=channel.kind, level=channel.level,
        region=channel.region, abilities=channel.abilities, fields=channel.fields, sandbox=channel.sandbox, state=channel.standing,
        created_at=channel.created_at, parent_id=ids.wire("chan", channel.parent_id) if channel.parent_id else None,
    )


def _key(key: ChannelKey) -> KeyView:
    return KeyView(id=key.key_id, algorithm=key.algorithm, thumbprint=key.thumbprint, added_at=key.added_at, not_after=key.not_after,
                   public_key=jwk.written(Algorithm(key.algorithm), key.public, kid=key.key_id))


async def authenticate(request: SignedRequest, db: Database) -> Principal:
    """The channel that signed the request; its scopes are its abilities, `extra` is the channel as it stands now.

    Raises as kit.http.signature, then ChannelKeyRevoked, ChannelEnded, ChannelPaused, ChannelNotActive. A channel that is paused or not
    activated yet may still look after itself below /v1/channels/.
    """
    claim = signature.claim(request)
    async with db.read_tx() as tx:
        found = await queries.signer(tx, claim.keyid)
    signature.check(claim, signature.PublicKey(found[0].algorithm, found[0].public) if found else None)
    assert found is not None                                # check refuses an unknown key
    key, channel = found
    model.require_live(key, request.received_at)
    if not request.path.startswith(OWN) or channel.state is model.State.ENDED:
        model.require_usable(channel)
    return Principal(Actor("channel", ids.wire("chan", channel.id)), frozenset(channel.abilities), channel)


async def door(cookies: Mapping[str, str], db: Database) -> Developer | None:
    """The developer that a browser belongs to, or None: the session door of the portal."""
    try:
        token = jwk.decoded(cookies.get(COOKIE, ""))
    except ValueError:
        return None
    if not token:
        return None
    async with db.read_tx() as tx:
        return await queries.developer(tx, token)


@operations.writes("POST /v1/channels", by="public", answers=RegisteredView, status=201,
                   refuses=(RegistrationThrottled, SandboxNotHere, ChannelNotFound, ApplicationWrong, PointNotOnCurve),
                   example={"name": "便民通（演示）", "form": "app", "kind": "human_resources", "region": "999900", "abilities": ["issue", "present"],
                            "fields": ["name", "region"], "sandbox": True})
async def register(tx: Tx, call: Call, body: ChannelApplication) -> RegisteredView:
    """Apply for a channel. In the sandbox it works at once and may have its key made; any other needs its own key and is activated by the operator."""
    await actions.count_registration(tx, call.peer)
    if body.public_key is None and not body.sandbox:
        raise ApplicationWrong("a channel brings its own key", fields=[FieldError("public_key", "missing")])
    channel = await actions.register(tx, _application(body), sandbox=body.sandbox, demonstration=regions.demonstration())
    if body.public_key is not None:
        return RegisteredView(channel=_view(channel), key=_key(await actions.add_key(tx, channel.id, body.public_key)), private_key=None)
    key, private = await actions.make_key(tx, channel.id, ALGORITHMS[body.algorithm])
    return RegisteredView(channel=_view(channel), key=_key(key), private_key=private)


def _application(body: ChannelApplication) -> Application:
    parent = ChannelId(ids.parse("chan", body.parent_id)) if body.parent_id else None
    return Application(body.name, body.form, body.kind, body.level, body.region, body.abilities, body.fields, parent)


def _own(who: Actor, channel_id: ChannelId) -> None:
    """A channel sees itself only. Raises ChannelNotFound."""
    if who.id != ids.wire("chan", channel_id):
        raise ChannelNotFound("not the caller's channel")


@operations.reads("GET /v1/channels/{channel_id}", by="channel", answers=ChannelView, refuses=(ChannelNotFound,))
async def channel(tx: Tx, who: Actor, channel_id: ChannelId) -> ChannelView:
    """The channel that asks: its number, state, abilities and fields."""
    _own(who, channel_id)
    return _view(await queries.get(tx, channel_id))


@operations.reads("GET /v1/channels/{channel_id}/keys", by="channel", answers=KeyList, refuses=(ChannelNotFound,))
async def keys(tx: Tx, who: Actor, channel_id: ChannelId) -> KeyList:
    """Every public key of the channel that asks, revoked ones too."""
    _own(who, channel_id)
    return KeyList(items=[_key(key) for key in await queries.keys(tx, channel_id)])


@operations.writes("POST /v1/channels/{channel_id}/keys", by="channel", answers=KeyView, status=201,
                   refuses=(ChannelNotFound, ChannelEnded, PointNotOnCurve, ChannelKeysTooMany, ChannelKeyKnown),
                   example={"public_key": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwaaPcHURo8"}})
async def add_key(tx: Tx, who: Actor, channel_id: ChannelId, body: NewKey) -> KeyView:
    """Sign with one more key from now on; the others go on counting until they are revoked."""
    _own(who, channel_id)
    return _key(await actions.add_key(tx, channel_id, body.public_key))


@operations.writes("POST /v1/channels/{channel_id}/keys/{key_id}/revocation", by="channel", answers=KeyView, refuses=(ChannelNotFound, ChannelKeyNotFound),
                   example={"overlap_hours": 24})
async def revoke_key(tx: Tx, who: Actor, channel_id: ChannelId, key_id: str, body: KeyRevocation) -> KeyView:
    """Let a key count for the overlap and no longer."""
    _own(who, channel_id)
    return _key(await actions.revoke_key(tx, channel_id, key_id, overlap=timedelta(hours=body.overlap_hours)))


REFUSED_CHANNELS: Final = (ChannelKeyRevoked, ChannelEnded, ChannelPaused, ChannelNotActive)
"""What every operation of a channel may be refused with besides its own refusals."""
