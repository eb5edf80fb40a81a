"""Card files with everything that goes wrong with files: each is told in the caller's words, and nothing is lost or half done."""
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date

import openpyxl
import pytest

from essc.cards import queries
from essc.cards.cli import importing
from essc.cards.cli.preparing import Beside, Here, KeyPlace, Setup
from essc.cards.errors import CardFileWrong
from essc.cards.model import Rules
from essc.holders import queries as people_queries
from essc.keys.queries import KeyRing
from essc.kit.db.checks import prove_all
from essc.kit.db.pool import Database
from essc.kit.i18n import Texts
from essc_sandbox.province import people

pytestmark = pytest.mark.fault

RULES = Rules("450000", date(2026, 11, 20), demonstration=True)
TEXTS = Texts.load()
HEAD = ",".join(people.HEADER).encode() + b"\r\n"
LINES = b"".join(",".join(row).encode() + b"\r\n" for row in people.rows(40))


@dataclass
class Taken:
    """Counts, refused rows as (line, field, code), and how much was dealt with step by step."""

    counts: object = None
    rejects: list = field(default_factory=list)
    steps: list = field(default_factory=list)


async def take(db, path, *, preparer=None, region="450000"):
    """Import a file as the command does, in this process."""
    looked = importing.look(path)
    done = Taken()
    done.counts = await importing.import_file(db, path, looked, region, preparer or Here(db.keys, RULES, looked), done.steps.append)
    target = importing.rejects_path(path)
    if await importing.write_rejects(db, looked.sha256, target, TEXTS, "en"):
        done.rejects = [tuple(line.split(",")[i] for i in (0, 1, 3)) for line in target.read_text(encoding="utf-8-sig").splitlines()[1:]]
    return done


async def content(db):
    async with db.read_tx() as tx:
        return await tx.value("SELECT count(*) FROM cards.card"), await tx.value("SELECT count(*) FROM holders.holder")


async def holds(db):
    return [(f.check.name, f.broken) for f in await prove_all(db, (*queries.CHECKS, *people_queries.CHECKS)) if not f.holds]


def broken_utf8():
    return HEAD + LINES + "100000999,450100D1560000050000000000989680,韦晓".encode()[:-1] + b",\r\n" + LINES


def bomb(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 3_000_000)


def doctype(path):
    people.write_xlsx(path, people.rows(2))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet2.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')


def gigabyte(path):
    with path.open("wb") as file:
        file.write(HEAD + b"x" * (1 << 20))
        file.truncate(1 << 30)


