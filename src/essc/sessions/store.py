"""All SQL on sessions.*. What decides validity and standing is read in the same statement, never from a cache."""
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from asyncpg import Record

from essc.kit import ids
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import ChannelId, HolderId, SessionId

_FACTS: Final = """s.id, s.bucket, s.holder_id, s.ecard_id, s.link_id, s.channel_id, s.device_name, s.way, s.created_at, s.seen_at, s.expires_at,
       s.unlocked_until, s.revoked_at, s.password_epoch, p.epoch AS epoch_now, l.card_id, l.slot, l.level, l.unlinked_at, l.frozen_at,
       l.sessions_since, l.ecard_version, l.link_version, c.state, c.version AS card_version, c.replaced, c.region, c.loss_requested,
       ch.state AS channel_state, coalesce('present' = ANY (ch.abilities), false) AS presents"""
_JOINED: Final = """
  JOIN ecards.pub_link l ON l.bucket = s.bucket AND l.link_id = s.link_id
  JOIN cards.pub_card c ON c.bucket = l.bucket AND c.id = l.card_id
  LEFT JOIN channels.pub_channel ch ON ch.id = s.channel_id
  LEFT JOIN passwords.pub_password p ON p.bucket = s.bucket AND p.ecard_id = s.ecard_id"""

_FIND_MANY: Final = f"""
SELECT i.n, {_FACTS}
  FROM unnest($1::int[], $2::smallint[], $3::bytea[]) AS i (n, bucket, mac)
  JOIN sessions.session s ON s.bucket = i.bucket AND s.token_mac = i.mac{_JOINED}"""

_OF_HOLDER: Final = f"""
SELECT {_FACTS} FROM sessions.session s{_JOINED}
 WHERE s.bucket = $1 AND s.holder_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3 ORDER BY s.seen_at DESC, s.id"""


async def find_many(tx: Tx, places: Sequence[int], buckets: Sequence[int], macs: Sequence[bytes]) -> Mapping[int, Record]:
    """Sessions by the keyed hash of their token, with all that decides about them; by the place in the question."""
    return {row["n"]: row for row in await tx.rows(_FIND_MANY, list(places), list(buckets), list(macs))}


async def of_holder(tx: Tx, holder_id: HolderId) -> list[Record]:
    """The sessions of a person that nobody has revoked, the last used first; some may be over for other reasons."""
    return await tx.rows(_OF_HOLDER, ids.bucket(holder_id), holder_id, tx.now)


async def replace_live(tx: Tx, holder_id: HolderId, channel_id: ChannelId, device_macs: Sequence[bytes]) -> list[SessionId]:
    """End the live session of this device (by any of its keyed hashes) on this channel; gives those that ended."""
    rows = await tx.rows(
        """UPDATE sessions.session SET revoked_at = $5, revoked_why = 'replaced'
            WHERE bucket = $1 AND holder_id = $2 AND channel_id = $3 AND device_mac = ANY ($4) AND revoked_at IS NULL RETURNING id""",
        ids.bucket(holder_id), holder_id, channel_id, list(device_macs), tx.now)
    return [SessionId(row["id"]) for row in rows]


async def knows_device(tx: Tx, holder_id: HolderId, device_macs: Sequence[bytes]) -> bool:
    """Whether the person was signed in on this device before, on any channel, as far as sessions are remembered."""
    return await tx.value("SELECT EXISTS (SELECT FROM sessions.session WHERE bucket = $1 AND holder_id = $2 AND device_mac = ANY ($3))",
                          ids.bucket(holder_id), holder_id, list(device_macs)) is True


async def trusts_device(tx: Tx, holder_id: HolderId, device_macs: Sequence[bytes]) -> bool:
    """Whether the person was signed in on this device, and the last time was not ended from elsewhere (a lost phone)."""
    return await tx.value(
        """SELECT coalesce(revoked_why IN ('signed_out', 'replaced'), true)
             FROM sessions.session WHERE bucket = $1 AND holder_id = $2 AND device_mac = ANY ($3) ORDER BY created_at DESC LIMIT 1""",
        ids.bucket(holder_id), holder_id, list(device_macs)) is True


