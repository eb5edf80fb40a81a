"""Checks, e-cards and sessions over HTTP, as a channel and a phone see them."""
import pytest

from essc.kit import ids
from tests.ecards.house import replaced
from tests.sandbox.people import somebody
from tests.sessions.over_http import PASSWORD, Channel

NEW, WRONG = "509371", "264819"


@pytest.fixture
async def app(db, partners):
    return await Channel(db, partners).open()


@pytest.fixture
async def other(db, partners):
    return await Channel(db, partners).open()


async def test_a_person_applies_signs_in_and_sees_the_card(app):
    who, issued = await app.applied()
    assert (issued["action_type"], issued["level"], issued["sign_seq"]) == ("001", 1, 1)
    me = (await app.get("/v1/me", await app.signed_in(who))).json()
    assert (me["standing"], me["usable"], me["name"], me["links"][0]["sign_no"]) == ("level1", True, "测*人", issued["sign_no"])
    assert who.number not in str(me) and me["links"][0]["here"]


async def test_a_second_channel_by_password_and_unlinking_one_of_them(app, other):
    who, first = await app.applied()
    linked = await other.post("/v1/ecards/links", {"name": who.name, "number": who.number, "proof": await other.sms(who, "link"), "password": PASSWORD})
    assert (linked.status_code, linked.json()["action_type"], linked.json()["ecard_id"]) == (201, "002", first["ecard_id"])
    here, there = await app.signed_in(who), await other.signed_in(who)
    ended = await app.post(f"/v1/me/links/{first['link_id']}/unlinking", {"password": PASSWORD}, token=here)
    assert (ended.status_code, ended.json()["action_type"]) == (200, "003")
    assert (await app.get("/v1/me", here)).json()["code"] == "session_over"
    assert [link["id"] for link in (await other.get("/v1/me", there)).json()["links"]] == [linked.json()["link_id"]]


@pytest.mark.parametrize(("scheme", "name", "status"), [
    ("http", "essc_session", 200), ("http", "__Host-essc_session", 401), ("https", "__Host-essc_session", 200), ("https", "essc_session", 401)])
async def test_over_https_a_cookie_that_a_neighbour_could_have_set_signs_nobody_in(app, scheme, name, status):
    _, _, token = await app.holder()
    answer = await app.http.get(f"{scheme}://essc.test/v1/me", headers={"cookie": f"{name}={token}"})
    assert answer.status_code == status


async def test_the_same_application_sent_twice_gets_the_same_answer(app):
    who, _, _ = await app.holder()
    body = {"name": who.name, "number": who.number, "proof": await app.face(who, "reset"), "password": NEW}
    first, again = [await app.post("/v1/password-resets", body, key="one-key") for _ in range(2)]
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (200, {"action_type": "018"})


@pytest.mark.parametrize(("change", "status", "code"), [
    ({"name": "别的人"}, 422, "ecard_name_mismatch"), ({"number": "999901199005120128"}, 422, "number_checksum"),
    ({"password": "123456"}, 422, "password_weak"), ({"proof": {"check_id": "chk_01jd5k3m9h8q2v7x4t6w0y1z3a"}}, 403, "identity_evidence_missing"),
    ({"surprise": 1}, 422, "invalid_request"), ({}, 409, "ecard_already_issued")])
