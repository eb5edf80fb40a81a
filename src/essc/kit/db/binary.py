"""Rows in PostgreSQL's binary COPY format: made where there is time, written where there is none (manual: COPY, Binary Format).

A row is the number of its fields, then each field as its length and its bytes. Numbers are big-endian; a moment is microseconds and a day
is days since 2000-01-01.
"""
import struct
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from essc.kit.db.tx import Tx

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DAY: Final = date(2000, 1, 1).toordinal()
_MICROSECOND: Final = timedelta(microseconds=1)
_LENGTH: Final = struct.Struct(">i").pack
_PIECE: Final = 1 << 18


@lru_cache(64)
def moment(at: datetime) -> int:
    """An aware moment as timestamptz counts it."""
    return (at - _EPOCH) // _MICROSECOND


def day(at: date) -> int:
    """A day as date counts it."""
    return at.toordinal() - _DAY


def blob(value: bytes) -> bytes:
    """A field of bytea, or of text in UTF-8."""
    return _LENGTH(len(value)) + value


@lru_cache(1024)
def word(value: str) -> bytes:
    """A field of text that is one of a few words."""
    return blob(value.encode())


async def write(tx: Tx, schema: str, table: str, columns: Sequence[str], rows: Iterable[bytes]) -> None:
    """COPY rows that were made in advance; columns that are not named get their defaults."""
    await tx.conn.copy_to_table(table, schema_name=schema, columns=list(columns), source=_pieces(b"".join((HEADER, *rows, TRAILER))), format="binary")


async def _pieces(whole: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(whole), _PIECE):
        yield whole[at:at + _PIECE]
