"""Elder mode, as a browser without scripts would meet it: pages of its own, remembered for the account, few choices, help always in reach."""
import re

import pytest

from essc.cards.model import State
from essc.kit.db.tx import SYSTEM
from essc.kit.i18n import LOCALES
from essc_sandbox.province.holders import card_number, citizen_number
from tests.ecards.house import moved
from tests.sandbox.people import Somebody
from tests.surfaces.gallery_elder import SCREENS
from tests.surfaces.screen import renderer
from tests.surfaces.test_pages import freeze, signed_in
from tests.surfaces.visitor import FRAMES, OTHER, PASSWORD, visitors

MOST_CHOICES = 6
OLD = {answer: Somebody("李建国", citizen_number(f"99990219580315{101 + place}"), f"1995000000{place}", card_number(f"9700000{place}"))
       for place, answer in enumerate(("elder", "standard"))}
RENDER = renderer()


@pytest.fixture
async def elder(visitor):
    """Somebody who has chosen elder mode."""
    await visitor.applied()
    await visitor.post("/m/mode", mode="elder")
    assert visitor.at == "/m/elder"
    return visitor


async def test_the_mode_is_remembered_for_the_account_on_every_device(elder):
    await elder.get("/m/")
    assert elder.at == "/m/elder"
    elder.http.cookies.clear()
    await signed_in(elder)
    assert (await elder.get("/m/")).at == "/m/elder"
    await elder.post("/m/mode", mode="standard")
    assert elder.at == "/m/"


async def test_who_chooses_before_signing_in_has_chosen_for_the_account(visitor):
    await visitor.post("/m/mode", mode="elder", next="/m/apply")
    assert visitor.at == "/m/apply"
    assert 'data-mode="elder"' in (await visitor.get("/m/apply/consent")).text
    await visitor.applied()
    assert (await visitor.get("/m/")).at == "/m/elder"


@pytest.mark.parametrize("answer", ["elder", "standard"])
async def test_at_sixty_one_is_asked_once(db, partners, answer):
    async with visitors(db, partners, OLD[answer]) as visitor:
        await visitor.applied()
        assert 'data-testid="ask-elder"' in (await visitor.get("/m/")).text
        await visitor.post("/m/mode", mode=answer)
        assert visitor.at == ("/m/elder" if answer == "elder" else "/m/")
        await visitor.post("/m/mode", mode="standard")
        assert 'data-testid="ask-elder"' not in (await visitor.get("/m/")).text


async def test_younger_people_are_not_asked(visitor):
    await visitor.applied()
    assert 'data-testid="ask-elder"' not in (await visitor.get("/m/")).text


async def test_the_code_needs_the_password_and_then_is_large_with_one_button(elder):
    async with elder.db.tx(SYSTEM) as tx:
        await tx.run("UPDATE sessions.session SET unlocked_until = $1", tx.now)
    await elder.get("/m/elder/code")
    assert elder.at == "/m/elder/unlock"
    await elder.post("/m/elder/unlock", password=OTHER)
    assert elder.problem == "password_wrong"
    await elder.post("/m/elder/unlock", password=PASSWORD)
    assert elder.at == "/m/elder/code"
    assert "data-digits" in elder.text
    assert elder.text.count('data-testid="renew"') == 1
    piece = await elder.http.get("/m/elder/code", headers={"hx-request": "true"})
    assert 'hx-get="/m/elder/code"' in piece.text
    assert "<html" not in piece.text


async def test_nothing_was_said_about_a_code_that_nobody_scanned(elder):
    await elder.post("/m/elder/code/result", since="1795000000000")
    assert elder.page.status_code == 204


async def test_who_forgot_the_password_sets_a_new_one_on_large_pages_with_one_question_each(elder):
    assert 'href="/m/elder/reset"' in (await elder.post("/m/elder/unlock", password=OTHER)).text
    await elder.get("/m/me/reset")
    assert elder.at == "/m/elder/reset"
    assert 'action="/m/elder/reset"' in elder.text
    assert 'data-testid="pairing"' in (await elder.get("/m/elder/reset/counter")).text
    await elder.get("/m/elder/reset")
    await elder.post("/m/elder/reset", files=FRAMES)
    assert 'data-testid="el-reset"' in elder.text
    await elder.post("/m/elder/reset/password", password=OTHER, again=PASSWORD)
    assert (elder.page.status_code, elder.problem) == (422, "entries_differ")
    await elder.post("/m/elder/reset/password", password=OTHER, again=OTHER)
    assert elder.at == "/signin"
    await signed_in(elder, OTHER)
    assert (await elder.get("/m/")).at == "/m/elder"


async def test_a_new_password_needs_the_person_first(elder):
    await elder.post("/m/elder/reset/password", form_key="form_own", password=OTHER, again=OTHER)
    assert (elder.page.status_code, elder.problem) == (422, "identity_check_not_found")
    assert (await elder.get("/m/elder/unlock")).at == "/m/elder/unlock"
    assert (await elder.post("/m/elder/unlock", password=PASSWORD)).at == "/m/elder/code"


async def test_a_lost_card_is_told_in_words_with_one_way_out(elder):
    async with elder.db.tx(SYSTEM) as tx:
        await moved(tx, elder.who, State.LOST)
    await elder.get("/m/elder")
    assert elder.standing == "lost"
    assert 'href="/m/elder/loss"' in elder.text
    assert 'href="/m/elder/code"' not in elder.text
    assert (await elder.get("/m/elder/card")).at == "/m/elder"
    await elder.get("/m/elder/code")
    assert elder.problem == "code_not_available"


async def test_a_loss_is_confirmed_before_it_is_told(elder):
    await elder.get("/m/elder/loss")
    assert 'data-testid="loss-yes"' in elder.text
    await elder.post("/m/elder/loss")
    assert 'data-testid="loss-asked"' in elder.text
    assert (await elder.get("/m/elder")).standing == "frozen"


async def test_a_use_that_was_not_mine_is_asked_for_in_words(elder):
    await elder.get("/m/elder/not-me")
    assert "哪一次不是您用的？" in elder.text


async def test_messages_are_read_by_being_seen(elder):
    await freeze(elder)
    assert (await elder.get("/m/elder/messages")).page.status_code == 200


async def test_what_is_shared_with_the_wallet_grows_too_and_leads_back_here(elder):
    await elder.get("/m/me/unlock?next=/m/elder/code")
    assert 'data-mode="elder"' in elder.text
    assert "elder.css" in elder.text
    assert 'href="/m/elder"' in elder.text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_has_few_choices_and_help_and_a_way_back_in_words(screen, locale):
    html = screen.html(RENDER, locale)
    main = html.split("<main", 1)[1].split("</main>")[0]
    choices = [tag for tag in re.findall(r"<(?:a|button|input)\b[^>]*>", main) if 'type="hidden"' not in tag and "data-renew-again" not in tag and "lang" not in tag]
    assert len(choices) <= MOST_CHOICES
    assert 'href="tel:12333"' in html
    assert "<ssc-read data-say=" in html
    assert "<dialog" not in html
    assert 'class="tabs"' not in html
    assert "返回" in html or "Back" in html or screen.testid == "el-home"
    assert 'data-testid="to-standard"' in html or screen.testid != "el-home"
