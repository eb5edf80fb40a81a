"""All SQL on passwords.*."""
from datetime import datetime
from typing import Final

from asyncpg import Record

from essc.kit import ids
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import EcardId
from essc.passwords.errors import PasswordNotSet
from essc.passwords.model import Hashed, Password, Rule

_COLUMNS: Final = "ecard_id, region, hashed, pepper_version, epoch, tries, tried_at"


async def add(tx: Tx, ecard_id: EcardId, region: str, hashed: Hashed) -> bool:
    """Keep the first password; False when there is one already."""
    return await tx.run(
        """INSERT INTO passwords.password (bucket, ecard_id, region, hashed, pepper_version, set_at)
           VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (bucket, ecard_id) DO NOTHING""",
        ids.bucket(ecard_id), ecard_id, region, hashed.encoded, hashed.pepper_version, tx.now,
    ) == 1


async def get(tx: Tx, ecard_id: EcardId) -> Password:
    """The password of an e-card. Raises PasswordNotSet."""
    row = await tx.row(f"SELECT {_COLUMNS} FROM passwords.password WHERE bucket = $1 AND ecard_id = $2", ids.bucket(ecard_id), ecard_id)
    return _password(row)


async def exists(tx: Tx, ecard_id: EcardId) -> bool:
    """Whether there is a password."""
    return await tx.value("SELECT 1 FROM passwords.password WHERE bucket = $1 AND ecard_id = $2", ids.bucket(ecard_id), ecard_id) is not None


async def reserve(tx: Tx, password: Password, rule: Rule) -> Password | None:
    """Count one more try before it is judged, unless the tries are spent and not yet old; then None.

    A single conditional update: parallel guesses wait for one another on the row and cannot exceed the limit.
    """
    row = await tx.row(
        f"""UPDATE passwords.password SET tries = CASE WHEN tries >= $3 THEN 1 ELSE tries + 1 END, tried_at = $4
             WHERE bucket = $1 AND ecard_id = $2 AND (tries < $3 OR tried_at <= $5) RETURNING {_COLUMNS}""",
        password.bucket, password.ecard_id, rule.tries, tx.now, tx.now - rule.lock,
    )
    return None if row is None else _password(row)


async def clear(tx: Tx, password: Password) -> bool:
    """Forget the tries after a right one; False when the password was set anew meanwhile."""
    return await tx.run(
        "UPDATE passwords.password SET tries = 0, tried_at = NULL WHERE bucket = $1 AND ecard_id = $2 AND epoch = $3",
        password.bucket, password.ecard_id, password.epoch,
    ) == 1


async def rehash(tx: Tx, password: Password, hashed: Hashed) -> bool:
    """Keep the same password under newer parameters or a newer pepper; False when it was set anew meanwhile."""
    return await tx.run(
        """UPDATE passwords.password SET hashed = $4, pepper_version = $5
            WHERE bucket = $1 AND ecard_id = $2 AND epoch = $3""",
        password.bucket, password.ecard_id, password.epoch, hashed.encoded, hashed.pepper_version,
    ) == 1


async def replace(tx: Tx, was: Password, hashed: Hashed) -> bool:
    """Keep another password, one epoch on, with all tries free; False when it was set anew meanwhile."""
    return await tx.run(
        """UPDATE passwords.password SET hashed = $4, pepper_version = $5, epoch = epoch + 1, tries = 0, tried_at = NULL, set_at = $6
            WHERE bucket = $1 AND ecard_id = $2 AND epoch = $3""",
        was.bucket, was.ecard_id, was.epoch, hashed.encoded, hashed.pepper_version, tx.now,
    ) == 1


def _password(row: Record | None) -> Password:
    if row is None:
        raise PasswordNotSet("this e-card has no password")
    tried_at: datetime | None = row["tried_at"]
    return Password(EcardId(row["ecard_id"]), row["region"], Hashed(row["hashed"], row["pepper_version"]), row["epoch"], row["tries"], tried_at)


async def _not_argon2id(tx: Tx) -> list[str]:
    rows = await tx.rows("SELECT ecard_id FROM passwords.password WHERE hashed NOT LIKE '$argon2id$%'")
    return [ids.wire("ecard", row["ecard_id"]) for row in rows]


CHECKS: Final = (Check("passwords.are_hashed", "every password is kept as an Argon2id hash", _not_argon2id),)
