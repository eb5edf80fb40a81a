"""`essc holders`: see somebody masked, settle which of two names is right, forget a person."""
from typing import Annotated, Final, Literal

import typer
from rich.table import Table

from essc.holders import actions, queries
from essc.holders.model import Conflict, Holder, mask_name
from essc.kit import console, ids
from essc.kit.clock import SHANGHAI
from essc.kit.db.pool import Database
from essc.names import HolderId

app: Final = typer.Typer(name="holders", help="Insured people: one of them, conflicts of names, erasing.", no_args_is_help=True)


@app.command()
def conflicts(data: console.Data = None, *, clear: Annotated[bool, typer.Option("--clear", help="Show the names in full.")] = False) -> None:
    """Numbers that came with another name than the one on record, the oldest first."""
    async def work(db: Database) -> list[Conflict]:
        async with db.read_tx() as tx:
            return await queries.conflicts(tx)

    async def seen(db: Database) -> list[Conflict]:
        async with db.tx() as tx:
            found = await queries.conflicts(tx)
            for one in found:
                await actions.disclose(tx, one.holder_id, ["name"], "settling a conflict of names")
            return found
    table = Table("conflict", "holder", "on record", "offered", "since")
    for one in console.run(data, seen if clear else work):
        names = (one.name, one.offered) if clear else (mask_name(one.name), mask_name(one.offered))
        table.add_row(one.id, ids.wire("hold", one.holder_id), *names, f"{one.found_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
    console.out.print(table)


@app.command()
def show(holder: Annotated[str, typer.Argument(help="The person (hold_…).", show_default=False)], data: console.Data = None) -> None:
    """Who somebody is, masked, with the note on the first six digits of the number: a place in force, gone, or known to no list."""
    async def work(db: Database) -> Holder:
        async with db.read_tx() as tx:
            return await queries.get(tx, HolderId(ids.parse("hold", holder)))
    found = console.run(data, work)
    place = found.prefix
    name = place.division.name if place and place.division else "–"
    table = Table("name", "number", "kind", "first six digits", "place", "mobile", "enrolled")
    table.add_row(found.masked_name, found.masked_number, found.kind, place.note if place else "–", name, found.masked_mobile or "–",
                  f"{found.enrolled_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
    console.out.print(table)


@app.command()
def settle(conflict: Annotated[str, typer.Argument(help="The conflict (conf_…).", show_default=False)],
           decision: Annotated[Literal["keep", "rename"], typer.Argument(help="The name on record, or the one offered.", show_default=False)],
           data: console.Data = None) -> None:
    """Settle which of two names is right."""
    async def work(db: Database) -> HolderId:
        async with db.tx() as tx:
            return await actions.settle(tx, conflict, decision)
    console.out.print(f"{ids.wire('hold', console.run(data, work))}: {decision}", highlight=False, markup=False)


@app.command()
def erase(holder: Annotated[str, typer.Argument(help="The person (hold_…).", show_default=False)], data: console.Data = None, *,
          yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False) -> None:
    """Forget a person for ever: the salt and every keyed hash go, and nothing sealed can be opened again."""
    if not yes:
        typer.confirm(f"This cannot be undone. Erase {holder}?", abort=True)

    async def work(db: Database) -> None:
        async with db.tx() as tx:
            await actions.erase(tx, HolderId(ids.parse("hold", holder)))
    console.run(data, work)
    console.out.print(f"{holder}: erased", highlight=False, markup=False)
