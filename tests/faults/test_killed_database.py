"""S04: PostgreSQL is killed with -9, five times, under load. Nothing that was acknowledged is lost, and the house serves again unaided."""
import logging
import time

import pytest

from tests.callers import insist
from tests.faults.load import Load
from tests.running import until
from tests.town import Town

pytestmark = pytest.mark.fault
log = logging.getLogger("measured")
KILLS, PEOPLE = 5, 6
SERVES_AGAIN_SECONDS = 30


def test_five_kills_of_the_database_lose_no_acknowledged_redemption(fragile: Town) -> None:
    house, load, gaps = fragile.house, Load(fragile, PEOPLE), []
    phone, reader, lost_card = fragile.resident().phone, fragile.terminal(), fragile.person()
    used = phone.code()
    assert reader.verdict(used) == "PASS"
    with load.going():
        for kill in range(KILLS):
            until(load.progressed(10), "codes pass")
            house.sandbox.move(lost_card.card_number, "lift_loss" if kill % 2 else "report_loss")
            [postmaster] = house.processes("postgres")
            postmaster.kill()
            killed = time.monotonic()
            until(load.progressed(PEOPLE + 1), "codes pass again", SERVES_AGAIN_SECONDS)
            gaps.append(round(time.monotonic() - killed, 1))
            assert insist(lambda: reader.verdict(used))[0] in ("USED", "EXPIRED")
    log.info("seconds from a kill until everybody passes again: %s; answers in between: %s; verdicts: %s", gaps, load.between, load.verdicts)
    assert set(load.between) <= {503, 409}, "a killed database is a 503 with Retry-After, never a broken line"
    assert set(load.verdicts) <= {"PASS", "EXPIRED"}
    until(lambda: not load.lost_or_doubled(), "the records have every acknowledged redemption, once", 10)
    with load.going():
        until(load.progressed(5), "codes pass in the end")
    house.check()
