"""Where a person waits: for a code to be judged, and for Argon2id. Every verb here ends in one transaction that decides and writes."""
from dataclasses import dataclass

from essc.cards.model import Card
from essc.ecards import actions, errors, queries
from essc.ecards.model import Ecard, Link
from essc.ecards.queries import Next, Prospect
from essc.holders import model as people
from essc.holders import queries as holders
from essc.holders.model import Person
from essc.identity import actions as identity
from essc.identity import calls as proving
from essc.identity import queries as proofs
from essc.identity.errors import EvidenceMissing, WayNotOffered
from essc.identity.model import Purpose, Way
from essc.kit import clock, ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.names import ChannelId, CheckId, EcardId, HolderId, LinkId
from essc.passwords import calls as passwords
from essc.regions import queries as regions


@dataclass(frozen=True)
class Proof:
    """What proves the person: a check that passed, or the code by SMS of that id."""

    check_id: CheckId
    code: str | None = None


@dataclass(frozen=True)
class Mobile:
    """A mobile number, and the code by SMS that was sent there."""

    number: str
    proof: Proof


async def prove(db: Database, who: Actor, proof: Proof, purpose: Purpose, request_id: str = "") -> CheckId:
    """Have the code judged if the proof is one; gives the id of the proof, not used yet. Raises SmsCodeOver, SmsCodeWrong."""
    if proof.code is not None:
        await proving.prove_code(db, who, proof.check_id, purpose, proof.code, request_id=request_id)
    return proof.check_id


def person_of(name: str, number: str) -> Person:
    """The person that somebody typed. Raises the refusals of names and numbers."""
    return people.person(name, number, demonstration=regions.demonstration(), today=clock.today())


async def prospect(db: Database, who: Actor, person: Person, channel_id: ChannelId) -> Prospect:
    """What a person can do on a channel. Raises the refusals of `queries.prospect`."""
    async with db.read_tx(who) as tx:
        return await queries.prospect(tx, person, channel_id)


async def apply(db: Database, who: Actor, person: Person, channel_id: ChannelId, proof: Proof, password: str, *,
                mobile: Mobile | None = None, request_id: str = "") -> tuple[Ecard, Link]:
    """申领: a proof, a usable card and a good password make an e-card on this channel; with `mobile` it is kept as proved.

    A code by SMS proves a telephone only: with it the password must be the one that the person had before. Raises the refusals of
    `actions.apply`, PasswordWeak, PasswordsBusy, SmsCodeOver, SmsCodeWrong, and then those of `passwords.calls.verify`.
    """
    passwords.check_strength(password, person.number)
    proved = await prove(db, who, proof, Purpose.APPLY, request_id)
    if mobile is not None:
        await prove(db, who, mobile.proof, Purpose.APPLY, request_id)
    async with db.read_tx(who, request_id=request_id) as tx:
        evidence = await proofs.usable(tx, proved, Purpose.APPLY, person.number)
        found = await queries.prospect(tx, person, channel_id)
        before = await queries.with_password(tx, found.holder.id)
    if found.next is Next.PASSWORD:
        raise errors.HeldElsewhere("an e-card is held on another channel")
    if evidence.way is Way.SMS:
        await _knows(db, who, before, password, request_id)
    ecard_id = found.ecard.id if found.ecard else EcardId(ids.new(found.holder.bucket))
    hashed = await passwords.hashed(db.keys, ecard_id, password)
    async with db.tx(who, request_id=request_id) as tx:
        issued = await actions.apply(tx, person, channel_id, proved, ecard_id, hashed)
        if mobile is not None:
            await actions.prove_mobile(tx, found.holder.id, people.clean_mobile(mobile.number), mobile.proof.check_id)
        return issued


async def _knows(db: Database, who: Actor, before: Ecard | None, password: str, request_id: str) -> None:
    if before is None:
        raise WayNotOffered("a code by SMS issues nothing to who never had a password")
    await passwords.verify(db, before.id, password, who, request_id=request_id)


async def link(db: Database, who: Actor, person: Person, channel_id: ChannelId, proof: Proof, password: str, *,
               request_id: str = "") -> tuple[Ecard, Link]:
    """直接验密签发: a second channel with the existing password. The proof comes first: strangers must not lock the password.

    Raises the refusals of `actions.link_by_password`, those of passwords, SmsCodeOver, SmsCodeWrong.
    """
    proved = await prove(db, who, proof, Purpose.LINK, request_id)
    async with db.read_tx(who, request_id=request_id) as tx:
        await proofs.usable(tx, proved, Purpose.LINK, person.number)
        found = await queries.prospect(tx, person, channel_id)
    if found.ecard is None or found.next is not Next.PASSWORD:
        raise errors.EcardNotFound("no e-card on another channel")
    await passwords.verify(db, found.ecard.id, password, who, request_id=request_id)
    async with db.tx(who, request_id=request_id) as tx:
        return await actions.link_by_password(tx, person, channel_id, proved)


