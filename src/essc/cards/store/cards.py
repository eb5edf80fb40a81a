"""SQL on cards, their look-ups, moves and the holders' requests."""
import struct
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record

from essc.cards.model import Card, CardRow, Move, Moved, Source, State
from essc.kit import ids
from essc.kit.db import binary
from essc.kit.db.tx import Tx
from essc.names import CardId, HolderId

HASH_BYTES: Final = 16
_COLUMNS: Final = ("id", "holder_id", "bucket", "region", "state", "since", "version", "sequence", "generation", "bank_code", "issued_on",
                   "valid_to", "until", "loss_requested_at", "replaced_by")
_CARD: Final = f"SELECT {', '.join(f'c.{name}' for name in _COLUMNS)} FROM cards.card c"
_KEYS: Final = "JOIN unnest($1::smallint[], $2::uuid[]) AS k (bucket, id) ON k.bucket = c.bucket"
_HISTORY: Final = ("bucket", "card_id", "version", "move", "was", "state", "occurred_at", "recorded_at", "source", "sequence")

_CLAIM: Final = """
INSERT INTO cards.by_number (hash, version, bucket, card_id, fingerprint)
SELECT hash, version, bucket, card_id, fingerprint
  FROM unnest($1::bytea[], $2::smallint[], $3::smallint[], $4::uuid[], $5::bytea[]) AS c (hash, version, bucket, card_id, fingerprint)
 ORDER BY hash
    ON CONFLICT (hash) DO NOTHING"""

_SAVE: Final = """
UPDATE cards.card c
   SET state = n.state, since = n.since, version = n.version, sequence = n.sequence, until = n.until, replaced_by = n.replaced_by,
       loss_requested_at = n.loss_requested_at
  FROM unnest($2::smallint[], $3::uuid[], $4::int[], $5::bigint[], $6::text[], $7::timestamptz[], $8::int[], $9::bigint[], $10::timestamptz[],
              $11::uuid[], $12::timestamptz[], $13::timestamptz[])
       AS n (bucket, id, was_version, was_sequence, state, since, version, sequence, until, replaced_by, loss_requested_at, was_asked)
 WHERE c.bucket = n.bucket AND c.id = n.id AND c.bucket = ANY ($1) AND c.version = n.was_version AND c.sequence = n.was_sequence
   AND c.loss_requested_at IS NOT DISTINCT FROM n.was_asked"""


class Found(msgspec.Struct, frozen=True):
    """Where a card number leads, and the fingerprint of the row that brought it."""

    bucket: int
    card_id: CardId
    fingerprint: bytes


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The keyed hashes of one card row under one version of the look-up key."""

    version: int
    hash: bytes
    fingerprint: bytes


class Packed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A card that comes by file to a person who is new, as rows ready to be copied."""

    card: bytes
    by_number: bytes
    move: bytes


_HEAD: Final = struct.Struct(">hihi16si16si6s").pack
_MIDDLE: Final = struct.Struct(">iqiiiqih").pack
_DAYS: Final = struct.Struct(">iiiii16s").pack
_BY_NUMBER: Final = struct.Struct(">hi16sihihi16si16s").pack
_MOVE: Final = struct.Struct(">hihi16sii").pack
_MOVE_TIMES: Final = struct.Struct(">iqiq").pack
_FILE: Final = binary.blob(Source.FILE.encode()) + struct.pack(">iq", 8, 0)
_ISSUE: Final = binary.blob(Move.ISSUE.encode())
_PACKED_CARD: Final = ("bucket", "id", "holder_id", "region", "state", "since", "version", "sequence", "generation", "bank_code", "issued_on",
                       "valid_to", "hashes", "sealed")
_PACKED_MOVE: Final = ("bucket", "card_id", "version", "move", "state", "occurred_at", "recorded_at", "source", "sequence")


def pack(card_id: CardId, holder_id: HolderId, bucket: int, row: CardRow, mark: Mark, sealed: bytes, at: datetime) -> Packed:
    """The rows of a card that comes by file at `at` to somebody new, for `add_packed`: the card, its look-up and its first move."""
    id, state, moment = card_id.bytes, binary.word(row.state), binary.moment(at)
    card = (_HEAD(14, 2, bucket, 16, id, 16, holder_id.bytes, 6, row.region.encode()) + state
            + _MIDDLE(8, moment, 4, 1, 8, 0, 2, row.generation) + binary.word(row.bank_code)
            + _DAYS(4, binary.day(row.issued_on), 4, binary.day(row.valid_to), 16, mark.hash) + binary.blob(sealed))
    move = _MOVE(9, 2, bucket, 16, id, 4, 1) + _ISSUE + state + _MOVE_TIMES(8, moment, 8, moment) + _FILE
    return Packed(card, _BY_NUMBER(5, 16, mark.hash, 2, mark.version, 2, bucket, 16, id, 16, mark.fingerprint), move)


