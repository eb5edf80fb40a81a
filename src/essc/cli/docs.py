"""The pages of docs/generated and docs/wire/openapi.json, made from the code so that they cannot lie."""
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click
import typer

from essc import app
from essc.kit import events, outbox
from essc.kit.errors import RETRYABLE, refusals
from essc.kit.http.problems import status_of
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
    stale = differing(root, command)
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(pages(command)[path], encoding="utf-8")
    return stale


def differing(root: Path, command: typer.Typer) -> list[str]:
    """The pages that are not what the code says."""
    return [path for path, text in pages(command).items() if not (root / path).exists() or (root / path).read_text(encoding="utf-8") != text]


def _table(title: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    columns = list(head)
    lines = [f"# {title}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return NOTE + "\n".join(lines) + "\n"


def errors() -> str:
    """Every refusal: code, status, whether to send again, and its sentence in both languages."""
    texts = Texts.load()
    rows = [(f"`{r.code}`", status_of(r), "yes" if r.kind in RETRYABLE else "no", texts.say("zh-CN", f"error.{r.code}.title"),
             texts.say("en", f"error.{r.code}.title"), (r.__doc__ or "").strip().splitlines()[0]) for r in refusals()]
    return _table("Errors", ("code", "status", "send again", "zh-CN", "en", "when"), rows)


def heard() -> str:
    """Every event and who hears it."""
    known = events.kinds()
    rows = [(f"`{line.kind}`", ", ".join(f"`{name}`" for name in line.by) or "the audit log only",
             (known[line.kind].__doc__ or "").strip().splitlines()[0] if line.kind in known else "") for line in outbox.heard(app.SUBSCRIBERS, known)]
    return _table("Events", ("event", "heard by", "meaning"), rows)


def settings() -> str:
    """Settings of a machine, and settings of a region."""
    machine = _table("Settings", ("variable", "default", "meaning"), [(f"`{line.variable}`", f"`{line.default}`", line.meaning) for line in described()])
    rows = [(f"`{name}`", f"`{one.value}`", one.meaning, one.source) for name, one in regions.SETTINGS.items()]
    return machine + "\n" + _table("Settings of a region", ("name", "default", "meaning", "source"), rows).removeprefix(NOTE).replace("# ", "## ", 1)


def commands(command: typer.Typer) -> str:
    """Every command and what it does."""
    rows = list(_commands("essc", typer.main.get_command(command)))
    return _table("Commands", ("command", "does"), rows)


def _commands(name: str, command: click.Command) -> Iterable[tuple[str, str]]:
    if isinstance(command, click.Group):
        for word, inner in sorted(command.commands.items()):
            yield from _commands(f"{name} {word}", inner)
    elif not command.hidden:
        yield f"`{name}`", (command.help or "").strip().splitlines()[0]


def operations() -> str:
    """Every operation on the wire."""
    rows = [(f"`{one.method} {one.path}`", one.by, f"`{one.scope}`" if one.scope else "", (one.function.__doc__ or "").strip().splitlines()[0],
             ", ".join(f"`{refusal.code}`" for refusal in one.refuses)) for room in app.OPERATIONS for one in room.operations]
    return _table("Operations", ("operation", "by", "scope", "does", "refuses"), rows)


def openapi() -> str:
    """The OpenAPI 3.1 document."""
    document: dict[str, Any] = app.openapi()
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
