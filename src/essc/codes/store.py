"""All SQL on codes.*: what a batch of presented codes needs to know, the burn, and the count of forged tries."""
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from asyncpg import Record

from essc.codes.model import Verdict
from essc.kit import ids
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import CardId, HolderId, TerminalId

Place = tuple[int, int, int]
"""What names a code: bucket, hour, key."""

# One round trip for the whole batch. Every by-holder table is joined on its bucket; nothing is read from a cache or a replica.
_LOOK: Final = """
SELECT i.n, t.id IS NOT NULL AS terminal_known, t.venue_id, t.state AS terminal_state, t.venue_state, t.venue_name, t.sessions_since,
       i.scene = ANY (t.scenes) AS scene_allowed, s.level AS level_needed, s.fields, coalesce(f.tries, 0) AS forged_tries, h.pruned_before,
       l.link_id, l.ecard_id, c.holder_id, c.id AS card_id, l.channel_id, l.level, l.unlinked_at, l.frozen_at,
       l.ecard_version, l.link_version, ch.state AS channel_state, ch.name AS channel_name,
       c.state AS card_state, c.version AS card_version, c.replaced, c.loss_requested, c.region,
       b.request_hash AS burnt_hash, b.verdict AS burnt_verdict, b.card_version AS burnt_version, b.burnt_at
  FROM unnest($1::int[], $2::smallint[], $3::int[], $4::int[], $5::bigint[], $6::uuid[], $7::text[])
       AS i (n, bucket, hour, slot, key, terminal_id, scene)
 CROSS JOIN codes.horizon h
  LEFT JOIN venues.pub_terminal t ON t.id = i.terminal_id
  LEFT JOIN venues.pub_scene s ON s.code = i.scene
  LEFT JOIN codes.forged f ON f.terminal_id = i.terminal_id AND f.minute = $8
  LEFT JOIN ecards.pub_link l ON l.bucket = i.bucket AND l.slot = i.slot
  LEFT JOIN channels.pub_channel ch ON ch.id = l.channel_id
  LEFT JOIN cards.pub_card c ON c.bucket = coalesce(l.bucket, $10::smallint) AND c.id = coalesce(l.card_id, $9::uuid)
  LEFT JOIN codes.burn b ON b.bucket = i.bucket AND b.hour = i.hour AND b.key = i.key AND b.ring = i.hour % 4"""

_BURN: Final = """
INSERT INTO codes.burn (bucket, hour, key, ring, terminal_id, request_hash, verdict, card_version, scene, burnt_at)
SELECT bucket, hour, key, hour % 4, terminal_id, request_hash, $9, card_version, scene, $8
  FROM unnest($1::smallint[], $2::int[], $3::bigint[], $4::uuid[], $5::bytea[], $6::int[], $7::text[])
       AS i (bucket, hour, key, terminal_id, request_hash, card_version, scene)
 ORDER BY bucket, hour, key
    ON CONFLICT DO NOTHING
RETURNING bucket, hour, key, request_hash"""


class Pointer(NamedTuple):
    """What is asked about: where a code points to, and who reads it for what. A slot of -1 points nowhere."""

    bucket: int
    hour: int
    slot: int
    key: int
    terminal_id: TerminalId
    scene: str


class Burn(NamedTuple):
    """One code to be marked as used."""

    bucket: int
    hour: int
    key: int
    terminal_id: TerminalId
    request_hash: bytes
    card_version: int
    scene: str

    @property
    def place(self) -> Place:
        """What names the code."""
        return self.bucket, self.hour, self.key


async def look(tx: Tx, pointers: Sequence[Pointer], minute: int, *, card_id: CardId | None = None) -> list[Record]:
    """What the house knows about each presented code, its reader and its card, in the order asked; or about a physical card."""
    rows = await tx.rows(
        _LOOK, list(range(len(pointers))), [p.bucket for p in pointers], [p.hour for p in pointers], [p.slot for p in pointers],
        [p.key for p in pointers], [p.terminal_id for p in pointers], [p.scene for p in pointers],
        minute, card_id, None if card_id is None else ids.bucket(card_id),
    )
    return sorted(rows, key=lambda row: int(row["n"]))


