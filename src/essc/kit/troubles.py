"""What an exception of the database means for whoever asked: bad data, a moment's conflict, or a database that is away."""
from typing import Final

import asyncpg

_MOMENTARY: Final = frozenset({"40P01", "40001"})
_AWAY: Final = ("08", "57P0", "53")
"""Connection exceptions, shutdown and recovery, too many connections or no memory."""


def sqlstate(error: BaseException) -> str:
    """The five characters of SQLSTATE, "" when `error` did not come from the server."""
    return (error.sqlstate or "") if isinstance(error, asyncpg.PostgresError) else ""


def is_data(error: BaseException) -> bool:
    """A value that the database cannot hold, or that breaks a constraint: SQLSTATE 22 and 23, or refused by the driver."""
    return sqlstate(error)[:2] in ("22", "23") or is_unwritable(error)


def is_unwritable(error: BaseException) -> bool:
    """A value of the request that has no place in its column: SQLSTATE 22, or the driver cannot encode it."""
    return sqlstate(error)[:2] == "22" or (isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError))


def is_away(error: BaseException) -> bool:
    """The database cannot be reached, is starting, stopping or recovering, or the connection was lost on the way."""
    if isinstance(error, asyncpg.PostgresError):
        return sqlstate(error).startswith(_AWAY)
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)
    return isinstance(error, OSError)


def is_momentary(error: BaseException, *, committing: bool = False) -> bool:
    """Deadlock or serialization failure; on Citus also XX000 while committing. The whole transaction may be done again."""
    return sqlstate(error) in _MOMENTARY or (committing and sqlstate(error) == "XX000")


def is_held(error: BaseException) -> bool:
    """Waited too long for a lock, or the statement took too long: somebody else is at work there."""
    return sqlstate(error) in ("55P03", "57014")
