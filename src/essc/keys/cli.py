"""`essc keys`: see the keys (never their material), rotate one, seal the key file anew."""
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.table import Table

from essc.keys import actions, queries
from essc.keys.model import HOUR_S, NOTICE_S
from essc.keys.queries import KeyRing
from essc.kit import clock, console
from essc.settings import Settings

app: Final = typer.Typer(name="keys", help="Signing and encryption keys: names, versions, rotation.", no_args_is_help=True)
Emergency = Annotated[bool, typer.Option("--emergency", help="At once; withdraws what old versions of passing keys guard.")]
InHours = Annotated[int, typer.Option(min=0, max=8760, help="Hours until it is written with: so long others have to take its public key.")]
ToFile = Annotated[bool, typer.Option("--to-file", help="Under a new owner-only file beside it instead of a passphrase.")]
KEY_FILE: Final = "keys.json"
_DAY_S: Final = 86_400


def key_file(settings: Settings) -> Path:
    """Where the key file of an installation is."""
    return settings.key_file or settings.data / KEY_FILE


def passphrase(settings: Settings) -> str | None:
    """The passphrase of the key file, if there is one."""
    return settings.key_passphrase.reveal() if settings.key_passphrase else None


@app.command("list")
def list_(data: console.Data = None) -> None:
    """Every version of every key: name, use, suite, age and state."""
    settings = Settings.read(data=data)
    table = Table("name", "use", "version", "suite", "age", "state")
    for line in actions.listing(key_file(settings), now=clock.now(), passphrase=passphrase(settings)):
        age = f"{line.age_s // _DAY_S} d" if line.age_s >= _DAY_S else f"{line.age_s // 60} min"
        table.add_row(line.name, line.use, str(line.version), line.suite, age, line.state)
    console.out.print(table)


@app.command()
def rotate(name: str, data: console.Data = None, *, emergency: Emergency = False, in_hours: InHours = 0) -> None:
    """Make a new version of the key NAME. Running processes take it up by themselves; nothing needs a restart."""
    settings = Settings.read(data=data)
    new = actions.rotate(key_file(settings), name, now=clock.now(), passphrase=passphrase(settings), suite=settings.suite,
                         emergency=emergency, notice_s=in_hours * HOUR_S)
    soon = f"in {in_hours} hours" if in_hours else f"in {NOTICE_S} seconds"
    when = "at once" if emergency else "from the next full hour" if new.from_hour and not in_hours else soon
    console.out.print(f"{name}: version {new.version} is written with {when}; older versions stay readable", highlight=False)


@app.command()
def public(name: str, data: console.Data = None) -> None:
    """The public halves of the signing key NAME as a JWK set: the one that signs now, then those to come and those of before."""
    settings = Settings.read(data=data)
    ring = KeyRing.load(key_file(settings), passphrase=passphrase(settings))
    console.out.print(msgspec.json.encode({"keys": queries.public_set(ring, name)}).decode(), soft_wrap=True, highlight=False, markup=False)


@app.command()
def rewrap(data: console.Data = None, *, to_file: ToFile = False) -> None:
    """Seal the key file under another passphrase, or under a new file beside it. No key changes. Restart running processes afterwards."""
    settings = Settings.read(data=data)
    new = None if to_file else str(typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True))
    actions.rewrap(key_file(settings), passphrase=passphrase(settings), new_passphrase=new, suite=settings.suite)
    console.out.print("the key file is sealed anew" if to_file else "the key file is sealed anew: set ESSC_KEY_PASSPHRASE", highlight=False)
