"""All SQL on operators.*. Names stand sealed and are opened here."""
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from asyncpg import Record

from essc.kit import ids
from essc.kit.crypto import Keys
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import ApprovalId, StaffId, StaffSessionId
from essc.operators import model
from essc.operators.errors import MemberNotFound
from essc.operators.model import Approval, Hashed, Member, MemberState, Outcome, Passkey, Purpose, Role, Stay

KEY: Final = "staff"
_MEMBER: Final = """m.id, m.login, m.sealed, m.roles, m.areas, m.state, m.version, m.created_at, m.since, m.seen_at, m.hashed IS NOT NULL AS has_password,
       m.otp_sealed IS NOT NULL AS has_otp, (SELECT count(*) FROM operators.passkey k WHERE k.member_id = m.id) AS passkeys"""
_STAY: Final = "s.id, s.member_id, s.device_name, s.way, s.created_at, s.seen_at, s.expires_at, s.locked_at"
_APPROVAL: Final = """a.id, a.kind, a.subject, a.region, a.body::text AS body, a.reason, a.asked_by, a.asked_at, a.expires_at, a.outcome, a.decided_by,
       a.decided_at, a.answer, asker.sealed AS asker_sealed, decider.sealed AS decider_sealed
  FROM operators.approval a JOIN operators.member asker ON asker.id = a.asked_by LEFT JOIN operators.member decider ON decider.id = a.decided_by"""


# ── members ──

def _aad(table: str, id: bytes) -> bytes:
    return f"operators.{table}".encode() + id


def _opened(keys: Keys, member_id: StaffId, sealed: bytes) -> tuple[str, str]:
    """Name and unit."""
    return msgspec.msgpack.decode(keys.open(KEY, sealed, _aad("member", member_id.bytes)), type=tuple[str, str])


def _member(tx: Tx, row: Record) -> Member:
    name, unit = _opened(tx.keys, StaffId(row["id"]), row["sealed"])
    return Member(StaffId(row["id"]), row["login"], name, unit, frozenset(Role(role) for role in row["roles"]), tuple(row["areas"]),
                  MemberState(row["state"]), row["version"], row["created_at"], row["since"], row["seen_at"], row["has_password"], row["has_otp"],
                  row["passkeys"])


async def add_member(tx: Tx, login: str, name: str, unit: str, roles: Iterable[Role], areas: Sequence[str]) -> StaffId | None:
    """Write a new member, who is invited; None when the login is taken."""
    member_id = StaffId(ids.new(at=tx.now))
    sealed = tx.keys.seal(KEY, msgspec.msgpack.encode((name, unit)), _aad("member", member_id.bytes))
    written = await tx.run(
        """INSERT INTO operators.member (id, login, sealed, roles, areas, state, version, created_at, since)
           VALUES ($1, $2, $3, $4, $5, 'invited', 1, $6, $6) ON CONFLICT (login) DO NOTHING""",
        member_id, login, sealed, sorted(roles), list(areas), tx.now)
    return member_id if written else None


async def member(tx: Tx, member_id: StaffId) -> Member:
    """One member. Raises MemberNotFound."""
    row = await tx.row(f"SELECT {_MEMBER} FROM operators.member m WHERE m.id = $1", member_id)
    if row is None:
        raise MemberNotFound("no such member")
    return _member(tx, row)


async def member_by_login(tx: Tx, login: str) -> Member | None:
    """The member of a login, or None."""
    row = await tx.row(f"SELECT {_MEMBER} FROM operators.member m WHERE m.login = $1", login)
    return None if row is None else _member(tx, row)


async def members(tx: Tx) -> list[Member]:
    """Every member, by login."""
    return [_member(tx, row) for row in await tx.rows(f"SELECT {_MEMBER} FROM operators.member m ORDER BY m.login")]


async def names(tx: Tx, member_ids: Iterable[StaffId]) -> Mapping[StaffId, str]:
    """The names of members."""
    rows = await tx.rows("SELECT id, sealed FROM operators.member WHERE id = ANY ($1)", list(member_ids))
    return {StaffId(row["id"]): _opened(tx.keys, StaffId(row["id"]), row["sealed"])[0] for row in rows}


async def save_rights(tx: Tx, was: Member, roles: Iterable[Role], areas: Sequence[str]) -> bool:
    """Other roles and areas; False when the member is no longer what the decision was made on."""
    return await tx.run("UPDATE operators.member SET roles = $3, areas = $4, version = version + 1 WHERE id = $1 AND version = $2",
                        was.id, was.version, sorted(roles), list(areas)) == 1


