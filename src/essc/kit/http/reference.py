"""The contract for people: one page that lists every operation with its fields, example and errors, in both languages."""
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import jinja2
import msgspec

from essc.kit.errors import RETRYABLE, Refused
from essc.kit.http import problems
from essc.kit.http.binding import Arguments
from essc.kit.http.contract import Refusals, may_refuse
from essc.kit.http.front import Application
from essc.kit.http.incoming import Receive, Scope, Send
from essc.kit.http.openapi import document
from essc.kit.http.operations import Operation, Operations
from essc.kit.http.pages import PageAnswer
from essc.kit.http.site import Visit, send_page
from essc.kit.i18n import Locale, Texts

HERE: Final = Path(__file__).parent / "templates"


class Entry(NamedTuple):
    """One operation as the page tells it."""

    operation: Operation
    paragraphs: list[str]
    request: str
    answer: str
    fields: list[tuple[str, str, str]]
    own: Refusals
    common: Refusals


def applications(operations: Sequence[Operations], *, prefixes: Mapping[str, str], texts: Texts, callers: Mapping[str, Refusals] | None = None,
                 version: str = "1") -> dict[str, Application]:
    """What stands at `/openapi.json`, `/docs` and `/docs/reference.css`; each made when it is first asked for."""
    @cache
    def contract() -> bytes:
        return msgspec.json.encode(document(operations, prefixes=prefixes, texts=texts, callers=callers, version=version))

    @cache
    def html(locale: Locale) -> bytes:
        return page(operations, locale, prefixes=prefixes, texts=texts, callers=callers).encode()

    style = (HERE / "reference.css").read_bytes()
    return {
        "/openapi.json": _served(texts, lambda visit: PageAnswer(200, contract(), "application/json")),
        "/docs": _served(texts, lambda visit: PageAnswer(200, html(visit.locale))),
        "/docs/reference.css": _served(texts, lambda visit: PageAnswer(200, style, "text/css; charset=utf-8")),
    }


def page(operations: Sequence[Operations], locale: Locale, *, prefixes: Mapping[str, str], texts: Texts,
         callers: Mapping[str, Refusals] | None = None) -> str:
    """The reference as HTML, without a script and without an inline style."""
    rooms = [(room.room, [_entry(each, locale, prefixes, texts, callers or {}) for each in room.operations]) for room in operations]
    known = {refused.code: refused for _, entries in rooms for entry in entries for refused in (*entry.own, *entry.common)}
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined,
                                     trim_blocks=True, lstrip_blocks=True)

    def say(refused: type[Refused], part: str) -> str:
        return problems.title_of(texts, locale, refused, part)

    def t(key: str) -> str:
        return texts.say(locale, key)

    return environment.get_template("reference.html").render(
        locale=locale, t=t, say=say, status=problems.status_of, retryable=RETRYABLE, rooms=rooms, errors=[known[code] for code in sorted(known)])


def _entry(operation: Operation, locale: Locale, prefixes: Mapping[str, str], texts: Texts, callers: Mapping[str, Refusals]) -> Entry:
    key = f"api.op.{operation.name}.about"
    told = texts.say(locale, key).replace("\n", "\n\n") if texts.has(key) else inspect.cleandoc(operation.function.__doc__ or operation.name)
    arguments = Arguments(operation, prefixes)
    every = may_refuse(operation, arguments, callers)
    own = [refused for refused in every if refused in operation.refuses]
    return Entry(operation, told.split("\n\n"), _json(operation.example), _json(operation.answer_example), _fields(arguments.body_type),
                 own, [refused for refused in every if refused not in own])


def _fields(type: Any) -> list[tuple[str, str, str]]:
    """The fields of a body: name, kind, and what is said about it."""
    if type is None:
        return []
    schema, components = msgspec.json.schema_components([type], ref_template="{name}")
    found = components.get(schema[0].get("$ref", ""), schema[0])
    needed = found.get("required", ())
    return [(name, _kind(each), ("● " if name in needed else "") + each.get("description", "")) for name, each in found.get("properties", {}).items()]


def _kind(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " | ".join(_kind(choice) for choice in schema["anyOf"])
    named = schema.get("format") or schema.get("type") or schema.get("$ref") or "enum"
    return f"{named}[{_kind(schema['items'])}]" if named == "array" and schema.get("items") else str(named)


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2)


def _served(texts: Texts, answer: Callable[[Visit], PageAnswer]) -> Application:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        visit = Visit(scope, texts)
        allowed = scope["method"] in ("GET", "HEAD")
        await send_page(visit, answer(visit) if allowed else PageAnswer(405).header("allow", "GET, HEAD"), send)
    return serve
