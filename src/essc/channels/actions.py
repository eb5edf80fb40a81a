"""What can be done to a channel; each function is one verb inside the caller's transaction."""
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from essc.channels import events, model, queries, store
from essc.channels.errors import (
    AccessUnknown,
    ChannelChangedMeanwhile,
    ChannelKeyKnown,
    ChannelKeyNotFound,
    ChannelKeysTooMany,
    RegistrationThrottled,
    SandboxNotHere,
    SignInThrottled,
)
from essc.channels.model import Ability, Application, Call, Channel, ChannelKey, Move, Registrant, State
from essc.channels.queries import Developer
from essc.kit import ids, throttle
from essc.kit.clock import SHANGHAI
from essc.kit.crypto import Algorithm, PrivateKey, jwk, random_bytes
from essc.kit.crypto.signing import new_secret
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.names import ChannelId

OF_ADDRESS: Final = throttle.Rate("channels.registration.address", 30, 3600)
"""Channels that one address may register in an hour."""
OF_ALL: Final = throttle.Rate("channels.registration.all", 1000, 3600)
"""Channels that everybody together may register in an hour."""
GUESSES: Final = throttle.Rate("channels.sign_in", 20, 3600)
"""Management tokens that one address may try in an hour; one that fits gives all back."""
DRAWS: Final = 100
"""A number is drawn again when somebody has it; a million serials of one province, kind and level do not fill up that far."""
FORGOTTEN_AT_ONCE: Final = 20_000
"""Rows of the log of calls that one sweep drops."""

_TOLD: Final = {
    Move.ACTIVATE: events.ChannelActivated, Move.PAUSE: events.ChannelPaused, Move.RESUME: events.ChannelResumed, Move.END: events.ChannelEnded,
}


