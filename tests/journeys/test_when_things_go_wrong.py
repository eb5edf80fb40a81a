"""What a holder does when something has happened, over HTTP with a province that answers: a loss told and taken back, a new card, a lost
phone told at a counter, a use that was not theirs."""
from tests.callers import OTHER_PASSWORD, PASSWORD, Channel, Line, Phone, Refusal, card_string, refusal, terminals
from tests.running import House, until
from tests.town import Resident, Town

CHECK = "counter.person_check"


def stands(phone: Phone, standing: str) -> bool:
    """Whether the card stands so."""
    return bool(phone.get("")["standing"] == standing)


def test_a_loss_told_in_the_wallet_freezes_the_code_at_once_and_the_province_answers_by_its_feed(house: House, town: Town) -> None:
    who, phone = town.resident()
    counter = town.terminal()
    code = phone.code()
    told = phone.post("/loss")
    assert told["state"] == "active"
    assert counter.verdict(code) in ("FROZEN", "CARD_LOST")
    assert refusal(phone.code) == "code_not_available"
    until(lambda: stands(phone, "lost"), "the province has reported the loss")
    assert counter.verdict(code) == "CARD_LOST"
    phone.post("/loss/lifting", {"proof": town.channel.face(who, "unfreeze")})
    until(lambda: phone.get("")["usable"], "the province has lifted the loss")
    assert counter.verdict(code) == "EXPIRED"
    assert counter.verdict(phone.code()) == "PASS"
    house.prove()


def test_after_a_new_card_one_unlinks_without_a_session_and_applies_again(house: House, town: Town) -> None:
    who, phone = town.resident()
    second = Channel(Line(house), "第二渠道（演示）")
    second.link(who)
    counter, code = town.terminal(), phone.code()
    house.sandbox.move(who.card_number, "replace")
    until(lambda: stands(phone, "replaced"), "the new card has come")
    assert counter.verdict(code) == "CARD_REPLACED"
    assert refusal(phone.code) == "code_not_available"
    assert refusal(town.channel.apply, who, OTHER_PASSWORD) == "card_replaced"
    ended = town.channel.post("/v1/ecards/unlinkings", {"name": who.name, "number": who.number, "proof": town.channel.face(who, "unlink")})
    assert (ended["action_type"], len(ended["items"])) == ("003", 2)
    assert refusal(phone.get, "") == "session_over"
    assert counter.verdict(code) == "NOT_LINKED"
    until(lambda: applied(town.channel, who), "the e-card that came with the new card is enabled")
    again = town.channel.sign_in(who, "phone", password=OTHER_PASSWORD)
    assert again.get("")["usable"] is True
    assert counter.verdict(again.code()) == "PASS"
    house.prove()


def applied(channel: Channel, who) -> bool:
    """Apply; the e-card may be made with the card at this very moment."""
    try:
        return bool(channel.apply(who, OTHER_PASSWORD)["action_type"] == "001")
    except Refusal as refused:
        assert refused.code == "ecard_changed_meanwhile"
        return False


def test_a_lost_phone_is_ended_at_a_counter(house: House, town: Town) -> None:
    who, phone = town.resident()
    tablet = town.channel.sign_in(who, "tablet")
    [desk] = terminals(house, 1, "service_point")
    shop = town.terminal()
    chip = card_string(house.sandbox.card(who.card_number))
    assert desk.read(chip, CHECK)["verdict"] == "PASS"
    word = {"card_string": chip, "scene": CHECK, "matched": True, "end_sessions": True}
    code = phone.code()
    assert desk.line.post("/v1/person-comparisons", word, key=desk.key)["matched"] is True
    for device in (phone, tablet):
        assert refusal(device.get, "") == "session_over"
        assert refusal(device.code) == "session_over"
    assert shop.verdict(code) == "EXPIRED"
    back = town.channel.sign_in(who, "new phone")
    assert shop.verdict(back.code()) == "PASS"
    house.prove()


def test_this_was_not_me_freezes_the_codes_and_ends_every_session(house: House, town: Town) -> None:
    resident = town.resident()
    who, phone = resident
    counter = town.terminal()
    assert counter.verdict(phone.code()) == "PASS"
    code = phone.code()
    use = until(lambda: newest_use(resident), "the use is shown")
    assert phone.post(f"/uses/{use}/disputes")["frozen"] is True
    assert refusal(phone.get, "") == "session_over"
    assert counter.verdict(code) == "FROZEN"
    mine = town.channel.sign_in(who, "own phone")
    assert (mine.get("")["standing"], refusal(mine.code)) == ("frozen", "code_not_available")
    mine.post("/unfreeze", {"proof": town.channel.face(who, "unfreeze")})
    assert counter.verdict(code) == "EXPIRED"
    assert counter.verdict(mine.code()) == "PASS"
    house.prove()


def newest_use(resident: Resident) -> str | None:
    """The last presentation in 用卡记录."""
    items = resident.phone.get("/uses", query="kind=verify")["items"]
    return items[0]["id"] if items else None


def test_a_paused_channel_shows_no_codes_and_its_holders_still_look_after_their_card(house: House, town: Town) -> None:
    who = town.person()
    app = Channel(Line(house), "将暂停的渠道（演示）")
    app.apply(who)
    phone, counter = app.sign_in(who), town.terminal()
    code = phone.code()
    assert house.essc("channels", "pause", app.number, "--reason", "test").returncode == 0
    assert counter.verdict(code) == "CHANNEL_PAUSED"
    assert refusal(phone.code) == "channel_paused"
    assert refusal(app.face, who, "unlink") == "channel_paused"
    assert phone.post(f"/links/{phone.link}/unlinking", {"password": PASSWORD})["action_type"] == "003"
    house.prove()
