"""Another mobile than before: told, and the number of before is kept until it was told there."""
import pytest

from essc.holders import actions, queries
from essc.kit.db.checks import prove
from tests.holders.people import somebody

OLD, NEW = "19900000001", "19900000002"


async def changes(tx):
    return await tx.rows("SELECT id, body::text AS body FROM kit.event WHERE kind = 'holders.mobile_changed' ORDER BY id")


@pytest.mark.parametrize(("proved", "former"), [([OLD], []), ([OLD, OLD], []), ([OLD, NEW], [OLD]), ([OLD, NEW, OLD], [OLD, NEW])])
async def test_each_change_is_an_event_that_leads_to_the_number_of_before(tx, proved, former):
    holder_id = await actions.enrol(tx, somebody())
    for mobile in proved:
        await actions.prove_mobile(tx, holder_id, mobile)
    told = await changes(tx)
    assert sorted([await queries.former_mobile(tx, holder_id, one["id"]) for one in told]) == former
    assert not any(OLD in one["body"] or NEW in one["body"] for one in told)
    assert (await queries.get(tx, holder_id)).mobile == proved[-1]
    for one in told:
        await actions.forget_former_mobile(tx, holder_id, one["id"])
    assert [await queries.former_mobile(tx, holder_id, one["id"]) for one in told] == [None] * len(former)


async def test_an_erased_person_leaves_no_former_number(tx):
    holder_id = await actions.enrol(tx, somebody())
    for mobile in (OLD, NEW):
        await actions.prove_mobile(tx, holder_id, mobile)
    assert OLD.encode() not in await tx.value("SELECT sealed FROM holders.former_mobile")
    await actions.erase(tx, holder_id)
    assert await tx.value("SELECT count(*) FROM holders.former_mobile") == 0
    assert not [one for one in await prove(tx, queries.CHECKS) if not one.holds]
