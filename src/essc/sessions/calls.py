"""Where a person waits to be signed in, or for the password to be compared."""
from dataclasses import dataclass

from essc.cards import queries as cards
from essc.ecards import calls as ecards
from essc.ecards import queries as issued
from essc.ecards.calls import Mobile, Proof
from essc.ecards.model import Link
from essc.holders import actions as owners
from essc.holders import model as people
from essc.holders import queries as holders
from essc.holders.errors import MobileUnchanged
from essc.identity import actions as identity
from essc.identity import calls as proving
from essc.identity import queries as proofs
from essc.identity.model import Evidence, Purpose, Way
from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.names import ChannelId, CheckId, HolderId, SessionId
from essc.passwords import calls as passwords
from essc.regions import queries as regions
from essc.sessions import actions, errors, model, queries
from essc.sessions.model import Device
from essc.sessions.queries import SignedIn


@dataclass(frozen=True)
class Opened:
    """A person who has just signed in; the token is told once."""

    id: SessionId
    link: Link
    token: str


async def send_code(db: Database, who: Actor, number: str, device: Device, *, peer: str = "", request_id: str = "") -> CheckId:
    """Send a code to sign in with; at a device where the person was signed in before, what strangers have spent does not count.

    Raises those of `identity.calls.send_code`.
    """
    async def known(tx: Tx, holder_id: HolderId) -> bool:
        return await queries.trusts_device(tx, holder_id, device.key)
    return await proving.send_code(db, who, Purpose.SIGN_IN, number=number, peer=peer, known=known, request_id=request_id)


async def sign_in(db: Database, who: Actor, *, number: str, channel_id: ChannelId, device: Device, proof: Proof,
                  password: str | None = None, request_id: str = "") -> Opened:
    """Sign in with number, SMS code and password, or with number and a face check or a clerk's.

    The proof is judged before the password is: a stranger without it cannot spend the holder's tries. It stays usable until the
    sign-in succeeds, so a mistyped password needs no new code. Raises the refusals of numbers, proofs and passwords, PasswordNeeded,
    WayNotOffered, NotLinkedHere.
    """
    digits, _ = people.clean_number(number, demonstration=regions.demonstration())
    proved = await ecards.prove(db, who, proof, Purpose.SIGN_IN, request_id)
    async with db.read_tx(who, request_id=request_id) as tx:
        evidence = await proofs.usable(tx, proved, Purpose.SIGN_IN, digits)
        link = await _link(tx, digits, channel_id, evidence)
    if evidence.way is Way.SMS and password is None:
        raise errors.PasswordNeeded("a code by SMS and the password")
    right = await passwords.verify(db, link.ecard_id, password, who, request_id=request_id) if password is not None else None
    async with db.tx(who, request_id=request_id) as tx:
        await identity.consume(tx, proved, Purpose.SIGN_IN, digits)
        session_id, token = await actions.open(tx, link.id, device, evidence.way, compared=right.epoch if right else None)
        return Opened(session_id, link, model.written(token))


async def _link(tx: Tx, number: str, channel_id: ChannelId, evidence: Evidence) -> Link:
    holder = await holders.find(tx, number)
    link = await issued.live_link(tx, holder.id, channel_id) if holder else None
    if link is None:
        raise errors.NotLinkedHere("no e-card of this person on this channel")
    card = await cards.get(tx, (await issued.get(tx, link.ecard_id)).card_id)
    await proofs.accepted(tx, card.region, Purpose.SIGN_IN, evidence.way)
    return link


async def unlock(db: Database, session: SignedIn, *, password: str | None = None, proof: Proof | None = None, request_id: str = "") -> None:
    """Open the window of some minutes in which pages show card and code. Raises ProofNeeded and the refusals of proofs and passwords."""
    if password is not None:
        await passwords.verify(db, session.ecard_id, password, session.actor, request_id=request_id)
    elif proof is not None:
        await ecards.prove(db, session.actor, proof, Purpose.SIGN_IN, request_id)
    else:
        raise errors.PasswordNeeded("password or proof")
    async with db.tx(session.actor, request_id=request_id) as tx:
        way = "password"
        if password is None and proof is not None:
            number = (await holders.get(tx, session.holder_id)).number
            way = (await identity.consume(tx, proof.check_id, Purpose.SIGN_IN, number)).way
        await actions.unlock(tx, session, way)


