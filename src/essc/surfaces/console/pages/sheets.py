"""Tables that people upload: CSV in UTF-8 or GB18030, or the first sheet of an XLSX workbook, read into rows of text and bounded before."""
import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

import openpyxl

from essc.kit.errors import Kind, Refused
from essc.kit.http.pages import Form, Upload

LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a file: ten times what the longest table needs."""
FORM_LIMIT: Final = LARGEST + 64 * 1024
MOST_UNZIPPED: Final = 32 * 1024 * 1024
MOST_MEMBERS: Final = 200
MOST_COLUMNS: Final = 40
LONGEST_CELL: Final = 400
_ZIP: Final = b"PK\x03\x04"
_BROKEN: Final = (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, SyntaxError, NotImplementedError, TypeError, IndexError)


class UploadMissing(Refused):
    """No file was chosen, or it is empty."""

    kind, code = Kind.INVALID, "upload_missing"


class UploadTooLarge(Refused):
    """The file has more bytes, or unpacks to more, than a table of this kind needs."""

    kind, code = Kind.INVALID, "upload_too_large"


class UploadNotTable(Refused):
    """The file is no table that we read: a picture, a PDF, an old .xls, or a text of another kind."""

    kind, code = Kind.INVALID, "upload_not_table"


class UploadTooLong(Refused):
    """The table has more lines than are taken at once."""

    kind, code = Kind.INVALID, "upload_too_long"


def uploaded(form: Form, field: str) -> Upload:
    """The file of a form. Raises UploadMissing, UploadTooLarge."""
    if form.too_large:
        raise UploadTooLarge("more than the page takes", megabytes=LARGEST >> 20)
    found = form.file(field)
    if found is None:
        raise UploadMissing("no file")
    if len(found.content) > LARGEST:
        raise UploadTooLarge("more than a table needs", megabytes=LARGEST >> 20)
    return found


def rows_of(content: bytes, most: int) -> list[tuple[int, list[str]]]:
    """The rows that hold anything, each with its line in the file; the first is the head. Raises UploadNotTable, UploadTooLarge, UploadTooLong."""
    found = _workbook(content, most) if content.startswith(_ZIP) else _text(content)
    rows = [(line, cells) for line, cells in islice(found, most * 2 + 2) if any(cells)]
    if len(rows) > most + 1:
        raise UploadTooLong("too many lines", n=most)
    if len(rows) < 2 or len(rows[0][1]) < 2:
        raise UploadNotTable("no table with a head and a line")
    return rows


def _text(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=head.count), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [_cell(cell) for cell in cells[:MOST_COLUMNS]]
    except csv.Error:
        raise UploadNotTable("not lines of cells") from None


def _decoded(content: bytes) -> str:
    if b"\0" not in content:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise UploadNotTable("neither UTF-8 nor GB18030")


def _workbook(content: bytes, most: int) -> Iterator[tuple[int, list[str]]]:
    try:
        _bounded(content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            sheet: Any = book.worksheets[0]
            for line, cells in enumerate(sheet.iter_rows(max_row=most * 2 + 2, max_col=MOST_COLUMNS, values_only=True), 1):
                yield line, [_cell(_written(value)) for value in cells]
        finally:
            book.close()
    except _BROKEN:
        raise UploadNotTable("the workbook does not open") from None


def _bounded(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNZIPPED:
            raise UploadTooLarge("the workbook unpacks to too much", megabytes=LARGEST >> 20)
        for member in members:
            if member.filename.endswith(".xml") and b"<!ENTITY" in archive.open(member).read(4096):
                raise ValueError("a workbook defines no entities")


def _written(value: object) -> str:
    """A cell as somebody would read it."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _cell(text: str) -> str:
    """A cell without blanks around it, and without the apostrophe that keeps a spreadsheet from calculating."""
    return text.strip().removeprefix("'")[:LONGEST_CELL]
