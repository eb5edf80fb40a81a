"""The wallet visited as a browser without scripts would: every page stands alone, every form is judged by the server."""
import re

import pytest

from essc.cards.model import State
from essc.ecards import actions as ecards
from essc.ecards.model import Freeze
from essc.kit.db.tx import SYSTEM
from tests.ecards.house import moved
from tests.surfaces.visitor import FRAMES, OTHER, PASSWORD


async def test_somebody_with_a_card_gets_an_electronic_one(visitor):
    await visitor.get("/m/")
    assert visitor.at == "/m/apply"
    await visitor.to_face()
    assert visitor.at == "/m/apply/face"
    await visitor.post("/m/apply/face", files=FRAMES)
    assert visitor.at == "/m/apply/password"
    await visitor.post("/m/apply/password", password=PASSWORD, again=PASSWORD)
    assert visitor.at == "/m/apply/done"
    await visitor.get("/m/")
    assert (visitor.at, visitor.standing) == ("/m/", "level1")
    assert visitor.who.number not in visitor.text
    assert visitor.who.name not in visitor.text


async def test_what_the_eye_shows_is_asked_for_and_never_kept(visitor):
    await visitor.applied()
    answer = await visitor.http.get("/m/reveal", headers={"accept": "application/json"})
    assert answer.json() == {"name": visitor.who.name, "number": visitor.who.number}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/m/reveal", "/m/code", "/m/records", "/m/msg", "/m/me", "/m/me/channels", "/m/me/devices", "/m/me/password", "/m/me/loss",
                                  "/m/me/reset", "/m/unlock", "/m/photo"])
async def test_a_page_of_the_holder_asks_strangers_to_sign_in_and_remembers_where_they_were(visitor, path):
    await visitor.get(path)
    assert visitor.at == "/signin"
    assert f'name="next" value="{path}"' in visitor.text


@pytest.mark.parametrize(("path", "fields", "problem"), [
    ("/m/apply/details", {"name": "韦晓兰", "number": "99990119900307002"}, "number_length"),
    ("/m/apply/details", {"name": "", "number": "999901199005120129"}, "name_wrong"),
    ("/m/apply/mobile", {"mobile": "123"}, "mobile_wrong"),
    ("/m/apply/sms", {"code": "000000"}, "sms_code_wrong"),
])
async def test_what_is_wrong_is_told_on_the_same_page(visitor, path, fields, problem):
    await visitor.post("/m/apply/consent", agree="yes")
    await visitor.post("/m/apply/details", name=visitor.who.name, number=visitor.who.number)
    await visitor.post("/m/apply/mobile", mobile=visitor.who.mobile)
    await visitor.post(path, **fields)
    assert visitor.page.status_code == 422
    assert visitor.problem == problem


async def test_a_face_that_is_not_the_holders_may_try_again(visitor):
    await visitor.to_face()
    await visitor.partners.lie("low_score")
    await visitor.post("/m/apply/face", files=FRAMES)
    assert (visitor.page.status_code, visitor.problem) == (422, "face_mismatch")
    await visitor.post("/m/apply/face", files=FRAMES)
    assert visitor.at == "/m/apply/password"


@pytest.mark.parametrize(("password", "again", "problem"), [("123456", "123456", "password_weak"), (PASSWORD, OTHER, "entries_differ"), ("", "", "password_weak")])
async def test_a_poor_password_is_not_taken(visitor, password, again, problem):
    await visitor.to_face()
    await visitor.post("/m/apply/face", files=FRAMES)
    await visitor.post("/m/apply/password", password=password, again=again)
    assert (visitor.page.status_code, visitor.problem) == (422, problem)


async def test_who_has_applied_is_sent_to_sign_in(visitor):
    await visitor.applied()
    await visitor.post("/m/sign-out")
    await visitor.later()
    await visitor.to_face()
    await visitor.post("/m/apply/face", files=FRAMES)
    assert visitor.problem == "ecard_already_issued"
    assert 'href="/signin"' in visitor.text


