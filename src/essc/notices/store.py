"""The only SQL on notices.*; names are joined from the views of lower rooms."""
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.names import ChannelId, EcardId, HolderId, MessageId, TerminalId
from essc.notices.model import Message


async def keep(tx: Tx, messages: Sequence[Message], sealed: Sequence[bytes]) -> set[UUID]:
    """Write messages; gives the ids of those that were not there before."""
    rows = await tx.rows(
        """INSERT INTO notices.message (bucket, id, holder_id, kind, sealed, at)
           SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::timestamptz[])
           ON CONFLICT (bucket, id) DO NOTHING RETURNING id""",
        [ids.bucket(one.holder_id) for one in messages], [one.id for one in messages], [one.holder_id for one in messages],
        [one.kind for one in messages], list(sealed), [one.at for one in messages],
    )
    return {row["id"] for row in rows}


async def page(tx: Tx, holder_id: HolderId, before: UUID | None, limit: int, *, unread: bool) -> list[Record]:
    """A holder's messages, newest first, those before the message `before`."""
    return await tx.rows(
        """SELECT id, holder_id, kind, sealed, at, read_at FROM notices.message
            WHERE bucket = $1 AND holder_id = $2 AND ($3::uuid IS NULL OR id < $3) AND (NOT $4 OR read_at IS NULL)
            ORDER BY id DESC LIMIT $5""",
        ids.bucket(holder_id), holder_id, before, unread, limit,
    )


async def get(tx: Tx, holder_id: HolderId, message_id: MessageId) -> Record | None:
    """One message of a holder."""
    return await tx.row("SELECT id, holder_id, kind, sealed, at, read_at FROM notices.message WHERE bucket = $1 AND id = $2 AND holder_id = $3",
                        ids.bucket(holder_id), message_id, holder_id)


async def unread(tx: Tx, holder_id: HolderId) -> int:
    """How many messages a holder has not read."""
    count: int = await tx.value("SELECT count(*) FROM notices.message WHERE bucket = $1 AND holder_id = $2 AND read_at IS NULL",
                                ids.bucket(holder_id), holder_id)
    return count


async def mark_read(tx: Tx, holder_id: HolderId, message_id: MessageId | None) -> int:
    """Mark one message read, or all when None; gives how many were unread."""
    return await tx.run(
        """UPDATE notices.message SET read_at = $4
            WHERE bucket = $1 AND holder_id = $2 AND ($3::uuid IS NULL OR id = $3) AND read_at IS NULL""",
        ids.bucket(holder_id), holder_id, message_id, tx.now,
    )


async def places(tx: Tx, terminals: Sequence[TerminalId]) -> dict[UUID, str]:
    """The names of the venues where these terminals stand."""
    rows = await tx.rows("SELECT id, venue_name FROM venues.pub_terminal WHERE id = ANY($1)", list(terminals))
    return {row["id"]: row["venue_name"] for row in rows}


async def channels(tx: Tx, wanted: Sequence[ChannelId]) -> dict[UUID, str]:
    """The names of these channels."""
    rows = await tx.rows("SELECT id, name FROM channels.pub_channel WHERE id = ANY($1)", list(wanted))
    return {row["id"]: row["name"] for row in rows}


async def owners(tx: Tx, ecards: Sequence[EcardId]) -> dict[UUID, HolderId]:
    """Whose electronic cards these are."""
    rows = await tx.rows(
        """SELECT e.id, e.holder_id FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
             JOIN ecards.pub_ecard e ON e.bucket = k.bucket AND e.id = k.id""",
        [ids.bucket(id) for id in ecards], list(ecards),
    )
    return {row["id"]: row["holder_id"] for row in rows}


async def count_lookups(tx: Tx, rows: Sequence[tuple[HolderId, datetime, UUID, int]]) -> None:
    """Add look-ups to the message of the week: holder, when it is due, the newest event, how many. In the order of the key."""
    given = sorted(rows, key=lambda row: (ids.bucket(row[0]), row[0], row[1]))
    await tx.run(
        """INSERT INTO notices.digest AS d (bucket, holder_id, due_at, event_id, count)
           SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::int[]) AS n (bucket, holder_id, due_at, event_id, count)
            ORDER BY 1, 2, 3
           ON CONFLICT (bucket, holder_id, due_at) DO UPDATE SET event_id = excluded.event_id, count = d.count + excluded.count""",
        [ids.bucket(row[0]) for row in given], *(list(column) for column in zip(*given, strict=True)))


async def due_digests(tx: Tx, limit: int) -> list[Record]:
    """The oldest messages of the week that are due, held until the transaction ends; those another process holds are left out."""
    return await tx.rows(
        """SELECT bucket, holder_id, due_at, event_id, count FROM notices.digest WHERE due_at <= $1 ORDER BY due_at, bucket, holder_id LIMIT $2
              FOR UPDATE SKIP LOCKED""", tx.now, limit)


async def drop_digests(tx: Tx, rows: Sequence[Record]) -> None:
    """They are messages now."""
    await tx.run(
        """DELETE FROM notices.digest d USING unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) AS n (bucket, holder_id, due_at)
            WHERE d.bucket = n.bucket AND d.holder_id = n.holder_id AND d.due_at = n.due_at""",
        [row["bucket"] for row in rows], [row["holder_id"] for row in rows], [row["due_at"] for row in rows])


async def without_event(tx: Tx) -> list[str]:
    """Messages that no event caused."""
    rows = await tx.rows("""SELECT m.id FROM notices.message m LEFT JOIN kit.event e ON e.bucket = m.bucket AND e.id = m.id
                             WHERE e.id IS NULL ORDER BY m.id LIMIT 100""")
    return [str(row["id"]) for row in rows]
