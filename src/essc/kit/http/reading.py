"""From the bytes of a request to typed values, strictly: one reading of every message, or a refusal that names the field."""
import re
from collections.abc import Callable, Mapping, Sequence
from json.decoder import JSONDecoder
from typing import Any, Final, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

from essc.kit.errors import FieldError
from essc.kit.http import refusals

T = TypeVar("T")

_WHERE: Final = re.compile(r" - at `(?:key in )?\$\.?(.*)`$")
_NAMED: Final = re.compile(r"(missing required|unknown) field `(.*?)`", re.DOTALL)
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_CODES: Final = (
    ("missing required", "missing"), ("unknown field", "unknown"), ("timezone", "offset_missing"), ("RFC3339", "format"), ("of length", "length"),
    ("matching regex", "pattern"), (">=", "range"), ("<=", "range"), ("enum value", "not_allowed"), ("Invalid", "format"), ("Expected", "type"),
)
MOST_FIELD_CHARACTERS: Final = 64


class _Twice(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice
    return found


_scan = JSONDecoder(object_pairs_hook=_once, parse_int=len, parse_float=len).scan_once     # type: ignore[attr-defined]
"""The scanner in C alone: msgspec has read the text already, so what stands around it is only blanks."""


def body_reader(type: type[T]) -> Callable[[bytes], T]:
    """A function from a raw JSON body to `type`. It raises MalformedJson, DuplicateKey, TextNotPlain, InvalidRequest."""
    decode = msgspec.json.Decoder(type).decode

    def read(raw: bytes) -> T:
        try:
            found = decode(raw)
            _scan(raw.decode().lstrip(), 0)
        except msgspec.ValidationError as error:
            raise refusals.InvalidRequest("the body is not what the contract says", fields=[field_error(str(error))]) from None
        except _Twice:
            raise refusals.DuplicateKey("one object names a field twice") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, StopIteration):
            raise refusals.MalformedJson("the body is not JSON in UTF-8") from None
        if b"\\u0000" in raw and _NUL.search(raw):
            raise refusals.TextNotPlain("NUL in a text")
        return found
    return read


def field_error(message: str, field: str = "") -> FieldError:
    """The field and the stable code in what msgspec says. Its sentence is not passed on: it may quote the value."""
    where = _WHERE.search(message)
    named = _NAMED.search(message)
    parts = [field, where[1] if where else "", named[2] if named else ""]
    code = next((code for words, code in _CODES if words in message), "invalid")
    return FieldError(_shown(".".join(part for part in parts if part)), code)


def _shown(field: str) -> str:
    return field[:MOST_FIELD_CHARACTERS] if field.isprintable() and field.isascii() else "?"


def query_pairs(raw: bytes) -> dict[str, str]:
    """The parameters of a query string. Raises TextNotPlain, and InvalidRequest for one that stands twice."""
    found: dict[str, str] = {}
    for part in raw.split(b"&"):
        if not part:
            continue
        name, _, value = part.partition(b"=")
        key, text = plain(name), plain(value)
        if key in found:
            raise refusals.InvalidRequest("a query parameter stands twice", fields=[FieldError(_shown(key), "twice")])
        found[key] = text
    return found


def plain(raw: bytes) -> str:
    """A part of a query as text. Raises TextNotPlain for what is not UTF-8 or holds NUL."""
    return segment(raw.replace(b"+", b" "))


def segment(raw: bytes | str) -> str:
    """A percent-encoded segment of a path as text. Raises TextNotPlain for what is not UTF-8 or holds NUL."""
    try:
        text = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise refusals.TextNotPlain("not UTF-8") from None
    if "\x00" in text:
        raise refusals.TextNotPlain("NUL")
    return text


def query_reader(types: Sequence[type[Any]]) -> Callable[[bytes], list[Any]]:
    """A function from a query string to one value of each Struct in `types`, which share the parameters among them."""
    known = {field.encode_name: number for number, type in enumerate(types) for field in msgspec.structs.fields(type)}

    def read(raw: bytes) -> list[Any]:
        if not raw:
            pairs: dict[str, str] = {}
        else:
            pairs = query_pairs(raw)
        parts: list[dict[str, str]] = [{} for _ in types]
        for name, value in pairs.items():
            if name not in known:
                raise refusals.InvalidRequest("an unknown query parameter", fields=[FieldError(_shown(name), "unknown")])
            parts[known[name]][name] = value
        return [_told(part, convert(part, type)) for part, type in zip(parts, types, strict=True)]
    return read


def _told(part: Mapping[str, str], found: Any) -> Any:
    """`found`, unless a parameter was given as the word for nothing: whoever wants nothing leaves it out."""
    for field in msgspec.structs.fields(found):
        if field.encode_name in part and getattr(found, field.name) is None:
            raise refusals.InvalidRequest("a query parameter is null", fields=[FieldError(field.encode_name, "type")])
    return found


def convert(value: Any, type: Any, field: str = "") -> Any:
    """A text (or texts) of path or query as `type`. Raises InvalidRequest."""
    try:
        return msgspec.convert(value, type, strict=False)
    except msgspec.ValidationError as error:
        raise refusals.InvalidRequest("path or query is not what the contract says", fields=[field_error(str(error), field)]) from None
