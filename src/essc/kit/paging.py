"""Cursor paging: a page is asked for by the place where the last one ended, so rows that come or go meanwhile shift nothing."""
import base64
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from msgspec import Meta

from essc.kit.errors import FieldError, Kind, Refused

T = TypeVar("T")
Row = TypeVar("Row")
Place = TypeVar("Place")

USUAL: Final = 50
MOST: Final = 200


class CursorInvalid(Refused):
    """The cursor is not one that this list gave."""

    kind, code = Kind.INVALID, "cursor_invalid"


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a list is wanted: `limit` rows (1 to 200), after `cursor` (as `next_cursor` of the page before)."""

    limit: Annotated[int, Meta(ge=1, le=MOST)] = USUAL
    cursor: Annotated[str, Meta(min_length=1, max_length=400, pattern="^[A-Za-z0-9_-]+$")] | None = None

    def after(self, place: type[Place]) -> Place | None:
        """Where the last page ended, as the type it was made from (a tuple type, such as `tuple[datetime, UUID]`); None at the start.

        Raises CursorInvalid.
        """
        return None if self.cursor is None else opened(self.cursor, place)


class Paged(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


def cursor(*place: Any) -> str:
    """A cursor that says: after the row with these sort values (ids, instants, numbers; never personal data)."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def opened(text: str, place: type[Place]) -> Place:
    """The sort values in a cursor. Raises CursorInvalid."""
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(packed, type=place)
    except (ValueError, msgspec.DecodeError) as error:
        raise CursorInvalid("not a cursor of this list", fields=[FieldError("cursor", "invalid")]) from error


def cut(rows: Sequence[Row], page: Page, place: Callable[[Row], tuple[Any, ...]], view: Callable[[Row], T]) -> Paged[T]:
    """A page of `rows`, which were asked for with `page.limit + 1`: the one too many only says that there is more."""
    kept = rows[:page.limit]
    more = cursor(*place(kept[-1])) if len(rows) > page.limit else None
    return Paged(items=[view(row) for row in kept], next_cursor=more)
