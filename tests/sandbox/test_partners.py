"""What the sandbox answers, asked by the house's own clients: two implementations of RFC 9421 meet here."""
import pytest

from essc.partners.person import Question
from essc.partners.wire import PartnerNotTrusted, PartnerRefuses, PartnerSilent
from essc_sandbox.province.holders import HOLDERS, find
from tests.sandbox.connected import Partners

FRAMES = [b"\xff\xd8\xff one", b"\xff\xd8\xff two"]


@pytest.fixture
def partners(tmp_path, keys):
    return Partners(tmp_path, keys)


def question(number=HOLDERS[0].number, frames=FRAMES):
    return Question("chk_1", "nonce-1", "subject-1", "韦晓兰", number, ("blink", "nod"), frames)


async def test_the_province_gives_the_photo_of_a_card(partners):
    photo = await partners.province.photo(find("正常").card.number)
    assert photo.media_type == "image/svg+xml" and photo.content.startswith(b"<svg")


async def test_the_same_loss_report_twice_is_one_with_one_receipt(partners):
    number = find("正常").card.number
    assert await partners.province.report_loss(number, "req-1") == await partners.province.report_loss(number, "req-1")
    assert partners.app.state.partners["province"].state.province.office.find(number)["state"] == "lost"


@pytest.mark.parametrize(("card", "reason"), [("000000000", "card_unknown"), (find("注销").card.number, "move_not_allowed")])
async def test_a_province_that_says_no_says_why(partners, card, reason):
    with pytest.raises(PartnerRefuses) as refused:
        await partners.province.report_loss(card, "req-2")
    assert refused.value.params["reason"] == reason


async def test_a_loss_can_be_lifted(partners):
    number = find("挂失").card.number
    await partners.province.lift_loss(number, "req-3")
    assert partners.app.state.partners["province"].state.province.office.find(number)["state"] == "active"


async def test_an_honest_face_service_repeats_the_question_and_signs(partners):
    said = await partners.person.check(question())
    assert (said.check, said.nonce, said.subject, said.faces, said.live) == ("chk_1", "nonce-1", "subject-1", 1, True)
    assert said.score >= 9000


@pytest.mark.parametrize(("frames", "faces", "live"), [
    (FRAMES, 1, True), ([FRAMES[0], FRAMES[0]], 1, False), ([b"GIF89a"], 0, False)])
async def test_the_face_service_looks_at_the_pictures(partners, frames, faces, live):
    said = await partners.person.check(question(frames=frames))
    assert (said.faces, said.live) == (faces, live)


async def test_one_person_never_matches_the_photo_of_the_card(partners):
    assert (await partners.person.check(question(number=find("人脸不匹配").number))).score < 5000


@pytest.mark.parametrize(("lie", "error"), [
    ("timeout", PartnerSilent), ("error", PartnerSilent), ("bad_signature", PartnerNotTrusted), ("unsigned", PartnerNotTrusted),
    ("unknown_key", PartnerNotTrusted), ("garbage", PartnerNotTrusted)])
async def test_what_cannot_be_trusted_is_unknown_and_not_a_no(partners, lie, error):
    await partners.lie(lie)
    with pytest.raises(error):
        await partners.person.check(question())


async def test_a_message_is_kept_once_and_shown_in_the_inbox(partners):
    for _ in range(2):
        await partners.sms.send("msg-1", "19900000001", "您好 <b>")
    assert len((await partners.door.get("/sms/_control/messages")).json()) == 1
    page = (await partners.door.get("/sms/")).text
    assert "19900000001" in page and "<b>" not in page.split("<main>")[1].replace("<button>", "")


async def test_a_request_that_the_platform_did_not_sign_is_refused(partners):
    answer = await partners.door.post("/person/v1/checks", json={"check": "x"})
    assert answer.status_code == 401 and answer.json()["error"] == "bad_signature"


async def test_after_five_failures_nobody_waits_for_a_partner(partners):
    await partners.lie(*["error"] * 5)
    for _ in range(5):
        with pytest.raises(PartnerSilent):
            await partners.person.check(question())
    with pytest.raises(PartnerSilent) as refused:
        await partners.person.check(question())
    assert refused.value.retry_after is not None and "for a while" in refused.value.detail


async def test_the_office_has_a_page_with_a_button_for_every_move(partners):
    page = await partners.door.get("/province/")
    assert page.text.count("<tr>") == 1 + len(HOLDERS) and "挂失" in page.text
    pressed = await partners.door.post("/province/moves", data={"card": find("正常").card.number, "move": "report_loss"})
    assert (pressed.status_code, pressed.headers["location"]) == (303, "./")
    assert (await partners.door.get("/province/_control/holders")).json()[0]["state"] == "lost"
