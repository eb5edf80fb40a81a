"""What can be done to electronic cards; each function is one verb inside the caller's transaction."""
from dataclasses import replace
from typing import Final

from essc.cards import actions as cards
from essc.cards import queries as known_cards
from essc.cards.model import Card
from essc.channels import queries as channels
from essc.channels.errors import SandboxNotHere
from essc.ecards import errors, events, model, queries, store
from essc.ecards.model import Ecard, Freeze, Link, Origin
from essc.ecards.queries import Next, Prospect
from essc.holders import actions as holders
from essc.holders.model import Person
from essc.identity import actions as identity
from essc.identity import queries as proofs
from essc.identity.model import Evidence, Purpose
from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import CardId, ChannelId, CheckId, EcardId, HolderId, LinkId
from essc.passwords import actions as passwords
from essc.passwords.model import Hashed

RESET: Final = "sandbox_reset"
"""The way of an unlink by which a developer begins anew."""


async def apply(tx: Tx, person: Person, channel_id: ChannelId, proof: CheckId, ecard_id: EcardId, hashed: Hashed) -> tuple[Ecard, Link]:
    """Issue level 1 (001): a proved person with a usable card gets an e-card on this channel, with the password set now.

    `ecard_id` is that of `queries.prospect`, or the new one that `hashed` was made for. Raises the refusals of `prospect`,
    HeldElsewhere, those of `identity.actions.consume`, WayNotOffered, EcardChangedMeanwhile.
    """
    found = await queries.prospect(tx, person, channel_id)
    if found.next is Next.PASSWORD:
        raise errors.HeldElsewhere("an e-card is held on another channel")
    if found.ecard is not None and found.ecard.id != ecard_id:
        raise errors.EcardChangedMeanwhile("an e-card was made for this card meanwhile")
    evidence = await _consume(tx, proof, Purpose.APPLY, person.number, found.card.region)
    ecard = found.ecard or await _made(tx, found, ecard_id)
    await _password(tx, found, ecard, hashed)
    link = await _linked(tx, ecard, channel_id)
    await tx.emit(events.EcardIssued(ecard_id=ecard.id, link_id=link.id, holder_id=ecard.holder_id, card_id=ecard.card_id,
                                     channel_id=channel_id, origin=ecard.origin, level=link.level, way=evidence.way))
    return ecard, link


async def _made(tx: Tx, found: Prospect, ecard_id: EcardId) -> Ecard:
    ecard = Ecard(ecard_id, found.holder.id, found.card.id, 1, Origin.APPLIED, tx.now)
    if not await store.add(tx, ecard):
        raise errors.EcardChangedMeanwhile("an e-card was made for this card meanwhile")
    return ecard


async def _password(tx: Tx, found: Prospect, ecard: Ecard, hashed: Hashed) -> None:
    """The password of this application: the first one, or a new one for an e-card that was unlinked everywhere."""
    if found.ecard is None or found.next is Next.ENABLE:
        await passwords.set_first(tx, ecard.id, found.card.region, hashed)
    else:
        await passwords.reset(tx, ecard.id, hashed)


async def _linked(tx: Tx, ecard: Ecard, channel_id: ChannelId) -> Link:
    link_id = LinkId(ids.new(ecard.bucket, tx.now))
    link = await store.add_link(tx, link_id, ecard, channel_id, model.sign_no(link_id), 1)
    if link is None:
        raise errors.EcardChangedMeanwhile("the e-card was linked to this channel meanwhile")
    return link


async def _consume(tx: Tx, proof: CheckId, purpose: Purpose, number: str, region: str) -> Evidence:
    evidence = await proofs.usable(tx, proof, purpose, number)
    await proofs.accepted(tx, region, purpose, evidence.way)
    return await identity.consume(tx, proof, purpose, number)


