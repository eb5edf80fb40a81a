"""A chunk of a card file: judged, written, marked as done, all in one transaction or not at all."""
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

import msgspec

from essc.cards.actions import arriving
from essc.cards.actions.arriving import Placed, Quick, Ready
from essc.cards.errors import RowWrong
from essc.cards.events import CardsImported
from essc.cards.model import CardRow, Moved, Reject, Rules, Source, State, card_row, masked
from essc.cards.store import cards as store
from essc.cards.store import files
from essc.holders import actions as holders
from essc.kit import ids
from essc.kit.crypto import Keys
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.regions import queries as regions
from essc.regions.model import temporary_loss_ends

_AT_A_TIME: Final = 1000
"""Rows made ready together: enough to be fast, few enough to stay small in memory."""

TextRow = tuple[int, dict[str, str]]
"""Where a row stands in its file, and its values by our names of the columns."""


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """A chunk of a file, made ready for a transaction whose `now` is `at`: `number` counts from 0, `count` is how many rows it has, good and bad."""

    number: int
    first_line: int
    count: int
    at: datetime
    rows: list[Quick]
    rejects: list[Reject]


class Counts(msgspec.Struct, frozen=True):
    """What became of the rows of a chunk or a file."""

    rows: int
    imported: int
    same: int
    rejected: int


def judge(rows: Sequence[TextRow], rules: Rules) -> tuple[list[tuple[int, CardRow]], list[Reject]]:
    """Which rows can be right, and which cannot and why."""
    good: list[tuple[int, CardRow]] = []
    bad: list[Reject] = []
    for line, row in rows:
        try:
            good.append((line, card_row(row, rules)))
        except RowWrong as wrong:
            bad.append(Reject(line, wrong.field, masked(wrong.field, row[wrong.field]), wrong.reason))
    return good, bad


def make_chunk(keys: Keys, number: int, first_line: int, rows: Iterable[TextRow], broken: list[Reject], rules: Rules, at: datetime) -> Chunk:
    """A chunk made ready: validated, hashed, sealed, laid out as rows of `at`.

    `broken` are lines that are no rows at all; it may grow while `rows` is read.
    """
    ready: list[Quick] = []
    rejects: list[Reject] = []
    stream = iter(rows)
    while some := list(islice(stream, _AT_A_TIME)):
        good, bad = judge(some, rules)
        ready.extend(arriving.make_quick(one, at) for one in arriving.make_ready(keys, good, at))
        rejects.extend(bad)
    rejects.extend(broken)
    return Chunk(number, first_line, len(ready) + len(rejects), at, ready, rejects)


async def begin_file(tx: Tx, sha256: bytes, region: str) -> set[int]:
    """Note that a file is being imported; gives the numbers of the chunks that are done already."""
    await files.begin_file(tx, sha256, region)
    return await files.chunks_done(tx, sha256)


async def import_chunk(tx: Tx, sha256: bytes, region: str, chunk: Chunk, *, hopeful: bool = False) -> Counts | None:
    """Take a chunk: its rows, its rejects and its mark together. None when it was done before.

    `hopeful` takes for granted that nobody has these numbers yet and saves looking; if somebody has, PostgreSQL answers 23505. It may answer so,
    and CardChangedMeanwhile be raised, also when somebody writes the same numbers at this moment: do it again, not hopeful.
    """
    if not await files.begin_chunk(tx, sha256, chunk.number):
        return None
    rejects = list(chunk.rejects)
    quick, slow = await _split(tx, chunk.rows, hopeful=hopeful)
    await arriving.write_quick(tx, quick)
    placed, same = await _one_by_one(tx, arriving.again(tx.keys, slow, tx.now), rejects)
    counts = (len(quick) + len(placed), same, len(rejects))
    await files.mark_chunk(tx, sha256, chunk.number, chunk.first_line, counts, rejects)
    taken = [(one.card_id, one.fingerprint) for one in quick] + [(one.ready.card_id.bytes, one.ready.marks[0].fingerprint) for one in placed]
    await tx.emit(CardsImported(chunk_id=ids.new(at=tx.now), region=region, count=counts[0], sha256=_digest(taken), file_sha256=sha256.hex()))
    return Counts(chunk.count, *counts)


async def _split(tx: Tx, rows: Sequence[Quick], *, hopeful: bool) -> tuple[list[Quick], list[Quick]]:
    """Rows whose person and card nobody has yet, each for the first time in this chunk; and all others, which need a closer look."""
    people = set() if hopeful else await holders.taken(tx, [one.person.hash for one in rows if one.person])
    cards = set() if hopeful else set(await store.find(tx, [one.hash for one in rows]))
    quick, slow = [], []
    for one in rows:
        if one.person is None or one.card is None or one.person.hash in people or one.hash in cards:
            slow.append(one)
        else:
            quick.append(one)
        cards.add(one.hash)
        if one.person is not None:
            people.add(one.person.hash)
    return quick, slow


