"""更换手机号 in the wallet, as a browser without scripts meets it: the person first, then the new number."""
import asyncio
import re

import pytest

from essc.holders import queries as holders
from essc.kit.db.tx import SYSTEM
from essc.regions import actions as regions
from tests.sandbox.people import somebody
from tests.surfaces.test_wallet import clerk
from tests.surfaces.visitor import FRAMES, OTHER, PASSWORD

HERE = "/m/me/mobile"


async def by_face(visitor):
    await visitor.get(HERE + "/face")
    return await visitor.post(HERE + "/face", files=FRAMES)


async def by_clerk(visitor):
    await visitor.get(HERE + "/face/counter")
    await clerk(visitor)
    return await visitor.post(HERE + "/face/counter")


async def by_sms(visitor):
    await visitor.get(HERE)
    await visitor.post(HERE + "/old/send")
    return await visitor.post(HERE + "/old", code=await visitor.partners.last_code(visitor.who.mobile))


async def mobile_of(visitor):
    async with visitor.db.read_tx() as tx:
        return (await holders.find(tx, visitor.who.number)).mobile


@pytest.mark.parametrize(("prove", "password"), [(by_face, {}), (by_clerk, {}), (by_sms, {"password": PASSWORD})])
async def test_the_holder_proves_who_they_are_and_then_the_new_number(visitor, prove, password):
    await visitor.applied()
    await visitor.later()
    new = somebody().mobile
    assert (await prove(visitor)).at == HERE + "/new", visitor.text
    await visitor.post(HERE + "/new", mobile=new)
    assert ('name="password"' in visitor.text) == bool(password)
    await visitor.post(HERE + "/code", code=await visitor.partners.last_code(new), **password)
    assert (visitor.at, "手机号已更换" in visitor.text) == (HERE, True), visitor.text
    assert f"{new[:3]}****{new[-4:]}" in visitor.text
    assert new not in visitor.text
    assert await mobile_of(visitor) == new
    assert (await visitor.get(HERE + "/code")).at == HERE, "the draft is done with"


@pytest.mark.parametrize("page", ["/new", "/code", "/old"])
async def test_no_step_can_be_left_out(visitor, page):
    await visitor.applied()
    assert (await visitor.get(HERE + page)).at == HERE
    assert (await visitor.post(HERE + page, mobile=somebody().mobile, code="123456")).at == HERE


async def test_a_wrong_code_or_password_is_said_and_changes_nothing(visitor):
    await visitor.applied()
    await visitor.later()
    await visitor.post(HERE + "/old/send")
    await visitor.post(HERE + "/old", code="000000")
    assert visitor.problem == "sms_code_wrong"
    await visitor.post(HERE + "/old", code=await visitor.partners.last_code(visitor.who.mobile))
    assert (await visitor.post(HERE + "/new", mobile=visitor.who.mobile[:-1])).problem == "mobile_wrong"
    new = somebody().mobile
    await visitor.post(HERE + "/new", mobile=new)
    code = await visitor.partners.last_code(new)
    assert (await visitor.post(HERE + "/code", code=code, password=OTHER)).problem == "password_wrong"
    assert (await visitor.post(HERE + "/code", code=f"{(int(code) + 1) % 1_000_000:06d}", password=PASSWORD)).problem == "sms_code_wrong"
    assert await mobile_of(visitor) == visitor.who.mobile
    await visitor.post(HERE + "/code", code=code, password=PASSWORD)
    assert await mobile_of(visitor) == new


async def test_two_clicks_change_the_number_once_and_say_the_same(visitor):
    await visitor.applied()
    await visitor.later()
    new = somebody().mobile
    await by_face(visitor)
    await visitor.post(HERE + "/new", mobile=new)
    key = re.search(r'name="form_key" value="([^"]+)"', visitor.text)[1]
    form = {"form_key": key, "code": await visitor.partners.last_code(new)}
    told = await asyncio.gather(*(visitor.http.post(HERE + "/code", data=form) for _ in range(2)))
    assert [(one.status_code, one.headers.get("location")) for one in told] == [(303, HERE + "?done")] * 2
    assert await mobile_of(visitor) == new


async def test_only_the_ways_that_the_region_accepts_are_offered(visitor):
    await visitor.applied()
    async with visitor.db.tx(SYSTEM) as tx:
        await regions.decide(tx, "450000", "identity_ways_mobile", "face,terminal", set_by="test")
    ways = re.findall(r'data-testid="by-([a-z]+)"', (await visitor.get(HERE)).text)
    async with visitor.db.tx(SYSTEM) as tx:
        await regions.decide(tx, "450000", "identity_ways_mobile", None, set_by="test")
    assert ways == ["face", "clerk"]
    assert re.findall(r'data-testid="by-([a-z]+)"', (await visitor.get(HERE)).text) == ["face", "sms", "clerk"]
    assert visitor.who.mobile not in visitor.text
