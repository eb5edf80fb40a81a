"""更换手机号 over HTTP: what proves the person, what proves the number, and that every channel sees it."""
import pytest

from essc.holders import queries as holders
from essc.identity import actions as identity
from essc.kit import ids
from essc.kit.db.tx import SYSTEM
from essc.notices import calls as notices
from essc.notices.jobs import jobs as notices_jobs
from essc.records.jobs import jobs as records_jobs
from essc.regions import actions as regions
from tests.hearing import hear
from tests.sandbox.people import somebody
from tests.sessions.over_http import PASSWORD, Channel

WRONG = "264819"


@pytest.fixture
async def app(db, partners):
    return await Channel(db, partners).open()


@pytest.fixture
async def other(db, partners):
    return await Channel(db, partners).open()


async def to_new(app, mobile, code=None):
    """A code to the new number, read there."""
    sent = (await app.post("/v1/sms-codes", {"purpose": "mobile", "mobile": mobile})).json()
    return {"number": mobile, "proof": {"check_id": sent["id"], "code": code or await app.partners.last_code(mobile)}}


async def face(app, who):
    return {"proof": await app.face(who, "mobile")}


async def sms_and_password(app, who):
    return {"proof": await app.sms(who, "mobile"), "password": PASSWORD}


async def clerk(app, who):
    check = (await app.post("/v1/identity-checks", {"name": who.name, "number": who.number, "purpose": "mobile", "way": "terminal"})).json()
    await seen(app, who, check["pairing"])
    return {"proof": {"check_id": check["id"]}}


async def seen(app, who, pairing):
    async with app.db.tx(SYSTEM) as tx:
        found = await holders.find(tx, who.number)
        await identity.record_terminal_check(tx, found.id, ids.new(), pairing)


async def mobile_of(app, who):
    async with app.db.read_tx() as tx:
        return (await holders.find(tx, who.number)).mobile


@pytest.mark.parametrize("prove", [face, sms_and_password, clerk])
async def test_the_person_then_the_new_number_and_all_channels_see_it(app, other, prove):
    who, _, token = await app.holder()
    new = somebody().mobile
    answer = await app.post("/v1/me/mobile", {"mobile": await to_new(app, new)} | await prove(app, who), token=token)
    masked = f"{new[:3]}****{new[-4:]}"
    assert (answer.status_code, answer.json()) == (200, {"mobile": masked}), answer.text
    there = await other.post("/v1/ecards/links", {"name": who.name, "number": who.number, "proof": await at_new(other, who, new, "link"), "password": PASSWORD})
    assert there.status_code == 201, there.text
    assert (await app.get("/v1/me", token)).json()["mobile"] == masked


async def at_new(app, who, mobile, purpose):
    """A code for the person on another channel comes to the new number."""
    async with app.db.tx() as tx:
        await tx.run("DELETE FROM kit.throttle")
    sent = (await app.post("/v1/sms-codes", {"purpose": purpose, "number": who.number})).json()
    return {"check_id": sent["id"], "code": await app.partners.last_code(mobile)}


async def nothing_proved(app, who, token, new):
    return {"mobile": await to_new(app, new), "proof": {"check_id": "chk_01jd5k3m9h8q2v7x4t6w0y1z3a"}}


async def proof_for_something_else(app, who, token, new):
    return {"mobile": await to_new(app, new), "proof": await app.face(who, "reset")}


async def somebody_elses_proof(app, who, token, new):
    other, _, _ = await app.holder()
    return {"mobile": await to_new(app, new), "proof": await app.face(other, "mobile")}


async def code_of_another_number(app, who, token, new):
    return {"mobile": await to_new(app, somebody().mobile) | {"number": new}, "proof": await app.face(who, "mobile")}


async def one_code_for_both(app, who, token, new):
    sent = await to_new(app, new)
    return {"mobile": sent, "proof": sent["proof"], "password": PASSWORD}


async def wrong_code(app, who, token, new):
    return {"mobile": await to_new(app, new, "000000"), "proof": await app.face(who, "mobile")}


async def no_password(app, who, token, new):
    return {"mobile": await to_new(app, new), "proof": await app.sms(who, "mobile")}


