"""Passkeys (WebAuthn): registered by a member who is signed in, and a sign-in of their own, because the device has verified its owner."""
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from essc.kit.crypto import random_bytes
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.names import StaffId
from essc.operators import actions, errors, events, model, queries, store
from essc.operators.calls import comparing
from essc.operators.calls.comparing import Caller
from essc.operators.calls.signing_in import Entered, entered
from essc.operators.model import Member, MemberState
from essc.operators.queries import StaffSession

PASSKEY: Final = "passkey"
NEW_PASSKEY: Final = "new_passkey"
UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, IndexError, struct.error)
"""What reading a browser's answer may end with; a signature that does not fit is a ValueError."""
_REQUIRED: Final = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class Offer:
    """What a browser is asked: the options as JSON, and the token of the question."""

    options: Mapping[str, Any]
    token: str


def _server(origin: str) -> Fido2Server:
    """The verifier for pages of `origin` (https://console.example)."""
    host = origin.partition("://")[2].rpartition(":")[0] or origin.partition("://")[2]
    return Fido2Server(PublicKeyCredentialRpEntity(name="essc", id=host), verify_origin=lambda given: given == origin)


async def _asked(tx: Tx, member_id: StaffId | None, purpose: str, options: Any, state: Any) -> Offer:
    token = random_bytes(model.TOKEN_BYTES)
    await store.add_entry(tx, queries.token_macs(tx.keys, b"entry", token)[0], member_id, purpose, state["challenge"])
    return Offer(dict(options), model.written(token))


async def _answered(tx: Tx, token: str, purpose: str) -> tuple[StaffId | None, Mapping[str, Any]]:
    """Whose question this was, and what was asked; it is used up. Raises EntryOver."""
    macs = queries.token_macs(tx.keys, b"entry", model.read_token(token))
    found = await store.entry(tx, macs, purpose)
    if found is None or not await store.drop_entry(tx, macs):
        raise errors.EntryOver("no such question")
    return found[0], {"challenge": found[1], "user_verification": _REQUIRED}


async def offer_passkey(db: Database, who: Caller, session: StaffSession, origin: str) -> Offer:
    """Ask the browser for a new passkey of the member's."""
    async with db.tx(session.actor, request_id=who.request_id) as tx:
        known = [AttestedCredentialData(one) for one in await store.credentials(tx, session.staff_id)]
        user = PublicKeyCredentialUserEntity(id=session.staff_id.bytes, name=session.login, display_name=session.login)
        options, state = _server(origin).register_begin(user, known, resident_key_requirement=ResidentKeyRequirement.REQUIRED,
                                                        user_verification=_REQUIRED, challenge=random_bytes(32))
        return await _asked(tx, session.staff_id, NEW_PASSKEY, options, state)


async def new_passkey(db: Database, who: Caller, session: StaffSession, origin: str, *, token: str, answer: str, name: str) -> None:
    """Keep the passkey that the browser made. Raises EntryOver, PasskeyRefused."""
    async with db.tx(session.actor, request_id=who.request_id) as tx:
        asked, state = await _answered(tx, token, NEW_PASSKEY)
        try:
            made = _server(origin).register_complete(state, json.loads(answer))
        except UNREADABLE as error:
            raise errors.PasskeyRefused(f"the browser's answer: {type(error).__name__}") from error
        kept = made.credential_data
        if kept is None or asked != session.staff_id or not await store.add_passkey(
                tx, session.staff_id, kept.credential_id, bytes(kept), made.counter, name[:60] or "passkey"):
            raise errors.PasskeyRefused("not a new passkey of this member")
        await tx.emit(events.PasskeyAdded(staff_id=session.staff_id))


async def passkey_challenge(db: Database, who: Caller, origin: str) -> Offer:
    """Ask a browser that is not signed in for any passkey it has for this site: whose it is, nobody is told. Raises Throttled."""
    async with db.tx(who.actor, request_id=who.request_id) as tx:
        await comparing.count_peer(tx, who)
        options, state = _server(origin).authenticate_begin(None, _REQUIRED, challenge=random_bytes(32))
        return await _asked(tx, None, PASSKEY, options, state)


async def sign_in_with_passkey(db: Database, who: Caller, origin: str, *, token: str, answer: str, device_name: str) -> Entered:
    """Sign in with the browser's answer: the device has the key and has verified its owner.

    Raises EntryOver, PasskeyRefused, and for a passkey that counts MemberDisabled, MemberNotReady.
    """
    async with db.tx(who.actor, request_id=who.request_id) as tx:
        _, state = await _answered(tx, token, PASSKEY)
    async with db.tx(who.actor, request_id=who.request_id) as tx:
        staff_id, why = await _judged(tx, origin, state, answer)
        member = await store.member(tx, staff_id) if staff_id is not None else None
        opened = None
        if member is not None and (why or member.state is not MemberState.ACTIVE):
            await tx.emit(events.SignInRefused(staff_id=member.id, why=why or member.state))
        elif member is not None:
            opened = await actions.open_session(tx, member, device_name, PASSKEY)
    if opened is None:
        raise _refusal(member, why)
    return await entered(db, opened[1])


def _refusal(member: Member | None, why: str) -> Refused:
    if member is None or why:
        return errors.PasskeyRefused(why or "an unknown passkey")
    over = errors.MemberDisabled if member.state is MemberState.DISABLED else errors.MemberNotReady
    return over(f"the member is {member.state}")


async def _judged(tx: Tx, origin: str, state: Mapping[str, Any], answer: str) -> tuple[StaffId | None, str]:
    """Whose passkey answered, and why it does not count ("" when it does)."""
    try:
        given = json.loads(answer)
        response = AuthenticationResponse.from_dict(given)
        key_id = response.raw_id
    except UNREADABLE:
        return None, "passkey"
    found = await store.credential(tx, key_id)
    if found is None:
        return None, ""
    staff_id, kept, count = found
    try:
        _server(origin).authenticate_complete(state, [AttestedCredentialData(kept)], given)
    except UNREADABLE:
        return staff_id, "passkey"
    counter = response.response.authenticator_data.counter
    if (counter or count) and counter <= count:
        return staff_id, "passkey"      # WebAuthn §6.1.1: a counter that does not grow may be a cloned key
    await store.passkey_used(tx, key_id, counter)
    return staff_id, ""
