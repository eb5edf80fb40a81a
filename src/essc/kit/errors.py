"""One type for everything that can be refused, and the short list of kinds it comes in.

Only `kit.http` knows which status code a kind becomes; only `kit.i18n` knows the words.
"""
from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar

import msgspec


class Kind(StrEnum):
    """Why something was refused, named by what the caller can do about it."""

    MALFORMED = "malformed"                # not readable at all: mend the message
    INVALID = "invalid"                    # readable and wrong: mend the fields
    UNAUTHENTICATED = "unauthenticated"    # say who you are
    FORBIDDEN = "forbidden"                # you are known and may not
    NOT_FOUND = "not_found"                # there is nothing here for you
    CONFLICT = "conflict"                  # the state of things forbids it
    GONE = "gone"                          # it was here, and its time is over
    TOO_LARGE = "too_large"                # send less
    BUSY = "busy"                          # somebody moved it meanwhile: send the same again
    THROTTLED = "throttled"                # wait as long as we say
    UNAVAILABLE = "unavailable"            # our side: send the same again later


RETRYABLE = frozenset({Kind.BUSY, Kind.UNAVAILABLE})
"""The kinds for which sending the very same request again can help."""


class FieldError(msgspec.Struct, frozen=True):
    """One field that is wrong: its name on the wire, a stable code, an English sentence without the value."""

    field: str
    code: str
    detail: str = ""


class Refused(Exception):
    """A refusal with a stable code. Subclass it once per refusal; the docstring says when it is raised.

    `detail` is for engineers and logs, never holds personal data; `params` fill the localised sentence;
    `retry_after` is in seconds.
    """

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "refused"

    def __init__(self, detail: str = "", *, fields: Sequence[FieldError] = (), retry_after: float | None = None, **params: object) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.fields = tuple(fields)
        self.retry_after = retry_after
        self.params = params

    @property
    def retryable(self) -> bool:
        """Whether sending the same request again can help."""
        return self.kind in RETRYABLE


def refusals(of: type[Refused] = Refused) -> list[type[Refused]]:
    """Every refusal that is defined, by code: the error catalogue is made from it."""
    found = [cls for sub in of.__subclasses__() for cls in (sub, *refusals(sub))]
    return sorted({cls.code: cls for cls in found}.values(), key=lambda cls: cls.code)
