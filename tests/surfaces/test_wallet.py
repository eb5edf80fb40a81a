"""The later pages of the wallet, as a browser without scripts would meet them: card, scanner, filters, messages, sizes, terms, and a clerk instead of a camera."""
import asyncio
import io
import re

import pytest
import zxingcpp
from PIL import Image

from essc.cards.model import State
from essc.holders import queries as holders
from essc.identity import actions as identity
from essc.kit import ids
from essc.kit.db.tx import SYSTEM
from essc.names import TerminalId
from essc.notices import actions as notices
from essc.notices.model import Kind, Message
from essc.preferences import queries as preferences
from essc.sessions.api import COOKIE
from essc.surfaces.wallet.pages import code as codes
from essc.surfaces.wallet.pages import scan
from essc.surfaces.wallet.pages.reading import TERMS_VERSION
from tests.ecards.house import moved
from tests.surfaces.test_pages import freeze, signed_in
from tests.surfaces.visitor import FRAMES, OTHER, PASSWORD

FOREIGN = "https://elsewhere.example/login?card=1"
DIGITS = "736019284455102938475610"


async def holder_id(visitor):
    """The visitor's id."""
    async with visitor.db.read_tx() as tx:
        return (await holders.find(tx, visitor.who.number)).id


async def clerk(visitor) -> None:
    """Somebody at a counter types the digits that the phone shows."""
    pairing = re.search(r'data-testid="pairing" aria-label="([0-9 ]+)"', visitor.text)[1].replace(" ", "")
    found = await holder_id(visitor)
    async with visitor.db.tx(SYSTEM) as tx:
        await identity.record_terminal_check(tx, found, TerminalId(ids.new()), pairing)


async def locked(visitor) -> None:
    """Five minutes later."""
    async with visitor.db.tx(SYSTEM) as tx:
        await tx.run("UPDATE sessions.session SET unlocked_until = $1", tx.now)