async def add_packed(tx: Tx, packed: Sequence[Packed]) -> None:
    """Write cards whose numbers nobody has; PostgreSQL answers 23505 when somebody took one of them at this moment."""
    await binary.write(tx, "cards", "by_number", ("hash", "version", "bucket", "card_id", "fingerprint"), sorted(one.by_number for one in packed))
    await binary.write(tx, "cards", "card", _PACKED_CARD, (one.card for one in packed))
    await binary.write(tx, "cards", "move", _PACKED_MOVE, (one.move for one in packed))


def _card(row: Record) -> Card:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["state"] = State(values["state"])
    return Card(**values)


async def find(tx: Tx, hashes: Sequence[bytes]) -> dict[bytes, Found]:
    """Where card numbers lead, by keyed hash."""
    rows = await tx.rows("SELECT hash, bucket, card_id, fingerprint FROM cards.by_number WHERE hash = ANY ($1)", list(hashes))
    return {row["hash"]: Found(row["bucket"], CardId(row["card_id"]), row["fingerprint"]) for row in rows}


async def claim(tx: Tx, rows: Iterable[tuple[CardId, int, Sequence[Mark]]]) -> int:
    """Take card numbers for cards, sorted by hash; gives how many hashes were free."""
    flat = sorted((mark.hash, mark.version, bucket, card_id, mark.fingerprint) for card_id, bucket, marks in rows for mark in marks)
    return await tx.run(_CLAIM, *(list(column) for column in zip(*flat, strict=True))) if flat else 0


async def add(tx: Tx, cards: Sequence[tuple[Card, bytes, bytes]], arrivals: Sequence[Moved]) -> None:
    """Write cards that were not there (with their joined look-up hashes and their sealed part) and their first moves."""
    await tx.copy("cards", "card", (*_COLUMNS, "hashes", "sealed"), ((*msgspec.structs.astuple(card), hashes, sealed) for card, hashes, sealed in cards))
    await add_moves(tx, arrivals)


async def add_moves(tx: Tx, moves: Sequence[Moved]) -> None:
    """Append to the history."""
    await tx.copy("cards", "move", _HISTORY, (
        (m.card.bucket, m.card.id, m.card.version, m.move, m.was, m.card.state, m.occurred_at, tx.now, m.source, m.sequence) for m in moves))


async def save(tx: Tx, changed: Sequence[tuple[Card, Card]]) -> int:
    """Write cards (before, after) if they still are what the decision was made on; gives how many were.

    Cards that stop are written before cards that start: at no moment has a person two active ones.
    """
    written = 0
    for group in ([pair for pair in changed if pair[1].state is not State.ACTIVE], [pair for pair in changed if pair[1].state is State.ACTIVE]):
        if group:
            group.sort(key=lambda pair: pair[1].id)
            was, new = zip(*group, strict=True)
            written += await tx.run(
                _SAVE, sorted({c.bucket for c in new}), [c.bucket for c in new], [c.id for c in new], [c.version for c in was],
                [c.sequence for c in was], [c.state for c in new], [c.since for c in new], [c.version for c in new], [c.sequence for c in new],
                [c.until for c in new], [c.replaced_by for c in new], [c.loss_requested_at for c in new], [c.loss_requested_at for c in was])
    return written


async def by_ids(tx: Tx, wanted: Sequence[UUID]) -> list[Card]:
    """Those of the cards that there are."""
    rows = await tx.rows(f"{_CARD} {_KEYS} AND k.id = c.id", *ids.placed(wanted))
    return [_card(row) for row in rows]


async def of_holders(tx: Tx, holders: Sequence[UUID]) -> list[Card]:
    """Every card of these people."""
    rows = await tx.rows(f"{_CARD} {_KEYS} AND k.id = c.holder_id", *ids.placed(holders))
    return [_card(row) for row in rows]


async def holders_with_active(tx: Tx, holders: Sequence[UUID]) -> set[UUID]:
    """Which of these people have an active card."""
    rows = await tx.rows(
        """SELECT c.holder_id FROM cards.card c JOIN unnest($1::smallint[], $2::uuid[]) AS k (bucket, id) ON k.bucket = c.bucket AND k.id = c.holder_id
            WHERE c.state = 'active'""", *ids.placed(holders))
    return {row["holder_id"] for row in rows}


async def sealed(tx: Tx, card_id: CardId) -> bytes | None:
    """The sealed part of a card."""
    value: bytes | None = await tx.value("SELECT sealed FROM cards.card WHERE bucket = $1 AND id = $2", ids.bucket(card_id), card_id)
    return value


async def sealed_many(tx: Tx, wanted: Sequence[CardId]) -> list[Record]:
    """The sealed parts of several cards, with their holders."""
    return await tx.rows(f"SELECT c.id, c.holder_id, c.sealed FROM cards.card c {_KEYS} AND k.id = c.id", *ids.placed(wanted))


async def moves_since(tx: Tx, cards: Sequence[CardId], moment: datetime) -> dict[CardId, int]:
    """How often these cards moved after `moment`."""
    rows = await tx.rows(
        """SELECT m.card_id, count(*) AS moves
             FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id) JOIN cards.move m ON m.bucket = k.bucket AND m.card_id = k.id
            WHERE m.recorded_at > $3 GROUP BY m.card_id""", *ids.placed(cards), moment)
    return {CardId(row["card_id"]): row["moves"] for row in rows}


