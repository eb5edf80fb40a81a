"""Forms of the wallet that two clicks send at the same moment, over HTTP: it is done once, and whichever answer the browser shows says that it is done."""
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.sessions.api import COOKIE
from tests.callers import OTHER_PASSWORD, PASSWORD, Channel, Line
from tests.running import House, within
from tests.town import Resident, Town

CLICKS = 2


@pytest.fixture(scope="module", autouse=True)
def wallet(house: House) -> None:
    """Our own pages are an app too."""
    async def work(db: Database) -> None:
        wanted = Application("电子社保卡（两次）", Form.WEBSITE, Kind.HUMAN_RESOURCES, 1, "000000", tuple(Ability), ("name",))
        async with db.tx(SYSTEM) as tx:
            await channels.register(tx, wanted, sandbox=True, demonstration=True)
    house.operate(work)


def sent_twice(house: House, who: Resident, page: str, action: str = "", **fields: str) -> list[httpx.Response]:
    """Open a page, and send its form twice at once; what both were answered."""
    headers = {"origin": house.url, "accept": "text/html"}
    with httpx.Client(base_url=house.url, cookies={COOKIE: who.phone.token}, headers=headers, timeout=30, trust_env=False) as browser:
        opened = browser.get(page)
        assert opened.status_code == 200, opened.text
        where = action or re.search(r'<form[^>]* action="([^"]+)"', opened.text)[1]
        key = re.search(rf'action="{re.escape(where)}".*?name="form_key" value="([^"]+)"', opened.text, re.DOTALL)[1]
        with ThreadPoolExecutor(CLICKS) as pool:
            return list(pool.map(lambda _: browser.post(where, data={"form_key": key, **fields}), range(CLICKS)))


def effects(house: House, kind: str) -> int:
    """How many events of a kind there are."""
    async def work(db: Database) -> int:
        async with db.read_tx() as tx:
            return await tx.value("SELECT count(*) FROM kit.event WHERE kind = $1", kind)
    return house.operate(work)


def all_lead(answers: list[httpx.Response], where: str) -> None:
    """Every answer leads on to the same page."""
    assert [(answer.status_code, answer.headers.get("location", answer.text)) for answer in answers] == [(303, where)] * CLICKS


def test_a_loss_is_reported_once(house: House, town: Town) -> None:
    who, before = town.resident(), effects(house, "cards.loss_requested")
    all_lead(sent_twice(house, who, "/m/me/loss", "/m/me/loss"), "/m/me/loss?asked")
    assert effects(house, "cards.loss_requested") == before + 1


def test_a_password_is_changed_once_and_the_old_one_is_not_counted_as_wrong(house: House, town: Town) -> None:
    who, before, wrong = town.resident(), effects(house, "passwords.changed"), effects(house, "passwords.refused")
    wanted = {"old": PASSWORD, "password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    all_lead(sent_twice(house, who, "/m/me/password", "/m/me/password", **wanted), "/m/me/password?done")
    assert effects(house, "passwords.changed") == before + 1
    assert effects(house, "passwords.refused") == wrong
    assert town.channel.sign_in(who.person, password=OTHER_PASSWORD).get("")


def test_a_use_is_disowned_once(house: House, town: Town) -> None:
    who, counter, before = town.resident(), town.terminal(), effects(house, "records.disputed")
    assert counter.verdict(who.phone.code()) == "PASS"
    use = within(5, lambda: who.phone.get("/uses", query="kind=verify")["items"], "the use is recorded")[0]["id"]
    answers = sent_twice(house, who, f"/m/records/{use}/not-me", f"/m/records/{use}/not-me")
    assert {answer.status_code for answer in answers} == {303}
    assert all(answer.headers["location"].startswith("/signin?") for answer in answers)
    assert effects(house, "records.disputed") == before + 1


def test_another_device_is_signed_out_once(house: House, town: Town) -> None:
    who = town.resident()
    other, before = town.channel.sign_in(who.person, "tablet"), effects(house, "sessions.revoked")
    all_lead(sent_twice(house, who, "/m/me/devices", f"/m/me/devices/{other.session}"), "/m/me/devices")
    assert effects(house, "sessions.revoked") == before + 1


def test_a_channel_is_unlinked_once(house: House, town: Town) -> None:
    who, elsewhere = town.resident(), Channel(Line(house), "两次点击（演示）")
    linked, before = elsewhere.link(who.person)["link_id"], effects(house, "ecards.unlinked")
    all_lead(sent_twice(house, who, f"/m/me/channels/{linked}", f"/m/me/channels/{linked}", password=PASSWORD), "/m/me/channels")
    assert effects(house, "ecards.unlinked") == before + 1