FILES = {
    "empty": (".csv", b"", "card_file_empty"),
    "blank": (".csv", b"\r\n\r\n", "card_file_empty"),
    "header_only": (".csv", HEAD, "card_file_empty"),
    "header_and_blank_lines_only": (".xlsx", lambda path: people.write_xlsx(path, []), "card_file_empty"),
    "columns_missing": (".csv", b"aaz500,aac003\r\n1,2\r\n", "card_file_columns_wrong"),
    "columns_of_something_else": (".csv", "项目,金额\r\n1,2\r\n".encode(), "card_file_columns_wrong"),
    "column_unknown": (".csv", HEAD.strip() + b",wages\r\n" + LINES, "card_file_columns_wrong"),
    "column_twice": (".csv", HEAD.strip() + b",aaz500\r\n" + LINES, "card_file_columns_wrong"),
    "columns_of_a_workbook": (".xlsx", lambda path: people.write_xlsx(path, people.rows(2), header=("a", *people.HEADER[1:])), "card_file_columns_wrong"),
    "columns_of_parquet": (".parquet", lambda path: people.write_parquet(path, people.rows(2), header=("a", *people.HEADER[1:])), "card_file_columns_wrong"),
    "last_line_cut": (".csv", (HEAD + LINES)[:-30], "card_file_cut"),
    "last_character_cut": (".csv", HEAD + LINES + "1,2,韦".encode()[:-1], "card_file_cut"),
    "last_line_cut_in_quotes": (".csv", HEAD + LINES + b'1,2,"3,4,5,6,7,8,9,10,11', "card_file_cut"),
    "utf_16": (".csv", (HEAD + LINES).decode().encode("utf-16"), "card_file_encoding_wrong"),
    "zeros": (".csv", HEAD + LINES + bytes(100), "card_file_encoding_wrong"),
    "utf_8_that_breaks_off": (".csv", broken_utf8(), "card_file_encoding_wrong"),
    "bom_and_another_encoding": (".csv", b"\xef\xbb\xbf" + HEAD + LINES.decode().encode("gb18030"), "card_file_encoding_wrong"),
    "neither_encoding": (".csv", HEAD + b"\xff\xfe\xfd\x80\x80" * 9 + b"\r\n", "card_file_encoding_wrong"),
    "one_gigabyte_line": (".csv", gigabyte, "card_file_line_too_long"),
    "zip_bomb": (".xlsx", bomb, "card_file_too_large"),
    "no_zip": (".xlsx", b"PK\x03\x04 no more", "card_file_broken"),
    "entities": (".xlsx", doctype, "card_file_broken"),
    "parquet_cut": (".parquet", b"PAR1 no more", "card_file_broken"),
    "other_kind": (".pdf", b"%PDF", "card_file_kind_unknown"),
    "no_file": (".csv", None, "card_file_not_there"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_before_its_first_row(tmp_path, name):
    suffix, made, code = FILES[name]
    path = tmp_path / f"cards{suffix}"
    if callable(made):
        made(path)
    elif made is not None:
        path.write_bytes(made)
    with pytest.raises(CardFileWrong) as refused:
        importing.look(path)
    assert refused.value.code == code
    for locale in ("zh-CN", "en"):
        for part in ("title", "action"):
            said = TEXTS.say(locale, f"error.{code}.{part}", **{"file": path.name, **refused.value.params})
            assert said and not re.search(r"\{\w+\}", said), said


def test_the_line_that_is_wrong_is_named(tmp_path):
    path = tmp_path / "cards.csv"
    path.write_bytes(broken_utf8())
    with pytest.raises(CardFileWrong) as refused:
        importing.look(path)
    assert refused.value.params["line"] == 42


@pytest.mark.parametrize(("name", "write"), [
    ("utf8.csv", lambda path, rows: people.write_csv(path, rows)),
    ("bom.csv", lambda path, rows: people.write_csv(path, rows, encoding="utf-8-sig", header=people.HEADER_ZH)),
    ("gb18030.csv", lambda path, rows: people.write_csv(path, rows, encoding="gb18030", header=people.HEADER_ZH)),
    ("cards.xlsx", people.write_xlsx), ("cards.parquet", people.write_parquet),
])
async def test_every_kind_of_file_brings_the_same_people(db, tmp_path, name, write):
    write(tmp_path / name, people.rows(30))
    done = await take(db, tmp_path / name)
    assert (done.counts.rows, done.counts.imported, done.rejects) == (30, 30, [])
    async with db.read_tx() as tx:
        for row in people.rows(30):
            card = await queries.by_number(tx, row[0])
            holder = await people_queries.get(tx, card.holder_id)
            assert (holder.name, holder.number, card.issued_on.isoformat()) == (row[2], row[3], row[7])
    people.write_csv(tmp_path / "again.csv", people.rows(30), header=people.HEADER_EN)
    assert (await take(db, tmp_path / "again.csv")).counts.same == 30
    assert not await holds(db)


async def test_bad_rows_are_refused_one_by_one_and_the_others_taken(db, tmp_path):
    path = tmp_path / "cards.csv"
    rows = [list(row) for row in people.rows(20, states=("1",))]
    changes = {2: (3, "999901199002300217"), 3: (4, "459999"), 4: (7, "2031-01-01"), 5: (0, rows[0][0]), 6: (9, "恢复"), 7: (2, "=1+1"), 8: (8, "2001-01-01"), 9: (4, "110000")}
    for at, (column, value) in changes.items():
        rows[at][column] = value
    rows[10][3], rows[10][2] = rows[1][3], rows[1][2]
    rows[11].append("more")
    rows[12][2] = "two\nlines"
    path.write_text("\n".join([",".join(people.HEADER), *(",".join(row) for row in rows)]), encoding="utf-8")
    done = await take(db, path)
    assert done.rejects == [
        ("4", "social security number", "number_birth_date"), ("5", "region of issue", "region_unknown"), ("6", "issued on", "date_in_future"),
        ("7", "card number", "card_differs"), ("8", "status", "state_wrong"), ("9", "name", "name_wrong"), ("10", "valid to", "valid_before_issued"),
        ("11", "region of issue", "region_of_others"), ("12", "status", "second_active_card"), ("13", "whole line", "field_count"),
        ("14", "whole line", "field_count"), ("15", "whole line", "field_count"),
    ]
    assert await content(db) == (9, 9)
    assert rows[2][3] not in importing.rejects_path(path).read_text(encoding="utf-8-sig")
    assert not await holds(db)


async def test_formula_cells_errors_and_rounded_numbers_are_refused(db, tmp_path):
    path = tmp_path / "cards.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(people.HEADER_ZH)
    rows = [list(row) for row in people.rows(6)]
    rows[1][2] = '=HYPERLINK("http://invalid.example","x")'
    rows[2][3] = 999901199005120026
    rows[3][9] = "#N/A"
    rows[4][7] = date.fromisoformat(rows[4][7])
    rows[5][4] = int(rows[5][4])
    for row in rows:
        sheet.append(row)
    book.save(path)
    done = await take(db, path)
    assert done.rejects == [("3", "name", "formula_cell"), ("4", "social security number", "number_as_number"), ("5", "status", "error_cell")]
    assert await content(db) == (3, 3)


class Breaks(Here):
    """Makes chunks ready until the one that it dies at."""

    def __init__(self, *given, at):
        super().__init__(*given)
        self._at = at

    async def prepare(self, piece, at):
        if piece.number == self._at:
            raise ConnectionError("gone")
        return await super().prepare(piece, at)


async def test_an_interrupted_import_goes_on_at_the_next_chunk(db, tmp_path):
    path = tmp_path / "cards.csv"
    rows = [list(row) for row in people.rows(12_000)]
    rows[40][3] = "1"
    rows[11_000][4] = "459999"
    people.write_csv(path, rows)
    looked = importing.look(path)
    with pytest.raises(ConnectionError):
        await take(db, path, preparer=Breaks(db.keys, RULES, looked, at=1))
    assert await content(db) == (4_999, 4_999)
    assert not await holds(db)
    done = await take(db, path)
    assert (done.counts.rows, done.counts.imported, done.counts.rejected) == (12_000, 11_998, 2)
    assert [(reject[0], reject[2]) for reject in done.rejects] == [("42", "number_length"), ("11002", "region_unknown")]
    assert sum(done.steps) == 12_000
    again = await take(db, path)
    assert (again.counts, again.rejects) == (done.counts, done.rejects)
    assert not await holds(db)


async def test_processes_beside_make_the_same_of_a_file(db, tmp_path):
    path = tmp_path / "cards.csv"
    people.write_csv(path, people.rows(300))
    ring = KeyRing.create(tmp_path / "keys.json")
    looked = importing.look(path)
    async with Beside(Setup(KeyPlace(str(tmp_path / "keys.json"), "international", None), RULES, looked), 1) as beside:
        done = await take(Database(db.pool, ring), path, preparer=beside)
    assert done.counts.imported == 300
    async with Database(db.pool, ring).read_tx() as tx:
        assert (await queries.by_number(tx, people.row(7)[0])).region == people.row(7)[4]


async def test_a_preparing_process_that_dies_stops_the_import_and_the_next_goes_on(db, tmp_path):
    path = tmp_path / "cards.csv"
    people.write_csv(path, people.rows(50))
    KeyRing.create(tmp_path / "keys.json")
    looked = importing.look(path)
    with pytest.raises(ConnectionError):
        async with Beside(Setup(KeyPlace(str(tmp_path / "no-keys.json"), "international", None), RULES, looked), 1) as beside:
            await take(db, path, preparer=beside)
    assert await content(db) == (0, 0)
    assert (await take(db, path)).counts.imported == 50
