"""`essc regions`: divisions, and what each region has decided for itself."""
from datetime import datetime
from typing import Annotated, Final

import typer
from rich.table import Table

from essc.kit import console
from essc.kit.clock import SHANGHAI
from essc.kit.db.pool import Database
from essc.regions import actions, model, queries
from essc.regions.queries import Decision

app: Final = typer.Typer(name="regions", help="Divisions, and what each region has decided for itself.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="Six digits of GB/T 2260; 000000 for the nation.", show_default=False)]


@app.command()
def show(code: Code, data: console.Data = None) -> None:
    """One division: its path, its names, every setting as it holds there, and the region's own decisions."""
    found = queries.found(code)

    async def work(db: Database) -> tuple[dict[str, int | str], list[Decision]]:
        async with db.read_tx() as tx:
            return await queries.effective(tx, code), await queries.history(tx, code)
    values, history = console.run(data, work)
    years = f"{found.first or 'before 1980'}–{found.last or 'in force'}"
    console.out.print(f"{' › '.join(step.name for step in queries.region_path(code))}  {code}  {years}  lists {found.source or '–'}", highlight=False)
    for former in found.former_names:
        console.out.print(f"  until {former.last}: {former.name}", highlight=False)
    table = Table("setting", "value", "meaning", "national default", "source", "verified")
    for name, setting in model.SETTINGS.items():
        table.add_row(name, str(values[name]), setting.meaning, str(setting.value), setting.source, "yes" if setting.verified else "no")
    console.out.print(table)
    for line in history:
        console.out.print(f"{line.valid_from.astimezone(SHANGHAI):%Y-%m-%d %H:%M} {line.name} = {line.value or '(the region above)'} by {line.set_by}",
                          highlight=False)


@app.command("set")
def set_(code: Code, name: str, value: Annotated[str | None, typer.Argument(help="Nothing: the region above decides again.")] = None,
         data: console.Data = None, *, by: Annotated[str, typer.Option(help="Who decided it.")] = "operator",
         since: Annotated[datetime | None, typer.Option("--from", help="Time of Shanghai from which it holds; now if nothing is said.")] = None) -> None:
    """Decide a setting for a region and all below it, from now or from a moment to come. Earlier decisions stay in the history."""
    async def work(db: Database) -> Decision:
        async with db.tx() as tx:
            begins = since.replace(tzinfo=SHANGHAI) if since else None
            return await actions.decide(tx, code, name, value, set_by=by, valid_from=begins)
    decided = console.run(data, work)
    console.out.print(f"{decided.region} {decided.name} = {decided.value or '(the region above)'} "
                      f"from {decided.valid_from.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
                      highlight=False)


@app.command("list")
def list_(parent: Annotated[str, typer.Argument(help="The code above.")] = model.NATION.code, *,
          abolished: Annotated[bool, typer.Option("--abolished", help="With codes that are no longer in force.")] = False) -> None:
    """The divisions directly below one."""
    table = Table("code", "name", "level", "since", "until")
    for found in queries.listed(parent, None, abolished=abolished, after="", limit=10_000):
        table.add_row(found.code, found.name, found.level, str(found.first or ""), str(found.last or ""))
    console.out.print(table)