async def signed_in(visitor, password: str = PASSWORD) -> None:
    """Signed in once more with number, code and password."""
    await visitor.later()
    await visitor.post("/signin", number=visitor.who.number, next="/m/me")
    await visitor.post("/signin/sms", code=await visitor.partners.last_code(visitor.who.mobile), password=password, next="/m/me")


async def test_signing_in_takes_number_code_and_password_and_goes_back(visitor):
    await visitor.applied()
    await visitor.post("/m/sign-out")
    await visitor.get("/m/me")
    assert visitor.at == "/signin"
    await signed_in(visitor)
    assert visitor.at == "/m/me"


async def test_signing_in_with_a_face(visitor):
    await visitor.applied()
    await visitor.post("/m/sign-out")
    await visitor.post("/signin/face", name=visitor.who.name, number=visitor.who.number)
    await visitor.post("/signin/face/check", files=FRAMES)
    assert (visitor.at, visitor.standing) == ("/m/", "level1")


async def test_a_wrong_password_says_how_many_tries_are_left(visitor):
    await visitor.applied()
    await visitor.post("/m/sign-out")
    await visitor.later()
    await visitor.post("/signin", number=visitor.who.number)
    await visitor.post("/signin/sms", code=await visitor.partners.last_code(visitor.who.mobile), password=OTHER)
    assert visitor.problem == "password_wrong"
    assert "5" in visitor.text


async def test_a_code_is_on_the_screen_in_three_forms(visitor):
    await visitor.applied()
    await visitor.get("/m/code")
    assert visitor.at == "/m/code"
    assert visitor.text.count("<svg xmlns") == 2
    assert 'data-ttl="60"' in visitor.text
    assert visitor.page.headers["cache-control"] == "no-store"


async def test_after_some_minutes_the_code_needs_the_password_again(visitor):
    await visitor.applied()
    async with visitor.db.tx(SYSTEM) as tx:
        await tx.run("UPDATE sessions.session SET unlocked_until = $1", tx.now)
    await visitor.get("/m/code")
    assert visitor.at == "/m/unlock"
    await visitor.post("/m/unlock", password=OTHER, next="/m/code")
    assert visitor.problem == "password_wrong"
    await visitor.post("/m/unlock", password=PASSWORD, next="/m/code")
    assert visitor.at == "/m/code"
    assert "data-digits" in visitor.text


async def test_a_renewal_is_a_piece_of_the_page_with_another_code(visitor):
    await visitor.applied()
    first = (await visitor.get("/m/code")).text
    piece = await visitor.http.get("/m/code", headers={"hx-request": "true"})
    assert "<html" not in piece.text
    assert "<ssc-code" in piece.text
    assert piece.text.split('data-digits="')[1][:24] != first.split('data-digits="')[1][:24]


async def test_nothing_was_said_about_a_code_that_nobody_scanned(visitor):
    await visitor.applied()
    await visitor.get("/m/code")
    await visitor.post("/m/code/result", since="1795000000000")
    assert visitor.page.status_code == 204


@pytest.mark.parametrize(("state", "standing"), [(State.LOST, "lost"), (State.LOCKED, "locked"), (State.SEALED, "sealed"), (State.CANCELLED, "cancelled")])
async def test_a_card_that_cannot_be_used_shows_its_face_and_no_code(visitor, state, standing):
    await visitor.applied()
    async with visitor.db.tx(SYSTEM) as tx:
        await moved(tx, visitor.who, state)
    await visitor.get("/m/")
    assert visitor.standing == standing
    assert 'data-testid="halt"' in visitor.text
    await visitor.get("/m/code")
    assert visitor.problem == "code_not_available"
    assert "data-digits" not in visitor.text


async def test_a_reported_loss_freezes_at_once_and_waits_for_the_province(visitor):
    await visitor.applied()
    await visitor.get("/m/me/loss")
    await visitor.post("/m/me/loss")
    assert 'data-testid="loss-asked"' in visitor.text
    await visitor.get("/m/")
    assert visitor.standing == "frozen"


