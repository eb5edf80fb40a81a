"""Problem documents (RFC 9457): the only place that knows which status a refusal has and how it is told."""
import logging
from collections.abc import Mapping
from math import ceil
from typing import Any, Final

import msgspec

from essc.kit import troubles
from essc.kit.errors import RETRYABLE, FieldError, Kind, Refused
from essc.kit.http import refusals
from essc.kit.i18n import Locale, Texts

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
STATUS: Final[Mapping[Kind, int]] = {
    Kind.MALFORMED: 400, Kind.INVALID: 422, Kind.UNAUTHENTICATED: 401, Kind.FORBIDDEN: 403, Kind.NOT_FOUND: 404, Kind.CONFLICT: 409,
    Kind.GONE: 410, Kind.TOO_LARGE: 413, Kind.BUSY: 409, Kind.THROTTLED: 429, Kind.UNAVAILABLE: 503,
}
RETRY_AFTER: Final[Mapping[Kind, float]] = {Kind.BUSY: 1, Kind.THROTTLED: 60, Kind.UNAVAILABLE: 2}
"""Seconds to wait where the refusal names none."""


CATALOGUE: Final = "/dev/errors"
"""Where people read about a code: the developer portal's catalogue. `/docs#error-<code>`, which it was before, is answered too."""

UNREAD: Final = frozenset({408, 413, 431})
"""Statuses after which the rest of the request is not read: the connection ends."""


class ProblemField(msgspec.Struct, frozen=True):
    """One field that is wrong."""

    field: str
    code: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal as it is sent. `code` is stable and for programs; `title` and `detail` are for people, in their language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    retryable: bool
    errors: list[ProblemField] = []
    expected: str | None = None
    """Sandbox only: the string that the server expected to be signed."""
    reason: str | None = None
    """Sandbox only: the engineer's sentence of the refusal."""


_encode: Final = msgspec.json.Encoder().encode


def status_of(refused: type[Refused] | Refused) -> int:
    """The status code of a refusal."""
    return getattr(refused, "status", 0) or STATUS[refused.kind]


def title_of(texts: Texts, locale: Locale, refused: Refused | type[Refused], part: str) -> str:
    """The localised `title` or `action` of a refusal; that of its kind where its own is missing."""
    key = f"error.{refused.code}.{part}"
    params = refused.params if isinstance(refused, Refused) else {}
    return texts.say(locale, key if texts.has(key) else f"kind.{refused.kind}.{part}", **params)


def problem(refused: Refused, texts: Texts, locale: Locale, request_id: str, *, sandbox: bool = False) -> Problem:
    """The document for a refusal. Only in the sandbox does it tell what the server expected and why, in English."""
    expected = refused.params.get("expected") if sandbox else None
    return Problem(
        type=f"{CATALOGUE}#{refused.code}", title=title_of(texts, locale, refused, "title"), status=status_of(refused), code=refused.code,
        detail=title_of(texts, locale, refused, "action"), request_id=request_id, retryable=refused.retryable,
        errors=[told(error, texts, locale) for error in refused.fields],
        expected=expected if isinstance(expected, str) else None, reason=(refused.detail or None) if sandbox else None,
    )


def told(error: FieldError, texts: Texts, locale: Locale) -> ProblemField:
    """A wrong field with its sentence in the caller's language."""
    key = f"field.{error.code}"
    return ProblemField(error.field, error.code, texts.say(locale, key) if texts.has(key) else error.detail or error.code)


def written(found: Problem) -> bytes:
    """The document's bytes."""
    return _encode(found)


def headers_of(refused: Refused) -> list[tuple[bytes, bytes]]:
    """The headers that a refusal asks for: Retry-After in whole seconds, WWW-Authenticate with 401, the end of an unread connection."""
    found = []
    wait = refused.retry_after if refused.retry_after is not None else RETRY_AFTER.get(refused.kind)
    if wait is not None:
        found.append((b"retry-after", str(max(1, ceil(wait))).encode()))
    if status_of(refused) == 401:
        found.append((b"www-authenticate", b'Signature realm="essc", Bearer realm="essc"'))
    if status_of(refused) in UNREAD:
        found.append((b"connection", b"close"))
    return found


def refusal_of(error: Exception, request_id: str) -> Refused:
    """What a caller is told of an exception. Unexpected ones are logged whole, and told by nothing but the request id."""
    if isinstance(error, Refused):
        return error
    if troubles.is_away(error):
        log.warning("the database is away", extra={"request_id": request_id, "error": type(error).__name__})
        return refusals.DatabaseUnavailable("the database does not answer", retry_after=2)
    if troubles.is_momentary(error) or troubles.is_held(error):
        return refusals.Busy("somebody else holds what this request needs", retry_after=1)
    if troubles.is_unwritable(error) or isinstance(error, OverflowError):
        log.warning("a value the database cannot hold", exc_info=error, extra={"request_id": request_id})
        return refusals.ValueNotAccepted("a value is outside of what can be stored")
    log.error("unexpected", exc_info=error, extra={"request_id": request_id})
    return refusals.InternalError("unexpected")


def example(refused: type[Refused], texts: Texts, locale: Locale) -> dict[str, Any]:
    """A sample document for the contract."""
    found = Problem(type=f"{CATALOGUE}#{refused.code}", title=title_of(texts, locale, refused, "title"), status=status_of(refused), code=refused.code,
                    detail=title_of(texts, locale, refused, "action"), request_id="req_1f3a5b7c000001", retryable=refused.kind in RETRYABLE)
    made: dict[str, Any] = msgspec.to_builtins(found)
    return made
