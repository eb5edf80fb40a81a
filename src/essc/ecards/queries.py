"""Reads on electronic cards: what a person could do next, how an e-card stands, where it is linked."""
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from essc.cards import queries as cards
from essc.cards.model import Card
from essc.channels import queries as channels
from essc.ecards import errors, model, store
from essc.ecards.model import CardFacts, Ecard, Link, Standing
from essc.holders import queries as holders
from essc.holders.model import Holder, Person
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import CardId, ChannelId, EcardId, HolderId, LinkId
from essc.passwords import queries as passwords

CHECKS: Final[tuple[Check, ...]] = store.CHECKS


class Next(StrEnum):
    """What a person can do on a channel."""

    APPLY = "apply"            # prove who they are and set a password
    ENABLE = "enable"          # the same, for an e-card that was made with the new card (同步签发)
    PASSWORD = "password"      # an e-card is on another channel: its password is enough (直接验密签发)


@dataclass(frozen=True)
class Prospect:
    """A person with a usable card and no e-card on this channel, and what they can do."""

    holder: Holder
    card: Card
    ecard: Ecard | None
    next: Next


@dataclass(frozen=True)
class Standings:
    """An e-card on one channel, with its card and how it stands."""

    card: Card
    ecard: Ecard
    link: Link
    standing: Standing


def facts(card: Card) -> CardFacts:
    """What `model.standing` needs of a card."""
    return CardFacts(card.state, card.replaced, card.loss_requested_at is not None)


async def prospect(tx: Tx, person: Person, channel_id: ChannelId) -> Prospect:
    """What a person can do on a channel, or why nothing. Ask only for somebody who has proved something: it tells whether they are known.

    Raises NameMismatch, AlreadyIssued, NoCard, CardNotUsable (CardLost, …), CardReplaced when an older e-card is still linked somewhere.
    """
    holder = await holders.find(tx, person.number)
    if holder is not None and holder.name != person.name:
        raise errors.NameMismatch("the number is known under another name")
    card = await cards.usable(tx, holder.id) if holder else None
    if holder is None or card is None:
        raise errors.NoCard("no card of this person")
    refusal = model.card_refusal(facts(card))
    live = await store.live_links(tx, holder.id)
    ecard = await store.of_card(tx, card.id)
    if any(ecard is None or link.ecard_id != ecard.id for link in live):
        raise errors.CardReplaced("an e-card of an older card is still linked", standing=Standing.REPLACED)
    if any(link.channel_id == channel_id for link in live):
        raise errors.AlreadyIssued("there is an e-card on this channel")
    if refusal is not None:
        raise refusal
    waits = ecard is not None and not await passwords.exists(tx, ecard.id)
    return Prospect(holder, card, ecard, Next.PASSWORD if live else Next.ENABLE if waits else Next.APPLY)


async def get(tx: Tx, ecard_id: EcardId) -> Ecard:
    """An e-card. Raises EcardNotFound."""
    return await store.get(tx, ecard_id)


async def of_card(tx: Tx, card_id: CardId) -> Ecard | None:
    """The e-card of a card, or None."""
    return await store.of_card(tx, card_id)


async def of_holder(tx: Tx, holder_id: HolderId) -> Ecard | None:
    """The e-card of a person that counts: the one that is linked, else the newest; None when there never was one."""
    live = await store.live_links(tx, holder_id)
    if live:
        return await store.get(tx, live[0].ecard_id)
    return next(iter(await store.of_holder(tx, holder_id)), None)


async def with_password(tx: Tx, holder_id: HolderId) -> Ecard | None:
    """The person's newest e-card that has a password, or None: also when its card was replaced."""
    for ecard in await store.of_holder(tx, holder_id):
        if await passwords.exists(tx, ecard.id):
            return ecard
    return None


async def link(tx: Tx, link_id: LinkId) -> Link:
    """A link, live or ended. Raises LinkNotFound."""
    return await store.link(tx, link_id)


async def live_link(tx: Tx, holder_id: HolderId, channel_id: ChannelId) -> Link | None:
    """The person's live link on a channel, or None."""
    return await store.live_link(tx, holder_id, channel_id)


async def links(tx: Tx, holder_id: HolderId) -> list[tuple[Link, str]]:
    """The person's live links, oldest first, each with the name of its channel."""
    found = await store.live_links(tx, holder_id)
    names = await store.channel_names(tx, [one.channel_id for one in found])
    return [(one, names.get(one.channel_id, "")) for one in found]


async def sandbox_links(tx: Tx, channel_id: ChannelId) -> list[Link]:
    """Live links of a channel of the sandbox, SANDBOX_LINKS at most."""
    return await store.of_channel(tx, channel_id, model.SANDBOX_LINKS)


async def carried_by(tx: Tx, channel_id: ChannelId) -> int:
    """How many people carry an e-card on a channel or below it: those whom pausing it stops."""
    return await store.carried_by(tx, [channel_id, *await channels.below(tx, channel_id)])


async def replaced_links(tx: Tx, person: Person) -> list[Link]:
    """The person's live links of another card than the one that counts now. Raises NameMismatch, EcardNotFound when there is none."""
    holder = await holders.find(tx, person.number)
    if holder is not None and holder.name != person.name:
        raise errors.NameMismatch("the number is known under another name")
    now = await cards.usable(tx, holder.id) if holder else None
    live = await store.live_links(tx, holder.id) if holder else []
    old = [one for one in live if now is not None and (await store.get(tx, one.ecard_id)).card_id != now.id]
    if not old:
        raise errors.EcardNotFound("no link of a replaced card")
    return old


async def standings(tx: Tx, link_id: LinkId) -> Standings:
    """A link with its e-card and card, and how it stands now. Raises LinkNotFound."""
    found = await store.link(tx, link_id)
    ecard = await store.get(tx, found.ecard_id)
    card = await cards.get(tx, ecard.card_id)
    return Standings(card, ecard, found, model.standing(facts(card), ecard, found))
