"""The only SQL on records.*; names are joined from the views of lower rooms."""
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from asyncpg import Record

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import EcardId, HolderId, TerminalId, UseId
from essc.records.errors import UseNotFound
from essc.records.model import Action, Dispute, Filter, Outcome, Shown, Use

_SHOWN: Final = """SELECT u.*, t.venue_name, t.name AS terminal_name, t.number AS terminal_number, c.name AS channel_name,
       s.title_zh AS scene_zh, s.title_en AS scene_en, d.said_at AS disputed_at
  FROM records.use u
  LEFT JOIN venues.pub_terminal t ON t.id = u.terminal_id
  LEFT JOIN channels.pub_channel c ON c.id = u.channel_id
  LEFT JOIN venues.pub_scene s ON s.code = u.scene
  LEFT JOIN records.dispute d ON d.bucket = u.bucket AND d.use_id = u.id"""


async def keep(tx: Tx, uses: Sequence[Use]) -> set[UUID]:
    """Write uses; those that are there already stay as they are. Gives the ids of those that were not there."""
    rows = await tx.rows(
        """INSERT INTO records.use (bucket, id, holder_id, kind, action, outcome, verdict, occurred_at, recorded_at, channel_id, venue_id,
                                    terminal_id, scene, fields, way, ecard_id, card_id, request_id)
           SELECT b, i, h, k, a, o, v, oc, re, ch, ve, te, sc, string_to_array(f, ','), w, e, ca, r
             FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
                         $9::timestamptz[], $10::uuid[], $11::uuid[], $12::uuid[], $13::text[], $14::text[], $15::text[], $16::uuid[],
                         $17::uuid[], $18::text[]) AS n (b, i, h, k, a, o, v, oc, re, ch, ve, te, sc, f, w, e, ca, r)
           ON CONFLICT (bucket, id) DO NOTHING RETURNING id""",
        *(list(column) for column in zip(*(_row(use) for use in uses), strict=True)),
    )
    return {row["id"] for row in rows}


def _row(use: Use) -> tuple[Any, ...]:
    return (ids.bucket(use.holder_id), use.id, use.holder_id, use.kind, use.action, use.outcome, use.verdict, use.occurred_at, use.recorded_at,
            use.channel_id, use.venue_id, use.terminal_id, use.scene, ",".join(use.fields), use.way, use.ecard_id, use.card_id, use.request_id)


async def page(tx: Tx, holder_id: HolderId, wanted: Filter, before: UUID | None, limit: int) -> list[Shown]:
    """A holder's uses, newest first, those recorded before the use `before`."""
    rows = await tx.rows(
        f"""{_SHOWN}
             WHERE u.bucket = $1 AND u.holder_id = $2 AND ($3::uuid IS NULL OR u.id < $3) AND ($4::text IS NULL OR u.kind = $4)
               AND ($5::text IS NULL OR u.outcome = $5) AND ($6::uuid IS NULL OR u.channel_id = $6)
               AND ($7::timestamptz IS NULL OR u.occurred_at >= $7) AND ($8::timestamptz IS NULL OR u.occurred_at < $8)
             ORDER BY u.id DESC LIMIT $9""",
        ids.bucket(holder_id), holder_id, before, wanted.kind, wanted.outcome, wanted.channel_id, wanted.begins(), wanted.ends(), limit,
    )
    return [_shown(row) for row in rows]


async def get(tx: Tx, holder_id: HolderId, use_id: UseId) -> Shown:
    """One use of a holder. Raises UseNotFound, also for another's."""
    row = await tx.row(f"{_SHOWN} WHERE u.bucket = $1 AND u.id = $2 AND u.holder_id = $3", ids.bucket(holder_id), use_id, holder_id)
    if row is None:
        raise UseNotFound(f"no use {use_id} of this person")
    return _shown(row)


def _shown(row: Record) -> Shown:
    use = Use(
        id=row["id"], holder_id=row["holder_id"], action=Action(row["action"]), occurred_at=row["occurred_at"], recorded_at=row["recorded_at"],
        outcome=Outcome(row["outcome"]), verdict=row["verdict"], channel_id=row["channel_id"], venue_id=row["venue_id"],
        terminal_id=row["terminal_id"], scene=row["scene"], fields=tuple(row["fields"]), way=row["way"], ecard_id=row["ecard_id"],
        card_id=row["card_id"], request_id=row["request_id"],
    )
    return Shown(use=use, venue_name=row["venue_name"], terminal_name=row["terminal_name"], terminal_number=row["terminal_number"],
                 channel_name=row["channel_name"], scene_zh=row["scene_zh"], scene_en=row["scene_en"], disputed_at=row["disputed_at"])