async def test_refusals_of_an_application_in_words(app, change, status, code):
    who, _, _ = await app.holder()
    body = {"name": who.name, "number": who.number, "proof": await app.face(who, "apply"), "password": PASSWORD} | change
    answer = await app.post("/v1/ecards", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert who.number not in answer.text and not answer.json()["title"].startswith("error.")


async def test_a_wrong_password_says_how_many_tries_are_left_in_both_languages(app):
    _, link, token = await app.holder()
    path = f"/v1/me/links/{ids.wire('link', link.id)}/unlinking"
    chinese, english = [await app.post(path, {"password": WRONG}, token=token, language=language) for language in ("zh-CN", "en")]
    assert (chinese.status_code, chinese.json()["title"]) == (403, "密码不正确，还可以再试 5 次。")
    assert english.json()["title"] == "Wrong password. 4 tries left."


async def test_sessions_are_listed_and_a_lost_phone_is_ended(app):
    _, link, phone = await app.holder()
    tablet = await app.opened(link, "device-two")
    items = (await app.get("/v1/me/sessions", tablet)).json()["items"]
    lost = next(item["id"] for item in items if not item["here"])
    assert (await app.post(f"/v1/me/sessions/{lost}/revocation", {}, token=tablet)).status_code == 200
    assert (await app.get("/v1/me", phone)).status_code == 401
    assert (await app.get("/v1/me", tablet)).status_code == 200


async def test_changing_the_password_freezing_and_unfreezing(app):
    who, _, token = await app.holder()
    assert (await app.post("/v1/me/password", {"old": PASSWORD, "new": NEW}, token=token)).json() == {"action_type": "017"}
    assert (await app.post("/v1/me/unlocking", {"password": NEW}, token=token)).status_code == 200
    assert (await app.post("/v1/me/freeze", {}, token=token)).json()["why"] == "holder"
    assert (await app.get("/v1/me", token)).json()["standing"] == "frozen"
    free = await app.post("/v1/me/unfreeze", {"proof": await app.face(who, "unfreeze")}, token=token)
    assert (free.status_code, free.json()["frozen_at"]) == (200, None)


async def test_a_loss_stops_the_card_at_once_and_is_taken_back_on_a_proof(app):
    who, _, token = await app.holder()
    told = (await app.post("/v1/me/loss", {}, token=token)).json()
    assert told["state"] == "active" and told["asked_at"]
    assert (await app.get("/v1/me", token)).json()["usable"] is False
    lifted = await app.post("/v1/me/loss/lifting", {"proof": await app.face(who, "unfreeze")}, token=token)
    assert (lifted.status_code, lifted.json()["asked_at"]) == (200, None)
    assert (await app.get("/v1/me", token)).json()["usable"] is True
    again = await app.post("/v1/me/loss/lifting", {"proof": await app.face(who, "unfreeze")}, token=token)
    assert again.json()["code"] == "card_move_not_allowed"


async def test_after_a_replacement_one_unlinks_without_a_session_and_applies_again(app, other):
    who, first = await app.applied()
    await other.post("/v1/ecards/links", {"name": who.name, "number": who.number, "proof": await other.sms(who, "link"), "password": PASSWORD})
    async with app.db.tx() as tx:
        await replaced(tx, who, somebody().card_number)
    said = {"name": who.name, "number": who.number, "password": PASSWORD}
    assert (await app.post("/v1/ecards", said | {"proof": await app.face(who, "apply")})).json()["code"] == "card_replaced"
    ended = await app.post("/v1/ecards/unlinkings", {"name": who.name, "number": who.number, "proof": await app.sms(who, "unlink")})
    assert (ended.status_code, ended.json()["action_type"], len(ended.json()["items"])) == (200, "003", 2), ended.text
    again = await app.post("/v1/ecards", said | {"proof": await app.face(who, "apply")})
    assert (again.status_code, again.json()["action_type"]) == (201, "001"), again.text
    assert again.json()["ecard_id"] != first["ecard_id"]
    assert (await app.get("/v1/me", await app.signed_in(who))).json()["usable"] is True


@pytest.mark.parametrize("token", ["", "x", "a" * 46, "中"])
async def test_without_a_session_there_is_no_me(app, token):
    assert (await app.http.get("/v1/me", headers={"authorization": f"Bearer {token}".encode()})).status_code == 401


async def test_nobody_unlinks_for_somebody_else(app):
    (_, _, token), (_, theirs, _) = await app.holder(), await app.holder()
    answer = await app.post(f"/v1/me/links/{ids.wire('link', theirs.id)}/unlinking", {"password": PASSWORD}, token=token)
    assert (answer.status_code, answer.json()["code"]) == (404, "ecard_link_not_found")


async def test_the_third_failed_face_leads_to_people(app):
    who = somebody()
    check = (await app.post("/v1/identity-checks", {"name": who.name, "number": who.number, "purpose": "apply"})).json()
    await app.partners.lie("low_score", "no_liveness", "many_faces")
    codes = [(await app.post(f"/v1/identity-checks/{check['id']}/frames", {"frames": ["/9j/AAAA", "/9j/AAAB"]})).json()["code"] for _ in range(3)]
    assert codes == ["face_mismatch", "face_not_live", "face_tries_spent"]
