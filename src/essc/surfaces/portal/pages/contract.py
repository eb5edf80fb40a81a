"""The contract as the portal tells it: read from the house's own OpenAPI document and its registry of refusals, put into words once a language.

`furnish` hands the document over when the process starts; nothing here knows an operation by name.
"""
import inspect
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from essc.kit.errors import RETRYABLE, Kind, Refused, refusals
from essc.kit.http import contract, problems
from essc.kit.i18n import Locale, Texts
from essc.surfaces.portal.pages import samples
from essc.surfaces.portal.pages.samples import Json

DEEPEST: Final = 3
"""So many objects inside each other are told field by field."""
COMMON: Final = frozenset(refused.code for several in (contract.EVERY, contract.BODY, contract.PATH, contract.KEY, contract.QUEUE, contract.SIGNED)
                          for refused in several)
"""What the edge refuses whatever is asked: told once below an operation, after what is its own."""
APPS_OWN: Final = ("essc.kit.", "essc.channels.", "essc.keys.")
"""Where refusals come from that are between the app and the platform: a user is told that the service has a problem (ux E0)."""
_document: Final[list[Json]] = []


class Field(NamedTuple):
    """One field or parameter. `path` names it from the outside (`proof.check_id`), `kind` is a key of `api.kind`, `limits` what it may hold."""

    path: str
    kind: str
    needed: bool
    about: str
    limits: str
    choices: Sequence[str]
    depth: int


class Refusal(NamedTuple):
    """One error code. `cause` says why, `action` what to do, `say` what an app tells its users."""

    code: str
    status: int
    title: str
    cause: str
    action: str
    say: str
    retry: str
    operations: Sequence["Line"]


class Line(NamedTuple):
    """An operation in a list."""

    name: str
    title: str
    method: str
    path: str


class Told(NamedTuple):
    """One operation, whole."""

    line: Line
    about: Sequence[str]
    by: str
    scope: str
    idempotent: bool
    status: int
    parameters: Sequence[Field]
    request: Sequence[Field]
    answer: Sequence[Field]
    example: Any
    answer_example: Any
    own: Sequence[Refusal]
    common: Sequence[Refusal]


def furnish(document: Json) -> None:
    """Hand over the OpenAPI document of the house; `app` does it once at start."""
    _document[:] = [document]
    for made in (operations, catalogue, _lines):
        made.cache_clear()


@cache
def operations(locale: Locale, texts: Texts) -> dict[str, Told]:
    """Every operation by its name, in the order of the contract."""
    known = {refusal.code: refusal for refusal in catalogue(locale, texts)}
    return {raw["operationId"]: _told(raw, line, texts, locale, known) for line, raw in zip(_lines(locale, texts), _raw(), strict=True)}


def groups(locale: Locale, texts: Texts) -> list[tuple[str, list[Line]]]:
    """The operations by the noun they are about, under the noun's heading."""
    found: dict[str, list[Line]] = {}
    for line in _lines(locale, texts):
        found.setdefault(line.name.partition(".")[0], []).append(line)
    return [(texts.say(locale, f"api.room.{room}"), lines) for room, lines in found.items()]


@cache
def catalogue(locale: Locale, texts: Texts) -> list[Refusal]:
    """Every refusal of the house's registry by its code; those without operations are met on the platform's own pages only."""
    asked: dict[str, list[Line]] = {}
    for line, raw in zip(_lines(locale, texts), _raw(), strict=True):
        for code in _codes(raw):
            asked.setdefault(code, []).append(line)
    known = {refused.code: refused for refused in refusals() if refused.__module__.startswith("essc.")}
    return [_refusal(known[code], texts, locale, asked.get(code, [])) for code in sorted(known)]


@cache
def _lines(locale: Locale, texts: Texts) -> list[Line]:
    return [Line(raw["operationId"], texts.say(locale, f"api.op.{raw['operationId']}.title"), raw["method"], raw["path"]) for raw in _raw()]


def _raw() -> list[Json]:
    return [{**operation, "method": method.upper(), "path": path} for path, methods in _document[0]["paths"].items() for method, operation in methods.items()]


def _codes(raw: Json) -> list[str]:
    return [code for response in raw["responses"].values() for content in response.get("content", {}).values() for code in content.get("examples", ())]


def _refusal(refused: type[Refused], texts: Texts, locale: Locale, lines: Sequence[Line]) -> Refusal:
    retry = "yes" if refused.kind in RETRYABLE else "wait" if refused.kind is Kind.THROTTLED else "no"
    title, action = (problems.title_of(texts, locale, refused, part) for part in ("title", "action"))
    return Refusal(refused.code, problems.status_of(refused), title, _cause(refused, texts, locale), action,
                   _said(refused, title, action) or texts.say(locale, "err.5xx"), retry, lines)


