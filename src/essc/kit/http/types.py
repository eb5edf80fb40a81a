"""The types of the wire, stricter than JSON: aware instants, bounded numbers, plain text, and no field that nobody knows."""
from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

BIGINT: Final = 2**63 - 1
_UNSEEN: Final = "\\x00-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2064\\u2066-\\u2069\\ufeff"
PLAIN: Final = f"^[^{_UNSEEN}]*$(?!\\n)"
"""No control characters, and none of the invisible ones that turn the order of reading; for names and words."""
LINES: Final = "^[^\\x00-\\x09\\x0b-\\x1f\\x7f]*$"
"""Like PLAIN, with line breaks."""
ID_TAIL: Final = "[0-7][0-9a-hjkmnp-tv-z]{25}"
"""What follows the prefix of an id on the wire: `Annotated[str, Meta(pattern=f"^card_{ID_TAIL}$")]`."""

Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset")]
"""A moment; a naive one is refused."""
Day = Annotated[date, Meta(description="RFC 3339 full-date")]
"""A day of the calendar, without a time."""
Seq = Annotated[int, Meta(ge=0, le=BIGINT)]
"""A sequence or version number: fits bigint, never negative."""
Fen = Annotated[int, Meta(ge=-BIGINT, le=BIGINT, description="fen, 1/100 yuan")]
"""An amount of money."""
Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN)]
"""A word or a line."""
Lines = Annotated[str, Meta(min_length=1, max_length=4000, pattern=LINES)]
"""A longer text with line breaks."""
Code = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\\n)")]
"""A stable name made for machines: a scene, a region, a purpose."""
Digits = Annotated[str, Meta(min_length=1, max_length=40, pattern="^[0-9]{1,40}$(?!\\n)")]
"""Decimal digits that are not a quantity."""
Base64 = Annotated[str, Meta(min_length=1, max_length=8192, pattern="^[A-Za-z0-9+/]+={0,2}$(?!\\n)")]
"""Bytes as base64."""


def told(**schema: Any) -> Meta:
    """What the published contract says besides (JSON Schema words), and the edge does not judge: a room refuses in words of its own.

    `Annotated[str, told(pattern="^[0-9]{6}$")]`: a client knows the form, and whoever gets it wrong is told `password_weak`, not `invalid_request`.
    """
    return Meta(extra_json_schema=schema)


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What a request brings (or a part of it, or its query): a field that nobody knows is refused."""


class View(msgspec.Struct):
    """What an answer holds. Readers must bear new fields."""


class Nothing(Body):
    """The body of a verb that needs none: `{}`."""