async def save_state(tx: Tx, was: Member, state: MemberState) -> bool:
    """Another state; False when the member is no longer what the decision was made on."""
    return await tx.run("UPDATE operators.member SET state = $3, since = $4, version = version + 1 WHERE id = $1 AND version = $2",
                        was.id, was.version, state, tx.now) == 1


async def drop_factors(tx: Tx, member_id: StaffId, purpose: Purpose) -> None:
    """Forget what a link of this purpose lets its bearer set anew."""
    if purpose is not Purpose.FACTOR:
        await tx.run("UPDATE operators.member SET hashed = NULL, pepper_version = NULL WHERE id = $1", member_id)
    if purpose is not Purpose.PASSWORD:
        await tx.run("UPDATE operators.member SET otp_sealed = NULL, otp_step = 0 WHERE id = $1", member_id)
        await tx.run("DELETE FROM operators.passkey WHERE member_id = $1", member_id)


async def lock_admins(tx: Tx) -> int:
    """How many active system administrators there are; nobody changes that before this transaction ends."""
    return len(await tx.rows("SELECT id FROM operators.member WHERE 'system' = ANY (roles) AND state = 'active' ORDER BY id FOR UPDATE"))


async def any_admin(tx: Tx) -> bool:
    """Whether a system administrator has ever joined: from then on the console invites, not the command line."""
    return await tx.value("SELECT EXISTS (SELECT FROM operators.member WHERE 'system' = ANY (roles) AND state = 'active')") is True


# ── factors ──

async def password(tx: Tx, member_id: StaffId) -> Hashed | None:
    """The hash of a member's password, or None."""
    row = await tx.row("SELECT hashed, pepper_version FROM operators.member WHERE id = $1", member_id)
    return Hashed(row["hashed"], row["pepper_version"]) if row is not None and row["hashed"] is not None else None


async def set_password(tx: Tx, member_id: StaffId, hashed: Hashed) -> None:
    """Keep another password."""
    await tx.run("UPDATE operators.member SET hashed = $2, pepper_version = $3 WHERE id = $1", member_id, hashed.encoded, hashed.pepper_version)


async def otp_secret(tx: Tx, member_id: StaffId) -> tuple[str, int] | None:
    """The secret of a member's one-time codes and the last step used, locked until the transaction ends; None without one."""
    row = await tx.row("SELECT otp_sealed, otp_step FROM operators.member WHERE id = $1 FOR UPDATE", member_id)
    if row is None or row["otp_sealed"] is None:
        return None
    return tx.keys.open(KEY, row["otp_sealed"], _aad("otp", member_id.bytes)).decode(), row["otp_step"]


async def set_otp(tx: Tx, member_id: StaffId, secret: str, step: int) -> None:
    """Keep the secret of one-time codes, whose `step` was just used."""
    sealed = tx.keys.seal(KEY, secret.encode(), _aad("otp", member_id.bytes))
    await tx.run("UPDATE operators.member SET otp_sealed = $2, otp_step = $3 WHERE id = $1", member_id, sealed, step)


async def use_otp(tx: Tx, member_id: StaffId, step: int) -> bool:
    """Burn a step; False when it, or a later one, was used meanwhile."""
    return await tx.run("UPDATE operators.member SET otp_step = $2 WHERE id = $1 AND otp_step < $2", member_id, step) == 1


async def passkeys(tx: Tx, member_id: StaffId) -> list[Passkey]:
    """A member's passkeys, the oldest first."""
    rows = await tx.rows("SELECT id, name, created_at, used_at FROM operators.passkey WHERE member_id = $1 ORDER BY created_at", member_id)
    return [Passkey(**dict(row)) for row in rows]


async def credentials(tx: Tx, member_id: StaffId) -> list[bytes]:
    """The credentials of a member's passkeys."""
    return [row["credential"] for row in await tx.rows("SELECT credential FROM operators.passkey WHERE member_id = $1", member_id)]


async def credential(tx: Tx, key_id: bytes) -> tuple[StaffId, bytes, int] | None:
    """Whose passkey this is, its credential and its counter; None when it is not known."""
    row = await tx.row("SELECT member_id, credential, sign_count FROM operators.passkey WHERE id = $1 FOR UPDATE", key_id)
    return None if row is None else (StaffId(row["member_id"]), row["credential"], row["sign_count"])


async def add_passkey(tx: Tx, member_id: StaffId, key_id: bytes, kept: bytes, sign_count: int, name: str) -> bool:
    """Keep a passkey; False when it is kept already."""
    return await tx.run(
        """INSERT INTO operators.passkey (id, member_id, credential, sign_count, name, created_at) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (id) DO NOTHING""", key_id, member_id, kept, sign_count, name, tx.now) == 1


