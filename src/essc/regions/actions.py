"""What can be done to a region: decide one of its settings."""
from datetime import datetime

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.regions import model, store
from essc.regions.errors import RegionUnknown, SettingChangedMeanwhile, SettingInThePast, SettingValueWrong
from essc.regions.events import SettingChanged
from essc.regions.queries import Decision


async def decide(tx: Tx, region: str, name: str, value: str | None, *, set_by: str, valid_from: datetime | None = None) -> Decision:
    """Set `name` for `region` and all below it from `valid_from` (now when None); None as value gives it back to the region above.

    Raises RegionUnknown, SettingUnknown, SettingValueWrong, SettingInThePast, SettingChangedMeanwhile.
    """
    if model.division(region) is None:
        raise RegionUnknown("no division has this code")
    definition = model.definition(name)
    if definition.national and region != model.NATION.code:
        raise SettingValueWrong(f"{name} is decided for the whole country only", name=name)
    text = None if value is None else str(definition.parse(value))
    begins = valid_from or tx.now
    if begins < tx.now:
        raise SettingInThePast("a setting holds from now on, or from a moment to come")
    setting_id = ids.new(at=tx.now)
    if not await store.save(tx, setting_id, region, name, text, begins, set_by):
        raise SettingChangedMeanwhile("this setting was decided for the same moment")
    await tx.emit(SettingChanged(setting_id=setting_id, region=region, name=name))
    return Decision(region, name, text, begins, set_by, tx.now)