def picture(text: str) -> bytes:
    """A photo of a code."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q").to_image(scale=8, add_quiet_zones=True)
    written, side = io.BytesIO(), code.shape[0]
    Image.frombytes("L", (side, side), bytes(code)).save(written, "JPEG")
    return written.getvalue()


async def test_nothing_begins_without_the_tick(visitor):
    await visitor.post("/m/apply/consent")
    assert (visitor.page.status_code, visitor.problem) == (422, "consent_needed")
    assert "请先阅读并勾选同意" in visitor.text


@pytest.mark.parametrize(("name", "zh", "en"), [("agreement", "用户协议", "User Agreement"), ("privacy", "个人信息处理规则", "Personal Information Rules")])
async def test_the_terms_can_be_read_whole_before_anybody_agrees(visitor, name, zh, en):
    assert f'href="/m/terms/{name}"' in (await visitor.get("/m/apply/consent")).text
    assert zh in (await visitor.get(f"/m/terms/{name}")).text
    assert TERMS_VERSION in visitor.text
    await visitor.get(f"/language/en?next=/m/terms/{name}")
    assert en in visitor.text


async def test_which_terms_were_agreed_to_is_kept(visitor):
    await visitor.applied()
    async with visitor.db.read_tx() as tx:
        [(version, _)] = await preferences.agreed(tx, (await holders.find(tx, visitor.who.number)).id)
    assert version == TERMS_VERSION


async def test_the_card_in_full_is_for_who_has_just_given_the_password(visitor):
    await visitor.applied()
    await locked(visitor)
    await visitor.get("/m/card")
    assert visitor.at == "/m/unlock"
    await visitor.post("/m/unlock", password=PASSWORD, next="/m/card")
    assert visitor.at == "/m/card"
    assert visitor.who.number in visitor.text
    assert visitor.who.card_number in visitor.text
    assert visitor.page.headers["cache-control"] == "no-store"


async def test_a_province_without_a_photo_is_told_on_the_card(visitor):
    await visitor.applied()
    assert 'data-testid="no-photo"' in (await visitor.get("/m/card")).text


async def test_a_face_opens_the_code_as_a_password_does(visitor):
    await visitor.applied()
    await locked(visitor)
    await visitor.get("/m/me/unlock?next=/m/card")
    await visitor.post("/m/me/unlock?next=/m/card", files=FRAMES)
    assert visitor.at == "/m/card"


@pytest.mark.parametrize(("state", "standing"), [(State.LOST, "lost"), (State.CANCELLED, "cancelled")])
async def test_a_card_that_cannot_be_used_says_what_to_do_without_asking_for_a_password(visitor, state, standing):
    await visitor.applied()
    await locked(visitor)
    async with visitor.db.tx(SYSTEM) as tx:
        await moved(tx, visitor.who, state)
    await visitor.get("/m/code")
    assert (visitor.at, visitor.problem) == ("/m/code", "code_not_available")
    assert 'href="/m/me/loss"' in visitor.text or 'href="/m/me/channels"' in visitor.text
    assert (await visitor.get("/m/card")).at == "/m/"


async def test_codes_that_are_asked_for_too_often_are_put_off_for_seconds(visitor):
    await visitor.applied()
    for _ in range(13):
        await visitor.get("/m/code")
    assert (visitor.page.status_code, visitor.problem) == (429, "code_too_often")
    assert re.search(r"二维码刷新太频繁，请 \d+ 秒后再试", visitor.text)
    piece = await visitor.http.get("/m/code", headers={"hx-request": "true"})
    assert (piece.status_code, "data-wait=" in piece.text) == (200, True)
    assert codes.RATES


@pytest.mark.parametrize(("text", "kind", "where"), [
    (FOREIGN, "unknown", ""), ("HTTPS://WALLET.EXAMPLE/M/", "unknown", ""), ("http://wallet.example/m/records", "own", "/m/records"),
    ("https://wallet.example/m", "own", "/m"), ("http://wallet.example/dev", "unknown", ""), ("http://wallet.example@elsewhere.example/m/", "unknown", ""),
    ("http://wallet.example/m/../console", "unknown", ""), ("http://wallet.example/m//elsewhere", "own", "/m//elsewhere"), ("javascript:alert(1)", "unknown", ""),
    (DIGITS, "card", "/m/code"), ("7360 1928 4455 1029 3847 5610", "card", "/m/code"), ("K7QX2M9P", "unknown", ""), ("", "unknown", ""), ("http://[", "unknown", ""),
])
def test_what_a_code_is(text, kind, where):
    assert scan.judged(text, "wallet.example") == (scan.Kind(kind), where)


async def test_a_foreign_address_is_neither_opened_nor_shown(visitor):
    await visitor.applied()
    await visitor.post("/m/scan", text=FOREIGN)
    assert visitor.at == "/m/scan/said"
    assert "这不是社保卡业务二维码，为了您的安全没有打开。" in visitor.text
    assert "elsewhere" not in visitor.text + str(visitor.page.url)


@pytest.mark.parametrize("query", ["kind=own&where=https://elsewhere.example/", "kind=own&where=//elsewhere.example", "kind=own&where=/console", "kind=nothing&where=/m/", ""])
async def test_an_address_that_somebody_made_up_leads_nowhere(visitor, query):
    await visitor.applied()
    await visitor.get(f"/m/scan/said?{query}")
    assert 'data-kind="unknown"' in visitor.text
    assert 'data-testid="scan-go"' not in visitor.text


async def test_a_picture_of_a_code_is_read_by_the_server(visitor):
    await visitor.applied()
    await visitor.post("/m/scan", files={"picture": ("code.jpg", picture(DIGITS), "image/jpeg")})
    assert 'data-kind="card"' in visitor.text


@pytest.mark.parametrize(("content", "problem"), [
    (b"not a picture", "picture_unreadable"), (b"\xff\xd8\xff\xe0" + bytes(400), "picture_unreadable"), (b"", "picture_missing"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture_unreadable"), (bytes(9 * 1024 * 1024), "picture_too_large"), (bytes(50 * 1024 * 1024), "picture_too_large"),
])
async def test_a_file_that_is_no_photo_of_a_code_is_told(visitor, content, problem):
    await visitor.applied()
    await visitor.post("/m/scan", files={"picture": ("code.jpg", content, "image/jpeg")})
    assert (visitor.page.status_code, visitor.problem) == (422, problem)
    assert 'data-testid="album"' in visitor.text


async def test_an_empty_wall_has_no_code(visitor):
    await visitor.applied()
    written = io.BytesIO()
    Image.new("L", (600, 400), 200).save(written, "PNG")
    await visitor.post("/m/scan", files={"picture": ("wall.png", written.getvalue(), "image/png")})
    assert visitor.problem == "picture_without_code"


@pytest.mark.parametrize(("content", "problem"), [(b"not a picture", "identity_frames_unreadable"), (bytes(50 * 1024 * 1024), "picture_too_large")])
async def test_a_face_that_is_no_picture_keeps_what_was_filled_in(visitor, content, problem):
    await visitor.to_face()
    await visitor.post("/m/apply/face", files={"frame0": ("me.jpg", content, "image/jpeg")})
    assert (visitor.page.status_code, visitor.problem) == (422, problem)
    await visitor.post("/m/apply/face", files=FRAMES)
    assert visitor.at == "/m/apply/password"


async def test_the_history_is_narrowed_by_day_and_channel_and_what_means_nothing_is_as_if_unsaid(visitor):
    await visitor.applied()
    await visitor.get("/m/records?kind=link&since=2020-01-01&until=2099-12-31")
    assert 'value="2020-01-01"' in visitor.text
    assert "since=2020-01-01" in visitor.text                    # the other kinds keep the days
    await visitor.get("/m/records?until=2020-01-01")
    assert 'data-testid="empty"' in visitor.text
    await visitor.get("/m/records?kind=nothing&since=yesterday&channel=mine")
    assert visitor.page.status_code == 200
    assert 'data-testid="filter">' in visitor.text                # and not open


async def test_messages_stay_new_until_they_are_opened_or_all_marked(visitor):
    await visitor.applied()
    who = await holder_id(visitor)
    async with visitor.db.tx(SYSTEM) as tx:
        await notices.keep(tx, [Message(id=ids.new(ids.bucket(who)), holder_id=who, kind=Kind.NEW_CHANNEL, at=tx.now, params={"channel": "绿洲"}) for _ in range(2)])
    for _ in range(2):
        await visitor.get("/m/msg")
        assert visitor.text.count("data-unread") == 2
    await visitor.get("/m/msg/" + re.search(r'href="/m/msg/(msg_[^"]+)"', visitor.text)[1])
    assert 'href="/m/me/channels"' in visitor.text
    await visitor.get("/m/msg")
    assert visitor.text.count("data-unread") == 1
    await visitor.post("/m/msg/read")
    assert visitor.text.count("data-unread") == 0


async def test_somebody_elses_message_is_not_there(visitor):
    await visitor.applied()
    assert (await visitor.get(f"/m/msg/{ids.wire('msg', ids.new())}")).page.status_code == 404


async def test_what_the_card_waits_for_stands_under_things_to_do(visitor):
    await visitor.applied()
    assert 'data-testid="todo"' not in (await visitor.get("/m/msg?tab=todo")).text
    await freeze(visitor)
    assert 'data-testid="todo"' in (await visitor.get("/m/msg?tab=todo")).text


async def test_a_channel_is_unlinked_by_face_when_the_password_is_lost(visitor):
    await visitor.applied()
    where = re.search(r'href="(/m/me/channels/link_[^"/]+)"', (await visitor.get("/m/me/channels")).text)[1]
    await visitor.get(f"{where}/face")
    await visitor.post(f"{where}/face", files=FRAMES)
    assert visitor.at == "/m/apply"


async def test_unlinking_twice_is_no_error(visitor):
    await visitor.applied()
    where = re.search(r'href="(/m/me/channels/link_[^"/]+)"', (await visitor.get("/m/me/channels")).text)[1]
    kept = dict(visitor.http.cookies)
    await visitor.post(where, password=PASSWORD)
    visitor.http.cookies.update(kept)
    await visitor.post(where, password=PASSWORD)
    assert visitor.page.status_code == 200


async def test_a_clerk_signs_somebody_in_who_has_no_code_and_no_face(visitor):
    await visitor.applied()
    await visitor.post("/m/sign-out")
    await visitor.get("/signin/counter?next=/m/records")
    await visitor.post("/signin/counter", name=visitor.who.name, number=visitor.who.number, next="/m/records")
    shown = visitor.text
    await visitor.post("/signin/counter/check?next=/m/records")
    assert (visitor.page.status_code, visitor.problem) == (422, "check_not_witnessed")
    assert re.search(r'aria-label="([0-9 ]+)"', shown)[1] in visitor.text       # still the same digits
    await clerk(visitor)
    await visitor.post("/signin/counter/check?next=/m/records")
    assert visitor.at == "/m/records"


@pytest.mark.parametrize("purpose", ["reset", "unlock"])
async def test_a_clerk_stands_in_for_the_camera(visitor, purpose):
    await visitor.applied()
    await visitor.get(f"/m/me/{purpose}/counter")
    await clerk(visitor)
    await visitor.post(f"/m/me/{purpose}/counter")
    assert visitor.at == {"reset": "/m/me/reset", "unlock": "/m/code"}[purpose]


async def test_an_applicant_without_a_face_is_seen_by_a_clerk(visitor):
    await visitor.to_face()
    await visitor.get("/m/apply/counter")
    await clerk(visitor)
    await visitor.post("/m/apply/counter")
    assert visitor.at == "/m/apply/password"
    await visitor.post("/m/apply/password", password=PASSWORD, again=PASSWORD)
    assert visitor.at == "/m/apply/done"


async def test_the_size_of_text_is_remembered_for_the_account(visitor):
    await visitor.applied()
    await visitor.post("/m/me/size", size="200")
    assert 'data-zoom="200"' in visitor.text
    visitor.http.cookies.clear()
    await signed_in(visitor)
    assert 'data-zoom="200"' in (await visitor.get("/m/records")).text
    await visitor.post("/m/me/size", size="9999")
    assert "data-zoom" not in (await visitor.get("/m/")).text


async def test_a_session_that_ended_says_so_and_goes_back_to_where_it_was(visitor):
    await visitor.applied()
    async with visitor.db.tx(SYSTEM) as tx:
        await tx.run("UPDATE sessions.session SET seen_at = seen_at - interval '8 days', created_at = created_at - interval '9 days', expires_at = expires_at - interval '9 days'")
    await visitor.get("/m/records?kind=link")
    assert visitor.at == "/signin"
    assert "为了您的安全，长时间未操作已退出。" in visitor.text
    assert 'name="next" value="/m/records?kind=link"' in visitor.text
    assert COOKIE in visitor.http.cookies


async def test_two_clicks_on_the_first_password_issue_one_card_and_both_lead_to_it(visitor):
    await visitor.to_face()
    await visitor.post("/m/apply/face", files=FRAMES)
    said = {"form_key": "form_first", "password": PASSWORD, "again": PASSWORD}
    answers = await asyncio.gather(*(visitor.http.post("/m/apply/password", data=said) for _ in range(2)))
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, "/m/apply/done")] * 2
    assert (await visitor.get("/m/apply/done")).at == "/m/apply/done"
    async with visitor.db.read_tx() as tx:
        holder = await holders.find(tx, visitor.who.number)
        assert await tx.value("SELECT count(*) FROM ecards.ecard WHERE holder_id = $1", holder.id) == 1


async def test_two_tabs_do_not_disturb_each_other(visitor):
    """The password is changed in one tab; the form of the other says so and nothing is lost."""
    await visitor.applied()
    await visitor.post("/m/me/password", form_key="form_first", old=PASSWORD, password=OTHER, again=OTHER)
    assert 'data-testid="done"' in visitor.text
    await visitor.post("/m/me/password", form_key="form_first", old=PASSWORD, password=OTHER, again=OTHER)
    assert 'data-testid="done"' in visitor.text
    await visitor.post("/m/me/password", form_key="form_second", old=PASSWORD, password=OTHER, again=OTHER)
    assert visitor.problem == "password_wrong"
    assert (await visitor.get("/m/me")).at == "/m/me"


@pytest.mark.parametrize("path", ["/m/help", "/m/about"])
async def test_help_and_version_are_for_everybody(visitor, path):
    assert (await visitor.get(path)).at == path
