"""The contract for machines: OpenAPI 3.1, made from the operations themselves, complete enough to generate a client from."""
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from essc.kit.http import problems
from essc.kit.http.binding import Arguments
from essc.kit.http.contract import Refusals, by_status, may_refuse
from essc.kit.http.operations import Operation, Operations
from essc.kit.http.problems import Problem
from essc.kit.http.types import ID_TAIL
from essc.kit.i18n import Texts

Json = dict[str, Any]

_REF: Final = "#/components/schemas/{name}"
_RFC9421: Final = (
    "HTTP Message Signature (RFC 9421) in `Signature-Input` and `Signature`, tag `essc`, parameters `created` (300 s either way) and `keyid`, covering "
    "`@method @path @query`, with a body `content-digest content-type`, with a key `idempotency-key`. Content-Digest is SHA-256 (RFC 9530). ")
SECURITY: Final[Mapping[str, Json]] = {
    "channel": {"type": "apiKey", "in": "header", "name": "Signature", "description": _RFC9421 + "Signed with the channel's key."},
    "terminal": {"type": "apiKey", "in": "header", "name": "Signature", "description": _RFC9421 + "hmac-sha256 with the secret of a terminal session."},
    "terminal-key": {"type": "apiKey", "in": "header", "name": "Signature", "description": _RFC9421 + "Signed with the terminal's own key."},
    "region": {"type": "apiKey", "in": "header", "name": "Signature", "description": _RFC9421 + "Signed with the region's feed key."},
    "holder": {"type": "http", "scheme": "bearer", "description": "The token of a holder's session."},
}
_HEADERS: Final[Mapping[str, Json]] = {
    "X-Request-Id": {"description": "The name of this request in our logs.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of the quota, and seconds until it is whole.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "The quota and its window in seconds.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {"description": "`true` when this is the first answer given again.", "schema": {"type": "string", "const": "true"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
}
_COMMON: Final = ("X-Request-Id", "RateLimit", "RateLimit-Policy")
_KEY: Final[Json] = {
    "name": "Idempotency-Key", "in": "header", "required": True,
    "description": "Brought by the caller: the same again gets the first answer again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def document(operations: Iterable[Operations], *, prefixes: Mapping[str, str], texts: Texts, callers: Mapping[str, Refusals] | None = None,
             title: str = "essc", version: str = "1") -> Json:
    """The whole document. `callers` names what the authenticators of each kind of caller refuse besides the edge."""
    each = [(operation, Arguments(operation, prefixes)) for room in operations for operation in room.operations]
    schema_of, schemas = _schemas(each)

    def fields_of(type: Any) -> Json:
        found: Json = schemas[schema_of(type)["$ref"].rpartition("/")[2]]
        return found

    paths: dict[str, Json] = {}
    codes: Json = {}
    for operation, arguments in each:
        found = by_status(may_refuse(operation, arguments, callers or {}))
        codes |= {refused.code: {"value": problems.example(refused, texts, "en")} for several in found.values() for refused in several}
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(
            operation, arguments, found, schema_of, [*_path(arguments, schema_of, prefixes), *_query(arguments, fields_of)])
    return _as_json({
        "openapi": "3.1.0", "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {"title": title, "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
                 "description": "Nouns under /v1; problem documents (RFC 9457) with stable codes; cursor paging; times RFC 3339; amounts in integer fen."},
        "servers": [{"url": "/"}], "tags": [{"name": name} for name in dict.fromkeys(operation.room for operation, _ in each)],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY, "headers": _HEADERS, "examples": codes},
    })


def _as_json(made: Json) -> Json:
    """What a reader of the JSON has: lists for tuples, texts for enums and instants."""
    text = msgspec.json.encode(made).decode()
    for name in made["components"]["schemas"]:
        if "." in name:
            text = text.replace(f'/schemas/{name}"', f'/schemas/{_short(name)}"').replace(f'"{name}":', f'"{_short(name)}":')
    found: Json = msgspec.json.decode(text)
    return found


def _short(name: str) -> str:
    """`essc.channels.model.State`, written so because two rooms have a State, as a client would name it: `ChannelsState`."""
    parts = name.split(".")
    return parts[1].capitalize() + parts[-1]


def _schemas(each: list[tuple[Operation, Arguments]]) -> tuple[Callable[[Any], Json], Json]:
    """A function from a type to its schema, and the components that those refer to."""
    types: dict[Any, None] = {Problem: None}
    for operation, arguments in each:
        wanted = [arguments.body_type, operation.answers, *arguments.query_types, *(arguments.path_type(name) for name in arguments.path)]
        types |= dict.fromkeys(type for type in wanted if type is not None)
    listed = list(types)
    schemas, components = msgspec.json.schema_components(listed, ref_template=_REF)
    by_type = dict(zip(listed, schemas, strict=True))
    return by_type.__getitem__, components | _components(components)


def _components(components: Mapping[str, Json]) -> Json:
    return {name: _plain(schema) for name, schema in components.items()}


def _plain(schema: Json) -> Json:
    """A schema without the titles that only repeat its name."""
    return {key: value for key, value in schema.items() if key != "title"}


def _operation(operation: Operation, arguments: Arguments, found: Mapping[int, Refusals], schema_of: Callable[[Any], Json],
               parameters: list[Json]) -> Json:
    told = inspect.cleandoc(operation.function.__doc__ or operation.name)
    summary, _, rest = told.partition("\n")
    made: Json = {
        "operationId": operation.name, "tags": [operation.room], "summary": summary, "description": rest.strip() or summary,
        "parameters": parameters + ([_KEY] if operation.idempotent else []),
        "security": [{operation.by: [operation.scope] if operation.scope else []}] if operation.by != "public" else [],
        "responses": {str(operation.status): _answer(operation, schema_of)} | {str(status): _refusals(several) for status, several in found.items()},
    }
    if arguments.body_type is not None:
        content: Json = {"schema": schema_of(arguments.body_type)}
        if operation.example is not None:
            content["example"] = operation.example
        made["requestBody"] = {"required": True, "content": {"application/json": content}}
    return made


def _answer(operation: Operation, schema_of: Callable[[Any], Json]) -> Json:
    names = (*_COMMON, "Idempotency-Replayed") if operation.idempotent else _COMMON
    made: Json = {"description": "Done.", "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}}
    if operation.answers is not None:
        content: Json = {"schema": schema_of(operation.answers)}
        if operation.answer_example is not None:
            content["example"] = msgspec.to_builtins(operation.answer_example)
        made["content"] = {"application/json": content}
    return made


def _refusals(several: Refusals) -> Json:
    codes = [refused.code for refused in several]
    lines = [f"- `{refused.code}`: {' '.join(inspect.cleandoc(refused.__doc__ or '').split())}" for refused in several]
    waits = any(refused.kind in problems.RETRY_AFTER for refused in several)
    names = (*_COMMON, "Retry-After") if waits else _COMMON
    return {
        "description": "\n".join(lines), "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {problems.MEDIA_TYPE: {
            "schema": {"allOf": [{"$ref": _REF.format(name="Problem")}, {"type": "object", "properties": {"code": {"enum": codes}}}]},
            "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
        }},
    }


def _path(arguments: Arguments, schema_of: Callable[[Any], Json], prefixes: Mapping[str, str]) -> list[Json]:
    made = []
    for name in arguments.path:
        type = arguments.path_type(name)
        prefix = prefixes.get(getattr(type, "__name__", ""))
        schema = {"type": "string", "pattern": f"^{re.escape(prefix)}_{ID_TAIL}$"} if prefix else schema_of(type)
        made.append({"name": name, "in": "path", "required": True, "schema": schema})
    return made


def _query(arguments: Arguments, fields_of: Callable[[Any], Json]) -> list[Json]:
    made = []
    for type in arguments.query_types:
        schema = fields_of(type)
        for name, field in schema["properties"].items():
            made.append({"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": _without_null(field),
                         **({"description": field["description"]} if "description" in field else {})})
    return made


def _without_null(schema: Json) -> Json:
    """A query parameter is left out, not null."""
    found: Json = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    choices = [choice for choice in found.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) == 1:
        found = choices[0] | {key: value for key, value in found.items() if key != "anyOf"}
    return found
