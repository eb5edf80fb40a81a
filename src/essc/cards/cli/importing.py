"""The import of one card file: look through it, make chunks ready, take them in their order, write the rejects."""
import asyncio
import csv
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from essc.cards import actions
from essc.cards.actions import Chunk, Counts
from essc.cards.cli import sheetfile, textfile
from essc.cards.cli.preparing import Preparer
from essc.cards.cli.textfile import Looked, Piece
from essc.cards.errors import FileKindUnknown, FileNotThere
from essc.kit import clock, troubles
from essc.kit.db.pool import Database
from essc.kit.errors import Refused
from essc.kit.i18n import Locale, Texts

AHEAD: Final = 4
"""Chunks that are being made ready or wait, so that neither PostgreSQL nor the preparing processes ever wait for the other."""
TRIES: Final = 5

Progress = Callable[[int], None]
"""Told how many rows were dealt with."""


def look(path: Path) -> Looked:
    """Look through a file of whatever kind. Raises the CardFileWrong that fits, and nothing was taken."""
    if not path.is_file():
        raise FileNotThere("no such file", file=path.name)
    kinds = {".csv": textfile.look, ".txt": textfile.look, ".xlsx": sheetfile.look_xlsx, ".parquet": sheetfile.look_parquet}
    found = kinds.get(path.suffix.lower())
    if found is None:
        raise FileKindUnknown("not .csv, .xlsx or .parquet", file=path.name)
    try:
        return found(path)
    except PermissionError:
        raise FileNotThere("may not be read", file=path.name) from None


def pieces(path: Path, looked: Looked) -> Iterator[Piece]:
    """The chunks of a file that was looked through."""
    kinds = {".xlsx": sheetfile.pieces_of_xlsx, ".parquet": sheetfile.pieces_of_parquet}
    return kinds.get(path.suffix.lower(), textfile.pieces)(path, looked)


class _Taking:
    """Takes chunks of one file, one after another, hoping that nobody has their numbers until somebody has."""

    def __init__(self, db: Database, sha256: bytes, region: str, progress: Progress) -> None:
        self._db, self._sha256, self._region, self._progress = db, sha256, region, progress
        self._hopeful = True
        self.waiting: deque[tuple[int, asyncio.Task[Chunk]]] = deque()

    async def next(self) -> None:
        """Take the chunk that waits longest."""
        size, task = self.waiting[0]
        chunk = await task
        self.waiting.popleft()
        await self._take(chunk)
        self._progress(size)

    async def _take(self, chunk: Chunk) -> None:
        """One chunk in one transaction; again when its numbers are known, or somebody else wrote them at this moment."""
        for left in reversed(range(TRIES)):
            try:
                async with self._db.tx(now=chunk.at) as tx:
                    await actions.import_chunk(tx, self._sha256, self._region, chunk, hopeful=self._hopeful)
                return
            except Exception as error:
                if not left or not _may_go_again(error):
                    raise
                self._hopeful = False

    async def give_up(self) -> None:
        """Nobody waits for what is being made ready any more."""
        for _, task in self.waiting:
            task.cancel()
        await asyncio.gather(*(task for _, task in self.waiting), return_exceptions=True)


async def import_file(db: Database, path: Path, looked: Looked, region: str, preparer: Preparer, progress: Progress) -> Counts:
    """Take every chunk that is not done yet, in the order of the file; gives the sums over the whole file.

    However it ends, what is done is done and marked; the same call goes on from there.
    """
    async with db.tx() as tx:
        done = await actions.begin_file(tx, looked.sha256, region)
    taking = _Taking(db, looked.sha256, region, progress)
    try:
        for piece in pieces(path, looked):
            size = min(textfile.CHUNK_ROWS, looked.rows - piece.number * textfile.CHUNK_ROWS)
            if piece.number in done:
                progress(size)
                continue
            taking.waiting.append((size, asyncio.create_task(preparer.prepare(piece, clock.now()))))
            await (taking.next() if len(taking.waiting) >= AHEAD else asyncio.sleep(0))
        while taking.waiting:
            await taking.next()
    finally:
        await taking.give_up()
    async with db.tx() as tx:
        return await actions.finish_file(tx, looked.sha256)


def _may_go_again(error: Exception) -> bool:
    """Somebody wrote the same people or cards at this moment; seen again, they are simply there."""
    return (isinstance(error, Refused) and error.retryable) or troubles.is_momentary(error) or troubles.sqlstate(error) == "23505"


async def write_rejects(db: Database, sha256: bytes, path: Path, texts: Texts, locale: Locale) -> int:
    """Write the refused rows of a file as CSV (UTF-8 with BOM, as spreadsheets like it); gives how many. No file when there are none."""
    async with db.read_tx() as tx:
        rejects = await actions.rejects(tx, sha256, 0)
        if not rejects:
            return 0
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([texts.say(locale, f"cards.rejects.{column}") for column in ("row", "field", "value", "code", "reason")])
            count = 0
            while rejects:
                writer.writerows([one.row, texts.say(locale, f"cards.field.{one.field}"), one.masked, one.code, sentence(texts, locale, one.code)]
                                 for one in rejects)
                count += len(rejects)
                rejects = await actions.rejects(tx, sha256, rejects[-1].row)
    return count


def sentence(texts: Texts, locale: Locale, code: str) -> str:
    """Why a row was refused: this room's own sentence, or that of the refusal of another."""
    return texts.say(locale, f"cards.reject.{code}" if texts.has(f"cards.reject.{code}") else f"error.{code}.title", longest=50)


def rejects_path(path: Path) -> Path:
    """Where the rejects of a file go when nothing else is said: beside it."""
    return path.with_name(f"{path.stem}.rejects.csv")


