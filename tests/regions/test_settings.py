"""Settings: the nearest decision upward holds, history stays, nothing begins in the past."""
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from essc.kit.db.checks import prove
from essc.regions import actions, model, queries
from essc.regions.errors import RegionUnknown, SettingChangedMeanwhile, SettingInThePast, SettingUnknown, SettingValueWrong

COUNTY, CITY, PROVINCE, NATION, ELSEWHERE = "450102", "450100", "450000", "000000", "110101"


@pytest.mark.parametrize(("decided", "holds"), [
    ({}, 8),
    ({NATION: "7"}, 7),
    ({NATION: "7", PROVINCE: "6"}, 6),
    ({NATION: "7", PROVINCE: "6", CITY: "5"}, 5),
    ({CITY: "5", COUNTY: "4"}, 4),
    ({CITY: "5", COUNTY: None}, 5),             # given back
    ({NATION: "7", CITY: None}, 7),
    ({ELSEWHERE: "3"}, 8),
])
async def test_the_nearest_decision_upward_holds_then_the_national_default(tx, decided, holds):
    for region, value in decided.items():
        await actions.decide(tx, region, "family_limit", value, set_by="test")
    assert await queries.setting(tx, COUNTY, "family_limit") == holds


async def test_what_holds_for_many_regions_is_asked_once(tx):
    await actions.decide(tx, PROVINCE, "family_limit", "6", set_by="test")
    found = await queries.setting_of_many(tx, [COUNTY, CITY, ELSEWHERE, NATION], "family_limit")
    assert found == {COUNTY: 6, CITY: 6, ELSEWHERE: 8, NATION: 8}


async def test_a_decision_holds_from_its_moment_and_the_history_keeps_all(tx):
    await actions.decide(tx, CITY, "temporary_loss_days", "10", set_by="first")
    await actions.decide(tx, CITY, "temporary_loss_days", "3wd", set_by="second", valid_from=tx.now + timedelta(days=2))
    assert await queries.setting(tx, CITY, "temporary_loss_days") == 10
    tx.now += timedelta(days=2)
    assert await queries.setting(tx, CITY, "temporary_loss_days") == "3wd"
    kept = await queries.history(tx, CITY, "temporary_loss_days")
    assert [(d.value, d.set_by) for d in kept] == [("3wd", "second"), ("10", "first")]


async def test_a_decision_tells_the_others(tx, world):
    await actions.decide(tx, CITY, "family_limit", "5", set_by="test")
    assert await world.last_event() == "regions.setting_changed"


@pytest.mark.parametrize(("region", "name", "value", "later", "refusal"), [
    ("370719", "no_such", "x", -1, RegionUnknown),
    (CITY, "no_such", "x", -1, SettingUnknown),
    (CITY, "family_limit", "many", -1, SettingValueWrong),
    (CITY, "family_limit", "51", -1, SettingValueWrong),
    (CITY, "family_limit", "-1", -1, SettingValueWrong),
    (CITY, "temporary_loss_days", "0", 0, SettingValueWrong),
    (CITY, "temporary_loss_days", "0wd", 0, SettingValueWrong),
    (CITY, "identity_ways_level1", "face", 0, SettingValueWrong),
    (CITY, "identity_ways_level1", "face,magic", 0, SettingValueWrong),
    (CITY, "identity_minutes", "5", -1, SettingValueWrong),              # one value for the whole country
    (CITY, "family_limit", "5", -1, SettingInThePast),
])
async def test_refusals_come_in_their_order(tx, region, name, value, later, refusal):
    with pytest.raises(refusal):
        await actions.decide(tx, region, name, value, set_by="test", valid_from=tx.now + timedelta(seconds=later))


async def test_two_decisions_of_one_moment_do_not_both_stand(tx):
    await actions.decide(tx, CITY, "family_limit", "5", set_by="first")
    with pytest.raises(SettingChangedMeanwhile):
        await actions.decide(tx, CITY, "family_limit", "6", set_by="second")


async def test_ways_are_kept_in_one_order(tx):
    await actions.decide(tx, CITY, "identity_ways_level2", "terminal, face", set_by="test")
    assert await queries.setting(tx, CITY, "identity_ways_level2") == "face,terminal"


def test_every_default_is_a_value_of_its_own_setting_and_names_its_source():
    for setting in model.SETTINGS.values():
        assert setting.parse(str(setting.value)) == setting.value
        assert setting.source and setting.meaning


async def test_every_setting_of_a_region_can_be_shown(tx):
    assert set(await queries.effective(tx, COUNTY)) == set(model.SETTINGS)


def shanghai(year, month, day, hour=0):
    return datetime(year, month, day, hour, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(("since", "value", "ends"), [
    (shanghai(2026, 11, 20, 10), 15, shanghai(2026, 12, 5, 10)),
    (shanghai(2026, 11, 20, 10), "1wd", shanghai(2026, 11, 24)),         # Friday: Monday is the first working day, it ends with Monday
    (shanghai(2026, 11, 20, 10), "3wd", shanghai(2026, 11, 26)),
    (shanghai(2025, 9, 30, 10), "1wd", shanghai(2025, 10, 10)),          # the national holiday lasts until 8 October
    (shanghai(2025, 9, 26, 10), "1wd", shanghai(2025, 9, 29)),           # a Sunday that is worked on
    (shanghai(2099, 1, 2, 10), "1wd", shanghai(2099, 1, 6)),             # no calendar yet: Monday to Friday
])
def test_a_temporary_loss_ends_after_days_or_with_the_last_working_day(since, value, ends):
    assert model.temporary_loss_ends(since, value) == ends


async def test_the_application_cannot_rewrite_a_decision(tx):
    await actions.decide(tx, CITY, "family_limit", "5", set_by="test")
    for statement in ("UPDATE regions.setting SET value = '9'", "DELETE FROM regions.setting"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.conn.transaction():
                await tx.run("SET LOCAL ROLE essc_app")
                await tx.run(statement)


async def test_the_invariants_find_a_value_that_nobody_can_read(tx):
    await actions.decide(tx, CITY, "family_limit", "5", set_by="test")
    assert [f.broken for f in await prove(tx, queries.CHECKS)] == [()]
    await tx.run("INSERT INTO regions.setting VALUES ($1, 'family_limit', $2, 'many', $3, 'x', $2)", CITY, tx.now + timedelta(days=1), UUID(int=1))
    assert [f.broken for f in await prove(tx, queries.CHECKS)] == [(f"{CITY} family_limit",)]
