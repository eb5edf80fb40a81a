"""`essc channels`: who carries the card, and whether they may go on."""
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.table import Table

from essc.channels import actions, queries
from essc.channels.model import Ability, Application, Channel, Form, Kind, Move
from essc.kit import console, ids
from essc.kit.crypto import jwk
from essc.kit.db.pool import Database
from essc.names import ChannelId
from essc.regions import queries as regions

app: Final = typer.Typer(name="channels", help="Apps that carry the card: activate, pause, resume, end; abilities and keys.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="The channel's ten digits, or its id (chan_…).", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why; kept in the channel's history.", show_default=False)]


async def _find(db: Database, which: str) -> Channel:
    async with db.read_tx() as tx:
        if which.isdigit():
            return await queries.by_number(tx, which)
        return await queries.get(tx, ChannelId(ids.parse("chan", which)))


def _move(which: str, move: Move, reason: str, data: Path | None) -> None:
    async def work(db: Database) -> Channel:
        found = await _find(db, which)
        async with db.tx() as tx:
            return await actions.move(tx, found.id, move, reason)
    moved = console.run(data, work)
    console.out.print(f"{moved.number} {moved.name}: {moved.state}", highlight=False, markup=False)


@app.command("list")
def list_(data: console.Data = None) -> None:
    """Every channel."""
    async def work(db: Database) -> list[Channel]:
        async with db.read_tx() as tx:
            return await queries.listed(tx, limit=1000)
    table = Table("number", "name", "kind", "level", "region", "state", "abilities", "id")
    for channel in console.run(data, work):
        table.add_row(channel.number, channel.name, channel.kind, str(channel.level), channel.region, channel.standing,
                      " ".join(channel.abilities), ids.wire("chan", channel.id))
    console.out.print(table)


@app.command()
def show(which: Which, data: console.Data = None) -> None:
    """One channel with its keys and its history."""
    async def work(db: Database) -> tuple[Channel, list[queries.Moved], list[str]]:
        found = await _find(db, which)
        async with db.read_tx() as tx:
            keys = [f"{key.key_id} {key.algorithm} until {key.not_after or '–'}" for key in await queries.keys(tx, found.id)]
            return found, await queries.history(tx, found.id), keys
    channel, history, keys = console.run(data, work)
    console.out.print(f"{channel.number} {channel.name} {channel.standing}", markup=False, highlight=False)
    console.out.print(f"abilities {' '.join(channel.abilities)}; fields {' '.join(channel.fields) or '–'}", markup=False, highlight=False)
    for key in keys:
        console.out.print(f"key {key}", markup=False, highlight=False)
    table = Table("when", "move", "state", "by", "reason")
    for line in history:
        table.add_row(line.moved_at.isoformat(timespec="seconds"), line.move, line.state, line.moved_by, line.reason)
    console.out.print(table)


@app.command()
def add(name: str, data: console.Data = None, *, form: Annotated[Form, typer.Option(help="What the holder opens.")],
        kind: Annotated[Kind, typer.Option(help="Who stands behind it.")], region: Annotated[str, typer.Option(help="Six digits; 000000: national.")],
        ability: Annotated[list[Ability], typer.Option(help="Again for each.")], key: Annotated[Path, typer.Option(help="Its public key as JWK.", exists=True)],
        field: Annotated[list[str] | None, typer.Option(help="A field it may be told; again for each.")] = None,
        parent: Annotated[str | None, typer.Option(help="The first-level channel above it: ten digits or id.")] = None) -> None:
    """Register a channel that then waits to be activated."""
    public = msgspec.json.decode(key.read_bytes(), type=jwk.Jwk)

    async def work(db: Database) -> tuple[Channel, str]:
        above = (await _find(db, parent)).id if parent else None
        wanted = Application(name, form, kind, 2 if above else 1, region, tuple(ability), tuple(field or ()), above)
        async with db.tx() as tx:
            channel = await actions.register(tx, wanted, sandbox=False, demonstration=regions.demonstration())
            return channel, (await actions.add_key(tx, channel.id, public)).key_id
    channel, key_id = console.run(data, work)
    console.out.print(f"{channel.number} {ids.wire('chan', channel.id)} {key_id} {channel.name}: {channel.state}", markup=False, highlight=False)


@app.command()
def activate(which: Which, data: console.Data = None, *, reason: Reason = "") -> None:
    """Let a channel that has applied work."""
    _move(which, Move.ACTIVATE, reason, data)


@app.command()
def pause(which: Which, data: console.Data = None, *, reason: Annotated[str, typer.Option(prompt=True, help="Why.")]) -> None:
    """Stop a channel until it is resumed: codes shown through it are refused at once."""
    _move(which, Move.PAUSE, reason, data)


@app.command()
def resume(which: Which, data: console.Data = None, *, reason: Reason = "") -> None:
    """Let a paused channel work again."""
    _move(which, Move.RESUME, reason, data)


@app.command()
def end(which: Which, data: console.Data = None, *, reason: Annotated[str, typer.Option(prompt=True, help="Why.")]) -> None:
    """End a channel for good."""
    _move(which, Move.END, reason, data)


@app.command()
def grant(which: Which, data: console.Data = None, *, ability: Annotated[list[Ability], typer.Option(help="Again for each.")],
          field: Annotated[list[str] | None, typer.Option(help="Again for each.")] = None, reason: Reason = "") -> None:
    """Set what a channel may do and be told; what is not named is taken away."""
    async def work(db: Database) -> Channel:
        found = await _find(db, which)
        async with db.tx() as tx:
            return await actions.grant(tx, found.id, ability, field or [], reason)
    granted = console.run(data, work)
    console.out.print(f"{granted.number}: {' '.join(granted.abilities)}; {' '.join(granted.fields)}", markup=False, highlight=False)


@app.command("add-key")
def add_key(which: Which, file: Annotated[Path, typer.Argument(help="A public key as JWK.", exists=True)], data: console.Data = None) -> None:
    """Let a channel sign with one more key."""
    public = msgspec.json.decode(file.read_bytes(), type=jwk.Jwk)

    async def work(db: Database) -> str:
        found = await _find(db, which)
        async with db.tx() as tx:
            return (await actions.add_key(tx, found.id, public)).key_id
    console.out.print(console.run(data, work), highlight=False)


@app.command()
def access(which: Which, data: console.Data = None) -> None:
    """Make the management token that opens the developer portal; told once, and the one before counts no more."""
    async def work(db: Database) -> str:
        found = await _find(db, which)
        async with db.tx() as tx:
            return await actions.give_access(tx, found.id)
    console.out.print(console.run(data, work), highlight=False, markup=False)
