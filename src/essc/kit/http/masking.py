"""A body as somebody may see it who looks at a log: what the schema says cannot be about a person, and dots for everything else.

Shown are truth values, members of enums and literals, moments, small numbers, and ids of ours. Texts, digits, days (of birth), base64 and
free-form objects are dots; fields that the schema does not know are left out, names and all. Nothing is shown because of how it looks:
a value is shown because its type has no room for a name, a number, a password or a code. Ids are the one exception, and have a shape
that nothing else has.
"""
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import inspect as inspection

from essc.kit.http.problems import Problem
from essc.kit.http.types import ID_TAIL

DOTS: Final = "•••"
SMALL: Final = 99_999
"""Numbers up to this are shown: versions, seconds, tries. No mobile, number or amount of note fits."""
ITEMS: Final = 20
"""So many items of a list are shown."""
LARGEST: Final = 16 * 1024
"""A body larger than this (pictures, files) is not looked into."""

Mask = Callable[[bytes], Any]
"""From the bytes of a body to what may be shown of it: JSON values, or None when there is nothing to show."""

_FIELD: Final = re.compile(r"[a-z_.\[\]]{1,64}")
_ID: Final = rf"[a-z]{{2,8}}_{ID_TAIL}|[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
"""An id of ours, or a UUID: what may stand in an address or as an Idempotency-Key."""
_SAFE: Final[Mapping[str, "re.Pattern[str]"]] = {
    "@method": re.compile(r"[A-Z]{1,8}"), "@scheme": re.compile(r"https?"), "@authority": re.compile(r"[a-z0-9.:\[\]-]{1,120}"),
    "content-digest": re.compile(r"sha-(?:256|512)=:[A-Za-z0-9+/]{43,86}={0,2}:"), "content-type": re.compile(r"application/json(?:; ?charset=utf-8)?"),
    "idempotency-key": re.compile(_ID),
}
"""What a component of a signature base must look like to be shown; all others are dots."""
_NAMES: Final = (*_SAFE, "@path", "@query", "@target-uri", "@request-target", "@query-param", "@signature-params", "content-length", "date", "host")
_PARAMS: Final = re.compile(
    rf'[() ]|"(?:{"|".join(_NAMES)})"|;(?:created|expires)=\d{{1,12}}|;tag="essc"|;alg="(?:ecdsa-p256-sha256|sm2-sm3|ed25519)"'
    rf'|;keyid="(?:{_ID})"|(?P<odd>.)')
"""What the parameters of a signature may say; any other character becomes a dot."""


def masker(type: Any, prefixes: Iterable[str]) -> Mask:
    """The mask of a body of `type`; `prefixes` are those of ids of ours. A body that is not JSON shows nothing."""
    shape = inspection.type_info(type)
    known = re.compile(rf"(?:{'|'.join(sorted(prefixes))})_{ID_TAIL}")

    def mask(raw: bytes) -> Any:
        read = _read(raw)
        return None if read is None else _shown(read, shape, known)
    return mask


def problem(raw: bytes) -> Any:
    """What may be shown of a problem document: its code and what goes with it, never a sentence, and no name of a field we do not know."""
    try:
        found = msgspec.json.decode(raw, type=Problem)
    except msgspec.DecodeError:
        return None
    shown: dict[str, Any] = {"status": found.status, "code": found.code, "retryable": found.retryable, "request_id": found.request_id}
    if found.errors:
        shown["errors"] = [{"field": _field(one.field, one.code), "code": one.code} for one in found.errors[:ITEMS]]
    return shown


def path(raw: str, template: str) -> str:
    """The address of a request; where `template` (`/v1/channels/{channel_id}`) has a parameter, only an id is shown."""
    parts, names = raw.split("/"), template.split("/")
    if len(parts) != len(names):
        return template
    return "/".join(name if not name.startswith("{") else part if re.fullmatch(_ID, part) else _dots(part) for part, name in zip(parts, names, strict=True))


def query(raw: str, names: Collection[str]) -> str:
    """The query of a request: the parameters that there are (`names`), and values that are ids; dots of the same length for the rest."""
    return "&".join(_pair(pair, names) for pair in raw.split("&")) if raw else ""


def base(text: str, template: str, names: Collection[str] = ()) -> str:
    """A signature base (RFC 9421 §2.5) line by line, with dots of the same length for whatever a caller might have put in that is about a person.

    `template` and `names` are the operation's path and the parameters of its query.
    """
    return "\n".join(_line(line, template, names) for line in text.split("\n"))


def _line(line: str, template: str, names: Collection[str]) -> str:
    quoted, found, value = line.partition(": ")
    name = quoted.strip('"')
    if not found or name not in _NAMES:
        return _dots(line)
    if name == "@signature-params":
        shown = _PARAMS.sub(lambda part: "•" if part["odd"] else part[0], value)
    elif name == "@path":
        shown = path(value, template)
    elif name == "@query":
        mark = value[:1] if value[:1] == "?" else ""
        shown = mark + query(value[len(mark):], names)
    else:
        shown = value if name in _SAFE and _SAFE[name].fullmatch(value) else _dots(value)
    return f'"{name}": {shown}'


def _pair(pair: str, names: Collection[str]) -> str:
    name, equals, value = pair.partition("=")
    return (name if name in names else _dots(name)) + equals + (value if re.fullmatch(_ID, value) else _dots(value))


def _dots(text: str) -> str:
    return "•" * len(text)


def _field(name: str, code: str) -> str:
    return name if code != "unknown" and _FIELD.fullmatch(name) else "?"


def _read(raw: bytes) -> Any:
    if not raw or len(raw) > LARGEST:
        return None
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return None


def _shown(value: Any, shape: inspection.Type, ids: "re.Pattern[str]") -> Any:
    choices = shape.types if isinstance(shape, inspection.UnionType) else (shape,)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return next((_fields(value, one, ids) for one in choices if isinstance(one, inspection.StructType)), DOTS)
    if isinstance(value, list):
        return next((_items(value, one, ids) for one in choices if isinstance(one, inspection.CollectionType | inspection.VarTupleType)), DOTS)
    return value if any(_may_show(value, one, ids) for one in choices) else DOTS


def _fields(value: dict[str, Any], shape: inspection.StructType, ids: "re.Pattern[str]") -> dict[str, Any]:
    return {field.encode_name: _shown(value[field.encode_name], _plain(field.type), ids) for field in shape.fields if field.encode_name in value}


def _items(value: list[Any], shape: "inspection.CollectionType | inspection.VarTupleType", ids: "re.Pattern[str]") -> list[Any]:
    inner = _plain(shape.item_type)
    return [_shown(one, inner, ids) for one in value[:ITEMS]] + ([f"+{len(value) - ITEMS}"] if len(value) > ITEMS else [])


def _may_show(value: Any, shape: inspection.Type, ids: "re.Pattern[str]") -> bool:
    if isinstance(value, str):
        if isinstance(shape, inspection.EnumType):
            return value in {member.value for member in shape.cls}
        if isinstance(shape, inspection.LiteralType):
            return value in shape.values
        return _is_moment(value) if isinstance(shape, inspection.DateTimeType) else isinstance(shape, inspection.StrType) and bool(ids.fullmatch(value))
    return isinstance(shape, inspection.IntType | inspection.LiteralType) and isinstance(value, int) and abs(value) <= SMALL


def _is_moment(value: str) -> bool:
    try:
        msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return False
    return len(value) <= 40


def _plain(shape: inspection.Type) -> inspection.Type:
    return _plain(shape.type) if isinstance(shape, inspection.Metadata) else shape