async def _one_by_one(tx: Tx, ready: Sequence[Ready], rejects: list[Reject]) -> tuple[list[Placed], int]:
    """Rows of people or cards that are known: new cards of known people, the same row again, and what must be refused."""
    if not ready:
        return [], 0
    fresh, same = _new_rows(ready, await _fingerprints(tx, ready), rejects)
    placed = _with_person(fresh, await arriving.place(tx, fresh), rejects)
    kept = _one_active(placed, await _active(tx, placed), rejects)
    await arriving.write(tx, kept, await _arrivals(tx, kept))
    return kept, same


async def finish_file(tx: Tx, sha256: bytes) -> Counts:
    """Note that every chunk is done; gives the sums."""
    await files.finish_file(tx, sha256)
    row = await files.totals(tx, sha256)
    assert row is not None
    return Counts(row["rows"], row["imported"], row["same"], row["rejected"])


async def rejects(tx: Tx, sha256: bytes, after: int, limit: int = 10_000) -> list[Reject]:
    """Refused rows of a file after row `after`, for the rejects file."""
    return [Reject(*row) for row in await files.rejects(tx, sha256, after, limit)]


async def _fingerprints(tx: Tx, ready: Sequence[Ready]) -> dict[bytes, bytes]:
    return {hash: found.fingerprint for hash, found in (await arriving.known_cards(tx, ready)).items()}


def _new_rows(ready: Sequence[Ready], known: dict[bytes, bytes], rejects: list[Reject]) -> tuple[list[Ready], int]:
    """Rows whose card number is new; the same row again is nothing, another one under the same number is a reject."""
    fresh, same = [], 0
    for one in ready:
        before = known.get(one.marks[0].hash)
        if before is None:
            known[one.marks[0].hash] = one.marks[0].fingerprint
            fresh.append(one)
        elif any(mark.fingerprint == before for mark in one.marks):
            same += 1
        else:
            rejects.append(_reject(one, "card_number", one.row.card_number, "card_differs"))
    return fresh, same


def _with_person(ready: Sequence[Ready], outcomes: Sequence[Placed | Refused], rejects: list[Reject]) -> list[Placed]:
    placed = []
    for one, outcome in zip(ready, outcomes, strict=True):
        if isinstance(outcome, Refused):
            rejects.append(_reject(one, "name", one.row.person.name, outcome.code))
        else:
            placed.append(outcome)
    return placed


async def _active(tx: Tx, placed: Sequence[Placed]) -> set[object]:
    """People of these rows who have an active card already; new people have none."""
    there = [one.holder.id for one in placed if not one.holder.fresh and one.ready.row.state is State.ACTIVE]
    return set(await store.holders_with_active(tx, there)) if there else set()


def _one_active(placed: Sequence[Placed], active: set[object], rejects: list[Reject]) -> list[Placed]:
    """Rows that leave everybody with one active card at most: the first in the file stays."""
    kept = []
    for one in placed:
        if one.ready.row.state is State.ACTIVE:
            if one.holder.id in active:
                rejects.append(_reject(one.ready, "state", one.ready.row.state, "second_active_card"))
                continue
            active.add(one.holder.id)
        kept.append(one)
    return kept


async def _arrivals(tx: Tx, placed: Sequence[Placed]) -> list[Moved]:
    ends = await loss_ends(tx, {one.ready.row.region for one in placed if one.ready.row.state is State.TEMPORARILY_LOST}, tx.now)
    return [arriving.arrival(one, tx.now, Source.FILE, 0, ends.get(one.ready.row.region)) for one in placed]


async def loss_ends(tx: Tx, of: set[str], since: datetime) -> dict[str, datetime]:
    """When a temporary loss of `since` ends by itself in each of these divisions."""
    days = await regions.setting_of_many(tx, sorted(of), "temporary_loss_days") if of else {}
    return {region: temporary_loss_ends(since, value) for region, value in days.items()}


def _reject(one: Ready, field: str, value: str, code: str) -> Reject:
    return Reject(one.line, field, masked(field, value), code)


def _digest(taken: Sequence[tuple[bytes, bytes]]) -> str:
    """SHA-256 over the cards' ids and fingerprints, in order, as `cards.by_number` keeps them."""
    return hashlib.sha256(b"".join(id + fingerprint for id, fingerprint in sorted(taken))).hexdigest()
