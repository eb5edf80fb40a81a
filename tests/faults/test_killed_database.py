"""S04: PostgreSQL is killed with -9, five times, under load. Nothing that was acknowledged is lost, and the house serves again unaided."""
import logging
import time

import psutil
import pytest

from tests.callers import insist, problem
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


def test_while_the_database_is_away_every_answer_is_a_503_that_says_when_to_come_back(fragile: Town) -> None:
    house, phone, reader = fragile.house, fragile.resident().phone, fragile.terminal()
    code = phone.code()
    supervisor = psutil.Process(house.program.process.pid)
    supervisor.suspend()                                    # so that nobody starts the database again until it has been looked at
    try:
        [postmaster] = house.processes("postgres")
        others = postmaster.children()
        postmaster.kill()
        psutil.wait_procs(others, SERVES_AGAIN_SECONDS)     # one that is at work finishes first, and what it answers is true
        told = [
            reader.line.ask("POST", "/v1/code-redemptions", {"code": code, "scene": "pharmacy.buy"}, key=reader.key, name="while-away"),
            phone.line.ask("POST", "/v1/me/codes", token=phone.token), phone.line.ask("GET", "/v1/me", token=phone.token),
            fragile.line.ask("GET", f"/v1/channels/{fragile.channel.id}", key=fragile.channel.key), fragile.line.ask("GET", "/v1/audit/checkpoint"),
        ]
        assert fragile.line.http.get("/readyz").status_code == 503
        assert fragile.line.http.get("/healthz").status_code == 200
    finally:
        supervisor.resume()
    assert [answer.status_code for answer in told] == [503] * len(told), [answer.text for answer in told]
    assert all(answer.headers["retry-after"].isdigit() and problem(answer)["retryable"] for answer in told)
    assert insist(lambda: reader.redeem(code, name="while-away"))[0]["verdict"] in ("PASS", "EXPIRED")
    house.check()
