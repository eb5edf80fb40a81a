"""The pages of docs/generated and docs/wire/openapi.json, made from the code so that they cannot lie."""
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperGroup

from essc import app
from essc.kit import events, outbox
from essc.kit.errors import RETRYABLE, refusals
from essc.kit.http.problems import STATUS
from essc.kit.i18n import Texts
from essc.regions import model as regions
from essc.settings import described

NOTE: Final = "<!-- Made by `essc docs`; do not edit. -->\n\n"


def pages(command: typer.Typer) -> dict[str, str]:
    """Every generated file by its path below the repository."""
    made: Mapping[str, Callable[[], str]] = {
        "docs/generated/errors.md": errors, "docs/generated/events.md": heard, "docs/generated/settings.md": settings,
        "docs/generated/commands.md": lambda: commands(command), "docs/generated/operations.md": operations, "docs/wire/openapi.json": openapi,
    }
    return {path: make() for path, make in made.items()}


def write(root: Path, command: typer.Typer) -> list[str]:
    """Write the pages that changed; answers their paths."""
    stale = _stale(root, command)
    for path, text in stale.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return list(stale)


def differing(root: Path, command: typer.Typer) -> list[str]:
    """The pages that are not what the code says."""
    return list(_stale(root, command))


def _stale(root: Path, command: typer.Typer) -> dict[str, str]:
    return {path: text for path, text in pages(command).items()
            if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text}


def _table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    columns = list(head)
    lines = [f"# {title}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return NOTE + "\n".join(lines) + "\n"


def _code(text: object) -> str:
    """As code; nothing where there is nothing."""
    return f"`{text}`" if str(text) else ""


def _first(text: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())


def errors() -> str:
    """Every refusal: code, status, whether to send again, and its sentence in both languages."""
    texts = Texts.load()
    rows = [(_code(r.code), STATUS[r.kind], "yes" if r.kind in RETRYABLE else "no", texts.say("zh-CN", f"error.{r.code}.title"),
             texts.say("en", f"error.{r.code}.title"), _first(r.__doc__)) for r in refusals()]
    return _table("Errors", ("code", "status", "send again", "zh-CN", "en", "when"), rows)


def heard() -> str:
    """Every event and who hears it."""
    known = events.kinds()
    rows = [(_code(line.kind), ", ".join(_code(name) for name in line.by) or "the audit log only",
             _first(known[line.kind].__doc__) if line.kind in known else "") for line in outbox.heard(app.SUBSCRIBERS, known)]
    return _table("Events", ("event", "heard by", "meaning"), rows)


def settings() -> str:
    """Settings of a machine, and settings of a region."""
    machine = _table("Settings", ("variable", "default", "meaning"), [(_code(line.variable), _code(line.default), line.meaning) for line in described()])
    rows = [(_code(name), _code(one.value), one.meaning, one.source) for name, one in regions.SETTINGS.items()]
    return machine + "\n" + _table("Settings of a region", ("name", "default", "meaning", "source"), rows).removeprefix(NOTE).replace("# ", "## ", 1)


def commands(command: typer.Typer) -> str:
    """Every command, what it takes and what it does."""
    return _table("Commands", ("command", "takes", "does"), _commands("essc", typer.main.get_command(command)))


def _commands(name: str, command: Any) -> Iterable[tuple[str, str, str]]:
    """The commands below one; `Any` because typer keeps the classes of its commands to itself."""
    if isinstance(command, TyperGroup):
        for word, inner in sorted(command.commands.items()):
            yield from _commands(f"{name} {word}", inner)
    elif not command.hidden:
        yield _code(name), " ".join(_taken(one) for one in command.params if one.name != "help"), _first(command.help)


def _taken(one: Any) -> str:
    """An argument as NAME, an option as --name, what may be left out in brackets."""
    word = _code(one.opts[0] if one.param_type_name == "option" else one.name.upper())
    return word if one.required else f"[{word}]"


def operations() -> str:
    """Every operation on the wire."""
    rows = [(f"`{one.method} {one.path}`", one.by, _code(one.scope or ""), _first(one.function.__doc__),
             ", ".join(_code(refusal.code) for refusal in one.refuses)) for room in app.OPERATIONS for one in room.operations]
    return _table("Operations", ("operation", "by", "scope", "does", "refuses"), rows)


def openapi() -> str:
    """The OpenAPI 3.1 document."""
    document: dict[str, Any] = app.openapi()
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
