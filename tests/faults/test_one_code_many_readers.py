"""S10: one code held up to twenty readers at once passes once, whoever asks again."""
from collections import Counter

import pytest

from tests.callers import at_once, insist, terminals
from tests.running import House
from tests.town import Town

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("checked")]
READERS = 20


def test_one_code_at_twenty_terminals_at_once_passes_once(house: House, town: Town) -> None:
    readers, phone = terminals(house, READERS), town.resident().phone
    for code in phone.codes(5):
        told = at_once(lambda reader, code=code: reader.verdict(code), readers)
        assert Counter(told) == {"PASS": 1, "USED": READERS - 1}
    house.prove()


def test_the_same_request_again_gets_the_first_verdict_and_no_other_request_does(house: House, town: Town) -> None:
    first, second = terminals(house, 2)
    code = town.resident().phone.code()
    passed = first.redeem(code, name="try-1")
    replayed = first.redeem(code, name="try-1")
    assert (passed["verdict"], passed.get("replayed", False)) == ("PASS", False)
    assert (replayed["verdict"], replayed["replayed"], replayed["shown"]) == ("PASS", True, passed["shown"])
    assert [first.verdict(code, name="try-2"), first.verdict(code, "pharmacy.settle", name="try-1"), second.verdict(code, name="try-1")] == [
        "USED", "NOT_LEVEL2", "USED"]
    house.prove()


def test_a_reader_that_asks_twenty_times_at_once_with_one_id_is_told_one_thing(house: House, town: Town) -> None:
    reader, code = town.terminal(), town.resident().phone.code()
    told = at_once(lambda _: insist(lambda: reader.redeem(code, name="impatient"))[0], range(READERS))
    assert {one["verdict"] for one in told} == {"PASS"}
    assert reader.verdict(code) == "USED"
    house.prove()