async def count_registration(tx: Tx, peer: str) -> None:
    """Count one registration from an address and altogether. Raises RegistrationThrottled."""
    address = tx.keys.mac("lookup", b"channels.registration|" + peer.encode(), tx.keys.mac_version("lookup"))
    for rate, key in ((OF_ADDRESS, address), (OF_ALL, b"all")):
        spent = await throttle.spend(tx, rate, key)
        if not spent.allowed:
            raise RegistrationThrottled("too many registrations", retry_after=spent.retry_after, n=int(spent.retry_after // 60) + 1)


async def register(tx: Tx, application: Application, *, sandbox: bool, demonstration: bool) -> Channel:
    """Take an application. A sandbox channel works at once, and only where the data are invented; any other waits to be activated.

    Raises SandboxNotHere, ChannelNotFound (the parent), ApplicationWrong.
    """
    if sandbox and not demonstration:
        raise SandboxNotHere("this is not a demonstration data directory")
    parent = await queries.get(tx, application.parent_id) if application.parent_id else None
    wanted = model.accepted(application, parent, demonstration=demonstration)
    channel = await _numbered(tx, wanted, State.ACTIVE if sandbox else State.APPLIED, sandbox)
    await store.note_move(tx, channel, move="register", was=None, reason="")
    await tx.emit(events.ChannelRegistered(channel_id=channel.id, channel_kind=channel.kind, level=channel.level, region=channel.region, sandbox=sandbox))
    return channel


async def _numbered(tx: Tx, wanted: Application, state: State, sandbox: bool) -> Channel:
    """Keep the channel under a number that nobody has; numbers are drawn, so they say nothing about how many there are."""
    for _ in range(DRAWS):
        serial = int.from_bytes(random_bytes(8), "big") % model.SERIALS
        channel = Channel(
            id=ChannelId(ids.new(at=tx.now)), number=model.number_of(wanted, serial), name=wanted.name, form=wanted.form, kind=wanted.kind,
            level=wanted.level, region=wanted.region, abilities=wanted.abilities, fields=wanted.fields, sandbox=sandbox, state=state, version=1,
            created_at=tx.now, since=tx.now, parent_id=wanted.parent_id,
        )
        if await store.insert(tx, channel):
            return channel
    raise ChannelChangedMeanwhile("no free number was drawn")


async def move(tx: Tx, channel_id: ChannelId, move: Move, reason: str) -> Channel:
    """Activate, pause, resume or end a channel. Codes shown through it follow at once, because every verdict looks its state up.

    Raises ChannelNotFound, ChannelMoveNotAllowed, ChannelChangedMeanwhile.
    """
    was = await queries.get(tx, channel_id)
    moved = model.moved(was, move, tx.now)
    await store.save(tx, moved, was=was)
    await store.note_move(tx, moved, move=move, was=was.state, reason=reason)
    await tx.emit(_TOLD[move](channel_id=channel_id, version=moved.version))
    return moved


async def grant(tx: Tx, channel_id: ChannelId, abilities: Iterable[Ability], fields: Iterable[str], reason: str) -> Channel:
    """Set what a channel may do and be told. Raises ChannelNotFound, ApplicationWrong, ChannelMoveNotAllowed, ChannelChangedMeanwhile."""
    was = await queries.get(tx, channel_id)
    granted = model.granted(was, abilities, fields)
    await store.save(tx, granted, was=was)
    await store.note_move(tx, granted, move="grant", was=was.state, reason=reason)
    await tx.emit(events.ChannelGranted(channel_id=channel_id, abilities=granted.abilities, fields=granted.fields, version=granted.version))
    return granted


async def add_key(tx: Tx, channel_id: ChannelId, public: jwk.Jwk) -> ChannelKey:
    """Let a channel sign with one more key; the others go on counting until they are revoked.

    Raises ChannelNotFound, ChannelEnded, PointNotOnCurve, ChannelKeysTooMany, ChannelKeyKnown.
    """
    channel = await queries.get(tx, channel_id)
    model.require_keyable(channel)
    algorithm, raw = jwk.public_key(public)
    await store.lock(tx, channel_id)
    if len(model.live_keys(await store.keys_of(tx, channel_id), tx.now)) >= model.KEYS_AT_MOST:
        raise ChannelKeysTooMany("revoke a key first", limit=model.KEYS_AT_MOST)
    key = ChannelKey(ids.new(at=tx.now), channel_id, algorithm, raw, jwk.thumbprint(algorithm, raw), tx.now, None)
    if not await store.insert_key(tx, key):
        raise ChannelKeyKnown("the channel has this key, or had it")
    await tx.emit(events.ChannelKeyAdded(channel_id=channel_id, key_id=key.id, algorithm=algorithm))
    return key


async def make_key(tx: Tx, channel_id: ChannelId, algorithm: Algorithm) -> tuple[ChannelKey, jwk.PrivateJwk]:
    """Make a key pair for a sandbox channel; the private half is answered once and kept nowhere. Raises SandboxNotHere, and as `add_key`."""
    if not (await queries.get(tx, channel_id)).sandbox:
        raise SandboxNotHere("only a sandbox channel may have its key made for it")
    secret = new_secret(algorithm)
    key = await add_key(tx, channel_id, jwk.written(algorithm, PrivateKey(algorithm, secret).public))
    return key, jwk.written_private(algorithm, secret, kid=key.key_id)


async def revoke_key(tx: Tx, channel_id: ChannelId, key_id: str, *, overlap: timedelta = model.OVERLAP) -> ChannelKey:
    """Let a key of the channel count until the overlap is over (nothing: it stops now). Raises ChannelKeyNotFound."""
    key = await queries.by_key(tx, key_id)
    if key.channel_id != channel_id:
        raise ChannelKeyNotFound("no such key of this channel")
    until = model.ended_at(key, tx.now, overlap)
    await store.end_key(tx, key.id, until)
    await tx.emit(events.ChannelKeyRevoked(channel_id=channel_id, key_id=key.id, not_after=until))
    return await queries.by_key(tx, key_id)


async def keep_calls(tx: Tx, calls: Sequence[Call], counts: Mapping[tuple[ChannelId, int], tuple[int, int]]) -> None:
    """Write calls aside, and count them by channel and hour (calls, errors). No event: a log of the line says nothing that happened to anybody."""
    if calls:
        await store.insert_calls(tx, calls, lambda at: at.astimezone(SHANGHAI).date())
    if counts:
        await store.count_calls(tx, [(channel_id, hour, *counts[channel_id, hour]) for channel_id, hour in sorted(counts)])


async def forget_calls(tx: Tx) -> int:
    """Drop the calls and counts that are older than they are kept, a bounded number at a time; gives how many calls."""
    today = tx.now.astimezone(SHANGHAI).date()
    gone = [await store.forget_calls(tx, sandbox=sandbox, before=today - model.kept(sandbox), limit=FORGOTTEN_AT_ONCE) for sandbox in (True, False)]
    await store.forget_counts(tx, model.hour_of(tx.now - model.KEPT))
    return sum(gone)


async def new_key(tx: Tx, channel_id: ChannelId, wanted: jwk.Jwk | Algorithm) -> tuple[ChannelKey, jwk.PrivateJwk | None]:
    """One more key: a public key that the channel brings, or (sandbox) one that is made here. Raises as `add_key` and `make_key`."""
    if isinstance(wanted, jwk.Jwk):
        return await add_key(tx, channel_id, wanted), None
    return await make_key(tx, channel_id, wanted)


async def roll_key(tx: Tx, channel_id: ChannelId, key_id: str, successor: jwk.Jwk | Algorithm) -> tuple[ChannelKey, jwk.PrivateJwk | None]:
    """Put a new key beside one of the channel, which counts 24 hours more: another public key, or (sandbox) one that is made here.

    Raises ChannelKeyNotFound, ChannelKeyRevoked when it was revoked before, and as `add_key` and `make_key`.
    """
    old = await queries.by_key(tx, key_id)
    if old.channel_id != channel_id:
        raise ChannelKeyNotFound("no such key of this channel")
    model.require_live(old, tx.now)
    made = await new_key(tx, channel_id, successor)
    await revoke_key(tx, channel_id, key_id)
    return made


async def introduce(tx: Tx, channel_id: ChannelId, registrant: Registrant) -> None:
    """Keep who stands behind a channel that was just registered. Raises ChannelNotFound."""
    channel = await queries.get(tx, channel_id)
    plain = msgspec.msgpack.encode((registrant.contact.name, registrant.contact.mobile))
    await store.insert_registrant(tx, channel.id, registrant.organisation, tx.keys.seal(queries.CONTACTS, plain, channel.id.bytes))
    await tx.emit(events.ChannelIntroduced(channel_id=channel.id))


async def give_access(tx: Tx, channel_id: ChannelId) -> str:
    """A new management token for the developer of a channel, told once; the one before and whoever is signed in with it are out.

    Raises ChannelNotFound, ChannelEnded.
    """
    channel = await queries.get(tx, channel_id)
    model.require_keyable(channel)
    await store.lock(tx, channel_id)
    chance, access_id = random_bytes(model.ACCESS_BYTES), ids.new(at=tx.now)
    await store.end_access(tx, channel_id)
    await store.insert_access(tx, access_id, channel_id, queries.macs(tx.keys, queries.ACCESSES, chance)[0])
    await tx.emit(events.AccessGiven(channel_id=channel_id, access_id=access_id))
    return model.written_access(chance)


async def try_sign_in(tx: Tx, text: str, peer: str) -> str | Refused:
    """The token of a new visit for whoever has a management token. One that fits nothing is *answered*, not raised, because the guess must
    be counted and kept: the caller commits, then raises it. Raises SignInThrottled."""
    address = tx.keys.mac("lookup", b"channels.sign_in|" + peer.encode())
    spent = await throttle.spend(tx, GUESSES, address)
    if not spent.allowed:
        raise SignInThrottled("too many tokens that fit nothing", retry_after=spent.retry_after, n=int(spent.retry_after // 60) + 1)
    found = await store.live_access(tx, queries.macs(tx.keys, queries.ACCESSES, model.read_access(text)))
    if found is None:
        return AccessUnknown("no channel has this management token")
    await throttle.forgive(tx, GUESSES, address)
    return await _visit(tx, found["id"], found["channel_id"])


async def _visit(tx: Tx, access_id: UUID, channel_id: UUID) -> str:
    token, visit_id = random_bytes(model.ACCESS_BYTES), ids.new(at=tx.now)
    await store.insert_visit(tx, visit_id, access_id, queries.macs(tx.keys, queries.VISITS, token)[0], tx.now + model.VISIT)
    await tx.emit(events.DeveloperSignedIn(channel_id=ChannelId(channel_id), visit_id=visit_id))
    return jwk.encoded(token)


async def sign_out(tx: Tx, developer: Developer) -> None:
    """End a visit; ended before, it stays so."""
    if await store.end_visit(tx, developer.visit_id):
        await tx.emit(events.DeveloperSignedOut(channel_id=developer.channel.id, visit_id=developer.visit_id))
