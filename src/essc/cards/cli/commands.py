"""`essc cards`: take a card file, register a region's key, see what is missing of a feed."""
import os
from datetime import UTC
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from essc.cards import actions, queries
from essc.cards.actions import Counts
from essc.cards.cli import importing
from essc.cards.cli.preparing import Beside, Here, KeyPlace, Setup
from essc.cards.cli.textfile import CHUNK_ROWS, Looked
from essc.cards.errors import RegionKeyWrong
from essc.cards.model import Rules
from essc.cards.queries import Gaps
from essc.keys.cli import key_file, passphrase
from essc.kit import clock, console, ids
from essc.kit.clock import SHANGHAI
from essc.kit.crypto import Algorithm, PointNotOnCurve, jwk
from essc.kit.db.pool import Database
from essc.kit.errors import Refused
from essc.kit.i18n import Locale, Texts
from essc.regions import queries as regions
from essc.settings import Settings

app: Final = typer.Typer(name="cards", help="Physical cards as the provinces report them.", no_args_is_help=True)
MOST_PROCESSES: Final = 2
NATION: Final = "000000"

Region = Annotated[str, typer.Option(help="The division whose cards these are; rows of others are refused. 000000: all.")]
Language = Annotated[str | None, typer.Option(help="zh-CN or en; by LANG when nothing is said.", show_default=False)]


class _Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        """What stands in the column."""
        return Text(f"{task.finished_speed or task.speed or 0:,.0f} /s", style="progress.data.speed")


def locale(asked: str | None) -> Locale:
    """The language of the caller: what was asked for, else what LC_ALL or LANG says."""
    said = asked or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh-CN" if said.lower().startswith("zh") else "en"


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(help="A .csv (UTF-8 or GB18030), .xlsx or .parquet file.", show_default=False)],
            region: Region = NATION, data: console.Data = None, *,
            rejects: Annotated[Path | None, typer.Option(help="Where refused rows go; FILE.rejects.csv if nothing is said.", show_default=False)] = None,
            language: Language = None) -> None:
    """Take a card file. Interrupted, the same command goes on where it stopped; a file that was taken is not taken twice."""
    texts, speaks = Texts.load(), locale(language)
    settings = Settings.read(data=data)
    target = rejects or importing.rejects_path(file)

    async def work(db: Database) -> tuple[Counts, int]:
        try:
            return await _import(db, settings, file, looked, region, target, texts, speaks)
        except Refused as wrong:
            raise _Stopped(wrong) from None
    try:
        regions.found(region)
        looked = importing.look(file)
        counts, refused = console.run(data, work)
    except (Refused, _Stopped) as wrong:
        _say_why(wrong.args[0] if isinstance(wrong, _Stopped) else wrong, file, texts, speaks)
        raise typer.Exit(1) from None
    console.out.print(texts.say(speaks, "cards.cli.taken", rows=f"{counts.rows:,}", imported=f"{counts.imported:,}", same=f"{counts.same:,}",
                                rejected=f"{counts.rejected:,}"), highlight=False, markup=False)
    if refused:
        console.out.print(texts.say(speaks, "cards.cli.rejects", path=target), highlight=False, markup=False)


class _Stopped(Exception):
    """A refusal on its way past `console.run`, which would say it in English only."""


def _say_why(refused: Refused, file: Path, texts: Texts, speaks: Locale) -> None:
    for part in ("title", "action"):
        said = texts.say(speaks, f"error.{refused.code}.{part}", **{"file": file.name, **refused.params})
        console.err.print(said, style="red", markup=False, highlight=False)


async def _import(db: Database, settings: Settings, file: Path, looked: Looked, region: str, target: Path, texts: Texts, speaks: Locale) -> tuple[Counts, int]:
    rules = Rules(region, clock.now().astimezone(SHANGHAI).date(), settings.demonstration)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console.err, transient=True) as bar:
        task = bar.add_task(file.name, total=looked.rows)

        def progress(rows: int) -> None:
            bar.advance(task, rows)
        if looked.rows <= CHUNK_ROWS:
            counts = await importing.import_file(db, file, looked, region, Here(db.keys, rules, looked), progress)
        else:
            place = KeyPlace(str(key_file(settings).resolve()), settings.suite, passphrase(settings))
            async with Beside(Setup(place, rules, looked), min(MOST_PROCESSES, os.cpu_count() or 1)) as beside:
                counts = await importing.import_file(db, file, looked, region, beside, progress)
    return counts, await importing.write_rejects(db, looked.sha256, target, texts, speaks)


@app.command("region-key")
def region_key(region: Annotated[str, typer.Argument(help="The division that signs its feed with this key.", show_default=False)],
               key_id: Annotated[str, typer.Argument(help="The keyid of its signatures.", show_default=False)],
               public_key: Annotated[Path | None, typer.Argument(help="A file with the public key as JWK.", show_default=False)] = None,
               data: console.Data = None, *, end: Annotated[bool, typer.Option("--end", help="From now on this key signs nothing.")] = False) -> None:
    """Register the key with which a region signs its feed, or end one."""
    async def work(db: Database) -> None:
        async with db.tx() as tx:
            if end:
                await actions.end_region_key(tx, key_id)
            else:
                await actions.register_region_key(tx, region, key_id, *_read_key(public_key))
    console.run(data, work)
    console.out.print(f"{key_id}: {'ended' if end else f'speaks for {region}'}", highlight=False, markup=False)


def _read_key(path: Path | None) -> tuple[Algorithm, bytes]:
    """The algorithm and the raw key of a JWK file. Raises RegionKeyWrong."""
    if path is None:
        raise RegionKeyWrong("a file with the public key is needed")
    try:
        return jwk.public_key(msgspec.json.decode(path.read_bytes(), type=jwk.Jwk))
    except (OSError, ValueError, PointNotOnCurve):
        raise RegionKeyWrong("the file holds no public key as JWK") from None


@app.command("region-keys")
def region_keys(data: console.Data = None) -> None:
    """Every key that was ever registered for a feed."""
    async def work(db: Database) -> list[queries.RegionKey]:
        async with db.read_tx() as tx:
            return await queries.region_keys(tx)
    table = Table("region", "key", "algorithm", "since", "state")
    for key in console.run(data, work):
        table.add_row(key.region, key.key_id, key.algorithm, f"{key.registered_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", "ended" if key.ended else "in use")
    console.out.print(table)


@app.command("gaps")
def gaps(region: Annotated[str, typer.Argument(help="The division whose feed is asked about.", show_default=False)], data: console.Data = None) -> None:
    """What is missing of a region's feed: cards whose later events wait, and numbers that never came."""
    async def work(db: Database) -> Gaps:
        async with db.read_tx() as tx:
            return await queries.gaps(tx, region)
    found = console.run(data, work)
    table = Table("card", "stands at", "waits for", "events that wait", "since")
    for gap in found.cards:
        table.add_row(ids.wire("card", gap.card_id) if gap.card_id else "not here yet", str(gap.last_sequence), str(gap.waiting_for), str(gap.held),
                      f"{gap.since.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z")
    console.out.print(table)
    for first, last in found.missing:
        console.out.print(f"never came: {first} to {last}", highlight=False)
