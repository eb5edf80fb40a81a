"""Invented people by the million, and the card files that a province would deliver of them: CSV, XLSX or Parquet.

Everybody is made from a running number, so the same call gives the same people. Their numbers start with 9999 (no division has that
prefix) and carry a valid check character; the twelve people of `holders.py` are not among them.

    python -m essc_sandbox.province.people cards.csv --rows 1000000
"""
import argparse
import csv
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet

from essc_sandbox.province.holders import card_identifier, card_number, citizen_number

Row = tuple[str, str, str, str, str, str, str, str, str, str]

HEADER = ("aaz500", "aaz501", "aac003", "aac002", "aab301", "aae008", "generation", "aaz503", "validDate", "aaz502")
HEADER_ZH = ("社保卡号", "卡识别码", "姓名", "社会保障号码", "发卡地行政区划", "银行代码", "卡代次", "发卡日期", "有效期", "卡状态")
HEADER_EN = ("card_number", "identifier", "name", "number", "region", "bank_code", "generation", "issued_on", "valid_to", "state")

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方"
    "白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤农蒙甘岑")
DOUBLE_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "令狐", "皇甫", "尉迟", "东方")
GIVEN = (
    "晓兰建国志强春燕美玲家明丽华秀英桂芳玉梅海燕文静雪莲雨桐子涵浩然思远宇轩梓萱俊杰佳怡欣怡一诺若曦景行明哲知行安然书宁云舒望舒北辰南星"
    "青禾白露小满立夏谷雨清秋冬阳长庚启航远帆")
MINORITY = (
    "阿依古丽·买买提", "努尔江·艾山", "古丽娜尔·吐尔逊江", "热依汗古丽·阿卜杜热合曼", "巴特尔", "其其格", "乌云塔娜", "扎西次仁", "卓玛央金", "格桑德吉",
    "迪丽努尔·阿不都克里木", "叶尔兰·哈力别克", "阿卜杜外力·图尔荪托合提", "木呷", "阿木尔·苏日塔拉图", "莫勒德尔·额尔德尼", "金敏贞", "罗绒丹增")
BANKS = ("102", "103", "104", "105", "301", "302", "303", "402")
REGIONS = ("450100", "450102", "450103", "450105", "450200", "450300", "450400", "450500", "450600", "450700", "450800", "450900", "451000", "451100", "451200")
_PROVINCES = "13 14 15 21 22 23 32 33 34 35 36 37 41 42 43 44 46 51 52 53 54 61 62 63 64 65"
_TOWNS = "320500 440300 510700 410300 370200 110105 120101 310115 500103"
COUNTRY = (*REGIONS, *REGIONS, *(f"{code}0100" for code in _PROVINCES.split()), *_TOWNS.split())
"""Where the cards of a large cast were issued: all over the country, most of them at home."""
LARGE = 1000
STATES = ("1",) * 940 + ("未启用",) * 15 + ("0",) * 10 + ("2",) * 12 + ("3",) * 5 + ("4",) * 6 + ("9",) * 12

_FIRST_DAY = date(1945, 1, 1)
_DAYS = (date(2009, 1, 1) - _FIRST_DAY).days
_PREFIXES = 98
_STEP = 7919       # prime, so that every day is met once before any is met again


def number(place: int) -> str:
    """The social security number of the person `place` (0 to about 20 million): no two are equal."""
    turn, prefix = divmod(place, _PREFIXES)
    born = _FIRST_DAY + timedelta(days=turn * _STEP % _DAYS)
    order = place * 37 % 100 * 10 + turn // _DAYS % 10
    return citizen_number(f"9999{prefix + 2:02d}{born:%Y%m%d}{order:03d}")


def name(chance: random.Random) -> str:
    """A name: mostly a surname and one or two characters, sometimes a double surname, sometimes a long one with a middle dot."""
    pick = chance.random()
    if pick < 0.03:
        return chance.choice(MINORITY)
    surname = chance.choice(DOUBLE_SURNAMES) if pick < 0.05 else chance.choice(SURNAMES)
    return surname + "".join(chance.choices(GIVEN, k=1 if pick > 0.85 else 2))


def row(place: int, *, seed: int = 9999, regions: Sequence[str] = REGIONS, states: Sequence[str] = STATES) -> Row:
    """The card of the person `place` as a line of a card file, in the order of HEADER."""
    chance = random.Random(seed * 1_000_003 + place)  # noqa: S311 (the same invented people every time)
    region = chance.choice(regions)
    issued = date(2012, 1, 1) + timedelta(days=chance.randrange(5000))
    return (card_number(f"{10_000_000 + place:08d}"), card_identifier(region, 10_000_000 + place), name(chance), number(place), region,
            chance.choice(BANKS), "3" if issued.year >= 2018 else "2", issued.isoformat(),
            issued.replace(year=issued.year + 10, day=min(issued.day, 28)).isoformat(),
            chance.choice(states))


def rows(count: int, *, first: int = 0, seed: int = 9999, regions: Sequence[str] = REGIONS, states: Sequence[str] = STATES) -> Iterator[Row]:
    """`count` invented cards of as many people, from the person `first` on."""
    return (row(place, seed=seed, regions=regions, states=states) for place in range(first, first + count))


def write_csv(path: Path, cards: Iterable[Row], *, header: Sequence[str] = HEADER, encoding: str = "utf-8") -> None:
    """A CSV file; `encoding` may be utf-8-sig or gb18030."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(cards)


def write_xlsx(path: Path, cards: Iterable[Row], *, header: Sequence[str] = HEADER_ZH) -> None:
    """A workbook with one sheet; every cell is text."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("社保卡")
    sheet.append(list(header))
    for card in cards:
        sheet.append(list(card))
    book.save(path)


def write_parquet(path: Path, cards: Iterable[Row], *, header: Sequence[str] = HEADER_EN, group: int = 50_000) -> None:
    """A Parquet file of text columns, in row groups of `group`."""
    schema = pyarrow.schema([(column, pyarrow.string()) for column in header])
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        waiting: list[Row] = []
        for card in cards:
            waiting.append(card)
            if len(waiting) == group:
                writer.write_table(_table(waiting, schema))
                waiting = []
        if waiting:
            writer.write_table(_table(waiting, schema))


def _table(cards: Sequence[Row], schema: pyarrow.Schema) -> pyarrow.Table:
    return pyarrow.table([list(column) for column in zip(*cards, strict=True)], schema=schema)


def write(path: Path, cards: Iterable[Row]) -> None:
    """A card file of the kind that the name of `path` says."""
    kinds = {".csv": write_csv, ".xlsx": write_xlsx, ".parquet": write_parquet}
    kinds[path.suffix.lower()](path, cards)


def main() -> None:
    """Write a card file of invented people."""
    asked = argparse.ArgumentParser(description="Write a card file of invented people (their numbers start with 9999).")
    asked.add_argument("path", type=Path, help="a .csv, .xlsx or .parquet file")
    asked.add_argument("--rows", type=int, default=20_000)
    asked.add_argument("--first", type=int, default=0, help="the running number of the first person")
    asked.add_argument("--seed", type=int, default=9999)
    given = asked.parse_args()
    write(given.path, rows(given.rows, first=given.first, seed=given.seed))


if __name__ == "__main__":
    main()