async def wrong_password(app, who, token, new):
    return {"mobile": await to_new(app, new), "proof": await app.sms(who, "mobile"), "password": WRONG}


async def the_same_number(app, who, token, new):
    async with app.db.tx() as tx:
        await tx.run("DELETE FROM kit.throttle")
    return {"mobile": await to_new(app, who.mobile), "proof": await app.face(who, "mobile")}


async def no_number(app, who, token, new):
    return {"mobile": await to_new(app, new) | {"number": "12345"}, "proof": await app.face(who, "mobile")}


async def code_not_accepted_here(app, who, token, new):
    async with app.db.tx(SYSTEM) as tx:
        await regions.decide(tx, "450000", "identity_ways_mobile", "face,terminal", set_by="test")
    return {"mobile": await to_new(app, new)} | await sms_and_password(app, who)


@pytest.mark.parametrize(("body", "status", "code"), [
    (nothing_proved, 403, "identity_evidence_missing"), (proof_for_something_else, 403, "identity_evidence_missing"),
    (somebody_elses_proof, 403, "identity_evidence_missing"), (code_of_another_number, 403, "identity_evidence_missing"),
    (one_code_for_both, 403, "identity_evidence_missing"), (wrong_code, 422, "sms_code_wrong"), (no_password, 422, "session_password_needed"),
    (wrong_password, 403, "password_wrong"), (the_same_number, 422, "mobile_unchanged"), (no_number, 422, "mobile_wrong"),
    (code_not_accepted_here, 409, "identity_way_not_offered"),
], ids=lambda value: getattr(value, "__name__", str(value)))
async def test_what_is_not_right_changes_nothing_and_can_be_mended(app, body, status, code):
    who, _, token = await app.holder()
    answer = await app.post("/v1/me/mobile", await body(app, who, token, somebody().mobile), token=token)
    async with app.db.tx(SYSTEM) as tx:
        await regions.decide(tx, "450000", "identity_ways_mobile", None, set_by="test")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert not answer.json()["title"].startswith("error.")
    assert await mobile_of(app, who) == who.mobile


async def test_a_proof_is_used_up_by_the_change_only(app):
    who, _, token = await app.holder()
    proof, new = await app.face(who, "mobile"), somebody().mobile
    given = await to_new(app, new)
    wrong = given | {"proof": given["proof"] | {"code": "000000"}}
    assert (await app.post("/v1/me/mobile", {"mobile": wrong, "proof": proof}, token=token)).json()["code"] == "sms_code_wrong"
    assert (await app.post("/v1/me/mobile", {"mobile": given, "proof": proof}, token=token)).status_code == 200
    again = {"mobile": await to_new(app, somebody().mobile), "proof": proof}
    assert (await app.post("/v1/me/mobile", again, token=token)).json()["code"] == "identity_evidence_used"


async def test_the_number_of_before_is_told_once_and_the_records_show_it(app, partners):
    who, link, token = await app.holder()
    new = somebody().mobile
    assert (await app.post("/v1/me/mobile", {"mobile": await to_new(app, new)} | await face(app, who), token=token)).status_code == 200
    async with app.db.tx() as tx:
        await hear(tx, notices_jobs)
        await hear(tx, records_jobs)
        [message] = await tx.rows("SELECT id FROM notices.message WHERE holder_id = $1 AND kind = 'mobile_changed'", link.holder_id)
        [use] = await tx.rows("SELECT id, kind FROM records.use WHERE holder_id = $1 AND action = 'mobile'", link.holder_id)
    assert (use["id"], use["kind"]) == (message["id"], "security")
    notices.furnish(notices.Desk(partners.sms))
    assert [await notices.send(app.db, link.holder_id, message["id"]) for _ in range(2)] == [True, False]
    notices.furnish(notices.Desk())
    told = (await partners.door.get("/sms/_control/messages", params={"mobile": who.mobile})).json()
    assert "手机号已于" in told[0]["text"] and new not in told[0]["text"] and new[-4:] not in told[0]["text"]
    codes = (await partners.door.get("/sms/_control/messages", params={"mobile": new})).json()
    assert len(codes) == 1, "the code alone"
    async with app.db.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM holders.former_mobile WHERE holder_id = $1", link.holder_id) == 0
