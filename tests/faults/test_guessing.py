"""Guessing of passwords, of codes by SMS, of dynamic codes and of activation codes, over HTTP: soon over, and never at the holder's cost."""
import secrets
import time

import pytest

from tests.callers import OTHER_PASSWORD, PASSWORD, Line, Refusal, card_string, problem, refusal, terminals
from tests.town import Town

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("checked")]
STRANGE = "chk_01jd5k3m9h8q2v7x4t6w0y1z3a"


def guesses(right: str, count: int) -> list[str]:
    """Six-digit guesses that are all wrong."""
    return [f"{n:06d}" for n in range(100_000, 100_000 + count) if f"{n:06d}" != right]


def sign_in(town: Town, number: str, proof: dict[str, str], password: str):
    """Try to sign in on a stranger's device; the house's answer."""
    said = {"number": number, "proof": proof, "password": password, "device": {"key": "stranger-device", "name": "x"}}
    return town.line.ask("POST", "/v1/sessions", said, key=town.channel.key)


def test_a_stranger_without_a_proof_cannot_spend_the_holders_tries(house, town):
    who, phone = town.resident()
    told = {problem(sign_in(town, who.number, {"check_id": STRANGE}, guess))["code"] for guess in guesses(PASSWORD, 20)}
    assert told == {"identity_evidence_missing"}
    told = {problem(sign_in(town, who.number, {"check_id": STRANGE, "code": "123456"}, guess))["code"] for guess in guesses(PASSWORD, 20)}
    assert told == {"sms_code_over"}
    assert town.channel.sign_in(who, "own phone").code()
    assert phone.code()
    house.prove()


def test_a_code_by_sms_is_over_after_five_guesses_and_face_and_password_still_open(house, town):
    who, phone = town.resident()
    town.line.house.keep_private(who.mobile)
    sent = town.channel.post("/v1/sms-codes", {"purpose": "sign_in", "mobile": who.mobile})
    right = next(word for word in house.sandbox.messages(who.mobile)[0]["text"].replace("，", " ").split() if len(word) == 6 and word.isdigit())
    told = [problem(sign_in(town, who.number, {"check_id": sent["id"], "code": guess}, PASSWORD))["code"] for guess in guesses(right, 7)]
    assert told == ["sms_code_wrong"] * 5 + ["sms_code_over"] * 2
    assert problem(sign_in(town, who.number, {"check_id": sent["id"], "code": right}, PASSWORD))["code"] == "sms_code_over"
    assert town.channel.sign_in(who, "own phone").code()
    assert phone.code()
    house.prove()


def test_codes_by_sms_are_one_a_minute_to_one_mobile(house, town):
    who = town.person()
    town.channel.post("/v1/sms-codes", {"purpose": "apply", "mobile": who.mobile})
    answer = town.line.ask("POST", "/v1/sms-codes", {"purpose": "apply", "mobile": who.mobile}, key=town.channel.key)
    assert (answer.status_code, problem(answer)["code"]) == (429, "sms_too_often")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert len(house.sandbox.messages(who.mobile)) == 1
    assert who.mobile not in answer.text


def test_who_holds_a_stolen_phone_guesses_a_few_passwords_and_the_person_comes_back_in(house, town):
    who, phone = town.resident()
    told = [refusal(phone.post, "/unlocking", {"password": guess}) for guess in guesses(PASSWORD, 8)]
    assert told == ["password_wrong"] * 6 + ["password_locked"] * 2
    with pytest.raises(Refusal) as refused:
        phone.post("/unlocking", {"password": PASSWORD})
    assert (refused.value.status, refused.value.code) == (429, "password_locked")
    assert int(refused.value.answer.headers["retry-after"]) > 3600
    reset = {"name": who.name, "number": who.number, "proof": town.channel.face(who, "reset"), "password": OTHER_PASSWORD}
    assert town.channel.post("/v1/password-resets", reset)["action_type"] == "018"
    assert refusal(phone.get, "") == "session_over"
    mine = town.channel.sign_in(who, "own phone", password=OTHER_PASSWORD)
    assert mine.post("/unlocking", {"password": OTHER_PASSWORD})["done"] is True
    house.prove()


def test_parallel_guesses_of_a_password_are_counted_one_by_one(house, town):
    _, phone = town.resident()
    told = [refusal(phone.post, "/unlocking", {"password": guess}) for guess in guesses(PASSWORD, 3)]
    assert told == ["password_wrong"] * 3
    house.prove()


def test_guesses_of_codes_stop_their_reader_and_nobody_elses_and_use_nothing_up(house, town):
    guesser, honest = terminals(house, 2)
    phone = town.resident().phone
    told = _guess_until_throttled(guesser)
    assert 20 <= told.index("READER_THROTTLED") <= 40, "twenty a minute, and the minute may change on the way"
    code = phone.code()
    minute = int(time.time()) // 60
    verdict = guesser.verdict(code)
    if int(time.time()) // 60 == minute:
        assert verdict == "READER_THROTTLED"
        assert honest.verdict(code) == "PASS"
    house.prove()


def _guess_until_throttled(reader) -> list[str]:
    told: list[str] = []
    while "READER_THROTTLED" not in told:
        assert len(told) <= 41, told
        told.append(reader.verdict(f"{secrets.randbelow(10**24):024d}"))
    return told


def test_cards_guessed_by_comparing_persons_stop_their_reader_and_nobody_elses(house, town):
    guesser, honest = terminals(house, 2)
    card = {"region": "999901", "number": "999901199003070026", "card_number": "A00000019", "card_identifier": "9" * 32, "name": "韦晓兰",
            "generation": "3", "issued_on": "2024-01-01", "valid_to": "2034-01-01"}
    word = {"card_string": card_string(card), "scene": "pharmacy.buy", "matched": True}
    for _ in range(2):                                    # the minute may change on the way
        minute = int(time.time()) // 60
        told = {refusal(guesser.line.post, "/v1/person-comparisons", word, key=guesser.key) for _ in range(20)}
        code = town.resident().phone.code()
        verdict = guesser.verdict(code)
        if int(time.time()) // 60 == minute:
            break
    assert (told, verdict) == ({"presentation_not_found"}, "READER_THROTTLED")
    assert honest.verdict(code) == "PASS"
    house.prove()


def test_guesses_of_activation_codes_are_throttled_by_address(house):
    stranger, other = Line(house), Line(house)
    key = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
    told = [refusal(stranger.post, "/v1/terminal-activations", {"code": f"K7QX2M{n:02d}".replace("0", "A").replace("1", "B"), "public_key": key})
            for n in range(12)]
    assert told == ["activation_code_unknown"] * 10 + ["activation_throttled"] * 2
    assert refusal(other.post, "/v1/terminal-activations", {"code": "Z2Z2Z2Z2", "public_key": key}) == "activation_code_unknown"
    house.prove()
