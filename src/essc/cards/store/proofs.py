"""SQL of the invariants of this room, for `essc check`. Each gives the wire ids that break it."""
from typing import Final

from essc.kit import ids
from essc.kit.db.tx import Tx

_STATE_OF_LAST_MOVE: Final = """
SELECT c.id FROM cards.card c
  LEFT JOIN cards.move m ON m.bucket = c.bucket AND m.card_id = c.id AND m.version = c.version
 WHERE m.state IS DISTINCT FROM c.state LIMIT 100"""

_VERSION_COUNTS_MOVES: Final = """
SELECT c.id FROM cards.card c
  LEFT JOIN (SELECT bucket, card_id, count(*) AS moves FROM cards.move GROUP BY bucket, card_id) m ON m.bucket = c.bucket AND m.card_id = c.id
 WHERE coalesce(m.moves, 0) <> c.version LIMIT 100"""

_MOVES_FOLLOW: Final = """
SELECT m.card_id AS id FROM (
  SELECT bucket, card_id, version, was, lag(state) OVER w AS state_before, lag(version) OVER w AS version_before
    FROM cards.move WINDOW w AS (PARTITION BY bucket, card_id ORDER BY version)) m
 WHERE m.was IS DISTINCT FROM m.state_before OR m.version <> coalesce(m.version_before, 0) + 1 LIMIT 100"""

_ONE_ACTIVE: Final = """
SELECT min(id::text)::uuid AS id FROM cards.card WHERE state = 'active' GROUP BY bucket, holder_id HAVING count(*) > 1 LIMIT 100"""

_FOUND: Final = """
SELECT c.id FROM cards.card c LEFT JOIN cards.by_number n ON n.bucket = c.bucket AND n.card_id = c.id
 WHERE n.card_id IS NULL AND c.sealed <> '' LIMIT 100"""

_LOOKUP_HAS_CARD: Final = """
SELECT n.card_id AS id FROM cards.by_number n LEFT JOIN cards.card c ON c.bucket = n.bucket AND c.id = n.card_id WHERE c.id IS NULL LIMIT 100"""

_OF_NOBODY: Final = """
SELECT c.id FROM cards.card c LEFT JOIN holders.pub_holder h ON h.bucket = c.bucket AND h.id = c.holder_id WHERE h.id IS NULL LIMIT 100"""

_CHUNK_COUNTS: Final = """
SELECT k.sha256, k.number FROM cards.import_chunk k
  LEFT JOIN (SELECT sha256, number, count(*) AS refused FROM cards.import_reject GROUP BY sha256, number) r
    ON r.sha256 = k.sha256 AND r.number = k.number
 WHERE coalesce(r.refused, 0) <> k.rejected LIMIT 100"""


async def _ids(tx: Tx, sql: str) -> list[str]:
    return [ids.wire("card", row["id"]) for row in await tx.rows(sql)]


async def other_state_than_last_move(tx: Tx) -> list[str]:
    """Cards that are not where their last move left them."""
    return await _ids(tx, _STATE_OF_LAST_MOVE)


async def version_without_move(tx: Tx) -> list[str]:
    """Cards whose version is not the number of their moves."""
    return await _ids(tx, _VERSION_COUNTS_MOVES)


async def broken_histories(tx: Tx) -> list[str]:
    """Cards with a move that does not start where the one before it ended."""
    return await _ids(tx, _MOVES_FOLLOW)


async def two_active(tx: Tx) -> list[str]:
    """A card of each person with more than one active card."""
    return await _ids(tx, _ONE_ACTIVE)


async def not_found(tx: Tx) -> list[str]:
    """Cards that no card number leads to."""
    return await _ids(tx, _FOUND)


async def lookups_of_nothing(tx: Tx) -> list[str]:
    """Card numbers that lead to no card."""
    return await _ids(tx, _LOOKUP_HAS_CARD)


async def cards_of_nobody(tx: Tx) -> list[str]:
    """Cards whose holder does not exist."""
    return await _ids(tx, _OF_NOBODY)


async def miscounted_chunks(tx: Tx) -> list[str]:
    """Chunks whose number of refused rows is not the number of rejects kept."""
    return [f"{row['sha256'].hex()[:16]}/{row['number']}" for row in await tx.rows(_CHUNK_COUNTS)]
