"""Strangers spend a person's codes by SMS of the day: at a device where the person was signed in, another one comes."""
import pytest

from essc.holders import actions as holders
from essc.identity import actions as identity
from essc.identity import errors as proofs
from essc.kit.db.tx import Actor
from essc.kit.http.pages import ANONYMOUS
from essc.sessions import actions, calls
from essc.sessions.model import Device
from tests.ecards.story import quick_holder

PHONE, OTHER = Device("device-one", "手机"), Device("device-two", "平板")


async def at_home(db):
    """Somebody with a proved mobile, signed in on PHONE."""
    who, _, link = await quick_holder(db)
    async with db.tx() as tx:
        await holders.prove_mobile(tx, link.holder_id, who.mobile)
        session_id, _ = await actions.open(tx, link.id, PHONE, "face")
    return who, link, session_id


async def spend(db, who):
    """What strangers of many addresses can spend."""
    for n in range(identity.SMS_BY_STRANGERS.count):
        async with db.tx(ANONYMOUS) as tx:
            await identity.throttle_codes(tx, who.mobile, who.number, peer=f"192.0.2.{n}")
            await tx.run("DELETE FROM kit.throttle WHERE name = 'sms_minute'")


async def signed_out(tx, link, session_id):
    await actions.revoke(tx, link.holder_id, session_id, actions.SIGNED_OUT)


async def lost_phone(tx, link, session_id):
    await actions.revoke(tx, link.holder_id, session_id)


async def lost_phone_found(tx, link, session_id):
    await lost_phone(tx, link, session_id)
    tx.now = (await tx.value("SELECT clock_timestamp()"))
    await actions.open(tx, link.id, PHONE, "face")


async def nothing(tx, link, session_id):
    """The session lives."""


@pytest.mark.parametrize(("before", "device", "sent"), [
    (nothing, PHONE, True), (signed_out, PHONE, True), (lost_phone, PHONE, False), (lost_phone_found, PHONE, True), (nothing, OTHER, False)])
async def test_a_device_of_the_person_gets_a_code_that_strangers_cannot_spend(db, partners, before, device, sent):
    who, link, session_id = await at_home(db)
    await spend(db, who)
    async with db.tx() as tx:
        await before(tx, link, session_id)
    for actor in (ANONYMOUS, Actor("channel", "chan_one")):
        async with db.tx() as tx:
            await tx.run("DELETE FROM kit.throttle WHERE name = 'sms_minute_proven'")
        if sent:
            assert await calls.send_code(db, actor, who.number, device, peer="203.0.113.7")
        else:
            with pytest.raises(proofs.SmsTooOften):
                await calls.send_code(db, actor, who.number, device, peer="203.0.113.7")