async def burn(tx: Tx, burns: Sequence[Burn], at: datetime) -> set[tuple[Place, bytes]]:
    """Mark codes as used; answers those that this call marked, each with the request it was marked for."""
    if not burns:
        return set()
    rows = await tx.rows(
        _BURN, [b.bucket for b in burns], [b.hour for b in burns], [b.key for b in burns], [b.terminal_id for b in burns],
        [b.request_hash for b in burns], [b.card_version for b in burns], [b.scene for b in burns], at, Verdict.PASS,
    )
    return {((row["bucket"], row["hour"], row["key"]), row["request_hash"]) for row in rows}


async def burns(tx: Tx, places: Sequence[Place]) -> dict[Place, Record]:
    """The burns of codes that were used: by whom, and what they were told."""
    rows = await tx.rows(
        """SELECT b.bucket, b.hour, b.key, b.terminal_id, b.request_hash AS burnt_hash, b.verdict AS burnt_verdict, b.card_version AS burnt_version,
                  b.scene, b.burnt_at
             FROM unnest($1::smallint[], $2::int[], $3::bigint[]) AS i (bucket, hour, key)
             JOIN codes.burn b ON b.bucket = i.bucket AND b.hour = i.hour AND b.key = i.key AND b.ring = i.hour % 4""",
        [bucket for bucket, _, _ in places], [hour for _, hour, _ in places], [key for _, _, key in places],
    )
    return {(row["bucket"], row["hour"], row["key"]): row for row in rows}


async def holder_of_slot(tx: Tx, bucket: int, slot: int) -> HolderId:
    """The holder of the link that has this slot."""
    return HolderId(await tx.value("SELECT holder_id FROM ecards.pub_link WHERE bucket = $1 AND slot = $2", bucket, slot))


async def count_forged(tx: Tx, terminals: Sequence[UUID], minute: int) -> dict[UUID, int]:
    """Add one forged try for each terminal named (a terminal may be named several times); the tries of each in this minute now."""
    rows = await tx.rows(
        """INSERT INTO codes.forged (terminal_id, minute, tries)
           SELECT terminal_id, $2, count(*) FROM unnest($1::uuid[]) AS i (terminal_id) GROUP BY terminal_id ORDER BY terminal_id
               ON CONFLICT (terminal_id, minute) DO UPDATE SET tries = codes.forged.tries + excluded.tries
           RETURNING terminal_id, tries""",
        list(terminals), minute,
    )
    return {row["terminal_id"]: row["tries"] for row in rows}


async def forged_tries(tx: Tx, terminal_id: UUID, since_minute: int) -> int:
    """The forged tries of a terminal from a minute on."""
    return int(await tx.value("SELECT coalesce(sum(tries), 0) FROM codes.forged WHERE terminal_id = $1 AND minute >= $2", terminal_id, since_minute))


async def forget_forged(tx: Tx, before_minute: int) -> int:
    """Drop the counts of minutes long past; answers how many."""
    return await tx.run("DELETE FROM codes.forged WHERE minute < $1", before_minute)


async def horizon(tx: Tx) -> int:
    """The hour before which every code is refused."""
    return int(await tx.value("SELECT pruned_before FROM codes.horizon"))


async def prune(tx: Tx, before_hour: int) -> int:
    """Drop the burns of the hour before `before_hour` and refuse its codes for ever; answers the horizon."""
    return int(await tx.value("SELECT codes.prune($1)", before_hour))


async def _burns_of_unknown_links(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT b.bucket, b.hour, b.key FROM codes.burn b
            WHERE NOT EXISTS (SELECT 1 FROM ecards.pub_link l WHERE l.bucket = b.bucket AND l.slot = (b.key >> 24)::int)""",
    )
    return [f"{row['bucket']}/{row['hour']}/{row['key']}" for row in rows]


async def _burns_without_event(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT l.bucket, b.hour, b.key FROM codes.burn b
             JOIN ecards.pub_link l ON l.bucket = b.bucket AND l.slot = (b.key >> 24)::int
            WHERE NOT EXISTS (SELECT 1 FROM kit.event e WHERE e.bucket = b.bucket AND e.kind = 'codes.presented'
                                 AND e.recorded_at = b.burnt_at AND e.body->>'link_id' = l.link_id::text)""",
    )
    return [f"{row['bucket']}/{row['hour']}/{row['key']}" for row in rows]


CHECKS: Final = (
    Check("codes.burn_has_link", "every used code belongs to a link that was issued", _burns_of_unknown_links),
    Check("codes.burn_has_event", "every used code was told to the audit log and the holder", _burns_without_event),
)
