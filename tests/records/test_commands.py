"""`essc records`, as whoever looks into disowned uses runs it."""
from essc.codes import actions as codes
from essc.kit import console
from essc.kit.paging import Page
from essc.records import actions, cli, queries
from essc.records.jobs import jobs
from tests.codes.scene import staged
from tests.commands import commands
from tests.hearing import hear


async def disowned(db):
    """Somebody says of a use at the pharmacy that it was not theirs."""
    async with db.tx() as tx:
        here = await staged(tx)
        await codes.redeem(tx, [here.scan(tx)])
        await hear(tx, jobs)
        [use] = [one.use for one in (await queries.uses(tx, here.ecard.holder_id, Page())).items if one.use.scene]
        await actions.dispute(tx, here.ecard.holder_id, use.id)


def test_disowned_uses_are_listed_with_place_and_without_a_name(pg, keys):
    run = commands(cli.app, pg, keys)
    assert "use_" not in run("--limit", "5").output
    console.run(None, disowned)
    told = run("--limit", "5")
    assert told.exit_code == 0
    assert all(word in told.output for word in ("use_", "hold_", "安康大药房（演示）", "pharmacy.buy"))
    assert "韦" not in told.output
