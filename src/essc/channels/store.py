"""All SQL on channels.*."""
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from asyncpg import Record

from essc.channels.errors import ChannelChangedMeanwhile
from essc.channels.model import Ability, Channel, ChannelKey, Form, Kind, State
from essc.kit.db.tx import Tx
from essc.names import ChannelId

_COLUMNS: Final = """c.id, c.number, c.name, c.form, c.kind, c.level, c.parent_id, c.region, c.abilities, c.fields, c.sandbox, c.state,
       c.version, c.created_at, c.since, p.state AS parent_state"""
_CHANNEL: Final = f"SELECT {_COLUMNS} FROM channels.channel c LEFT JOIN channels.channel p ON p.id = c.parent_id"
_KEY: Final = "SELECT id, channel_id, algorithm, public, thumbprint, added_at, not_after FROM channels.key"


def _channel(row: Record) -> Channel:
    return Channel(
        id=row["id"], number=row["number"], name=row["name"], form=Form(row["form"]), kind=Kind(row["kind"]), level=row["level"],
        region=row["region"], abilities=tuple(map(Ability, row["abilities"])), fields=tuple(row["fields"]), sandbox=row["sandbox"],
        state=State(row["state"]), version=row["version"], created_at=row["created_at"], since=row["since"], parent_id=row["parent_id"],
        parent_state=State(row["parent_state"]) if row["parent_state"] else None,
    )


def _key(row: Record) -> ChannelKey:
    return ChannelKey(row["id"], row["channel_id"], row["algorithm"], row["public"], row["thumbprint"], row["added_at"], row["not_after"])


async def find(tx: Tx, channel_id: UUID) -> Channel | None:
    """One channel by id."""
    row = await tx.row(f"{_CHANNEL} WHERE c.id = $1", channel_id)
    return _channel(row) if row else None


async def find_by_number(tx: Tx, number: str) -> Channel | None:
    """One channel by its ten digits."""
    row = await tx.row(f"{_CHANNEL} WHERE c.number = $1", number)
    return _channel(row) if row else None


async def listed(tx: Tx, *, after: UUID | None, limit: int) -> list[Channel]:
    """Channels by id, that is in order of their application."""
    rows = await tx.rows(f"{_CHANNEL} WHERE $1::uuid IS NULL OR c.id > $1 ORDER BY c.id LIMIT $2", after, limit)
    return [_channel(row) for row in rows]


async def insert(tx: Tx, channel: Channel) -> bool:
    """Keep a new channel; False when its number is taken."""
    return bool(await tx.run(
        """INSERT INTO channels.channel (id, number, name, form, kind, level, parent_id, region, abilities, fields, sandbox, state, version,
                                         created_at, since)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (number) DO NOTHING""",
        channel.id, channel.number, channel.name, channel.form, channel.kind, channel.level, channel.parent_id, channel.region,
        list(channel.abilities), list(channel.fields), channel.sandbox, channel.state, channel.version, channel.created_at, channel.since,
    ))


async def save(tx: Tx, channel: Channel, *, was: Channel) -> None:
    """Write state, abilities and fields only if the channel is still what the decision was made on. Raises ChannelChangedMeanwhile."""
    changed = await tx.run(
        """UPDATE channels.channel SET state = $3, version = $4, since = $5, abilities = $6, fields = $7 WHERE id = $1 AND version = $2""",
        channel.id, was.version, channel.state, channel.version, channel.since, list(channel.abilities), list(channel.fields),
    )
    if not changed:
        raise ChannelChangedMeanwhile(f"the channel is no longer at version {was.version}")


async def note_move(tx: Tx, channel: Channel, *, move: str, was: State | None, reason: str) -> None:
    """Keep one line of the channel's history."""
    await tx.run(
        """INSERT INTO channels.move (channel_id, version, move, was, state, reason, moved_by, moved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        channel.id, channel.version, move, was, channel.state, reason, tx.actor.id, tx.now,
    )


async def moves(tx: Tx, channel_id: UUID) -> list[Record]:
    """The history of a channel, newest first."""
    return await tx.rows(
        "SELECT version, move, was, state, reason, moved_by, moved_at FROM channels.move WHERE channel_id = $1 ORDER BY version DESC", channel_id)


async def lock(tx: Tx, channel_id: UUID) -> None:
    """Hold the channel, so that two who add keys count them one after the other."""
    await tx.run("SELECT FROM channels.channel WHERE id = $1 FOR NO KEY UPDATE", channel_id)


async def keys_of(tx: Tx, channel_id: UUID) -> list[ChannelKey]:
    """Every key a channel ever had."""
    return [_key(row) for row in await tx.rows(f"{_KEY} WHERE channel_id = $1 ORDER BY added_at, id", channel_id)]


async def find_key(tx: Tx, key_id: UUID) -> ChannelKey | None:
    """One key."""
    row = await tx.row(f"{_KEY} WHERE id = $1", key_id)
    return _key(row) if row else None


async def key_with_channel(tx: Tx, key_id: UUID) -> tuple[ChannelKey, Channel] | None:
    """A key and the channel it belongs to, in one round trip: what authentication needs."""
    row = await tx.row(
        f"""SELECT {_COLUMNS}, k.id AS key_id, k.algorithm, k.public, k.thumbprint, k.added_at, k.not_after
              FROM channels.key k JOIN channels.channel c ON c.id = k.channel_id LEFT JOIN channels.channel p ON p.id = c.parent_id
             WHERE k.id = $1""", key_id)
    if row is None:
        return None
    return ChannelKey(row["key_id"], row["id"], row["algorithm"], row["public"], row["thumbprint"], row["added_at"], row["not_after"]), _channel(row)


async def insert_key(tx: Tx, key: ChannelKey) -> bool:
    """Keep a new key; False when the channel has it already."""
    return bool(await tx.run(
        """INSERT INTO channels.key (id, channel_id, algorithm, public, thumbprint, added_at) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (channel_id, thumbprint) DO NOTHING""",
        key.id, key.channel_id, key.algorithm, key.public, key.thumbprint, key.added_at,
    ))


async def end_key(tx: Tx, key_id: UUID, not_after: datetime) -> None:
    """Write until when a key counts; an earlier end that was written before stays."""
    await tx.run("UPDATE channels.key SET not_after = least(coalesce(not_after, $2), $2) WHERE id = $1", key_id, not_after)


async def without_history(tx: Tx) -> Sequence[UUID]:
    """Channels whose last line of history is not their state."""
    rows = await tx.rows(
        """SELECT c.id FROM channels.channel c LEFT JOIN channels.move m ON m.channel_id = c.id AND m.version = c.version
            WHERE m.state IS DISTINCT FROM c.state""")
    return [row["id"] for row in rows]


async def under_no_first_level(tx: Tx) -> Sequence[UUID]:
    """Second-level channels whose parent is not of the first level."""
    rows = await tx.rows("SELECT c.id FROM channels.channel c JOIN channels.channel p ON p.id = c.parent_id WHERE p.level <> 1")
    return [row["id"] for row in rows]


async def with_too_many_keys(tx: Tx, limit: int) -> Sequence[ChannelId]:
    """Channels with more live keys than they may have."""
    rows = await tx.rows(
        "SELECT channel_id FROM channels.key WHERE not_after IS NULL OR not_after > $1 GROUP BY channel_id HAVING count(*) > $2", tx.now, limit)
    return [row["channel_id"] for row in rows]
