"""Card files of text: CSV in UTF-8 (with or without BOM) or GB18030. Looked through once before the first row is taken, in blocks."""
import codecs
import csv
import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from essc.cards.errors import FileChanged, FileCut, FileEmpty, FileEncodingWrong, FileLineTooLong
from essc.cards.model import Reject, columns

BLOCK: Final = 1 << 20
LONGEST_LINE: Final = 64 * 1024
CHUNK_ROWS: Final = 5_000
"""Part of what resuming rests on: a file is always cut into the same chunks."""
_MEANT_UTF8: Final = 16
_WIDE_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


class Looked(msgspec.Struct, frozen=True):
    """What one look through a file found: its hash, how to read it, how many lines of data it has (blank ones too)."""

    sha256: bytes
    encoding: str
    delimiter: str
    columns: list[str]
    rows: int


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A chunk of a file on its way to be made ready: lines of text, or rows of cells."""

    number: int
    first_line: int
    text: bytes | None
    table: list[list[str | None]]
    broken: list[Reject]


class _Lines:
    """Counts lines and bounds their length, block by block."""

    def __init__(self) -> None:
        self.ended = 0
        self.open = b""

    def feed(self, block: bytes) -> None:
        """Take a block. Raises FileLineTooLong."""
        parts = block.split(b"\n")
        lengths = [len(self.open) + len(parts[0]), *map(len, parts[1:])]
        if max(lengths) > LONGEST_LINE:
            place = next(at for at, length in enumerate(lengths) if length > LONGEST_LINE)
            raise FileLineTooLong("a line is longer than any row can be", line=self.ended + place + 1, limit=LONGEST_LINE // 1024)
        self.open = parts[-1] if len(parts) > 1 else self.open + parts[0]
        self.ended += len(parts) - 1


def look(path: Path) -> Looked:
    """Look through a file once: hash, encoding, length of lines, header, a cut end. Nothing is kept of it but a block.

    Raises FileEmpty, FileEncodingWrong, FileLineTooLong, FileColumnsWrong, FileCut.
    """
    encoding = "utf-8"
    try:
        sha256, lines = _read_through(path, "utf-8")
    except UnicodeDecodeError:
        encoding = "gb18030"
        try:
            sha256, lines = _read_through(path, "gb18030")
        except UnicodeDecodeError as error:
            raise FileEncodingWrong("neither UTF-8 nor GB18030", line=error.start) from None
    with path.open("rb") as file:
        head = file.readline(LONGEST_LINE + 1).removeprefix(codecs.BOM_UTF8).decode(encoding).rstrip("\r\n")
    if not head.strip():
        raise FileEmpty("there is no header")
    delimiter = max(",\t;|", key=head.count)
    named = columns(next(csv.reader([head], delimiter=delimiter)))
    rows = lines.ended - 1 + bool(lines.open.strip())
    if rows < 1:
        raise FileEmpty("there is a header and no row")
    _whole(lines, delimiter, encoding, len(named))
    return Looked(sha256, encoding, delimiter, named, rows)


def _whole(lines: _Lines, delimiter: str, encoding: str, width: int) -> None:
    """A last line that nothing ended must at least be a row. Raises FileCut."""
    last = lines.open.decode(encoding)
    if last.strip() and (last.count(delimiter) < width - 1 or last.count('"') % 2):
        raise FileCut("the last line stops in the middle", line=lines.ended + 1)


def _read_through(path: Path, encoding: str) -> tuple[bytes, _Lines]:
    """The hash of a file, and its lines.

    Raises UnicodeDecodeError (its `start` is a line) when another encoding may be tried, else FileEncodingWrong, FileLineTooLong, FileCut.
    """
    running, lines = hashlib.sha256(), _Lines()
    decoder = codecs.getincrementaldecoder(encoding)()
    wide, first = 0, True
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if (first and block.startswith(_WIDE_BOMS)) or b"\0" in block:
                raise FileEncodingWrong("this is UTF-16, UTF-32 or no text", line=1)
            running.update(block)
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                _give_up(error, lines.ended + 1, encoding, wide, meant=first and block.startswith(codecs.BOM_UTF8))
            if encoding == "utf-8" and wide < _MEANT_UTF8 and not text.isascii():
                wide += sum(char >= "\u0800" for char in text)
            lines.feed(block)
            first = False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise FileCut("the last character stops in the middle", line=lines.ended + 1) from None
    if first:
        raise FileEmpty("the file has no byte")
    return running.digest(), lines


def _give_up(error: UnicodeDecodeError, line: int, encoding: str, wide: int, *, meant: bool) -> None:
    """What was plainly UTF-8 so far is broken UTF-8; anything else may be the other encoding."""
    line += error.object[:error.start].count(b"\n")
    good = sum(char >= "\u0800" for char in error.object[:error.start].decode(encoding, "ignore"))
    if encoding == "utf-8" and (meant or wide + good >= _MEANT_UTF8):
        raise FileEncodingWrong("UTF-8 that breaks off", line=line)
    raise UnicodeDecodeError(encoding, error.object[:1], line, line + 1, error.reason)


def pieces(path: Path, looked: Looked) -> Iterator[Piece]:
    """The lines of a file that was looked through, in chunks. Raises FileChanged when it is no longer the same."""
    before = path.stat()
    with path.open("rb") as file:
        file.readline()
        for number, lines in enumerate(_chunks(file)):
            after = path.stat()
            if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                raise FileChanged("the file was changed while it was read")
            yield Piece(number, 2 + number * CHUNK_ROWS, b"".join(lines), [], [])


def _chunks(file: BinaryIO) -> Iterator[list[bytes]]:
    while lines := list(islice(file, CHUNK_ROWS)):
        yield lines


def rows_of(piece: Piece, looked: Looked, broken: list[Reject]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a piece by our names of the columns, one after another; lines that are none are put into `broken`."""
    broken += piece.broken
    width, names = len(looked.columns), looked.columns
    for line, cells in _cells(piece, looked):
        if len(cells) == width:
            yield line, dict(zip(names, cells, strict=True))
        elif any(cells):
            broken.append(Reject(line, "line", "", "field_count"))


def _cells(piece: Piece, looked: Looked) -> Iterator[tuple[int, Sequence[str]]]:
    if piece.text is None:
        for line, row in enumerate(piece.table, piece.first_line):
            yield line, [cell or "" for cell in row]
        return
    for line, text in enumerate(piece.text.decode(looked.encoding).split("\n"), piece.first_line):
        plain = text.removesuffix("\r")
        yield line, plain.split(looked.delimiter) if '"' not in plain else _quoted(plain, looked.delimiter)


def _quoted(line: str, delimiter: str) -> Sequence[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return ("no row",)
