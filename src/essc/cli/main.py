"""All commands: `essc serve`, `worker`, `migrate`, `check`, `events`, `settings`, `demo`, and those that rooms bring."""
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Final

import asyncpg
import typer
from rich.table import Table

from essc import app
from essc.audit.cli import commands as audit_cli
from essc.cards.cli import commands as cards_cli
from essc.channels import cli as channels_cli
from essc.cli import bench, demo, docs, places
from essc.cli import serve as serving
from essc.cli.supervisor import StartFailed
from essc.holders import cli as holders_cli
from essc.keys import cli as keys_cli
from essc.kit import console, events, outbox
from essc.kit.db import checks, embedded, migrate
from essc.kit.db.embedded import ServerTrouble
from essc.kit.db.migrate import SchemaTrouble
from essc.kit.db.pool import Database
from essc.kit.errors import Refused
from essc.operators import cli as operators_cli
from essc.records import cli as records_cli
from essc.regions import cli as regions_cli
from essc.settings import BadSettings, Settings, described
from essc.venues import cli as venues_cli

command: Final = typer.Typer(
    name="essc", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="The open electronic social security card platform. Settings come from options, ESSC_… variables and essc.toml: see `essc settings`.",
)
ROOMS: Final[tuple[typer.Typer, ...]] = (regions_cli.app, keys_cli.app, audit_cli.app, operators_cli.app, channels_cli.app, venues_cli.app, holders_cli.app,
                                           cards_cli.app, records_cli.app)
"""The commands that rooms bring, from their cli.py."""
for room in ROOMS:
    command.add_typer(room)

Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default=False)]
Host = Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for all.", show_default=False)]
Workers = Annotated[int | None, typer.Option(help="Number of HTTP processes.", show_default=False)]
Https = Annotated[bool | None, typer.Option("--https/--no-https", help="Serve HTTPS, with a self-signed certificate if none is given.", show_default=False)]


def _say(line: str) -> None:
    console.err.print(line, style="dim", markup=False, highlight=False)


@asynccontextmanager
async def _open(data: Path | None) -> AsyncIterator[Database]:
    async with places.opened(Settings.read(data=data), _say) as db:
        yield db


console.provide(_open)


@command.command()
def serve(data: console.Data = None, port: Port = None, host: Host = None, workers: Workers = None, https: Https = None) -> None:
    """Serve an installation: its database, HTTP processes and worker, each restarted alone."""
    serving.serve(Settings.read(data=data, port=port, host=host, workers=workers, https=https))


@command.command()
def worker(data: console.Data = None) -> None:
    """Run one more worker: outbox, periodic jobs, audit sequencer."""
    serving.worker(Settings.read(data=data))


@command.command("migrate")
def migrate_(data: console.Data = None, *, pre: Annotated[bool, typer.Option("--pre", help="Stop before clean-ups, while old code runs.")] = False) -> None:
    """Bring the database's schema up to date, as the owner of its tables."""
    with places.database(Settings.read(data=data), _say) as found:
        applied = asyncio.run(migrate.migrate(found.owner.reveal(), places.SCHEMA, until="pre" if pre else "post"))
    for file in applied:
        console.out.print(f"applied {file.title}", highlight=False)
    console.out.print(f"{len(applied)} migrations applied; the schema is up to date" if applied else "the schema is up to date", highlight=False)


@command.command("database-url")
def database_url(data: console.Data = None, *, owner: Annotated[bool, typer.Option("--owner", help="As the owner of the tables.")] = False) -> None:
    """Print how to connect to the running database, for pg_dump and psql. It holds a password."""
    settings = Settings.read(data=data)
    running = embedded.running(settings.data) if settings.database_url is None else None
    if settings.database_url is None and running is None:
        raise ServerTrouble(f"no database runs on {settings.data}: start essc serve")
    found = places.addresses(running) if running else places.named(settings)
    typer.echo((found.owner if owner else found.app).reveal())


@command.command()
def check(data: console.Data = None) -> None:
    """Prove every invariant again on the live database; exit status 1 when one does not hold."""
    findings = console.run(data, lambda db: checks.prove_all(db, app.CHECKS))
    table = Table("invariant", "meaning", "holds", title=f"{len(findings)} invariants")
    for finding in findings:
        broken = "\n".join(finding.broken[:10]) + ("" if len(finding.broken) <= 10 else f"\n… and {len(finding.broken) - 10} more")
        table.add_row(finding.check.name, finding.check.meaning, "[green]yes[/]" if finding.holds else f"[bold red]no[/]\n{broken}")
    console.out.print(table)
    if not all(finding.holds for finding in findings):
        raise typer.Exit(1)


@command.command("events")
def events_() -> None:
    """Who hears what: every kind of event and its subscribers."""
    table = Table("event", "heard by")
    for line in outbox.heard(app.SUBSCRIBERS, events.kinds()):
        table.add_row(line.kind, ", ".join(line.by) or "[dim]the audit log only[/]")
    console.out.print(table)


@command.command("retry")
def retry_(subscriber: Annotated[str | None, typer.Argument(help="As in `essc events`; all when left out.", show_default=False)] = None,
           data: console.Data = None) -> None:
    """Try the deliveries that were given up again, from the start: after what stopped them was mended."""
    async def again(db: Database) -> int:
        async with db.tx() as tx:
            return await outbox.again(tx, subscriber)
    console.out.print(f"{console.run(data, again)} deliveries are tried again", highlight=False)


@command.command("settings")
def settings_(data: console.Data = None) -> None:
    """Every setting, its variable, its value here and its meaning; secrets print as ***."""
    settings = Settings.read(data=data)
    table = Table("variable", "value", "meaning")
    for line in described():
        table.add_row(line.variable, str(getattr(settings, line.name) or ""), line.meaning)
    console.out.print(table)


@command.command("docs")
def docs_(root: Path = Path(), *,
          check_only: Annotated[bool, typer.Option("--check", help="Only say what differs; exit status 1 if anything does.")] = False) -> None:
    """Write the generated pages of docs/ anew (in a checkout)."""
    stale = docs.differing(root, command) if check_only else docs.write(root, command)
    for path in stale:
        console.out.print(("differs: " if check_only else "written: ") + path, highlight=False)
    if stale and check_only:
        raise typer.Exit(1)


command.command("demo")(demo.demo)
command.command("bench")(bench.bench)


@command.command()
def version() -> None:
    """The version of essc."""
    console.out.print(metadata.version("essc"), highlight=False)


TROUBLES: Final[tuple[type[Exception], ...]] = (BadSettings, ServerTrouble, SchemaTrouble, StartFailed, Refused, asyncpg.PostgresError, OSError)
"""What ends a command with one line instead of a traceback."""


def main(*args: Any) -> None:
    """Run the command line; troubles that a person can mend are one line and exit status 2."""
    try:
        command(*args)
    except TROUBLES as trouble:
        console.err.print(f"essc: {trouble}", style="red", markup=False, highlight=False)
        raise SystemExit(2) from None
