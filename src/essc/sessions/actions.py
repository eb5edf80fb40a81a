"""What can be done about sessions; each function is one verb inside the caller's transaction."""
from datetime import datetime
from typing import Final

from essc.ecards import actions as issued
from essc.ecards import queries as ecards
from essc.kit import ids
from essc.kit.crypto import random_bytes
from essc.kit.db.tx import Tx
from essc.names import ChannelId, HolderId, LinkId, SessionId
from essc.passwords import queries as passwords
from essc.sessions import errors, events, model, queries, store
from essc.sessions.model import Device
from essc.sessions.queries import SignedIn

SIGNED_OUT: Final = "signed_out"
"""Why a session ends that its own device ends."""


async def open(tx: Tx, link_id: LinkId, device: Device, way: str, *, compared: int | None = None) -> tuple[SessionId, bytes]:
    """Sign a person in whom the caller has just proved (or just issued an e-card to); gives the session and its token, told once.

    One live session per device and channel: the one before ends. `compared` is the epoch of the password that was given: a session never
    lives on a password that was reset meanwhile. Raises LinkNotFound, NotLinkedHere, PasswordNotSet, SessionChangedMeanwhile.
    """
    link = await ecards.link(tx, link_id)
    if not link.live:
        raise errors.NotLinkedHere("the link was ended")
    epoch = await passwords.epoch(tx, link.ecard_id)
    if compared is not None and compared != epoch:
        raise errors.SessionChangedMeanwhile("the password was set anew at this moment")
    macs = queries.device_macs(tx.keys, device.key)
    known = await store.knows_device(tx, link.holder_id, macs)
    before = await store.replace_live(tx, link.holder_id, link.channel_id, macs)
    session_id, token = SessionId(ids.new(link.bucket, tx.now)), model.token(link.bucket, random_bytes(32))
    written = await store.add(tx, (
        link.bucket, session_id, tx.keys.mac(queries.KEY, token), link.holder_id, link.ecard_id, link.id, link.channel_id, macs[0],
        device.name[:model.LONGEST_DEVICE], way, compared or epoch, tx.now, tx.now + model.LONGEST, tx.now + model.UNLOCKED))
    if not written:
        raise errors.SessionChangedMeanwhile("this device signed in at this moment")
    for one in before:
        await _tell_revoked(tx, one, link.holder_id, link.channel_id, "replaced")
    await tx.emit(events.SignedIn(session_id=session_id, holder_id=link.holder_id, ecard_id=link.ecard_id, link_id=link.id,
                                  channel_id=link.channel_id, way=way, new_device=not known))
    return session_id, token


async def revoke(tx: Tx, holder_id: HolderId, session_id: SessionId, why: str = "holder") -> None:
    """End one session of a person, from this or another device; from another, the codes that it was shown end too. Raises SessionNotFound."""
    channel_id = await store.revoke(tx, holder_id, session_id, why) if ids.bucket(session_id) == ids.bucket(holder_id) else None
    if channel_id is None:
        raise errors.SessionNotFound("no such session of this person")
    await _tell_revoked(tx, session_id, holder_id, channel_id, why)
    if why != SIGNED_OUT:
        await _end_codes(tx, holder_id)


async def revoke_all(tx: Tx, holder_id: HolderId, why: str = "counter", *, keep: SessionId | None = None) -> int:
    """End every session of a person (a lost phone, told at a counter or from another device) but `keep`, with all codes; gives how many."""
    ended = await store.revoke_all(tx, holder_id, why, keep)
    for session_id, channel_id in ended:
        await _tell_revoked(tx, session_id, holder_id, channel_id, why)
    if ended:
        await _end_codes(tx, holder_id)
    return len(ended)


async def _end_codes(tx: Tx, holder_id: HolderId) -> None:
    """A phone in strange hands may still show a code."""
    ecard = await ecards.of_holder(tx, holder_id)
    if ecard is not None:
        await issued.bump(tx, ecard.id, "session_ended")


async def _tell_revoked(tx: Tx, session_id: SessionId, holder_id: HolderId, channel_id: ChannelId, why: str) -> None:
    await tx.emit(events.SessionRevoked(session_id=session_id, holder_id=holder_id, channel_id=channel_id, why=why))


async def unlock(tx: Tx, session: SignedIn, way: str) -> None:
    """Open the window in which pages show card and code; the caller has just checked password or proof. Raises SessionOver."""
    if not await store.unlock(tx, session.id, tx.now + model.UNLOCKED):
        raise errors.SessionOver("the session was revoked")
    await tx.emit(events.SessionUnlocked(session_id=session.id, holder_id=session.holder_id, way=way))


async def carry(tx: Tx, session: SignedIn, epoch: int) -> None:
    """Let the session in which the password was changed live on; all others are over. Raises SessionOver."""
    if not await store.carry(tx, session.id, epoch):
        raise errors.SessionOver("the session was revoked")


async def touch(tx: Tx, session: SignedIn) -> bool:
    """Note that a session is in use. Whoever looks at it hears nothing of it: no event, or reading would write the audit log."""
    return await store.touch(tx, session.id, tx.now - model.TOUCH)


async def forget(tx: Tx, before: datetime) -> int:
    """Drop sessions that ended before then; gives how many."""
    return await store.forget(tx, before)
