"""All SQL on identity.*."""
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from asyncpg import Record

from essc.identity.errors import CheckNotFound, EvidenceMissing
from essc.identity.model import SMS_TRIES, Band, Check, Evidence, Purpose, State, Way
from essc.kit import ids
from essc.kit.db.checks import Check as Invariant
from essc.kit.db.tx import Tx
from essc.names import CheckId

_CHECK: Final = "id, purpose, way, state, number_hash, nonce, challenge, failures, asks, expires_at, pairing"
_EVIDENCE: Final = """SELECT e.id, e.purpose, e.way, e.level, e.number_hash, e.mobile_hash, e.score_band, e.provider, e.trace, e.terminal_id,
    e.proved_at, e.expires_at, u.evidence_id IS NOT NULL AS used
  FROM identity.evidence e LEFT JOIN identity.used u ON u.bucket = e.bucket AND u.evidence_id = e.id"""


async def add_check(tx: Tx, check: Check, person: bytes) -> None:
    """Write a check that has just begun; `person` is sealed."""
    await tx.run(
        """INSERT INTO identity.person_check (bucket, id, purpose, way, state, number_hash, person, nonce, challenge, started_at, expires_at,
                                              pairing)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        ids.bucket(check.id), check.id, check.purpose, check.way, check.state, check.number_hash, person, check.nonce,
        list(check.challenge), tx.now, check.expires_at, check.pairing,
    )


async def check(tx: Tx, check_id: CheckId) -> Check:
    """A check. Raises CheckNotFound."""
    row = await tx.row(f"SELECT {_CHECK} FROM identity.person_check WHERE bucket = $1 AND id = $2", ids.bucket(check_id), check_id)
    return _check(row)


async def person(tx: Tx, check_id: CheckId) -> bytes | None:
    """The sealed name and number of a check, None once it is decided."""
    sealed: bytes | None = await tx.value(
        "SELECT person FROM identity.person_check WHERE bucket = $1 AND id = $2", ids.bucket(check_id), check_id)
    return sealed


async def ask(tx: Tx, check: Check, most: int) -> bool:
    """Count one question to the face service; False when the check is decided or has asked too often."""
    return await tx.run(
        """UPDATE identity.person_check SET asks = asks + 1
            WHERE bucket = $1 AND id = $2 AND state = 'pending' AND nonce = $3 AND asks < $4""",
        ids.bucket(check.id), check.id, check.nonce, most,
    ) == 1


async def decide(tx: Tx, check: Check, state: State, *, failures: int, nonce: bytes, challenge: Sequence[str]) -> bool:
    """Write the outcome of the question with `check.nonce`; False when that question was decided already.

    The person's name and number go as soon as nobody needs them.
    """
    return await tx.run(
        """UPDATE identity.person_check SET state = $4, failures = $5, nonce = $6, challenge = $7,
                  person = CASE WHEN $4 = 'pending' THEN person END
            WHERE bucket = $1 AND id = $2 AND state = 'pending' AND nonce = $3""",
        ids.bucket(check.id), check.id, check.nonce, state, failures, nonce, list(challenge),
    ) == 1


async def pending_terminal(tx: Tx, bucket: int, number_hashes: Sequence[bytes], pairing: str) -> Check | None:
    """The check of this person that waits for a clerk under these digits, or None."""
    row = await tx.row(
        f"""SELECT {_CHECK} FROM identity.person_check
             WHERE bucket = $1 AND number_hash = ANY ($2) AND way = 'terminal' AND state = 'pending' AND expires_at > $3
               AND pairing = $4 LIMIT 1""", bucket, list(number_hashes), tx.now, pairing)
    return None if row is None else _check(row)


async def add_evidence(tx: Tx, proof: Evidence) -> bool:
    """Write a proof; False when it is written already."""
    return await tx.run(
        """INSERT INTO identity.evidence (bucket, id, purpose, way, level, number_hash, mobile_hash, score_band, provider, trace,
                                          terminal_id, proved_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (bucket, id) DO NOTHING""",
        ids.bucket(proof.id), proof.id, proof.purpose, proof.way, proof.level, proof.holder_number_hash, proof.mobile_hash,
        proof.score_band, proof.provider, proof.trace, proof.terminal_id, proof.proved_at, proof.expires_at,
    ) == 1


async def evidence(tx: Tx, check_id: CheckId) -> Evidence:
    """A proof. Raises EvidenceMissing."""
    row = await tx.row(f"{_EVIDENCE} WHERE e.bucket = $1 AND e.id = $2", ids.bucket(check_id), check_id)
    if row is None:
        raise EvidenceMissing("nothing was proved under this id")
    return _evidence(row)


async def proofs(tx: Tx, bucket: int, number_hashes: Sequence[bytes], limit: int) -> list[Evidence]:
    """What was proved of a number, newest first."""
    rows = await tx.rows(f"{_EVIDENCE} WHERE e.bucket = $1 AND e.number_hash = ANY ($2) ORDER BY e.proved_at DESC, e.id LIMIT $3",
                         bucket, list(number_hashes), limit)
    return [_evidence(row) for row in rows]


async def unused_terminal(tx: Tx, bucket: int, number_hashes: Sequence[bytes]) -> Evidence | None:
    """The newest proof by a clerk that is for anything and not used yet, or None."""
    row = await tx.row(
        f"""{_EVIDENCE} WHERE e.bucket = $1 AND e.number_hash = ANY ($2) AND e.way = 'terminal' AND e.purpose = 'any'
              AND e.expires_at > $3 AND u.evidence_id IS NULL ORDER BY e.proved_at DESC LIMIT 1""",
        bucket, list(number_hashes), tx.now)
    return None if row is None else _evidence(row)


async def use(tx: Tx, check_id: CheckId, purpose: Purpose) -> bool:
    """Use a proof up; False when it was used before."""
    return await tx.run(
        """INSERT INTO identity.used (bucket, evidence_id, purpose, used_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT (bucket, evidence_id) DO NOTHING""", ids.bucket(check_id), check_id, purpose, tx.now,
    ) == 1


async def add_code(tx: Tx, code_id: CheckId, purpose: Purpose, number_hash: bytes | None, mobile_hash: bytes, code_mac: bytes,
                   expires_at: datetime) -> None:
    """Write a code that is about to be sent."""
    await tx.run(
        """INSERT INTO identity.sms_code (bucket, id, purpose, number_hash, mobile_hash, code_mac, made_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        ids.bucket(code_id), code_id, purpose, number_hash, mobile_hash, code_mac, tx.now, expires_at,
    )


async def try_code(tx: Tx, code_id: CheckId, purpose: Purpose) -> Record | None:
    """Count one try of a code before it is judged; None when it is over, spent, or for something else."""
    return await tx.row(
        """UPDATE identity.sms_code SET tries = tries + 1
            WHERE bucket = $1 AND id = $2 AND purpose = $3 AND tries < $4 AND expires_at > $5
        RETURNING tries, number_hash, mobile_hash, code_mac, expires_at""",
        ids.bucket(code_id), code_id, purpose, SMS_TRIES, tx.now,
    )


async def untry_code(tx: Tx, code_id: CheckId) -> None:
    """The try was right: it does not count, so that a proved code can be shown again until it is used."""
    await tx.run("UPDATE identity.sms_code SET tries = tries - 1 WHERE bucket = $1 AND id = $2 AND tries > 0", ids.bucket(code_id), code_id)


async def forget(tx: Tx, before: datetime) -> int:
    """Drop checks and codes that were over before then; proofs stay. Answers how many."""
    checks = await tx.run("DELETE FROM identity.person_check WHERE expires_at < $1", before)
    return checks + await tx.run("DELETE FROM identity.sms_code WHERE expires_at < $1", before)


def _check(row: Record | None) -> Check:
    if row is None:
        raise CheckNotFound("no such check")
    return Check(CheckId(row["id"]), Purpose(row["purpose"]), Way(row["way"]), State(row["state"]), row["number_hash"], row["nonce"],
                 tuple(row["challenge"]), row["failures"], row["asks"], row["expires_at"], row["pairing"])


def _evidence(row: Record) -> Evidence:
    band = Band(row["score_band"]) if row["score_band"] else None
    return Evidence(CheckId(row["id"]), Purpose(row["purpose"]), Way(row["way"]), row["level"], row["number_hash"], row["mobile_hash"],
                    band, row["provider"], row["trace"], row["terminal_id"], row["proved_at"], row["expires_at"], row["used"])


async def _passed_without_evidence(tx: Tx) -> list[str]:
    rows = await tx.rows(
        """SELECT c.id FROM identity.person_check c WHERE c.state = 'passed'
              AND NOT EXISTS (SELECT 1 FROM identity.evidence e WHERE e.bucket = c.bucket AND e.id = c.id)""")
    return [ids.wire("chk", row["id"]) for row in rows]


async def _decided_and_named(tx: Tx) -> list[str]:
    rows = await tx.rows("SELECT id FROM identity.person_check WHERE state <> 'pending' AND person IS NOT NULL")
    return [ids.wire("chk", row["id"]) for row in rows]


CHECKS: Final = (
    Invariant("identity.passed_has_evidence", "every passed check left a proof", _passed_without_evidence),
    Invariant("identity.decided_forgets", "a decided check keeps neither name nor number", _decided_and_named),
)
