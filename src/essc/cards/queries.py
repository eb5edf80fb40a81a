"""Reads on cards."""
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from essc.cards import model
from essc.cards.errors import CardNotFound
from essc.cards.model import Card, Detail
from essc.cards.store import cards as store
from essc.cards.store import feed, proofs
from essc.cards.store.cards import HASH_BYTES, Mark
from essc.holders import queries as holders
from essc.kit import ids
from essc.kit.crypto import Keys
from essc.kit.db.checks import Check
from essc.kit.db.tx import Record, Tx
from essc.names import CardId, HolderId

LONGEST_LIST: Final = 1000


class Gap(msgspec.Struct, frozen=True):
    """A card whose later events wait: which event is waited for (the region's number), how many wait, since when."""

    card_id: CardId | None
    last_sequence: int
    waiting_for: int
    held: int
    since: datetime


class Gaps(msgspec.Struct, frozen=True):
    """What a region should send again: cards that wait, and numbers that never came (inclusive ranges)."""

    cards: list[Gap]
    missing: list[tuple[int, int]]


class RegionKey(msgspec.Struct, frozen=True):
    """A key with which a region signs its feed."""

    key_id: str
    region: str
    algorithm: str
    public_key: bytes
    registered_at: datetime
    ended: bool


async def region_key(tx: Tx, key_id: str) -> RegionKey | None:
    """The key of this id, in use or ended; None: never registered."""
    row = await feed.region_key(tx, key_id)
    return _region_key(row) if row else None


async def region_keys(tx: Tx) -> list[RegionKey]:
    """Every key that was ever registered."""
    return [_region_key(row) for row in await feed.region_keys(tx)]


def _region_key(row: Record) -> RegionKey:
    return RegionKey(row["key_id"], row["region"], row["algorithm"], row["public_key"], row["registered_at"], row["ended_at"] is not None)


def marks(keys: Keys, card_numbers: Sequence[str], contents: Sequence[bytes]) -> list[tuple[Mark, ...]]:
    """The keyed hashes of cards and of what was said of them, under every version of the look-up key in force, newest first."""
    numbers = [b"card\x1f" + number.encode() for number in card_numbers]
    said = [b"row\x1f" + content for content in contents]
    columns = [[Mark(version, hash[:HASH_BYTES], print_[:HASH_BYTES])
                for hash, print_ in zip(keys.mac_many("lookup", numbers, version), keys.mac_many("lookup", said, version), strict=True)]
               for version in sorted(keys.mac_versions("lookup"), reverse=True)]
    return list(zip(*columns, strict=True))


def number_hashes(keys: Keys, card_number: str) -> list[bytes]:
    """The keyed hashes under which a card number may be known, newest key first."""
    return [mark.hash for mark in marks(keys, [card_number], [b""])[0]]


async def get(tx: Tx, card_id: CardId) -> Card:
    """The card. Raises CardNotFound."""
    found = await store.by_ids(tx, [card_id])
    if not found:
        raise CardNotFound(f"no card {card_id}")
    return found[0]


async def get_many(tx: Tx, wanted: Sequence[CardId]) -> list[Card]:
    """Those of the cards that there are, in the order asked."""
    found = {card.id: card for card in await store.by_ids(tx, wanted)} if wanted else {}
    return [found[id] for id in wanted if id in found]


async def of_holder(tx: Tx, holder_id: HolderId) -> list[Card]:
    """Every card of a person, the newest first."""
    return sorted(await store.of_holders(tx, [holder_id]), key=lambda card: card.age, reverse=True)


async def usable(tx: Tx, holder_id: HolderId) -> Card | None:
    """Of a person's cards the one that counts: the active one, else the newest not cancelled, else the newest. None: no card."""
    return model.usable(await store.of_holders(tx, [holder_id]))


async def by_number(tx: Tx, card_number: str) -> Card | None:
    """The card of a card number (AAZ500), or None."""
    found = await store.find(tx, number_hashes(tx.keys, card_number.strip().upper()))
    cards = await store.by_ids(tx, [one.card_id for one in found.values()]) if found else []
    return cards[0] if cards else None


async def detail(tx: Tx, card_id: CardId) -> Detail:
    """Card number and identifier, opened. Raises CardNotFound, also when the holder was erased."""
    card = await get(tx, card_id)
    salts = await holders.salts(tx, [card.holder_id])
    sealed = await store.sealed(tx, card_id)
    if not sealed or card.holder_id not in salts:
        raise CardNotFound(f"nothing is left of card {card_id}")
    plain = tx.keys.open_for("cards", salts[card.holder_id], sealed, holders.sealed_for("cards.card", card_id))
    return Detail(*msgspec.msgpack.decode(plain, type=tuple[str, str]))


async def details(tx: Tx, wanted: Sequence[CardId]) -> dict[CardId, Detail]:
    """Card number and identifier of several cards, opened; those of erased people are left out."""
    rows = await store.sealed_many(tx, wanted) if wanted else []
    salts = await holders.salts(tx, [row["holder_id"] for row in rows])
    rows = [row for row in rows if row["holder_id"] in salts and row["sealed"]]
    plains = tx.keys.open_many("cards", [salts[row["holder_id"]] for row in rows], [row["sealed"] for row in rows],
                               [holders.sealed_for("cards.card", row["id"]) for row in rows])
    return {CardId(row["id"]): Detail(*msgspec.msgpack.decode(plain, type=tuple[str, str])) for row, plain in zip(rows, plains, strict=True)}


async def history(tx: Tx, card_id: CardId) -> list[dict[str, object]]:
    """The moves of a card, oldest first."""
    return [dict(row) for row in await store.history(tx, card_id)]


async def is_asked(tx: Tx, request_id: str) -> bool:
    """Whether what a holder asked of the province is still to be answered: not withdrawn, refused, or answered by the feed."""
    found = await store.request(tx, ids.parse("evt", request_id))
    return found is not None and found["closed_at"] is None


async def gaps(tx: Tx, region: str) -> Gaps:
    """What of this region's feed waits or never came; at most 1000 cards and 1000 ranges."""
    rows = await feed.gaps(tx, region, LONGEST_LIST)
    waiting = [Gap(row["card_id"], row["last_sequence"] or 0, row["waiting_for"], row["held"], row["since"]) for row in rows]
    return Gaps(waiting, await feed.missing(tx, region))


CHECKS: Final = (
    Check("cards.state_is_last_move", "every card is where its last move left it", proofs.other_state_than_last_move),
    Check("cards.version_counts_moves", "the version of a card is the number of its moves", proofs.version_without_move),
    Check("cards.moves_follow", "every move starts where the one before it ended", proofs.broken_histories),
    Check("cards.one_active", "nobody has two active cards", proofs.two_active),
    Check("cards.card_is_found", "every card is found by its number", proofs.not_found),
    Check("cards.lookup_has_card", "every card number leads to a card", proofs.lookups_of_nothing),
    Check("cards.card_has_holder", "every card belongs to a person that there is or was", proofs.cards_of_nobody),
    Check("cards.chunk_counts", "every chunk of a card file accounts for all its rows", proofs.miscounted_chunks),
)