async def add(tx: Tx, values: Sequence[object]) -> bool:
    """Write a session; False when this device has just got another one. `values` in the order of the columns named here."""
    return await tx.run(
        """INSERT INTO sessions.session (bucket, id, token_mac, holder_id, ecard_id, link_id, channel_id, device_mac, device_name, way,
                                         password_epoch, created_at, seen_at, expires_at, unlocked_until)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14) ON CONFLICT DO NOTHING""", *values,
    ) == 1


async def revoke(tx: Tx, holder_id: HolderId, session_id: SessionId, why: str) -> ChannelId | None:
    """End one session of a person; gives its channel, or None when there is none to end."""
    found = await tx.value(
        """UPDATE sessions.session SET revoked_at = $4, revoked_why = $5
            WHERE bucket = $1 AND holder_id = $2 AND id = $3 AND revoked_at IS NULL RETURNING channel_id""",
        ids.bucket(holder_id), holder_id, session_id, tx.now, why)
    return None if found is None else ChannelId(found)


async def revoke_all(tx: Tx, holder_id: HolderId, why: str, keep: SessionId | None) -> list[tuple[SessionId, ChannelId]]:
    """End every session of a person but one; gives those that ended."""
    rows = await tx.rows(
        """UPDATE sessions.session SET revoked_at = $3, revoked_why = $4
            WHERE bucket = $1 AND holder_id = $2 AND revoked_at IS NULL AND id IS DISTINCT FROM $5::uuid RETURNING id, channel_id""",
        ids.bucket(holder_id), holder_id, tx.now, why, keep)
    return [(SessionId(row["id"]), ChannelId(row["channel_id"])) for row in rows]


async def touch(tx: Tx, session_id: SessionId, before: datetime) -> bool:
    """Note that a session is in use, unless that was noted since `before`."""
    return await tx.run(
        "UPDATE sessions.session SET seen_at = $3 WHERE bucket = $1 AND id = $2 AND seen_at < $4", ids.bucket(session_id), session_id, tx.now, before,
    ) == 1


async def unlock(tx: Tx, session_id: SessionId, until: datetime) -> bool:
    """Open the window in which pages show the code; False when the session was revoked."""
    return await tx.run(
        "UPDATE sessions.session SET unlocked_until = $3, seen_at = $4 WHERE bucket = $1 AND id = $2 AND revoked_at IS NULL",
        ids.bucket(session_id), session_id, until, tx.now,
    ) == 1


async def carry(tx: Tx, session_id: SessionId, epoch: int) -> bool:
    """Let a session live on under the password that its holder has just set there."""
    return await tx.run(
        "UPDATE sessions.session SET password_epoch = $3 WHERE bucket = $1 AND id = $2 AND revoked_at IS NULL",
        ids.bucket(session_id), session_id, epoch,
    ) == 1


async def forget(tx: Tx, before: datetime) -> int:
    """Drop sessions that ended long ago; answers how many."""
    return await tx.run("DELETE FROM sessions.session WHERE expires_at < $1 OR revoked_at < $1", before)


async def _two_on_one_device(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT max(id::text) AS id FROM sessions.session WHERE revoked_at IS NULL
            GROUP BY bucket, holder_id, channel_id, device_mac HAVING count(*) > 1""")
    return [row["id"] for row in rows]


async def _of_another_person(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT s.id FROM sessions.session s WHERE NOT EXISTS (
             SELECT 1 FROM ecards.pub_link l WHERE l.bucket = s.bucket AND l.link_id = s.link_id AND l.holder_id = s.holder_id
                AND l.ecard_id = s.ecard_id AND l.channel_id = s.channel_id)""")
    return [ids.wire("sess", row["id"]) for row in rows]


async def _too_long(tx: Tx, longest: timedelta) -> list[str]:
    rows = await tx.rows("SELECT id FROM sessions.session WHERE expires_at > created_at + $1::interval", longest)
    return [ids.wire("sess", row["id"]) for row in rows]


def checks(longest: timedelta) -> tuple[Check, ...]:
    """The room's invariants."""
    return (
        Check("sessions.one_per_device", "no device has two live sessions on one channel", _two_on_one_device),
        Check("sessions.of_own_link", "every session is of its holder's own link", _of_another_person),
        Check("sessions.end_in_time", "no session outlives its longest life", lambda tx: _too_long(tx, longest)),
    )