async def link_by_password(tx: Tx, person: Person, channel_id: ChannelId, proof: CheckId) -> tuple[Ecard, Link]:
    """Carry the e-card on another channel (002); the caller has just compared the password.

    Raises the refusals of `prospect`, EcardNotFound when there is none to carry, those of `identity.actions.consume`.
    """
    found = await queries.prospect(tx, person, channel_id)
    if found.ecard is None or found.next is not Next.PASSWORD:
        raise errors.EcardNotFound("no e-card on another channel")
    await identity.consume(tx, proof, Purpose.LINK, person.number)
    ecard = await store.lock(tx, found.ecard.id)
    link = await _linked(tx, ecard, channel_id)
    await tx.emit(events.EcardLinked(ecard_id=ecard.id, link_id=link.id, holder_id=ecard.holder_id, card_id=ecard.card_id,
                                     channel_id=channel_id, level=link.level))
    return ecard, link


async def prove_mobile(tx: Tx, holder_id: HolderId, mobile: str, proof: CheckId) -> None:
    """Keep the mobile whose code the holder has just read, so that codes can be sent there later. Raises those of `consume_mobile`."""
    await identity.consume_mobile(tx, proof, Purpose.APPLY, mobile)
    await holders.prove_mobile(tx, holder_id, mobile)
    await identity.forgive_pause(tx, mobile)


async def issue_with_card(tx: Tx, card_id: CardId) -> Ecard | None:
    """同步签发: make the e-card of a new card, waiting for its holder's consent on a channel; None when it has one. Raises CardNotFound."""
    card = await known_cards.get(tx, card_id)
    ecard = Ecard(EcardId(ids.new(card.bucket, tx.now)), card.holder_id, card.id, 1, Origin.PREPARED, tx.now)
    if not await store.add(tx, ecard):
        return None
    await tx.emit(events.EcardPrepared(ecard_id=ecard.id, holder_id=ecard.holder_id, card_id=ecard.card_id))
    return ecard


async def unlink(tx: Tx, link_id: LinkId, way: str) -> Link:
    """End the e-card on one channel (003); the others are untouched. The caller has checked the proof, `way` says which.

    Allowed however the card stands. Raises LinkNotFound, LinkEnded, EcardChangedMeanwhile.
    """
    link = await store.link(tx, link_id)
    if not link.live:
        raise errors.LinkEnded("this link was ended")
    if not await store.end_link(tx, link, tx.now):
        raise errors.EcardChangedMeanwhile("the link was changed at this moment")
    ecard = await store.get(tx, link.ecard_id)
    await tx.emit(events.EcardUnlinked(ecard_id=ecard.id, link_id=link.id, holder_id=link.holder_id, card_id=ecard.card_id,
                                       channel_id=link.channel_id, way=way))
    return replace(link, unlinked_at=tx.now, version=link.version + 1)


async def unlink_all(tx: Tx, holder_id: HolderId, way: str) -> list[Link]:
    """End the e-card on every channel of a person; gives the links that ended."""
    return [await unlink(tx, link.id, way) for link in await store.live_links(tx, holder_id)]


async def reset_sandbox(tx: Tx, channel_id: ChannelId) -> int:
    """End every link of a channel of the sandbox, so that its developer begins anew; gives how many. The e-cards and other channels stay.

    Raises ChannelNotFound, SandboxNotHere (the channel is one for real people), EcardChangedMeanwhile.
    """
    if not (await channels.get(tx, channel_id)).sandbox:
        raise SandboxNotHere("only data of the sandbox are reset")
    return len([await unlink(tx, link.id, RESET) for link in await queries.sandbox_links(tx, channel_id)])