async def at_terminal(tx: Tx, terminal_id: TerminalId, limit: int) -> list[Shown]:
    """The last uses at a terminal, newest first."""
    rows = await tx.rows(f"{_SHOWN} WHERE u.terminal_id = $1 ORDER BY u.occurred_at DESC LIMIT $2", terminal_id, limit)
    return [_shown(row) for row in rows]


async def work(tx: Tx, terminal_id: TerminalId, since: datetime) -> list[Record]:
    """How often a terminal presented what in which scene and way, with which end."""
    return await tx.rows(
        """SELECT action, scene, coalesce(way, '') AS way, verdict, count(*) AS count FROM records.use
            WHERE terminal_id = $1 AND occurred_at >= $2 AND action IN ('code', 'compared') GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4""",
        terminal_id, since,
    )


async def forged(tx: Tx, terminal_id: TerminalId, since: datetime) -> int:
    """How many codes that were none of ours a terminal held up."""
    return int(await tx.value("SELECT coalesce(sum(tries), 0) FROM codes.pub_forged WHERE terminal_id = $1 AND minute >= $2",
                              terminal_id, int(since.timestamp()) // 60))


async def holders(tx: Tx, ecards: Sequence[EcardId]) -> dict[UUID, HolderId]:
    """Whose electronic cards these are."""
    rows = await tx.rows(
        """SELECT e.id, e.holder_id FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
             JOIN ecards.pub_ecard e ON e.bucket = k.bucket AND e.id = k.id""",
        [ids.bucket(id) for id in ecards], list(ecards),
    )
    return {row["id"]: row["holder_id"] for row in rows}


async def dispute(tx: Tx, holder_id: HolderId, use_id: UseId) -> Dispute | None:
    """What the holder said of a use, if anything."""
    row = await tx.row("SELECT id, use_id, holder_id, ecard_id, said_at FROM records.dispute WHERE bucket = $1 AND use_id = $2 AND holder_id = $3",
                       ids.bucket(holder_id), use_id, holder_id)
    return None if row is None else Dispute(row["id"], row["use_id"], row["holder_id"], row["ecard_id"], row["said_at"])


async def keep_dispute(tx: Tx, said: Dispute) -> bool:
    """Write what the holder said; False when the same was said at this very moment."""
    return await tx.run(
        """INSERT INTO records.dispute (bucket, id, use_id, holder_id, ecard_id, said_at) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (bucket, use_id) DO NOTHING""",
        ids.bucket(said.holder_id), said.id, said.use_id, said.holder_id, said.ecard_id, said.said_at,
    ) == 1


async def disowned(tx: Tx, limit: int) -> list[Shown]:
    """The uses that somebody said were not theirs, of everybody, the last said first."""
    rows = await tx.rows(f"{_SHOWN} WHERE d.said_at IS NOT NULL ORDER BY d.said_at DESC, d.id DESC LIMIT $1", limit)
    return [_shown(row) for row in rows]


async def without_event(tx: Tx) -> list[str]:
    """Uses that no event tells of."""
    rows = await tx.rows("""SELECT u.id FROM records.use u LEFT JOIN kit.event e ON e.bucket = u.bucket AND e.id = u.id
                             WHERE e.id IS NULL ORDER BY u.id LIMIT 100""")
    return [str(row["id"]) for row in rows]


async def without_use(tx: Tx, kinds: Sequence[str]) -> list[str]:
    """Delivered events of these kinds that made no use and do not wait to be tried again."""
    rows = await tx.rows(
        """SELECT e.id FROM kit.event e
             LEFT JOIN records.use u ON u.bucket = e.bucket AND u.id = e.id
             LEFT JOIN kit.retry r ON r.bucket = e.bucket AND r.event_id = e.id
            WHERE e.kind = ANY($1) AND e.delivered_at IS NOT NULL AND u.id IS NULL AND r.event_id IS NULL ORDER BY e.id LIMIT 100""",
        list(kinds),
    )
    return [str(row["id"]) for row in rows]