async def test_what_is_frozen_is_freed_by_a_face(visitor):
    await visitor.applied()
    await freeze(visitor)
    await visitor.get("/m/me/unfreeze")
    await visitor.post("/m/me/unfreeze", files=FRAMES)
    assert (visitor.at, visitor.standing) == ("/m/", "level1")


async def freeze(visitor) -> None:
    """The holder's wish, by the room's own verb."""
    async with visitor.db.tx(SYSTEM) as tx:
        row = await tx.row("SELECT id FROM ecards.ecard ORDER BY created_at DESC LIMIT 1")
        await ecards.freeze(tx, row["id"], Freeze.HOLDER)


async def test_the_password_is_changed_and_this_device_stays_signed_in(visitor):
    await visitor.applied()
    await visitor.get("/m/me/password")
    await visitor.post("/m/me/password", old=PASSWORD, password=OTHER, again=OTHER)
    assert 'data-testid="done"' in visitor.text
    await visitor.get("/m/me")
    assert visitor.at == "/m/me"


async def test_a_forgotten_password_is_reset_by_a_face_and_all_devices_sign_in_again(visitor):
    await visitor.applied()
    await visitor.get("/m/me/reset")
    await visitor.post("/m/me/reset", files=FRAMES)
    assert visitor.at == "/m/me/reset"
    await visitor.post("/m/me/reset/password", password=OTHER, again=OTHER)
    assert visitor.at == "/signin"
    await visitor.get("/m/me")
    assert visitor.at == "/signin"


async def test_unlinking_here_signs_out_and_needs_the_password(visitor):
    await visitor.applied()
    await visitor.get("/m/me/channels")
    where = "/m/me/channels/" + visitor.text.split('href="/m/me/channels/')[1].split('"')[0]
    await visitor.get(where)
    await visitor.post(where, password=OTHER)
    assert visitor.problem == "password_wrong"
    await visitor.post(where, password=PASSWORD)
    assert visitor.at == "/m/apply"
    await visitor.get("/m/me")
    assert visitor.at == "/signin"


async def test_a_device_sees_the_others_and_signs_them_out(visitor):
    await visitor.applied()
    elsewhere = dict(visitor.http.cookies)
    visitor.http.cookies.clear()
    await signed_in(visitor)
    await visitor.get("/m/me/devices")
    assert visitor.text.count('data-testid="device"') == 2
    where = "/m/me/devices/" + visitor.text.split('action="/m/me/devices/')[1].split('"')[0]
    await visitor.post(where)
    assert visitor.text.count('data-testid="device"') == 1
    visitor.http.cookies.clear()
    visitor.http.cookies.update(elsewhere)
    await visitor.get("/m/me")
    assert visitor.at == "/signin"


@pytest.mark.parametrize("path", ["/m/records/use_nothing", "/m/me/channels/link_nothing", "/m/nothing"])
async def test_what_is_not_there_has_a_page_with_a_way_back(visitor, path):
    await visitor.applied()
    await visitor.get(path)
    assert visitor.page.status_code == 404
    assert visitor.problem is not None
    assert re.search(r'class="btn p blk big" href="/(m/)?"', visitor.text)


async def test_a_form_from_another_site_is_refused(visitor):
    await visitor.applied()
    answer = await visitor.http.post("/m/me/loss", headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 403


async def test_a_draft_that_was_tampered_with_is_no_draft(visitor):
    await visitor.to_face()
    visitor.http.cookies.set("essc_apply", "AAAA", path="/m/apply")
    await visitor.get("/m/apply/password")
    assert visitor.at == "/m/apply/consent"


async def test_pages_speak_english_when_asked(visitor):
    await visitor.get("/language/en?next=/m/apply")
    assert "Get my card" in visitor.text
    assert '<html lang="en">' in visitor.text


async def test_the_offline_page_and_the_worker_stand_by_themselves(visitor):
    assert 'data-testid="offline"' in (await visitor.get("/m/offline")).text
    assert (await visitor.get("/m/sw.js")).page.headers["content-type"].startswith("text/javascript")
    assert (await visitor.get("/m/manifest.webmanifest")).page.json()["start_url"] == "/m/"
