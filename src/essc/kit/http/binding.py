"""From a declared operation to something that runs: its parameters found once, its decoder and encoder made once."""
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, get_type_hints
from uuid import UUID

from msgspec import inspect as inspection

from essc.kit import ids
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import FieldError
from essc.kit.http import refusals
from essc.kit.http.incoming import SignedRequest
from essc.kit.http.operations import Call, Operation, Principal
from essc.kit.http.reading import body_reader, convert, query_reader, segment
from essc.kit.http.routing import parameters

BY_TYPE: Final[Mapping[Any, str]] = {Tx: "tx", Database: "db", Actor: "actor", Principal: "principal", Call: "call", SignedRequest: "request"}
"""Parameters that are filled by their type, whatever their name."""

Convert = Callable[[str], Any]


class Arguments:
    """Reads what an operation's function needs out of a request."""

    def __init__(self, operation: Operation, prefixes: Mapping[str, str]) -> None:
        self.operation = operation
        self.hints = _hints(operation)
        self.path: dict[str, Convert] = {
            name: converter(name, self.path_type(name), prefixes) for name in parameters(operation.path)}
        self.body_type = self.hints.get("body")
        self.read_body = body_reader(strict(self.body_type)) if self.body_type is not None else None
        self.query_names = tuple(name for name in ("query", "page") if name in self.hints)
        self.query_types: tuple[Any, ...] = tuple(strict(self.hints[name]) for name in self.query_names)
        self.read_query = query_reader(self.query_types)
        self.special = {name: BY_TYPE[type] for name, type in self.hints.items() if type in BY_TYPE}
        _all_known(self)

    def path_type(self, name: str) -> Any:
        """The declared type of a parameter of the path, str when nothing is said."""
        return self.operation.path_types.get(name) or self.hints.get(name, str)

    def of_path(self, names: tuple[str, ...], values: tuple[str, ...]) -> dict[str, Any]:
        """The parameters of the path, converted. Raises InvalidRequest, or BadId's refusal."""
        return {name: self.path[name](segment(value) if "%" in value else value) for name, value in zip(names, values, strict=True)}

    def of_query(self, raw: bytes) -> dict[str, Any]:
        """`query` and `page`. Raises InvalidRequest, also for any parameter when there should be none."""
        return dict(zip(self.query_names, self.read_query(raw), strict=True))

    def of_body(self, request: SignedRequest) -> Any:
        """The body as its type. Raises MediaTypeUnsupported and what the reader raises."""
        if self.read_body is None:
            if request.body:
                raise refusals.InvalidRequest("this operation takes no body", fields=[FieldError("body", "unknown")])
            return None
        media = request.headers.get(b"content-type", b"")
        if media != b"application/json" and not _is_json(media):
            raise refusals.MediaTypeUnsupported("Content-Type: application/json")
        return self.read_body(request.body)


def _is_json(media: bytes) -> bool:
    name, _, parameter = media.decode("latin-1").lower().partition(";")
    return name.strip() == "application/json" and parameter.strip().replace('"', "") in ("", "charset=utf-8")


def _hints(operation: Operation) -> dict[str, Any]:
    """The parameters of what reads the request: the function itself, or `one` of a batched operation."""
    function = operation.one or operation.function
    hints = get_type_hints(function, include_extras=True)
    return {name: hints[name] for name in inspect.signature(function).parameters}


def _all_known(found: Arguments) -> None:
    known = {"body", *found.query_names, *found.special, *found.path}
    unknown = [name for name in found.hints if name not in known]
    missing = [name for name in found.path if name not in found.hints and not found.operation.one]
    if unknown or missing:
        raise TypeError(f"{found.operation.name}: nothing fills {unknown}, nothing takes {missing}")


def converter(name: str, type: Any, prefixes: Mapping[str, str]) -> Convert:
    """A function from a path segment to `type`; an id (a NewType of UUID, or UUID named by its prefix) is read in its wire form."""
    prefix = prefixes.get(getattr(type, "__name__", ""))
    if prefix is not None:
        return lambda text: ids.parse(prefix, text)
    if type is UUID or getattr(type, "__supertype__", None) is UUID:
        raise TypeError(f"the id {name} has a type without a prefix")
    return lambda text: convert(text, type, name)


def strict(type: Any) -> Any:
    """`type`, when it says all that a body must: no unknown fields, no number without bounds, no moment without an offset.

    Raises TypeError with the place: msgspec alone would take integers of any size and naive moments.
    """
    _check(inspection.type_info(type), "the body", set())
    return type


def _check(found: inspection.Type, where: str, seen: set[Any]) -> None:
    if isinstance(found, inspection.StructType) and found.cls not in seen:
        seen.add(found.cls)
        if not found.forbid_unknown_fields:
            raise TypeError(f"{where}: {found.cls.__name__} takes unknown fields: derive it from kit.http.types.Body")
        for field in found.fields:
            _check(field.type, f"{found.cls.__name__}.{field.name}", seen)
    elif isinstance(found, inspection.IntType) and (found.ge is found.gt is None or found.le is found.lt is None):
        raise TypeError(f"{where}: an int without bounds: take Seq, Fen, or Meta(ge=…, le=…)")
    elif isinstance(found, inspection.DateTimeType) and found.tz is not True:
        raise TypeError(f"{where}: a datetime that may be naive: take Instant")
    elif isinstance(found, inspection.AnyType):
        raise TypeError(f"{where}: anything at all")
    for inner in _inside(found):
        _check(inner, where, seen)


def _inside(found: inspection.Type) -> tuple[inspection.Type, ...]:
    if isinstance(found, inspection.UnionType):
        return tuple(found.types)
    if isinstance(found, (inspection.CollectionType, inspection.VarTupleType)):
        return (found.item_type,)
    if isinstance(found, inspection.TupleType):
        return tuple(found.item_types)
    if isinstance(found, inspection.DictType):
        return (found.key_type, found.value_type)
    return (found.type,) if isinstance(found, inspection.Metadata) else ()