async def change_password(db: Database, session: SignedIn, old: str, new: str, *, request_id: str = "") -> None:
    """修改密码: old and new, on all channels at once; every other session is over, this one lives on.

    Raises PasswordWeak, PasswordUnchanged, the refusals of `passwords.calls.verify`.
    """
    async with db.read_tx(session.actor) as tx:
        number = (await holders.get(tx, session.holder_id)).number
    epoch = await passwords.change(db, session.ecard_id, number, old, new, session.actor, request_id=request_id)
    async with db.tx(session.actor, request_id=request_id) as tx:
        await actions.carry(tx, session, epoch)


async def change_mobile(db: Database, session: SignedIn, mobile: Mobile, proof: Proof, *, password: str | None = None, request_id: str = "") -> str:
    """更换手机号: the person is proved as the region asks, then the new number by its code; it counts on all channels. Gives it.

    A code to the number of before counts with the password only, which is judged after the code. Nothing is used up until all is right.
    Raises MobileWrong, MobileUnchanged, WayNotOffered, PasswordNeeded, the refusals of proofs and passwords, HolderChangedMeanwhile.
    """
    who, digits = session.actor, people.clean_mobile(mobile.number)
    async with db.read_tx(who, request_id=request_id) as tx:
        holder = await holders.get(tx, session.holder_id)
        region = (await cards.get(tx, session.card_id)).region
    if digits == holder.mobile:
        raise MobileUnchanged("it is this number already")
    proved = await ecards.prove(db, who, proof, Purpose.MOBILE, request_id)
    async with db.read_tx(who, request_id=request_id) as tx:
        evidence = await proofs.usable(tx, proved, Purpose.MOBILE, holder.number)
        await proofs.accepted(tx, region, Purpose.MOBILE, evidence.way)
    if evidence.way is Way.SMS and password is None:
        raise errors.PasswordNeeded("a code by SMS and the password")
    if evidence.way is Way.SMS and password is not None:
        await passwords.verify(db, session.ecard_id, password, who, request_id=request_id)
    new = await ecards.prove(db, who, mobile.proof, Purpose.MOBILE, request_id)
    async with db.tx(who, request_id=request_id) as tx:
        await identity.consume(tx, proved, Purpose.MOBILE, holder.number)
        await identity.consume_mobile(tx, new, Purpose.MOBILE, digits)
        await owners.prove_mobile(tx, session.holder_id, digits)
        await identity.forgive_pause(tx, digits)
    return digits


async def send_mobile_code(db: Database, session: SignedIn, mobile: str | None = None, *, request_id: str = "") -> CheckId:
    """Send a code for `change_mobile`: to `mobile`, which is to become the holder's, or (None) to the one there is.

    Strangers cannot spend what is kept for the holder of a number; for a number that is to be theirs a holder is a stranger.
    Raises those of `identity.calls.send_code`.
    """
    if mobile is not None:
        return await proving.send_code(db, session.actor, Purpose.MOBILE, mobile=mobile, request_id=request_id)
    async with db.read_tx(session.actor, request_id=request_id) as tx:
        number = (await holders.get(tx, session.holder_id)).number
    return await proving.send_code(db, session.actor, Purpose.MOBILE, number=number, known=_is_holder, request_id=request_id)


async def _is_holder(tx: Tx, holder_id: HolderId) -> bool:
    return tx.actor == Actor("holder", ids.wire("hold", holder_id))


async def authenticate(db: Database, token: str) -> SignedIn:
    """The session of a token as a device sends it; notes now and then that it is in use. Raises SessionOver."""
    read = model.read(token)
    async with db.read_tx() as tx:
        session, now = await queries.authenticate(tx, read), tx.now
    if session.seen_at + model.TOUCH <= now:
        async with db.tx(session.actor) as tx:
            await actions.touch(tx, session)
    return session
