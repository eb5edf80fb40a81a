"""The past of a demonstration is made by the rooms' own verbs: what it leaves holds every invariant, and its figures are those of what happened."""
import csv
import io

import pytest

from essc import app
from essc.cli import past
from essc.kit import clock
from essc.kit.db.checks import prove_all
from essc.regions import queries as regions
from essc.reports import queries
from essc.reports.jobs import catch_up_some
from essc_sandbox.province import people
from essc_sandbox.province.app import FILE_COLUMNS

pytestmark = pytest.mark.anyio
REPORTED = [check for check in app.CHECKS if check.name.split(".")[0] in ("reports", "ecards", "cards", "identity", "passwords", "codes")]


def card_file(count: int) -> bytes:
    """A province's file of so many people, all over the country."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(FILE_COLUMNS)
    for number, chip, name, who, region, bank, generation, issued, valid, _ in people.rows(count, regions=people.COUNTRY):
        writer.writerow((number, chip, name, who, region, bank, generation, issued, valid, "1"))
    return out.getvalue().encode()


@pytest.fixture
def demonstration():
    """A data directory that is marked as one."""
    regions.furnish(demonstration=True)
    yield
    regions.furnish(demonstration=False)


async def test_seven_weeks_in_a_few_days(db, demonstration):
    file = card_file(60)
    assert await past.play(db, file, days=4, least=10)
    assert not await past.play(db, file, days=4, least=10)                 # done once, it is not done again
    async with db.tx() as tx:
        await tx.run("UPDATE kit.event SET delivered_at = $1", tx.now)
    more = True
    while more:
        async with db.tx() as tx:
            more = await catch_up_some(tx)
    async with db.read_tx() as tx:
        stock, [*verdicts] = await queries.stock(tx, "000000"), await queries.verdicts(tx, "000000", clock.today() - past.timedelta(9), clock.today())
    assert stock.cards == 60 and stock.persons == stock.ecards > 5
    assert dict(verdicts)["PASS"] > 10
    findings = await prove_all(db, [check for check in REPORTED if check.name != "reports.uses_counted"])
    assert [(found.check.name, found.broken) for found in findings if not found.holds] == []


async def test_a_small_cast_has_no_past(db, demonstration):
    assert not await past.play(db, card_file(3))
