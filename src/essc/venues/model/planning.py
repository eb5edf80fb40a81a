"""Files of new terminals: which columns there are, what each line means, what is wrong with it. Pure."""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from essc.kit.errors import FieldError, Refused
from essc.venues.errors import VenueWrong
from essc.venues.model.terminals import TerminalKind, clean_name, venue_region

MOST_LINES: Final = 5_000
"""Terminals of one file: what is written in one transaction within a few seconds."""
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "venue": ("机构名称", "venue"), "venue_kind": ("机构类别", "venue kind"), "region": ("行政区划代码", "region"),
    "name": ("终端名称", "terminal"), "kind": ("终端类型", "terminal kind"),
}
"""The columns of a file, in any order, by what each is for: the Chinese head and the English one."""
KIND_WORDS: Final[Mapping[str, TerminalKind]] = {
    "窗口": TerminalKind.WINDOW, "扫码枪": TerminalKind.SCANNER, "闸机": TerminalKind.GATE, "自助机": TerminalKind.KIOSK, "手机": TerminalKind.PHONE,
    **{kind.value: kind for kind in TerminalKind},
}
"""How a line may say what a terminal is."""
Lines = Sequence[tuple[int, Mapping[str, str]]]
Wrong = list[tuple[int, FieldError]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of a file of new terminals: the venue it names (found again by name and region, else new) and the terminal."""

    line: int
    venue: str
    venue_kind: str
    region: str
    name: str
    kind: TerminalKind


def columns(head: Sequence[str]) -> Mapping[str, int]:
    """Where each column stands. Raises VenueWrong naming those that are missing."""
    words = [" ".join(cell.split()).lower() for cell in head]
    found = {field: words.index(name) for field, names in COLUMNS.items() for name in names if name in words}
    missing = [field for field in COLUMNS if field not in found]
    if missing:
        raise VenueWrong("columns are missing", fields=[FieldError(field, "column_missing") for field in missing])
    return found


def planned(lines: Lines, venue_kinds: Mapping[str, str], covered: Callable[[str], bool], *, demonstration: bool) -> tuple[list[Planned], Wrong]:
    """What the lines mean, and everything that is wrong with any of them. `venue_kinds` leads from a word to a kind of venue.

    `covered` says whether a region is the member's; one name stands once in a venue.
    """
    good: list[Planned] = []
    wrong: Wrong = []
    seen: set[tuple[str, str, str]] = set()
    for line, cells in lines:
        errors = _errors(cells, venue_kinds, covered, demonstration=demonstration)
        place = (cells["region"], cells["venue"].strip(), cells["name"].strip())
        if not errors and place in seen:
            errors = [FieldError("name", "terminal_twice")]
        seen.add(place)
        wrong += [(line, error) for error in errors]
        if not errors:
            good.append(Planned(line, place[1], venue_kinds[cells["venue_kind"].strip().lower()], place[0], place[2],
                                KIND_WORDS[cells["kind"].strip().lower()]))
    return good, wrong


def _errors(cells: Mapping[str, str], venue_kinds: Mapping[str, str], covered: Callable[[str], bool], *, demonstration: bool) -> list[FieldError]:
    found = [*_refused(clean_name, "venue", cells["venue"], 60), *_refused(clean_name, "name", cells["name"], 40)]
    if cells["venue_kind"].strip().lower() not in venue_kinds:
        found.append(FieldError("venue_kind", "unknown"))
    if cells["kind"].strip().lower() not in KIND_WORDS:
        found.append(FieldError("kind", "unknown"))
    region = _refused(partial(venue_region, demonstration=demonstration), cells["region"])
    if not region and not covered(cells["region"]):
        region = (FieldError("region", "region_outside"),)
    return [*found, *region]


def _refused(check: Callable[..., str], *given: object) -> Sequence[FieldError]:
    try:
        check(*given)
    except Refused as refused:
        return refused.fields
    return ()
