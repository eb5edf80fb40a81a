"""All SQL on channels.*."""
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from asyncpg import Record

from essc.channels.errors import ChannelChangedMeanwhile
from essc.channels.model import Ability, Call, Channel, ChannelKey, Form, Kind, Signature, State
from essc.kit.db.tx import Tx
from essc.names import ChannelId

_COLUMNS: Final = """c.id, c.number, c.name, c.form, c.kind, c.level, c.parent_id, c.region, c.abilities, c.fields, c.sandbox, c.state,
       c.version, c.created_at, c.since, p.state AS parent_state"""
_CHANNEL: Final = f"SELECT {_COLUMNS} FROM channels.channel c LEFT JOIN channels.channel p ON p.id = c.parent_id"
CALLS_LOOKED_AT: Final = 10_000
"""Calls of the log among which the last use of a key is looked for."""
VISITS_KEPT: Final = timedelta(days=7)
"""How long a visit that is over is remembered."""
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


async def below(tx: Tx, channel_id: UUID) -> list[ChannelId]:
    """The second-level channels below a first-level one."""
    return [row["id"] for row in await tx.rows("SELECT id FROM channels.channel WHERE parent_id = $1", channel_id)]


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


_CALL: Final = """SELECT channel_id, at, request_id, sandbox, operation, method, path, status, code, micros, key_id, signature, request, answer, base
  FROM channels.call"""


def _call(row: Record) -> Call:
    return Call(**{**dict(row), "signature": Signature(row["signature"])})


async def channels_of_keys(tx: Tx, key_ids: Sequence[UUID]) -> dict[UUID, tuple[ChannelId, bool]]:
    """The channel of each key that there is, and whether it is one of the sandbox."""
    rows = await tx.rows(
        "SELECT k.id, k.channel_id, c.sandbox FROM channels.key k JOIN channels.channel c ON c.id = k.channel_id WHERE k.id = ANY($1)", key_ids)
    return {row["id"]: (row["channel_id"], row["sandbox"]) for row in rows}


async def insert_calls(tx: Tx, calls: Sequence[Call], day: Callable[[datetime], date]) -> None:
    """Keep calls in the log."""
    await tx.copy("channels", "call", (
        "channel_id", "at", "request_id", "day", "sandbox", "operation", "method", "path", "status", "code", "micros", "key_id", "signature",
        "request", "answer", "base"), [
        (one.channel_id, one.at, one.request_id, day(one.at), one.sandbox, one.operation, one.method, one.path, one.status, one.code, one.micros,
         one.key_id, one.signature, one.request, one.answer, one.base) for one in calls])


async def count_calls(tx: Tx, rows: Sequence[tuple[UUID, int, int, int]]) -> None:
    """Add to the counts: channel, hour, calls, errors."""
    await tx.run(
        """INSERT INTO channels.call_hour AS h (channel_id, hour, calls, errors)
           SELECT * FROM unnest($1::uuid[], $2::integer[], $3::bigint[], $4::bigint[])
           ON CONFLICT (channel_id, hour) DO UPDATE SET calls = h.calls + excluded.calls, errors = h.errors + excluded.errors""",
        *(list(column) for column in zip(*rows, strict=True)))


async def counted(tx: Tx, channel_id: UUID, since: int) -> list[Record]:
    """The counts of a channel by hour, from `since` on."""
    return await tx.rows("SELECT hour, calls, errors FROM channels.call_hour WHERE channel_id = $1 AND hour >= $2 ORDER BY hour", channel_id, since)


async def calls(tx: Tx, channel_id: UUID, since: datetime, until: datetime, *, operation: str | None, statuses: tuple[int, int] | None,
                request_id: str | None, after: tuple[datetime, str] | None, limit: int) -> list[Call]:
    """Calls of a channel, newest first; None is "any". `statuses` are the first and the one after the last."""
    low, high = statuses or (0, 1000)
    at, name = after or (until, "")
    rows = await tx.rows(
        f"""{_CALL} WHERE channel_id = $1 AND at >= $2 AND at < $3 AND ($4::text IS NULL OR operation = $4) AND status >= $5 AND status < $6
               AND ($7::text IS NULL OR request_id = $7) AND (at, request_id) < ($8, $9) ORDER BY at DESC, request_id DESC LIMIT $10""",
        channel_id, since, until, operation, low, high, request_id, at, name, limit)
    return [_call(row) for row in rows]


async def call(tx: Tx, channel_id: UUID, request_id: str) -> Call | None:
    """One call of a channel."""
    row = await tx.row(f"{_CALL} WHERE request_id = $1 AND channel_id = $2", request_id, channel_id)
    return _call(row) if row else None


