"""The commands of the room; `verify` itself is `reader`, which knows no database."""
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from essc.audit import actions, queries
from essc.audit.cli import reader
from essc.audit.model.note import BadNote
from essc.audit.model.verify import Finding, Report, verify
from essc.audit.store.files import KEY, Folder
from essc.kit import console, ids
from essc.kit.db.pool import Database

app: Final = typer.Typer(name="audit", help="The tamper-evident log: verify it, see its keys, prove a use.", no_args_is_help=True)
FOLDER: Final = "audit"
"""Name of the log's folder below the data directory."""

Since = Annotated[Path | None, typer.Option("--since", help="A checkpoint that was kept elsewhere: the log must contain it.", show_default=False)]
Tiles = Annotated[str | None, typer.Option("--tiles", help="Folder or http(s) address of the published log.", show_default=False)]
KeyFile = Annotated[Path | None, typer.Option("--key", help="Verifier keys of the log, one a line, from a source you trust.", show_default=False)]


@app.command("verify")
def verify_(data: console.Data = None, tiles: Tiles = None, key: KeyFile = None, since: Since = None) -> None:
    """Prove the log. With --tiles from tiles and --key alone; with --data also every row of the database against it.

    Exit status 0: whole; 1: tampered with, the first position is named; 2: it could not be told.
    """
    if tiles is None and data is None:
        raise typer.BadParameter("give --tiles DIR|URL with --key FILE, or --data DIR")
    try:
        report = _of_tiles(tiles, key, since) if tiles is not None else _of_rows(data, key, since)
    except (BadNote, OSError) as problem:
        console.err.print(f"cannot verify: {problem}", style="red", markup=False, highlight=False)
        raise typer.Exit(2) from None
    console.out.print(reader.told(report), markup=False, highlight=False, soft_wrap=True)
    if report.findings:
        raise typer.Exit(1)


def _of_tiles(tiles: str, key: Path | None, since: Path | None) -> Report:
    if key is None:
        raise BadNote(f"--tiles needs --key: a copy of {KEY} that does not come with the tiles")
    return reader.run(tiles, key, since)


def _of_rows(data: Path | None, key: Path | None, since: Path | None) -> Report:
    """Tiles against keys, then rows against tiles."""
    folder = Folder((data or Path()) / FOLDER)
    kept = since.read_text(encoding="utf-8") if since else None

    async def compared(db: Database) -> Report:
        async with db.read_tx() as tx:
            signed = await queries.checkpoint(tx)
            origin = signed["note"].partition("\n")[0] if signed is not None else ""
            known = reader.keys(key) if key is not None else actions.note_keys(origin, db.keys)
            witness = reader.witnessed(kept, known) if kept is not None else None
            report = verify(folder, known, witness)
            rows = await queries.compare(tx, folder)
        return Report(report.size, report.root, tuple(sorted({*_signed_once(report, signed is None), *rows})))
    return console.run(data, compared)


def _signed_once(report: Report, unsigned: bool) -> tuple[Finding, ...]:
    """The findings, but for the missing checkpoint of an installation that has not signed one yet."""
    return () if unsigned and report.size == 0 else report.findings


@app.command("keys")
def keys_(data: console.Data = None) -> None:
    """The verifier keys of the log. Keep a copy where nobody can change it who can change the log."""
    async def found(db: Database) -> list[str]:
        async with db.read_tx() as tx:
            signed = await queries.checkpoint(tx)
        return [] if signed is None else [key.text() for key in actions.note_keys(signed["note"].partition("\n")[0], db.keys)]
    for line in console.run(data, found):
        console.out.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command()
def alarms(data: console.Data = None) -> None:
    """What must never happen and did, the newest first."""
    async def found(db: Database) -> list[tuple[str, str, str]]:
        async with db.read_tx() as tx:
            return [(row["raised_at"].isoformat(timespec="seconds"), row["what"], row["place"]) for row in await queries.alarms(tx)]
    table = Table("when", "what", "where")
    for line in console.run(data, found):
        table.add_row(*line)
    console.out.print(table)


@app.command("proof")
def proof_(use: str, data: console.Data = None) -> None:
    """The inclusion proof of one use or event (use_… or evt_…) as a C2SP tlog-proof."""
    event_id = ids.parse(use.partition("_")[0], use)

    async def found(db: Database) -> str:
        async with db.read_tx() as tx:
            return (await queries.prove(tx, event_id)).text()
    console.out.print(console.run(data, found), end="", markup=False, highlight=False, soft_wrap=True)
