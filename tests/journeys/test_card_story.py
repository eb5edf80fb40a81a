"""The main journey over HTTP, told once from end to end: from a province's card file to a verdict at a counter, and what stops it."""
import pytest

from tests.callers import OTHER_PASSWORD, PASSWORD, Channel, Line, Person, Phone, Terminal, activation, card_string, problem, refusal
from tests.journeys.proofs import included
from tests.running import House, within

SCENE = "pharmacy.buy"
FIELDS = {"name", "number_masked", "photo", "card_last4"}


def verdicts(phone: Phone) -> list[tuple[str, str]]:
    """Scene and verdict of every presentation in 用卡记录, newest first."""
    return [(use["scene"], use["verdict"]) for use in phone.get("/uses", query="kind=verify")["items"]]


def test_the_story_of_a_card(house: House) -> None:
    # A province delivers its card file; people are invented, and one of them is 韦晓兰.
    house.import_cards()
    weixiaolan = Person.of(house, house.sandbox.people()["normal"])
    line = Line(house)

    # She applies on a channel: her face is checked, her mobile is proved by SMS, she sets a password; then she signs in.
    app = Channel(line, "便民通（演示）")
    issued = app.apply(weixiaolan, PASSWORD, mobile=True)
    assert (issued["level"], issued["action_type"]) == (1, "001")
    phone = app.sign_in(weixiaolan, "phone")
    me = phone.get("")
    assert (me["name"], me["mobile"], me["standing"], me["usable"]) == ("韦*兰", "199****0001", "level1", True)

    # A pharmacy's terminal is activated, opens its session, and reads her code: a verdict with just the fields of its scene.
    [activating] = activation(house, "pharmacy")
    counter = Terminal(Line(house), activating)
    assert refusal(Terminal, line, activating) == "activation_code_used"
    within(5, lambda: set(counter.redeem(phone.code())["shown"]) == FIELDS, "the photo has come from the province", pause=0.5)
    code = phone.code()
    passed = counter.redeem(code)
    assert (passed["verdict"], passed["scene"], passed["way"]) == ("PASS", SCENE, "code")
    assert passed["shown"]["name"] == "韦晓兰"
    assert passed["shown"]["photo"].startswith("data:image/")
    assert weixiaolan.number not in str(passed)
    assert counter.verdict(code) == "USED"
    assert counter.verdict(phone.code(), "hospital.register") == "SCENE_NOT_ALLOWED"

    # Within a second she finds the use in her records, and the audit log proves it without us.
    within(1, lambda: verdicts(phone)[:3] == [("hospital.register", "SCENE_NOT_ALLOWED"), (SCENE, "USED"), (SCENE, "PASS")], "the use is shown")
    use = phone.get("/uses", query="kind=verify")["items"][2]
    assert (use["place"], set(use["fields"])) == ("安康大药房（演示）", FIELDS)
    proof = within(3, lambda: _proof(phone, use["id"]), "the log is signed")
    assert included(proof, house)

    # The province reports the card lost: within two seconds the old code, a new one and everything else is refused.
    old = phone.codes(2)
    house.sandbox.move(weixiaolan.card_number, "report_loss")
    within(2, lambda: phone.get("")["standing"] == "lost", "the loss has come")
    chip = card_string(house.sandbox.card(weixiaolan.card_number))
    assert counter.verdict(old[0]) == "CARD_LOST"
    assert refusal(phone.code) == "code_not_available"
    assert counter.read(chip)["verdict"] == "CARD_LOST"
    second = Channel(line, "第二渠道（演示）")
    assert refusal(second.link, weixiaolan) == "card_lost"
    assert refusal(second.apply, weixiaolan) == "card_lost"

    # The loss is lifted: it works again, and what was minted before stays refused.
    house.sandbox.move(weixiaolan.card_number, "lift_loss")
    within(2, lambda: phone.get("")["usable"], "the lift has come")
    assert counter.verdict(old[1]) == "EXPIRED"
    assert counter.verdict(phone.code()) == "PASS"

    # The physical card itself, read at the same counter: same fields, same records.
    read = counter.read(chip)
    assert (read["verdict"], read["way"], set(read["shown"])) == ("PASS", "physical_card", FIELDS)
    within(1, lambda: phone.get("/uses")["items"][0]["way"] == "physical_card", "the reading is shown")

    # A second channel takes the e-card with its password alone; ending it there touches the first one not at all, and the other way round.
    assert second.link(weixiaolan)["action_type"] == "002"
    tablet = second.sign_in(weixiaolan, "tablet")
    assert counter.verdict(tablet.code()) == "PASS"
    before = phone.code()
    assert tablet.post(f"/links/{phone.link}/unlinking", {"password": PASSWORD})["action_type"] == "003"
    assert refusal(phone.code) == "session_over"
    assert counter.verdict(before) == "NOT_LINKED"
    assert counter.verdict(tablet.code()) == "PASS"
    assert [one["channel_id"] for one in tablet.get("")["links"]] == [second.id]

    # Her phone on the second channel is lost: she ends its session from the tablet.
    lost = second.sign_in(weixiaolan, "lost phone")
    assert counter.verdict(lost.code()) == "PASS"
    tablet.post(f"/sessions/{lost.session}/revocation")
    assert refusal(lost.code) == "session_over"
    assert refusal(lost.get, "") == "session_over"
    assert counter.verdict(tablet.code()) == "PASS"

    # Changing the password ends every session but the one that changed it; resetting it ends all of them, and the codes.
    other = second.sign_in(weixiaolan, "other phone")
    tablet.post("/password", {"old": PASSWORD, "new": OTHER_PASSWORD})
    assert refusal(other.get, "") == "session_over"
    assert counter.verdict(tablet.code()) == "PASS"
    code = tablet.code()
    reset = {"name": weixiaolan.name, "number": weixiaolan.number, "proof": second.face(weixiaolan, "reset"), "password": PASSWORD}
    assert second.post("/v1/password-resets", reset)["action_type"] == "018"
    assert refusal(tablet.code) == "session_over"
    assert counter.verdict(code) == "EXPIRED"
    assert counter.verdict(second.sign_in(weixiaolan, "tablet").code()) == "PASS"

    # Everything that must hold about the whole house still holds.
    house.check()


def _proof(phone: Phone, use: str) -> dict[str, str] | None:
    answer = phone.line.ask("GET", f"/v1/audit/proofs/{use}", token=phone.token)
    return answer.json() if answer.is_success else None


@pytest.mark.parametrize(("path", "status", "code"), [
    ("/v1/me", 401, "credentials_missing"), ("/v1/me/uses", 401, "credentials_missing"), ("/v1/nothing", 404, "route_not_found"),
])
def test_strangers_are_told_no_in_the_same_form(house: House, path: str, status: int, code: str) -> None:
    answer = Line(house).ask("GET", path)
    told = problem(answer)
    assert (answer.status_code, told["code"], told["request_id"], told["retryable"]) == (status, code, answer.headers["x-request-id"], False)
