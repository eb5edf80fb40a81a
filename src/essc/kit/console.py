"""What a room's command needs: a database, opened for it and closed after it, and one place to print.

    app = typer.Typer(name="cards", help="Physical cards as the provinces report them.", no_args_is_help=True)

    @app.command("import")
    def import_file(file: Path, data: console.Data = None) -> None:
        console.run(data, lambda db: actions_of(db, file))

The opener is given by `essc.cli` at start, so that rooms need no settings.
"""
import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import zxingcpp
from rich.console import Console

from essc.kit.db.pool import Database
from essc.kit.errors import Refused

T = TypeVar("T")

Data = Annotated[Path | None, typer.Option("--data", help="Data directory of the installation (or ESSC_DATA).", show_default=False)]
"""The type of the option that every command with a database takes."""

Opener = Callable[[Path | None], AbstractAsyncContextManager[Database]]

out = Console()
"""Where a command prints its answer."""
err = Console(stderr=True)
"""Where a command prints progress and troubles."""

_opener: list[Opener] = []


def provide(opener: Opener) -> None:
    """Say how a database is opened; `essc.cli` does it once."""
    _opener[:] = [opener]


def run(data: Path | None, work: Callable[[Database], Awaitable[T]]) -> T:
    """Open the installation's database, do `work(db)`, close it. A Refused ends the command with its code and exit status 1.

    Raises RuntimeError when no opener was provided.
    """
    if not _opener:
        raise RuntimeError("no command line has provided a database")

    async def inside() -> T:
        async with _opener[0](data) as db:
            return await work(db)
    try:
        return asyncio.run(inside())
    except Refused as refused:
        err.print(f"{refused.code}: {refused.detail}", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from None


def qr_blocks(text: str) -> str:
    """A QR code of `text` in block characters, two rows a line, dark on light as terminals with a dark background need it."""
    image: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=1, add_quiet_zones=True)
    pixels: Any = memoryview(image).tolist()
    rows = [[not value for value in row] for row in pixels]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    glyphs = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return "\n".join("".join(glyphs[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in zip(rows[::2], rows[1::2], strict=True))