def _said(refused: type[Refused], title: str, action: str) -> str:
    """What users are told: the sentence itself where it is about them; nothing where the app has to be mended."""
    if refused.__module__.startswith(APPS_OWN):
        return ""
    return f"{title} {action}" if title[-1:] in ".?!" else f"{title}{'' if title[-1:] in '。？！' else '。'}{action}"


def _cause(refused: type[Refused], texts: Texts, locale: Locale) -> str:
    """Why: its own sentence; in English the registry's own one where there is none, in Chinese that of its kind."""
    if texts.has(key := f"cause.{refused.code}", locale):
        return texts.say(locale, key)
    return " ".join(inspect.cleandoc(refused.__doc__ or "").split()) if locale == "en" else texts.say(locale, f"cause.kind.{refused.kind}")


def _told(raw: Json, line: Line, texts: Texts, locale: Locale, known: Mapping[str, Refusal]) -> Told:
    reader = _Reader(texts, locale)
    security: Json = next(iter(raw["security"]), {"public": []})
    by, scopes = next(iter(security.items()))
    status, done = next((int(code), each) for code, each in raw["responses"].items() if code < "400")
    body = raw.get("requestBody", {}).get("content", {}).get("application/json")
    answer = done.get("content", {}).get("application/json")
    codes = _codes(raw)
    return Told(
        line, texts.say(locale, f"api.op.{line.name}.about").split("\n"), by, next(iter(scopes), ""),
        any(one["name"] == "Idempotency-Key" for one in raw["parameters"]), status, [reader.parameter(one) for one in raw["parameters"]],
        list(reader.fields(body["schema"])) if body else [], list(reader.fields(answer["schema"])) if answer else [],
        samples.of(body, _document[0]), samples.of(answer, _document[0]), [known[code] for code in codes if code not in COMMON],
        [known[code] for code in codes if code in COMMON])


class _Reader:
    """Schemas as lines for people."""

    def __init__(self, texts: Texts, locale: Locale) -> None:
        self._texts = texts
        self._locale = locale

    def parameter(self, raw: Json) -> Field:
        """A parameter of path, query or header."""
        schema = _resolved(raw["schema"])[1]
        return Field(raw["name"], f"{raw['in']}", raw["required"], self._about(raw["name"], raw["in"], raw.get("description", "")), _limits(schema),
                     _choices(schema), 0)

    def fields(self, schema: Json, before: str = "", depth: int = 0) -> Iterable[Field]:
        """The fields of an object, each followed by those inside it."""
        name, found = _resolved(schema)
        for key, raw in found.get("properties", {}).items():
            _, inner = _resolved(_plain(raw))
            kind = _kind(inner)
            path = f"{before}{key}"
            yield Field(path, kind, key in found.get("required", ()), self._about(key, name, raw.get("description") or inner.get("description", "")),
                        _limits(inner), _choices(inner), depth)
            inside = _plain(inner.get("items", {})) if kind == "array" else _plain(raw)
            if depth < DEEPEST - 1 and _resolved(inside)[1].get("properties"):
                yield from self.fields(inside, f"{path}[]." if kind == "array" else f"{path}.", depth + 1)

    def _about(self, name: str, where: str, otherwise: str) -> str:
        for key in (f"api.of.{where}.{name}", f"api.field.{name}"):
            if self._texts.has(key, self._locale):
                return self._texts.say(self._locale, key)
        return otherwise if self._locale == "en" else ""


def _resolved(schema: Json) -> tuple[str, Json]:
    """The schema that a reference leads to, with its name."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if not name:
        return "", schema
    found: Json = _document[0]["components"]["schemas"][name]
    return name, found


def _plain(schema: Json) -> Json:
    """A schema that may also be null, without saying so."""
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return choices[0] if len(choices) == 1 else schema


def _kind(schema: Json) -> str:
    if "enum" in schema or "const" in schema:
        return "enum"
    if schema.get("format") in ("date-time", "date"):
        return str(schema["format"])
    return str(schema.get("type", "object"))


def _choices(schema: Json) -> list[str]:
    found = schema.get("enum") or _resolved(_plain(schema.get("items", {})))[1].get("enum", ())
    return [str(one) for one in found]


def _limits(schema: Json) -> str:
    low, high = schema.get("minLength", schema.get("minItems", schema.get("minimum"))), schema.get("maxLength", schema.get("maxItems", schema.get("maximum")))
    if low is None and high is None:
        return ""
    if high is not None and high > 10**9:
        return f"≥ {low}" if low is not None and low > -(10**9) else ""
    return f"{low}" if low == high else f"{low if low is not None else ''}–{high if high is not None else ''}"
