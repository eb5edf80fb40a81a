"""Divisions and settings, for other rooms and for screens."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.regions import model, store
from essc.regions.errors import RegionNotFound, RegionUnknown, SettingUnknown, SettingValueWrong
from essc.regions.model import NATION, Division, Level, Prefix, citizen_prefix, division, region_path

__all__ = [
    "CHECKS", "Decision", "Division", "Prefix", "card_region", "citizen_prefix", "demonstration", "division", "effective", "found",
    "furnish", "history", "listed", "region_path", "setting", "setting_of_many", "within",
]

_mark = [False]


def furnish(*, demonstration: bool) -> None:
    """Say whether this process serves a data directory marked as demonstration; `app` does it once at start."""
    _mark[0] = demonstration


def demonstration() -> bool:
    """Whether this process serves a data directory marked as demonstration: invented people and regions pass."""
    return _mark[0]


def card_region(code: str) -> Division:
    """The division that a card was issued in; invented ones only in a demonstration data directory. Raises RegionUnknown."""
    return model.card_region(code, demonstration=demonstration())


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of a region about one setting; `value` None gives it back to the region above."""

    region: str
    name: str
    value: str | None
    valid_from: datetime
    set_by: str
    recorded_at: datetime


def found(code: str) -> Division:
    """The division of an address. Raises RegionNotFound."""
    at = division(code)
    if at is None:
        raise RegionNotFound("no division has this code")
    return at


def listed(parent: str | None, level: Level | None, *, abolished: bool, after: str, limit: int) -> list[Division]:
    """Divisions by code, after `after`: below `parent` or all, of one level or all, with the abolished ones or without."""
    candidates = model.divisions().values() if parent is None else model.children(parent)
    wanted = (d for d in candidates if d.code > after and d.level is not Level.NATION and (level is None or d.level is level)
              and (abolished or not d.abolished))
    return sorted(wanted, key=lambda d: d.code)[:limit]


def within(area: str) -> tuple[str, ...] | None:
    """Every code of `area` and below it, abolished ones too, for statements that ask what lies there; None for the nation: everywhere.

    A code that is in no list counts as nobody's. Raises RegionUnknown.
    """
    if area == NATION.code:
        return None
    found, seen = [region_path(area)[-1].code], 0
    while seen < len(found):
        found += [below.code for below in model.children(found[seen])]
        seen += 1
    return tuple(found)


async def setting(tx: Tx, region: str, name: str) -> int | str:
    """What holds for `region` now: its own value, or that of the nearest region above, or the national default.

    `region` "000000" is the nation. Raises RegionUnknown, SettingUnknown.
    """
    return (await setting_of_many(tx, [region], name))[region]


async def setting_of_many(tx: Tx, regions: Sequence[str], name: str) -> dict[str, int | str]:
    """What holds for each of `regions` now, in one round trip. Raises RegionUnknown, SettingUnknown."""
    definition = model.definition(name)
    paths = {region: model.ancestors(region) for region in regions}
    theirs = await store.in_force(tx, name, sorted({step for path in paths.values() for step in path}), tx.now)
    return {region: model.nearest(definition, path, theirs) for region, path in paths.items()}


async def effective(tx: Tx, region: str) -> dict[str, int | str]:
    """Every setting as it holds for `region` now. Raises RegionUnknown."""
    return {name: await setting(tx, region, name) for name in model.SETTINGS}


async def history(tx: Tx, region: str, name: str | None = None) -> list[Decision]:
    """The decisions of `region` itself, newest first. Raises SettingUnknown."""
    if name is not None:
        model.definition(name)
    return [Decision(**dict(row)) for row in await store.history(tx, region, name)]


async def _unreadable(tx: Tx) -> list[str]:
    wrong = []
    for row in await store.all_values(tx):
        try:
            model.ancestors(row["region"])
            model.definition(row["name"]).parse(row["value"] or str(model.definition(row["name"]).value))
        except (RegionUnknown, SettingUnknown, SettingValueWrong):
            wrong.append(f"{row['region']} {row['name']}")
    return wrong


CHECKS: Final = (
    Check("regions.settings_readable", "every value that a region has set is of a known region and setting and can be read", _unreadable),
)