async def freeze(tx: Tx, ecard_id: EcardId, why: Freeze, *, ends_sessions: bool | None = None) -> Ecard:
    """Stop the codes on all channels until the holder proves who they are; "not me" ends all sessions too.

    Raises EcardNotFound, EcardFrozenAlready (never for "not me" on top of the holder's own wish), EcardChangedMeanwhile.
    """
    was = await store.get(tx, ecard_id)
    if was.frozen_at is not None and not (why is Freeze.NOT_ME and was.frozen_why is Freeze.HOLDER):
        raise errors.EcardFrozenAlready("the e-card is frozen already")
    ends = why is Freeze.NOT_ME if ends_sessions is None else ends_sessions
    frozen = replace(was, version=was.version + 1, frozen_at=tx.now, frozen_why=why, sessions_since=tx.now if ends else was.sessions_since)
    await _save(tx, frozen, was)
    await tx.emit(events.EcardFrozen(ecard_id=was.id, holder_id=was.holder_id, card_id=was.card_id, why=why))
    return frozen


async def unfreeze(tx: Tx, ecard_id: EcardId, proof: CheckId, number: str) -> Ecard:
    """Let codes be shown again, on a proof of the person. Raises EcardNotFound, EcardNotFrozen, those of `identity.actions.consume`."""
    was = await store.get(tx, ecard_id)
    if was.frozen_at is None:
        raise errors.EcardNotFrozen("the e-card is not frozen")
    card = await known_cards.get(tx, was.card_id)
    await _consume(tx, proof, Purpose.UNFREEZE, number, card.region)
    free = replace(was, version=was.version + 1, frozen_at=None, frozen_why=None)
    await _save(tx, free, was)
    await tx.emit(events.EcardUnfrozen(ecard_id=was.id, holder_id=was.holder_id, card_id=was.card_id))
    return free


async def bump(tx: Tx, ecard_id: EcardId, why: str, *, ends_sessions: bool = False) -> Ecard:
    """Kill every code minted before now, on all channels (and every session, when asked). Raises EcardNotFound, EcardChangedMeanwhile."""
    was = await store.lock(tx, ecard_id)
    after = replace(was, version=was.version + 1, sessions_since=tx.now if ends_sessions else was.sessions_since)
    await _save(tx, after, was)
    await tx.emit(events.CodesEnded(ecard_id=was.id, holder_id=was.holder_id, why=why))
    return after


async def report_loss(tx: Tx, ecard_id: EcardId) -> Card:
    """挂失 by the holder: codes die at once, the province is asked; the card's state changes by the feed only. Said again it is the same:
    sixteen more would bring the epoch round to where it was.

    Raises EcardNotFound, CardMoveNotAllowed, CardChangedMeanwhile.
    """
    ecard = await store.get(tx, ecard_id)
    before = await known_cards.get(tx, ecard.card_id)
    card = await cards.request_loss(tx, ecard.card_id)
    if before.loss_requested_at is None:
        await bump(tx, ecard_id, "loss_requested")
    return card


async def lift_loss(tx: Tx, ecard_id: EcardId, proof: CheckId, number: str) -> Card:
    """解挂 by the holder, on a proof of the person: the province is asked, and the feed brings the answer.

    Raises EcardNotFound, CardMoveNotAllowed, CardReplacementAccepted, those of `identity.actions.consume`.
    """
    ecard = await store.get(tx, ecard_id)
    card = await cards.request_lift(tx, ecard.card_id)
    await _consume(tx, proof, Purpose.UNFREEZE, number, card.region)
    return card


async def reset_password(tx: Tx, ecard_id: EcardId, proof: CheckId, number: str, hashed: Hashed) -> int:
    """A new password on a proof of the person (018): it counts on all channels at once, older codes and sessions die. Gives the epoch.

    Raises EcardNotFound, those of `identity.actions.consume`, WayNotOffered, PasswordNotSet, PasswordChangedMeanwhile.
    """
    ecard = await store.get(tx, ecard_id)
    card = await known_cards.get(tx, ecard.card_id)
    await _consume(tx, proof, Purpose.RESET, number, card.region)
    epoch = await passwords.reset(tx, ecard_id, hashed)
    await bump(tx, ecard_id, "password_reset")
    return epoch


async def _save(tx: Tx, ecard: Ecard, was: Ecard) -> None:
    if not await store.save(tx, ecard, was=was):
        raise errors.EcardChangedMeanwhile("the e-card was changed at this moment")
