"""`essc staff`: the first member of an installation, and the way back in when no administrator can sign in."""
from typing import Annotated

import typer
from rich.table import Table

from essc.kit import console, ids
from essc.kit.clock import SHANGHAI
from essc.kit.db.pool import Database
from essc.operators import actions, queries
from essc.operators.actions import Invited
from essc.operators.model import Member, Purpose, Role

app = typer.Typer(name="staff", help="Members of staff: the first one, lost factors.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="The account: lower-case letters, digits, . _ -")]


def _show(link: Invited) -> None:
    """The one-time link. It is shown this once."""
    console.out.print(f"/console/join?link={link.token}", markup=False, highlight=False, soft_wrap=True)
    console.out.print(f"on this installation's address, once, until {link.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", highlight=False)


@app.command()
def invite(login: Login, name: Annotated[str, typer.Option(prompt=True, help="The person's name; it is kept sealed.")],
           unit: Annotated[str, typer.Option(prompt=True, help="The unit that the person works for.")], data: console.Data = None, *,
           role: Annotated[list[Role] | None, typer.Option(help="What the person is; again for each.")] = None,
           area: Annotated[list[str] | None, typer.Option(help="Six digits of GB/T 2260; 000000 is the nation.")] = None) -> None:
    """Invite a member, as long as no system administrator has joined; afterwards they invite at the console. Prints a one-time link."""
    async def work(db: Database) -> Invited:
        async with db.tx() as tx:
            return await actions.invite_first(tx, login, name, unit, role or [Role.SYSTEM], area or ["000000"])
    _show(console.run(data, work))


@app.command("list")
def list_(data: console.Data = None) -> None:
    """Every member, without names."""
    async def work(db: Database) -> list[Member]:
        async with db.read_tx() as tx:
            return await queries.everybody(tx)
    table = Table("id", "login", "roles", "areas", "state", "last sign-in")
    for one in console.run(data, work):
        seen = f"{one.seen_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if one.seen_at else "–"
        table.add_row(ids.wire("staff", one.id), one.login, " ".join(sorted(one.roles)), " ".join(one.areas), one.state, seen)
    console.out.print(table)


@app.command()
def reset(login: Login, data: console.Data = None, *,
          factor: Annotated[Purpose, typer.Option(help="What is lost: factor (authenticator and passkeys) or password. The link asks for the other one.")],
          ) -> None:
    """Give a member whose factor is lost a one-time link, when no administrator can do it at the console. It stands in the audit log."""
    async def work(db: Database) -> Invited:
        async with db.tx() as tx:
            return await actions.reset_from_machine(tx, login, factor)
    _show(console.run(data, work))
