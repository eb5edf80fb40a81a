"""What of an event goes into the log: a commitment to its canonical form, never the event itself."""
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

VERSION: Final = "essc-event-v1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_decode: Final = msgspec.json.Decoder().decode


class Recorded(Protocol):
    """A row of kit.event, by column name; `body` is its JSON text."""

    def __getitem__(self, name: str, /) -> Any: ...


def canonical(row: Recorded | Mapping[str, Any]) -> bytes:
    """The event as one JSON array without spaces: version, bucket, id, kind, microseconds since 1970, actor, request id, body.

    Members of the body are in code point order and text is UTF-8, so whoever holds the row writes the very same bytes.
    """
    id: UUID = row["id"]
    return _encode([
        VERSION, row["bucket"], str(id), row["kind"], (row["recorded_at"] - _EPOCH) // _MICROSECOND,
        row["actor_kind"], row["actor_id"], row["request_id"], _decode(row["body"]),
    ])


def entry(row: Recorded | Mapping[str, Any]) -> bytes:
    """The log's entry for an event: SHA-256(32-byte blind ‖ canonical event). Without the blind nothing can be guessed from it."""
    blind: bytes = row["blind"]
    return sha256(blind + canonical(row)).digest()