async def unlink(db: Database, who: Actor, link_id: LinkId, *, proof: Proof | None = None, password: str | None = None,
                 request_id: str = "") -> Link:
    """解除关联, by face, SMS, a clerk, or the password; the caller is signed in, so guessing needs a live session.

    Raises ProofNeeded, the refusals of `actions.unlink`, of proofs and of passwords.
    """
    if password is not None:
        async with db.read_tx(who) as tx:
            found = await queries.link(tx, link_id)
        await passwords.verify(db, found.ecard_id, password, who, request_id=request_id)
    elif proof is not None:
        await prove(db, who, proof, Purpose.UNLINK, request_id)
    else:
        raise errors.ProofNeeded("face, SMS or password")
    async with db.tx(who, request_id=request_id) as tx:
        way = "password" if proof is None or password is not None else await _use(tx, link_id, proof.check_id)
        return await actions.unlink(tx, link_id, way)


async def _use(tx: Tx, link_id: LinkId, proved: CheckId) -> str:
    holder = await holders.get(tx, (await queries.link(tx, link_id)).holder_id)
    return (await identity.consume(tx, proved, Purpose.UNLINK, holder.number)).way


async def unlink_replaced(db: Database, who: Actor, person: Person, proof: Proof, *, request_id: str = "") -> list[Link]:
    """End every link of the e-cards whose card was replaced, on one proof, so that the person can apply again without a session.

    Raises the refusals of proofs (a clerk's look counts with the digits of this check only), NameMismatch, EcardNotFound when no such
    link is left.
    """
    proved = await prove(db, who, proof, Purpose.UNLINK, request_id)
    async with db.tx(who, request_id=request_id) as tx:
        if (await proofs.usable(tx, proved, Purpose.UNLINK, person.number)).purpose is not Purpose.UNLINK:
            raise EvidenceMissing("a clerk's look for somebody signed in is none for a stranger")
        evidence = await identity.consume(tx, proved, Purpose.UNLINK, person.number)
        old = await queries.replaced_links(tx, person)
        return [await actions.unlink(tx, one.id, evidence.way) for one in old]


async def reset_password(db: Database, who: Actor, person: Person, proof: Proof, password: str, *, request_id: str = "") -> int:
    """重置密码 without the old one, on a proof of the person; older sessions and codes die. Gives the new epoch.

    Raises PasswordWeak, EcardNotFound, the refusals of `actions.reset_password`.
    """
    passwords.check_strength(password, person.number)
    proved = await prove(db, who, proof, Purpose.RESET, request_id)
    async with db.read_tx(who, request_id=request_id) as tx:
        await proofs.usable(tx, proved, Purpose.RESET, person.number)
        holder = await holders.find(tx, person.number)
        ecard = await queries.of_holder(tx, holder.id) if holder else None
    if ecard is None:
        raise errors.EcardNotFound("no e-card of this person")
    hashed = await passwords.hashed(db.keys, ecard.id, password)
    async with db.tx(who, request_id=request_id) as tx:
        return await actions.reset_password(tx, ecard.id, proved, person.number, hashed)


async def unfreeze(db: Database, who: Actor, ecard_id: EcardId, proof: Proof, *, request_id: str = "") -> Ecard:
    """Let codes be shown again. Raises the refusals of `actions.unfreeze`, SmsCodeOver, SmsCodeWrong."""
    proved = await prove(db, who, proof, Purpose.UNFREEZE, request_id)
    async with db.tx(who, request_id=request_id) as tx:
        return await actions.unfreeze(tx, ecard_id, proved, await _number(tx, (await queries.get(tx, ecard_id)).holder_id))


async def lift_loss(db: Database, who: Actor, ecard_id: EcardId, proof: Proof, *, request_id: str = "") -> Card:
    """解挂: ask the province. Raises the refusals of `actions.lift_loss`, SmsCodeOver, SmsCodeWrong."""
    proved = await prove(db, who, proof, Purpose.UNFREEZE, request_id)
    async with db.tx(who, request_id=request_id) as tx:
        return await actions.lift_loss(tx, ecard_id, proved, await _number(tx, (await queries.get(tx, ecard_id)).holder_id))


async def _number(tx: Tx, holder_id: HolderId) -> str:
    return (await holders.get(tx, holder_id)).number
