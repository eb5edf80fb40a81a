"""S32: numbers that are none, numbers of all kinds of people, one number with two names; and that no answer repeats a number."""
import itertools

import pytest

from essc.holders import queries as holders
from essc.kit.db.pool import Database
from tests.callers import PASSWORD, Channel, Line, Person, Refusal, at_once, problem
from tests.faults.province import Reporter
from tests.running import House

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("checked")]
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def number(first_17: str) -> str:
    """The 17 digits with their check character (GB 11643)."""
    return first_17 + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, first_17, strict=True)) % 11]


GOOD = number("99990119880808008")

WRONG = {
    "a bad checksum": (GOOD[:-1] + ("0" if GOOD[-1] == "1" else "1"), "number_checksum"),
    "fifteen digits of before 1999": ("999901900512012", "number_fifteen_digits"),
    "too short": (GOOD[:-1], "number_length"),
    "too long": (GOOD + "0", "number_length"),
    "30 February": (number("99990119900230012"), "number_birth_date"),
    "29 February of no leap year": (number("99990119900229012"), "number_birth_date"),
    "the thirteenth month": (number("99990119901312012"), "number_birth_date"),
    "not born yet": (number("99990120990101012"), "number_future_birth"),
    "no such province": (number("16010119900512012"), "number_region"),
    "not letters and digits": ("999901*99005120129", "number_characters"),
    "Chinese numerals": ("九九九九〇一一九九〇〇五一二〇一二九", "number_characters"),
}
RIGHT = {
    "a lower-case x": number("99990119900512017").lower() if number("99990119900512017").endswith("X") else "",
    "full-width digits": "".join(chr(ord(digit) + 0xFEE0) if digit.isdigit() else digit for digit in GOOD),
    "spaces": f" {GOOD[:6]} {GOOD[6:14]} {GOOD[14:]} ",
    "Hong Kong": number("81000019900512012"), "Macao": number("82000019900512012"), "Taiwan": number("83000019900512012"),
    "a foreigner of before 2017": "CHN110990051201298"[:18], "a foreigner": "911840199005120123"[:17] + "7",
    "a prefix that no longer is": number("51220119900512012"),
}


@pytest.fixture(scope="module")
def app(house: House) -> Channel:
    return Channel(Line(house), "号码检查（演示）")


def start(app: Channel, given: str, name: str = "韦晓兰") -> object:
    """Begin a check of this number; the house's answer."""
    said = {"name": name, "number": given, "purpose": "apply"}
    return app.line.ask("POST", "/v1/identity-checks", said, key=app.key)


@pytest.mark.parametrize(("given", "code"), WRONG.values(), ids=WRONG)
def test_what_is_no_number_is_refused_by_a_code_that_says_why_and_not_repeated(house, app, given, code):
    house.keep_private(given)
    answer = start(app, given)
    assert (answer.status_code, problem(answer)["code"]) == (422, code)
    assert given not in answer.text
    assert GOOD[6:14] not in answer.text


@pytest.mark.parametrize("given", [one for one in RIGHT.values() if one], ids=[name for name, one in RIGHT.items() if one])
def test_every_kind_of_person_has_a_number_that_passes(house, app, given):
    house.keep_private(given)
    answer = start(app, given)
    assert answer.status_code == 201, answer.text
    assert given not in answer.text


def test_one_number_with_another_name_overwrites_nobody(house, town):
    who = town.resident().person
    with pytest.raises(Refusal) as refused:
        town.channel.post("/v1/ecards", {"name": "另一人", "number": who.number, "proof": {"check_id": "chk_01jd5k3m9h8q2v7x4t6w0y1z3a"},
                                         "password": PASSWORD})
    assert refused.value.code in ("ecard_name_mismatch", "identity_evidence_missing")
    assert who.number not in refused.value.answer.text
    assert who.name not in refused.value.answer.text
    other = Person("另一人", who.number, who.mobile, who.card_number)
    with pytest.raises(Refusal) as refused:
        town.channel.apply(other)
    assert refused.value.code == "ecard_name_mismatch"
    house.prove()


def test_a_province_that_tells_another_name_of_a_number_is_not_believed(house, town):
    who, reporter = town.person(), Reporter(house)
    [answer] = reporter.bring([who.number], names=["张三丰"])
    assert (answer["outcome"], answer["code"]) == ("refused", "name_differs")
    assert house.operate(lambda db: name_of(db, who.number)) == who.name
    house.prove()


def test_twenty_parallel_enrolments_of_one_number_make_one_person(house, town):
    reporter, fresh = Reporter(house), number("99990119770707077")
    house.keep_private(fresh)
    told = at_once(lambda _: reporter.bring([fresh]), range(20))
    assert [one["outcome"] for one in itertools.chain(*told)].count("applied") == 20
    assert house.operate(lambda db: people_with(db, fresh)) == 1
    house.prove()


def test_one_person_who_applies_ten_times_at_once_gets_one_card(house, town):
    who = town.person()
    proofs = [town.channel.face(who, "apply") for _ in range(10)]

    def apply(proof):
        said = {"name": who.name, "number": who.number, "proof": proof, "password": PASSWORD}
        return town.line.ask("POST", "/v1/ecards", said, key=town.channel.key)
    told = at_once(apply, proofs)
    assert sorted(answer.status_code for answer in told) == [201] + [409] * 9, [answer.text for answer in told if answer.status_code != 409]
    assert {problem(answer)["code"] for answer in told if answer.status_code == 409} <= {"ecard_already_issued", "ecard_changed_meanwhile"}
    house.prove()


async def name_of(db: Database, given: str) -> str:
    """The name that a number has here."""
    async with db.read_tx() as tx:
        found = await holders.find(tx, given)
    assert found is not None
    return found.name


async def people_with(db: Database, given: str) -> int:
    """How many people the number leads to, counted over everybody."""
    async with db.read_tx() as tx:
        ids = [row["id"] for row in await tx.rows("SELECT id FROM holders.holder WHERE erased_at IS NULL")]
        return sum(one.number == given for one in await holders.get_many(tx, ids))
