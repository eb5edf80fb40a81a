"""The national suite from end to end: SM2, SM3 and SM4 in the house, a province and partners that sign with SM2; apply, code, verdict, loss."""
from collections.abc import Iterator

import pytest

from essc.kit.crypto import suite_by_id
from essc.kit.crypto.signing import Algorithm
from tests.callers import PASSWORD, Channel, Line, Person, Terminal, activation, refusal
from tests.running import House, running, within


@pytest.fixture(scope="module")
def national() -> Iterator[House]:
    """A house of the national suite."""
    with running(suite="national") as up:
        yield up


def test_a_card_is_applied_for_shown_verified_and_lost_in_the_national_suite(national: House) -> None:
    assert {key["algorithm"] for key in national.peers.values()} == {"sm2-sm3"}
    assert national.keys().public("partners")[0].algorithm == Algorithm.SM2
    national.import_cards()
    who = Person.of(national, national.sandbox.people()["normal"])
    phone = _applied(national, who)
    [activating] = activation(national, "pharmacy")
    counter = Terminal(Line(national), activating)
    code = phone.code()
    assert counter.verdict(code) == "PASS"
    assert counter.verdict(code) == "USED"
    national.sandbox.move(who.card_number, "report_loss")
    within(2, lambda: phone.get("")["standing"] == "lost", "the loss has come, signed with SM2")
    assert refusal(phone.code) == "code_not_available"
    national.sandbox.move(who.card_number, "lift_loss")
    within(2, lambda: phone.get("")["usable"], "the lift has come")
    assert counter.verdict(phone.code()) == "PASS"
    assert national.essc("audit", "verify").returncode == 0
    national.check()


def _applied(house: House, who: Person):
    app = Channel(Line(house), "便民通（演示）")
    app.apply(who, PASSWORD, mobile=True)
    return app.sign_in(who, "phone")


def test_what_stands_in_the_database_is_sealed_in_the_national_suite(national: House) -> None:
    async def sealed(db):
        async with db.read_tx() as tx:
            return await tx.value("SELECT sealed FROM holders.holder LIMIT 1")
    assert suite_by_id(national.operate(sealed)[0]).name == "national"
