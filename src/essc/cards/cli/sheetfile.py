"""Card files of cells: XLSX and Parquet, read as a stream and bounded before the first row is taken."""
import hashlib
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import openpyxl
import pyarrow
import pyarrow.parquet

from essc.cards.cli.textfile import BLOCK, CHUNK_ROWS, Looked, Piece
from essc.cards.errors import FileBroken, FileEmpty, FileTooLarge
from essc.cards.model import COLUMNS, Reject, columns

MOST_SHEET_ROWS: Final = 500_000
MOST_UNZIPPED: Final = 512 << 20
MOST_STRINGS: Final = 96 << 20
MOST_MEMBERS: Final = 1000
MOST_RATIO: Final = 250
MOST_GROUP: Final = 256 << 20
_BROKEN: Final = (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, SyntaxError, NotImplementedError)


def look_xlsx(path: Path) -> Looked:
    """Look through a workbook without unpacking more than a block: sizes, rows, header. Its first sheet is the card file.

    Raises FileTooLarge, FileBroken, FileEmpty, FileColumnsWrong.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _bounded(archive)
            rows = sum(_count_rows(archive, member) for member in archive.infolist() if member.filename.startswith("xl/worksheets/sheet"))
        header = next(_sheet_rows(path), None)
    except _BROKEN:
        raise FileBroken("the workbook does not open") from None
    if header is None or rows < 2:
        raise FileEmpty("the first sheet has no row")
    named = columns([cell.value for cell in header][:_width(header)])
    return Looked(_sha256(path), "", "", named, rows - 1)


def _width(header: Any) -> int:
    filled = [at for at, cell in enumerate(header) if cell.value not in (None, "")]
    return filled[-1] + 1 if filled else 0


def _bounded(archive: zipfile.ZipFile) -> None:
    """A workbook that says it unpacks to too much, or packs too well, is not unpacked. Raises FileTooLarge."""
    members = archive.infolist()
    strings = sum(member.file_size for member in members if member.filename.endswith("sharedStrings.xml"))
    bombs = [m for m in members if m.file_size > BLOCK and m.file_size > MOST_RATIO * max(m.compress_size, 1)]
    if len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > MOST_UNZIPPED or strings > MOST_STRINGS or bombs:
        raise FileTooLarge("the workbook unpacks to too much", rows=MOST_SHEET_ROWS, megabytes=MOST_UNZIPPED >> 20)


def _count_rows(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """How many rows a sheet really has. Raises FileTooLarge, and ValueError for XML that defines entities."""
    count, tail = 0, b""
    with archive.open(member) as sheet:
        while block := sheet.read(BLOCK):
            seen = tail + block
            count += seen.count(b"<row ") + seen.count(b"<row>")
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                raise ValueError("a sheet defines no entities")
            tail = seen[-4:] if seen[-4:].find(b"<") >= 0 else b""
            if count > MOST_SHEET_ROWS + 1:
                raise FileTooLarge("the sheet has too many rows", rows=MOST_SHEET_ROWS, megabytes=MOST_UNZIPPED >> 20)
    return count


def _sheet_rows(path: Path) -> Iterator[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    try:
        yield from book.worksheets[0].iter_rows()
    finally:
        book.close()


def pieces_of_xlsx(path: Path, looked: Looked) -> Iterator[Piece]:
    """The rows of the first sheet in chunks; rows with formulas are refused. Raises FileBroken."""
    stream = _sheet_rows(path)
    try:
        next(stream)
        table: list[list[str | None]] = []
        broken: list[Reject] = []
        number = 0
        for line, cells in enumerate(stream, 2):
            wrong = _wrong_cell(cells, looked.columns)
            table.append([] if wrong else [_text(cell.value) for cell in _padded(cells, len(looked.columns))])
            if wrong:
                broken.append(Reject(line, *wrong))
            if len(table) == CHUNK_ROWS:
                yield Piece(number, 2 + number * CHUNK_ROWS, None, _without_blank(table), broken)
                table, broken, number = [], [], number + 1
        if table:
            yield Piece(number, 2 + number * CHUNK_ROWS, None, _without_blank(table), broken)
    except _BROKEN:
        raise FileBroken("the workbook does not open") from None


def _padded(cells: tuple[Any, ...], width: int) -> list[Any]:
    return [*cells[:width], *[_BLANK] * (width - len(cells))]


class _Blank:
    value = None
    data_type = "n"


_BLANK: Final = _Blank()


def _without_blank(table: list[list[str | None]]) -> list[list[str | None]]:
    return [row if any(row) else [] for row in table]


def _wrong_cell(cells: tuple[Any, ...], names: list[str]) -> tuple[str, str, str] | None:
    """The first cell that is not taken as it stands: a formula, an error, a long number that the spreadsheet has rounded."""
    for cell, name in zip(cells, names, strict=False):
        if cell.data_type == "f":
            return name, "", "formula_cell"
        if cell.data_type == "e":
            return name, "", "error_cell"
        if cell.data_type == "n" and name == "number" and cell.value is not None:
            return name, "", "number_as_number"
    return None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def look_parquet(path: Path) -> Looked:
    """Look at the footer of a Parquet file. Raises FileBroken, FileEmpty, FileTooLarge, FileColumnsWrong."""
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            about, names = file.metadata, file.schema_arrow.names
            largest = max((about.row_group(at).total_byte_size for at in range(about.num_row_groups)), default=0)
    except (pyarrow.ArrowException, OSError):
        raise FileBroken("the Parquet file does not open") from None
    named = columns(names)
    if about.num_rows < 1:
        raise FileEmpty("the Parquet file has no row")
    if largest > MOST_GROUP:
        raise FileTooLarge("a row group unpacks to too much", rows=MOST_SHEET_ROWS, megabytes=MOST_GROUP >> 20)
    return Looked(_sha256(path), "", "", named, about.num_rows)


def pieces_of_parquet(path: Path, looked: Looked) -> Iterator[Piece]:
    """The rows of a Parquet file in chunks. Raises FileBroken."""
    try:
        with pyarrow.parquet.ParquetFile(path, pre_buffer=False) as file:
            for number, batch in enumerate(_even(file)):
                cells = [[_text(value) for value in batch.column(at).to_pylist()] for at in range(len(COLUMNS))]
                yield Piece(number, 2 + number * CHUNK_ROWS, None, [list(row) for row in zip(*cells, strict=True)], [])
    except pyarrow.ArrowException:
        raise FileBroken("the Parquet file does not open") from None


def _even(file: Any) -> Iterator[Any]:
    """Batches of exactly CHUNK_ROWS (the last may be shorter), whatever the row groups."""
    waiting, count = [], 0
    for batch in file.iter_batches(batch_size=CHUNK_ROWS, use_threads=False):
        left = batch
        while left.num_rows:
            part = left.slice(0, CHUNK_ROWS - count)
            waiting.append(part)
            count += part.num_rows
            left = left.slice(part.num_rows)
            if count == CHUNK_ROWS:
                yield pyarrow.Table.from_batches(waiting)
                waiting, count = [], 0
    if waiting:
        yield pyarrow.Table.from_batches(waiting)


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
