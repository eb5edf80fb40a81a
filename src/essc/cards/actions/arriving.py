"""Cards that were not there: made ready in advance, then written with their holders, a chunk at a time."""
from collections.abc import Sequence
from datetime import datetime

import msgspec

from essc.cards import queries
from essc.cards.errors import CardChangedMeanwhile
from essc.cards.model import Card, CardRow, Move, Moved, Source, State
from essc.cards.store import cards as store
from essc.cards.store.cards import Found, Mark
from essc.holders import actions as holders
from essc.holders.model import Candidate, Known, Packed
from essc.holders.queries import sealed_for
from essc.kit import ids
from essc.kit.crypto import Keys
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.names import CardId

_encode = msgspec.msgpack.Encoder().encode


class Ready(msgspec.Struct, frozen=True, gc=False):
    """A row that can be right, hashed and sealed in case its person and its card are both new. `line` is where it stands in its file."""

    line: int
    row: CardRow
    content: bytes
    marks: tuple[Mark, ...]
    candidate: Candidate
    card_id: CardId
    plain: bytes
    sealed: bytes


_row = msgspec.msgpack.Decoder(CardRow).decode


class Placed(msgspec.Struct, frozen=True):
    """A ready row whose person is known now."""

    ready: Ready
    holder: Known


def make_ready(keys: Keys, rows: Sequence[tuple[int, CardRow]], at: datetime) -> list[Ready]:
    """Hash and seal rows; needs no database, so another process does it while PostgreSQL writes the rows before."""
    if not rows:
        return []
    wanted = [row for _, row in rows]
    contents = [_encode(row) for row in wanted]
    marks = queries.marks(keys, [row.card_number for row in wanted], contents)
    people = holders.candidates(keys, [row.person for row in wanted], at)
    cards = [CardId(id) for id in ids.new_many([who.bucket for who in people], at)]
    plains = [_encode((row.card_number, row.identifier)) for row in wanted]
    sealed = keys.seal_many("cards", [who.salt for who in people], plains, [sealed_for("cards.card", card) for card in cards])
    return [Ready(line, row, *rest) for (line, row), *rest in zip(rows, contents, marks, people, cards, plains, sealed, strict=True)]


class Quick(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A row as it is written when, as usual, its person and its card are both new; `content` is the row itself, for when they are not."""

    line: int
    hash: bytes
    fingerprint: bytes
    card_id: bytes
    person: Packed | None
    card: store.Packed | None
    content: bytes


def make_quick(one: Ready, at: datetime) -> Quick:
    """The rows of a ready one, made in advance. A temporary loss has none: when it ends is for the database to say."""
    mark, who = one.marks[0], one.candidate
    person = holders.pack(who, at)
    card = None
    if person is not None and one.row.state is not State.TEMPORARILY_LOST:
        card = store.pack(one.card_id, who.id, who.bucket, one.row, mark, one.sealed, at)
    return Quick(one.line, mark.hash, mark.fingerprint, one.card_id.bytes, person, card, one.content)


def again(keys: Keys, quick: Sequence[Quick], at: datetime) -> list[Ready]:
    """The rows that need a closer look, made ready from their contents."""
    return make_ready(keys, [(one.line, _row(one.content)) for one in quick], at)


async def known_cards(tx: Tx, ready: Sequence[Ready]) -> dict[bytes, Found]:
    """Which of the rows' card numbers lead to a card already; by the newest hash of the row."""
    found = await store.find(tx, [mark.hash for one in ready for mark in one.marks])
    return {one.marks[0].hash: hit for one in ready for mark in one.marks if (hit := found.get(mark.hash))}


async def place(tx: Tx, ready: Sequence[Ready]) -> list[Placed | Refused]:
    """Find or make the people of the rows; a NameDiffers in place of who is known under another name."""
    outcomes = await holders.enrol_candidates(tx, [one.candidate for one in ready])
    return [outcome if isinstance(outcome, Refused) else Placed(one, outcome) for one, outcome in zip(ready, outcomes, strict=True)]


async def write_quick(tx: Tx, rows: Sequence[Quick]) -> None:
    """Write rows whose person and card are both new. PostgreSQL answers 23505 when one of them was taken at this moment."""
    if rows:
        await holders.enrol_packed(tx, [one.person for one in rows if one.person])
        await store.add_packed(tx, [one.card for one in rows if one.card])


async def write(tx: Tx, placed: Sequence[Placed], arrivals: Sequence[Moved]) -> None:
    """Write cards and their first moves, one for each placed row. Raises CardChangedMeanwhile when a number was taken at this moment."""
    claims = [(one.ready.card_id, one.holder.bucket, one.ready.marks) for one in placed]
    if await store.claim(tx, claims) != sum(len(marks) for _, _, marks in claims):
        raise CardChangedMeanwhile("one of the card numbers was taken by somebody else at this moment")
    rows = [(arrival.card, b"".join(mark.hash for mark in one.ready.marks), _sealed(tx.keys, one))
            for one, arrival in zip(placed, arrivals, strict=True)]
    await store.add(tx, rows, arrivals)


def _sealed(keys: Keys, placed: Placed) -> bytes:
    """What was sealed in advance if the person is the new one it was sealed for, else sealed anew under the salt of who was there."""
    if placed.holder.salt == placed.ready.candidate.salt:
        return placed.ready.sealed
    return keys.seal_for("cards", placed.holder.salt, placed.ready.plain, sealed_for("cards.card", placed.ready.card_id))


def arrival(placed: Placed, occurred_at: datetime, source: Source, sequence: int, until: datetime | None) -> Moved:
    """The first move of a placed card."""
    row = placed.ready.row
    card = Card(id=placed.ready.card_id, holder_id=placed.holder.id, bucket=placed.holder.bucket, region=row.region, state=row.state,
                since=occurred_at, version=1, sequence=sequence, generation=row.generation, bank_code=row.bank_code, issued_on=row.issued_on,
                valid_to=row.valid_to, until=until if row.state is State.TEMPORARILY_LOST else None)
    return Moved(card, Move.ISSUE, None, occurred_at, source, sequence)
