"""`essc venues`: organisations that read the card, and their terminals."""
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from essc.kit import console, ids
from essc.kit.clock import SHANGHAI
from essc.kit.db.pool import Database
from essc.names import TerminalId, VenueId
from essc.regions import queries as regions
from essc.venues import actions, queries
from essc.venues.actions import Issued
from essc.venues.model import Move, Terminal, TerminalKind, Venue

app: Final = typer.Typer(name="venues", help="Organisations that read the card.", no_args_is_help=True)
terminals: Final = typer.Typer(name="terminals", help="The terminals of venues: add, activate anew, disable, enable.", no_args_is_help=True)
app.add_typer(terminals)

WhichVenue = Annotated[str, typer.Argument(help="The venue's id (ven_…).", show_default=False)]
Which = Annotated[str, typer.Argument(help="The terminal's twelve digits, or its id (term_…).", show_default=False)]
Scenes = Annotated[list[str] | None, typer.Option("--scene", help="A scene beside those of the venue's kind; again for each.")]


def _venue_id(text: str) -> VenueId:
    return VenueId(ids.parse("ven", text))


async def _find(db: Database, which: str) -> Terminal:
    async with db.read_tx() as tx:
        if which.isdigit():
            return await queries.terminal_by_number(tx, which)
        return await queries.terminal(tx, TerminalId(ids.parse("term", which)))


def _print_code(terminal: Terminal, issued: Issued) -> None:
    """The code to read aloud and to scan. It is shown this once."""
    console.out.print(f"{terminal.venue_name} {terminal.name} {terminal.number} {ids.wire('term', terminal.id)}", markup=False, highlight=False)
    console.out.print(f"activation code {issued.code[:4]}-{issued.code[4:]}, once, until {issued.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
                      highlight=False)
    console.out.print(console.qr_blocks(issued.code), markup=False, highlight=False)


@app.command()
def add(name: str, data: console.Data = None, *, kind: Annotated[str, typer.Option(help="hospital, pharmacy, park, library, bus, kiosk, shop, service_point.")],
        region: Annotated[str, typer.Option(help="Six digits of GB/T 2260.")]) -> None:
    """Let an organisation read the card."""
    async def work(db: Database) -> Venue:
        async with db.tx() as tx:
            return await actions.add_venue(tx, name, kind, region, demonstration=regions.demonstration())
    added = console.run(data, work)
    console.out.print(f"{ids.wire('ven', added.id)} {added.name}", markup=False, highlight=False)


@app.command("list")
def list_(data: console.Data = None, *, region: Annotated[str | None, typer.Option(help="The beginning of a code, such as 45.")] = None) -> None:
    """Venues, all or those of a region."""
    async def work(db: Database) -> list[Venue]:
        async with db.read_tx() as tx:
            return await queries.venues(tx, region=region, limit=1000)
    table = Table("id", "name", "kind", "region", "state")
    for venue in console.run(data, work):
        table.add_row(ids.wire("ven", venue.id), venue.name, venue.kind, venue.region, venue.state)
    console.out.print(table)


def _move(which: str, move: Move, reason: str, data: Path | None) -> None:
    async def work(db: Database) -> Venue:
        async with db.tx() as tx:
            return await actions.move_venue(tx, _venue_id(which), move, reason)
    moved = console.run(data, work)
    console.out.print(f"{moved.name}: {moved.state}", markup=False, highlight=False)


@app.command()
def pause(which: WhichVenue, data: console.Data = None, *, reason: Annotated[str, typer.Option(prompt=True, help="Why.")]) -> None:
    """Stop all terminals of a venue until it is resumed."""
    _move(which, Move.PAUSE, reason, data)


@app.command()
def resume(which: WhichVenue, data: console.Data = None, *, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Let a paused venue work again."""
    _move(which, Move.RESUME, reason, data)


@app.command()
def close(which: WhichVenue, data: console.Data = None, *, reason: Annotated[str, typer.Option(prompt=True, help="Why.")]) -> None:
    """Close a venue for good."""
    _move(which, Move.CLOSE, reason, data)


@terminals.command("add")
def add_terminal(venue: WhichVenue, name: str, data: console.Data = None, *,
                 kind: Annotated[TerminalKind, typer.Option(help="What it is.")] = TerminalKind.WINDOW, scene: Scenes = None) -> None:
    """Give a venue one more terminal and print the code that activates it, once, with a QR of it."""
    async def work(db: Database) -> tuple[Terminal, Issued]:
        async with db.tx() as tx:
            added = await actions.add_terminal(tx, _venue_id(venue), name, kind, scenes=scene or ())
            return added, await actions.issue_activation(tx, added.id)
    _print_code(*console.run(data, work))


@terminals.command("code")
def code(which: Which, data: console.Data = None) -> None:
    """Print a new activation code; the one before it counts no longer. Using it gives the terminal another key."""
    async def work(db: Database) -> tuple[Terminal, Issued]:
        found = await _find(db, which)
        async with db.tx() as tx:
            return found, await actions.issue_activation(tx, found.id)
    _print_code(*console.run(data, work))


@terminals.command("list")
def list_terminals(venue: Annotated[str | None, typer.Argument(help="Only those of this venue (ven_…).")] = None, data: console.Data = None) -> None:
    """Terminals, all or those of one venue."""
    async def work(db: Database) -> list[Terminal]:
        async with db.read_tx() as tx:
            return await queries.terminals(tx, venue_id=_venue_id(venue) if venue else None, limit=1000)
    table = Table("number", "name", "kind", "venue", "state", "last session", "scenes", "id")
    for found in console.run(data, work):
        seen = f"{found.last_session_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if found.last_session_at else "–"
        table.add_row(found.number, found.name, found.kind, found.venue_name, found.state, seen, " ".join(found.scenes), ids.wire("term", found.id))
    console.out.print(table)


@terminals.command()
def disable(which: Which, data: console.Data = None, *, reason: Annotated[str, typer.Option(prompt=True, help="Why.")]) -> None:
    """Stop a terminal and its sessions at once."""
    async def work(db: Database) -> Terminal:
        found = await _find(db, which)
        async with db.tx() as tx:
            return await actions.disable(tx, found.id, reason)
    _say(console.run(data, work))


@terminals.command()
def enable(which: Which, data: console.Data = None, *, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Let a disabled terminal work again; it opens a new session by itself."""
    async def work(db: Database) -> Terminal:
        found = await _find(db, which)
        async with db.tx() as tx:
            return await actions.enable(tx, found.id, reason)
    _say(console.run(data, work))


@terminals.command()
def grant(which: Which, data: console.Data = None, *, scene: Scenes = None, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Set the scenes that a terminal may use beside those of its venue's kind; what is not named is taken away."""
    async def work(db: Database) -> Terminal:
        found = await _find(db, which)
        async with db.tx() as tx:
            return await actions.grant_scenes(tx, found.id, scene or (), reason)
    granted = console.run(data, work)
    console.out.print(f"{granted.number}: {' '.join(granted.scenes)}", markup=False, highlight=False)


@terminals.command("revoke-sessions")
def revoke_sessions(which: Which, data: console.Data = None, *, reason: Annotated[str, typer.Option(prompt=True, help="Why.")]) -> None:
    """End every session of a terminal at once; it may open a new one."""
    async def work(db: Database) -> Terminal:
        found = await _find(db, which)
        async with db.tx() as tx:
            return await actions.revoke_sessions(tx, found.id, reason)
    _say(console.run(data, work))


def _say(terminal: Terminal) -> None:
    console.out.print(f"{terminal.number} {terminal.venue_name} {terminal.name}: {terminal.state}", markup=False, highlight=False)
