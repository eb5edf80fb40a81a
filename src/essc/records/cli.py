"""`essc records`: what holders said was not them."""
from typing import Annotated, Final

import typer
from rich.table import Table

from essc.kit import console, ids
from essc.kit.clock import SHANGHAI
from essc.kit.db.pool import Database
from essc.names import PREFIXES
from essc.records import queries
from essc.records.model import Shown

app: Final = typer.Typer(name="records", help="Use records: what holders said was not them.", no_args_is_help=True)


@app.command()
def disputes(data: console.Data = None, *, limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many.")] = 100) -> None:
    """Uses of which their holder said "this was not me" (我没有用过), the last said first. Their electronic cards are frozen."""
    async def work(db: Database) -> list[Shown]:
        async with db.read_tx() as tx:
            return await queries.disowned(tx, limit)
    table = Table("said", "use", "holder", "at", "place", "terminal", "channel", "what", "outcome")
    for one in console.run(data, work):
        use, said = one.use, one.disputed_at or one.use.recorded_at
        table.add_row(f"{said.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", ids.wire(PREFIXES["UseId"], use.id), ids.wire(PREFIXES["HolderId"], use.holder_id),
                      f"{use.occurred_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", one.venue_name or "–", one.terminal_number or "–", one.channel_name or "–",
                      use.scene or use.action, use.verdict or use.outcome)
    console.out.print(table)