async def forget_calls(tx: Tx, *, sandbox: bool, before: date, limit: int) -> int:
    """Drop calls of days before then, so many at most; gives how many."""
    return await tx.run(
        """DELETE FROM channels.call WHERE (channel_id, at, request_id) IN
               (SELECT channel_id, at, request_id FROM channels.call WHERE day < $1 AND sandbox = $2 LIMIT $3)""", before, sandbox, limit)


async def forget_counts(tx: Tx, before: int) -> int:
    """Drop the counts of hours before then."""
    return await tx.run("DELETE FROM channels.call_hour WHERE hour < $1", before)


async def last_uses(tx: Tx, channel_id: UUID) -> dict[str, datetime]:
    """The newest call of each key of a channel, by the key's wire id, as far as the newest CALLS_LOOKED_AT calls tell."""
    rows = await tx.rows(
        """SELECT key_id, max(at) AS at
             FROM (SELECT key_id, at FROM channels.call WHERE channel_id = $1 AND signature = 'fits' ORDER BY at DESC LIMIT $2) AS newest
            GROUP BY key_id""", channel_id, CALLS_LOOKED_AT)
    return {row["key_id"]: row["at"] for row in rows}


async def insert_registrant(tx: Tx, channel_id: UUID, organisation: str, sealed: bytes) -> None:
    """Keep who stands behind a channel; the contact is sealed."""
    await tx.run("INSERT INTO channels.registrant (channel_id, organisation, contact) VALUES ($1, $2, $3)", channel_id, organisation, sealed)


async def registrant(tx: Tx, channel_id: UUID) -> Record | None:
    """The organisation and the sealed contact of a channel, if they were told."""
    return await tx.row("SELECT organisation, contact FROM channels.registrant WHERE channel_id = $1", channel_id)


async def end_access(tx: Tx, channel_id: UUID) -> None:
    """End the management token of a channel; its visits end with it."""
    await tx.run("UPDATE channels.access SET ended_at = $2 WHERE channel_id = $1 AND ended_at IS NULL", channel_id, tx.now)


async def insert_access(tx: Tx, access_id: UUID, channel_id: UUID, mac: bytes) -> None:
    """Keep a management token by its keyed hash."""
    await tx.run("INSERT INTO channels.access (id, channel_id, token_mac, made_at) VALUES ($1, $2, $3, $4)", access_id, channel_id, mac, tx.now)


async def live_access(tx: Tx, macs: Sequence[bytes]) -> Record | None:
    """The management token of one of these hashes (id, channel_id), unless it was replaced."""
    return await tx.row("SELECT id, channel_id FROM channels.access WHERE token_mac = ANY ($1) AND ended_at IS NULL", list(macs))


async def access_made_at(tx: Tx, channel_id: UUID) -> datetime | None:
    """Since when the channel has its management token, or None."""
    made_at: datetime | None = await tx.value("SELECT made_at FROM channels.access WHERE channel_id = $1 AND ended_at IS NULL", channel_id)
    return made_at


async def insert_visit(tx: Tx, visit_id: UUID, access_id: UUID, mac: bytes, expires_at: datetime) -> None:
    """Keep a visit by the keyed hash of its token; those of this access that are long over go."""
    await tx.run("DELETE FROM channels.visit WHERE access_id = $1 AND expires_at < $2", access_id, tx.now - VISITS_KEPT)
    await tx.run("INSERT INTO channels.visit (id, access_id, token_mac, began_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
                 visit_id, access_id, mac, tx.now, expires_at)


async def live_visit(tx: Tx, macs: Sequence[bytes]) -> tuple[Record, Channel] | None:
    """The visit of one of these hashes (visit_id, began_at, expires_at) with its channel, if it counts now."""
    row = await tx.row(
        f"""SELECT {_COLUMNS}, v.id AS visit_id, v.began_at, v.expires_at
              FROM channels.visit v JOIN channels.access a ON a.id = v.access_id JOIN channels.channel c ON c.id = a.channel_id
              LEFT JOIN channels.channel p ON p.id = c.parent_id
             WHERE v.token_mac = ANY ($1) AND v.ended_at IS NULL AND v.expires_at > $2 AND a.ended_at IS NULL""", list(macs), tx.now)
    return None if row is None else (row, _channel(row))


async def end_visit(tx: Tx, visit_id: UUID) -> bool:
    """End a visit; False when it was over."""
    return await tx.run("UPDATE channels.visit SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", visit_id, tx.now) == 1