async def passkey_used(tx: Tx, key_id: bytes, sign_count: int) -> None:
    """Note that a passkey signed."""
    await tx.run("UPDATE operators.passkey SET sign_count = $2, used_at = $3 WHERE id = $1", key_id, sign_count, tx.now)


async def remove_passkey(tx: Tx, member_id: StaffId, key_id: bytes) -> bool:
    """Forget a passkey of a member."""
    return await tx.run("DELETE FROM operators.passkey WHERE member_id = $1 AND id = $2", member_id, key_id) == 1


# ── invitations, tries, entries ──

async def invite(tx: Tx, member_id: StaffId, token_mac: bytes, purpose: Purpose, secret: str, expires_at: datetime) -> None:
    """Keep a one-time link; the one before counts no longer."""
    await revoke_invitations(tx, member_id)
    await tx.run(
        """INSERT INTO operators.invitation (id, member_id, token_mac, purpose, otp_sealed, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        ids.new(at=tx.now), member_id, token_mac, purpose, tx.keys.seal(KEY, secret.encode(), _aad("invitation", member_id.bytes)), tx.now, expires_at)


async def revoke_invitations(tx: Tx, member_id: StaffId) -> None:
    """No link of this member counts any more."""
    await tx.run("UPDATE operators.invitation SET revoked_at = $2 WHERE member_id = $1 AND used_at IS NULL AND revoked_at IS NULL", member_id, tx.now)


async def invitation(tx: Tx, token_macs: Sequence[bytes]) -> tuple[StaffId, Purpose, str, datetime] | None:
    """Whose link this is, what it is for, the secret it offers, and until when; None when it does not count."""
    row = await tx.row(
        """SELECT member_id, purpose, otp_sealed, expires_at FROM operators.invitation
            WHERE token_mac = ANY ($1) AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2""", list(token_macs), tx.now)
    if row is None:
        return None
    member_id = StaffId(row["member_id"])
    return member_id, Purpose(row["purpose"]), tx.keys.open(KEY, row["otp_sealed"], _aad("invitation", member_id.bytes)).decode(), row["expires_at"]


async def use_invitation(tx: Tx, token_macs: Sequence[bytes]) -> bool:
    """Burn a link; False when somebody was faster."""
    return await tx.run(
        "UPDATE operators.invitation SET used_at = $2 WHERE token_mac = ANY ($1) AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2",
        list(token_macs), tx.now) == 1


async def reserve(tx: Tx, login_mac: bytes) -> int | None:
    """Count one more try of a login before it is judged and give how many that makes; None while they are spent and not yet old."""
    count: int | None = await tx.value(
        """INSERT INTO operators.guess AS g (login_mac, tries, tried_at) VALUES ($1, 1, $2)
           ON CONFLICT (login_mac) DO UPDATE SET tries = CASE WHEN g.tried_at <= $3 THEN 1 ELSE g.tries + 1 END, tried_at = $2
            WHERE g.tries < $4 OR g.tried_at <= $3 RETURNING tries""", login_mac, tx.now, tx.now - model.LOCK, model.TRIES)
    return count


async def tried_at(tx: Tx, login_mac: bytes) -> datetime | None:
    """When a login was tried last."""
    found: datetime | None = await tx.value("SELECT tried_at FROM operators.guess WHERE login_mac = $1", login_mac)
    return found


async def forgive(tx: Tx, login_mac: bytes) -> None:
    """All tries are free again."""
    await tx.run("DELETE FROM operators.guess WHERE login_mac = $1", login_mac)


async def add_entry(tx: Tx, token_mac: bytes, member_id: StaffId | None, purpose: str, challenge: str) -> None:
    """Keep a sign-in between its steps."""
    await tx.run("INSERT INTO operators.entry (id, token_mac, member_id, purpose, challenge, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
                 ids.new(at=tx.now), token_mac, member_id, purpose, challenge, tx.now + model.ENTRY)


async def entry(tx: Tx, token_macs: Sequence[bytes], purpose: str) -> tuple[StaffId | None, str] | None:
    """Whose sign-in this is and its challenge; None when it is over."""
    row = await tx.row("SELECT member_id, challenge FROM operators.entry WHERE token_mac = ANY ($1) AND purpose = $2 AND expires_at > $3",
                       list(token_macs), purpose, tx.now)
    return None if row is None else (row["member_id"] and StaffId(row["member_id"]), row["challenge"])


async def drop_entry(tx: Tx, token_macs: Sequence[bytes]) -> bool:
    """Use up a sign-in between its steps; False when somebody was faster."""
    return await tx.run("DELETE FROM operators.entry WHERE token_mac = ANY ($1)", list(token_macs)) == 1


# ── sessions ──

async def add_session(tx: Tx, member_id: StaffId, token_mac: bytes, device_name: str, way: str) -> StaffSessionId:
    """Write a session, and that the member was seen."""
    session_id = StaffSessionId(ids.new(at=tx.now))
    await tx.run(
        """INSERT INTO operators.session (id, token_mac, member_id, device_name, way, created_at, seen_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $6, $7)""", session_id, token_mac, member_id, device_name, way, tx.now, tx.now + model.LONGEST)
    await tx.run("UPDATE operators.member SET seen_at = $2 WHERE id = $1", member_id, tx.now)
    return session_id


async def session(tx: Tx, token_macs: Sequence[bytes]) -> tuple[Stay, Member] | None:
    """The session of a token with the member as he is now, if both still count; it may be locked."""
    row = await tx.row(
        f"""SELECT {_MEMBER}, s.id AS stay_id, s.member_id, s.device_name, s.way, s.created_at AS began_at, s.seen_at AS used_at, s.expires_at, s.locked_at
              FROM operators.session s JOIN operators.member m ON m.id = s.member_id
             WHERE s.token_mac = ANY ($1) AND s.ended_at IS NULL AND s.expires_at > $2 AND m.state = 'active'""", list(token_macs), tx.now)
    if row is None:
        return None
    locked = row["locked_at"] is not None or row["used_at"] + model.IDLE <= tx.now
    stay = Stay(StaffSessionId(row["stay_id"]), StaffId(row["member_id"]), row["device_name"], row["way"], row["began_at"], row["used_at"],
                row["expires_at"], locked)
    return stay, _member(tx, row)


async def sessions(tx: Tx, member_id: StaffId | None) -> list[Stay]:
    """Live sessions, of one member or of all, the last used first."""
    rows = await tx.rows(
        f"""SELECT {_STAY} FROM operators.session s WHERE ($1::uuid IS NULL OR s.member_id = $1) AND s.ended_at IS NULL AND s.expires_at > $2
             ORDER BY s.seen_at DESC, s.id LIMIT 500""", member_id, tx.now)
    return [Stay(StaffSessionId(row["id"]), StaffId(row["member_id"]), row["device_name"], row["way"], row["created_at"], row["seen_at"],
                 row["expires_at"], row["locked_at"] is not None or row["seen_at"] + model.IDLE <= tx.now) for row in rows]


async def touch(tx: Tx, session_id: StaffSessionId) -> None:
    """Note that a session is in use; one that has meanwhile locked stays locked."""
    await tx.run("UPDATE operators.session SET seen_at = $2 WHERE id = $1 AND seen_at > $3 AND seen_at <= $4 AND locked_at IS NULL",
                 session_id, tx.now, tx.now - model.IDLE, tx.now - model.TOUCH)


async def lock(tx: Tx, session_id: StaffSessionId) -> bool:
    """Lock a screen; False when it is locked or over."""
    return await tx.run("UPDATE operators.session SET locked_at = $2 WHERE id = $1 AND locked_at IS NULL AND ended_at IS NULL", session_id, tx.now) == 1


async def unlock(tx: Tx, session_id: StaffSessionId) -> bool:
    """Open a locked screen; False when the session is over."""
    return await tx.run("UPDATE operators.session SET locked_at = NULL, seen_at = $2 WHERE id = $1 AND ended_at IS NULL", session_id, tx.now) == 1


async def end_sessions(tx: Tx, member_id: StaffId, why: str, *, only: StaffSessionId | None = None, keep: StaffSessionId | None = None) -> list[StaffSessionId]:
    """End a member's sessions (one, all, or all but one); gives those that ended."""
    rows = await tx.rows(
        """UPDATE operators.session SET ended_at = $2, ended_why = $3
            WHERE member_id = $1 AND ended_at IS NULL AND ($4::uuid IS NULL OR id = $4) AND id IS DISTINCT FROM $5::uuid RETURNING id""",
        member_id, tx.now, why, only, keep)
    return [StaffSessionId(row["id"]) for row in rows]


async def forget(tx: Tx, before: datetime) -> int:
    """Drop sessions, entries and tries that ended before; answers how many sessions."""
    await tx.run("DELETE FROM operators.entry WHERE expires_at < $1", tx.now)
    await tx.run("DELETE FROM operators.guess WHERE tried_at < $1", before)
    return await tx.run("DELETE FROM operators.session WHERE expires_at < $1 OR ended_at < $1", before)


# ── approvals ──

def _approval(tx: Tx, row: Record) -> Approval:
    outcome = Outcome(row["outcome"])
    if outcome is Outcome.ASKED and row["expires_at"] <= tx.now:
        outcome = Outcome.EXPIRED
    decider = row["decided_by"]
    return Approval(
        ApprovalId(row["id"]), row["kind"], row["subject"], row["region"], msgspec.json.decode(row["body"], type=dict[str, str]), row["reason"],
        StaffId(row["asked_by"]), _opened(tx.keys, StaffId(row["asked_by"]), row["asker_sealed"])[0], row["asked_at"], row["expires_at"], outcome,
        decider and StaffId(decider), _opened(tx.keys, StaffId(decider), row["decider_sealed"])[0] if decider else "", row["decided_at"], row["answer"])


async def add_approval(tx: Tx, values: Sequence[Any], body: Mapping[str, str]) -> ApprovalId | None:
    """Keep a request (kind, subject, region, reason, asked_by); None when the same waits already."""
    kind, subject, *_ = values
    await tx.run("UPDATE operators.approval SET outcome = 'expired' WHERE kind = $1 AND subject = $2 AND outcome = 'asked' AND expires_at <= $3",
                 kind, subject, tx.now)
    approval_id = ApprovalId(ids.new(at=tx.now))
    written = await tx.run(
        """INSERT INTO operators.approval (id, kind, subject, region, reason, asked_by, body, asked_at, expires_at, outcome)
           VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, 'asked') ON CONFLICT (kind, subject) WHERE outcome = 'asked' DO NOTHING""",
        approval_id, *values, msgspec.json.encode(dict(body)).decode(), tx.now, tx.now + model.APPROVAL)
    return approval_id if written else None


async def approval(tx: Tx, approval_id: ApprovalId) -> Approval | None:
    """One request, or None."""
    row = await tx.row(f"SELECT {_APPROVAL} WHERE a.id = $1", approval_id)
    return None if row is None else _approval(tx, row)


async def approvals(tx: Tx, *, open_only: bool, limit: int = 200) -> list[Approval]:
    """Requests that wait, the oldest first; or those that are over, the newest first."""
    where = "a.outcome = 'asked' AND a.expires_at > $1 ORDER BY a.asked_at, a.id" if open_only else (
        "a.outcome <> 'asked' OR a.expires_at <= $1 ORDER BY coalesce(a.decided_at, a.expires_at) DESC, a.id")
    return [_approval(tx, row) for row in await tx.rows(f"SELECT {_APPROVAL} WHERE {where} LIMIT $2", tx.now, limit)]


async def decide(tx: Tx, approval_id: ApprovalId, outcome: Outcome, decided_by: StaffId, answer: str) -> bool:
    """Write a decision; False when somebody was faster or it is too old."""
    return await tx.run(
        """UPDATE operators.approval SET outcome = $2, decided_by = $3, decided_at = $4, answer = $5
            WHERE id = $1 AND outcome = 'asked' AND expires_at > $4 AND asked_by <> $3""", approval_id, outcome, decided_by, tx.now, answer) == 1


# ── invariants ──

async def _excluding(tx: Tx) -> list[str]:
    rows = await tx.rows("SELECT id, roles FROM operators.member")
    return [ids.wire("staff", row["id"]) for row in rows if model.excludes(frozenset(Role(role) for role in row["roles"])) is not None]


async def _without_factor(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT m.id FROM operators.member m WHERE m.state = 'active' AND (m.hashed IS NULL OR m.hashed NOT LIKE '$argon2id$%'
              OR (m.otp_sealed IS NULL AND NOT EXISTS (SELECT FROM operators.passkey k WHERE k.member_id = m.id)))""")
    return [ids.wire("staff", row["id"]) for row in rows]


async def _self_decided(tx: Tx) -> list[str]:
    rows = await tx.rows("SELECT id FROM operators.approval WHERE decided_by = asked_by OR (outcome IN ('approved', 'refused') AND decided_by IS NULL)")
    return [ids.wire("appr", row["id"]) for row in rows]


async def _still_in(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT s.id FROM operators.session s JOIN operators.member m ON m.id = s.member_id WHERE s.ended_at IS NULL AND m.state <> 'active'""")
    return [ids.wire("stay", row["id"]) for row in rows]



CHECKS: Final = (
    Check("operators.roles_separated", "nobody has roles that exclude each other", _excluding),
    Check("operators.two_factors", "every active member has a password, kept as an Argon2id hash, and a second factor", _without_factor),
    Check("operators.two_persons", "nobody decided his own request", _self_decided),
    Check("operators.sessions_of_active", "only active members have live sessions", _still_in),
)
