"""No personal data in any log or metric, whatever was asked, refused or broken in the running house: by this test and by all before it."""
from urllib.parse import quote

from tests.callers import PASSWORD, Line, Person, Refusal, activation, problem, terminals
from tests.running import House
from tests.town import Town

WRONG = "999901199002300123"


def refused(ask, *given) -> None:
    """Ask, whatever is answered."""
    try:
        ask(*given)
    except Refusal as refusal:
        assert refusal.status < 500


def test_logs_and_metrics_hold_no_number_name_mobile_code_password_or_token(house: House, town: Town) -> None:
    line, nobody = Line(house), Person("欧阳不存在", "99990119880808008X", "19912345678", "999999999")
    house.keep_private(nobody.name, nobody.number, nobody.mobile, WRONG, *activation(house))
    for number in (WRONG, nobody.number):
        for path in ("/v1/identity-checks", f"/v1/identity-checks?number={number}", f"/v1/people/{number}", f"/v1/ecards/{quote(nobody.name)}"):
            told = town.line.ask("POST", path, {"name": nobody.name, "number": number, "purpose": "apply"}, key=town.channel.key)
            assert number not in problem(told).get("detail", "") + problem(told).get("title", "")
    who, phone = town.resident()
    refused(town.channel.apply, nobody)
    refused(town.channel.sms, nobody, "apply")
    refused(phone.post, "/unlocking", {"password": "913726"})
    refused(phone.post, "/password", {"old": PASSWORD, "new": who.number[6:12]})
    [reader] = terminals(house, 1)
    for code in (phone.code(), "1" * 24, who.number):
        refused(reader.redeem, code)
    refused(reader.read, f"450100|{who.number}|{who.card_number}|0|{who.name}|0|3.00|20200101|20300101|0|0")
    refused(line.post, "/v1/channels", {"name": who.number, "mobile": who.mobile})
    assert len(house.private) > 10
    house.said_nothing_private()
