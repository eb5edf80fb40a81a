"""S12: a code at the edges of its time, cut, changed, added to. Codes are made here with the house's own keys, as a clock that is off would."""
import time
import unicodedata
from datetime import UTC, datetime

import msgspec
import pytest

from essc.codes import model
from essc.codes.model import CodeFields, Opened
from tests.callers import Terminal
from tests.running import House
from tests.town import Resident, Town

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("checked")]
LIFE, SKEW, DAY = model.LIFE_S, model.SKEW_S, 86_400


@pytest.fixture(scope="module")
def resident(town: Town) -> Resident:
    return town.resident()


@pytest.fixture
def reader(town: Town) -> Terminal:
    """A reader of its own for each test, so that nobody is throttled for the guesses of another."""
    return town.terminal()


class Forge:
    """Codes of one link as minted at any second: what a process with a wrong clock would give out."""

    def __init__(self, house: House, resident: Resident) -> None:
        self.keys = house.keys()
        opened = model.open_code(resident.phone.code(), datetime.now(UTC), self.keys.code_cipher)
        assert isinstance(opened, Opened)
        self.fields = opened.fields
        self.nonces = iter(range(256))

    def at(self, second: int) -> str:
        """A code that was minted then."""
        hour, rest = divmod(second, model.HOUR_S)
        fields = msgspec.structs.replace(self.fields, hour=hour, second=rest, nonce=next(self.nonces))
        return model.mint(CodeFields(**msgspec.structs.asdict(fields)), self.keys.code_cipher(hour))


@pytest.mark.parametrize(("age", "verdicts"), [
    (LIFE - 1, {"PASS"}), (LIFE + SKEW - 1, {"PASS"}), (LIFE + SKEW + 2, {"EXPIRED"}), (300, {"EXPIRED"}), (7_200, {"EXPIRED"}),
    (-SKEW + 1, {"PASS"}), (-SKEW - 3, {"NOT_YET"}), (-300, {"NOT_YET"}), (-DAY, {"FORGED"}), (DAY, {"FORGED"}),
], ids=lambda value: str(value) if isinstance(value, int) else "")
def test_no_code_passes_outside_its_life_and_the_stated_skew(house, resident, reader, age, verdicts):
    made = Forge(house, resident).at(int(time.time()) - age)
    assert {reader.verdict(made)} == verdicts
    house.prove()


def test_a_used_code_stays_used_whatever_a_clock_says(house, resident, reader):
    code = resident.phone.code()
    assert reader.verdict(code) == "PASS"
    told = [reader.line.post("/v1/code-redemptions", {"code": code, "scene": "pharmacy.buy", "read_at": read_at}, key=reader.key)["verdict"]
            for read_at in ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00+08:00")]
    assert told == ["USED", "USED"]
    house.prove()


def test_the_time_that_a_reader_claims_makes_no_old_code_young(house, resident, reader):
    minted = int(time.time()) - 600
    claimed = datetime.fromtimestamp(minted + 1, UTC).isoformat()
    said = {"code": Forge(house, resident).at(minted), "scene": "pharmacy.buy", "read_at": claimed}
    assert reader.line.post("/v1/code-redemptions", said, key=reader.key)["verdict"] == "EXPIRED"
    house.prove()


def test_what_is_cut_appended_or_changed_is_no_code_and_uses_none_up(house, resident, reader):
    code = resident.phone.code()
    other = [code[:at] + str((int(code[at]) + 5) % 10) + code[at + 1:] for at in range(1, 24, 2)]
    spoilt = [code[:-1], code[1:], code + "0", "0" + code, code[::-1] + "1", code.replace(code[3], "a"), *other]
    assert {reader.verdict(one) for one in spoilt} == {"FORGED"}
    assert reader.verdict(code) == "PASS"
    house.prove()


@pytest.mark.parametrize("written", [
    lambda code: " ".join(code[at:at + 4] for at in range(0, 24, 4)), lambda code: f"  {code}\r\n", lambda code: f"{code[:12]}-{code[12:]}",
    lambda code: "".join(unicodedata.lookup(f"FULLWIDTH DIGIT {unicodedata.name(digit).split()[-1]}") for digit in code),
], ids=["in fours", "with the line end of a scanner", "with a hyphen", "in full width"])
def test_the_same_digits_written_otherwise_are_the_same_code(house, resident, reader, written):
    code = resident.phone.code()
    assert reader.verdict(written(code)) == "PASS"
    assert reader.verdict(code) == "USED"
    house.prove()