async def sequences(tx: Tx, cards: Sequence[CardId]) -> set[tuple[CardId, int]]:
    """The feed's numbers of the moves of these cards."""
    rows = await tx.rows(
        """SELECT m.card_id, m.sequence
             FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id) JOIN cards.move m ON m.bucket = k.bucket AND m.card_id = k.id
            WHERE m.sequence > 0""", *ids.placed(cards))
    return {(CardId(row["card_id"]), row["sequence"]) for row in rows}


async def history(tx: Tx, card_id: CardId) -> list[Record]:
    """The moves of a card, oldest first."""
    return await tx.rows("SELECT * FROM cards.move WHERE bucket = $1 AND card_id = $2 ORDER BY version", ids.bucket(card_id), card_id)


async def overdue(tx: Tx, limit: int) -> list[Card]:
    """Temporary losses whose days are over."""
    return [_card(row) for row in await tx.rows(f"{_CARD} WHERE until <= $1 ORDER BY until LIMIT $2", tx.now, limit)]


async def mark_loss_requested(tx: Tx, card: Card, at: datetime | None) -> bool:
    """Note on the card that its holder asked for it to be reported lost (None: took it back); False when the card moved meanwhile."""
    return bool(await tx.run("UPDATE cards.card SET loss_requested_at = $4 WHERE bucket = $1 AND id = $2 AND version = $3",
                             card.bucket, card.id, card.version, at))


async def open_request(tx: Tx, card_id: CardId, kind: str) -> UUID:
    """The id of the one open request of this kind: a new one, or the one there is."""
    bucket = ids.bucket(card_id)
    await tx.run(
        """INSERT INTO cards.request (bucket, id, card_id, kind, requested_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (bucket, card_id, kind) WHERE closed_at IS NULL DO NOTHING""", bucket, ids.new(bucket, tx.now), card_id, kind, tx.now)
    found: UUID = await tx.value("SELECT id FROM cards.request WHERE bucket = $1 AND card_id = $2 AND kind = $3 AND closed_at IS NULL",
                                 bucket, card_id, kind)
    return found


async def request_sent(tx: Tx, request_id: UUID, receipt: str) -> Record | None:
    """The province has taken a request: its card and kind, or None when that was written down before."""
    return await tx.row("UPDATE cards.request SET sent_at = $3, receipt = $4 WHERE bucket = $1 AND id = $2 AND sent_at IS NULL RETURNING card_id, kind",
                        ids.bucket(request_id), request_id, tx.now, receipt)


async def request_refused(tx: Tx, request_id: UUID, answer: str) -> Record | None:
    """A request is over without a move of the card: its card and kind, or None when it was over before."""
    return await tx.row("UPDATE cards.request SET closed_at = $3, receipt = $4 WHERE bucket = $1 AND id = $2 AND closed_at IS NULL RETURNING card_id, kind",
                        ids.bucket(request_id), request_id, tx.now, answer)


async def close_requests(tx: Tx, cards: Sequence[CardId]) -> None:
    """The feed has spoken of these cards: what was asked is answered."""
    await tx.run(
        """UPDATE cards.request r SET closed_at = $3 FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
            WHERE r.bucket = k.bucket AND r.card_id = k.id AND r.closed_at IS NULL""", *ids.placed(cards), tx.now)


async def withdraw(tx: Tx, card_id: CardId, kind: str) -> None:
    """The holder has asked for the opposite: what was asked is not handed on any more, and asked again it is another request."""
    await tx.run("UPDATE cards.request SET closed_at = $4 WHERE bucket = $1 AND card_id = $2 AND kind = $3 AND closed_at IS NULL",
                 ids.bucket(card_id), card_id, kind, tx.now)


async def request(tx: Tx, request_id: UUID) -> Record | None:
    """One request."""
    return await tx.row("SELECT * FROM cards.request WHERE bucket = $1 AND id = $2", ids.bucket(request_id), request_id)


async def forget_holder(tx: Tx, holder_id: HolderId) -> list[CardId]:
    """Drop the look-ups and the sealed part of an erased person's cards. Gives the cards."""
    bucket = ids.bucket(holder_id)
    rows = await tx.rows("SELECT id, hashes FROM cards.card WHERE bucket = $1 AND holder_id = $2", bucket, holder_id)
    keys = [row["hashes"][at:at + HASH_BYTES] for row in rows for at in range(0, len(row["hashes"]), HASH_BYTES)]
    await tx.run("DELETE FROM cards.by_number WHERE hash = ANY ($1)", keys)
    await tx.run("DELETE FROM cards.held WHERE hash = ANY ($1)", keys)
    await tx.run("UPDATE cards.card SET sealed = '', hashes = '' WHERE bucket = $1 AND holder_id = $2", bucket, holder_id)
    return [CardId(row["id"]) for row in rows]
