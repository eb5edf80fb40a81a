"""Codes by SMS: five tries, five minutes, one purpose, and not too many of them."""
import asyncio
from datetime import timedelta

import pytest

from essc.holders import actions as holders
from essc.identity import actions, calls, errors
from essc.identity.model import Purpose, Way
from essc.kit import clock
from essc.kit.db.tx import SYSTEM, Actor
from essc.partners.wire import PartnerSilent
from tests.sandbox.people import somebody


async def sent(db, wei, purpose=Purpose.APPLY):
    return await calls.send_code(db, SYSTEM, purpose, mobile=wei.mobile)


async def proved(db, code_id, code, purpose=Purpose.APPLY):
    return await calls.prove_code(db, SYSTEM, code_id, purpose, code)


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_the_right_code_proves_the_mobile_once(db, partners):
    wei = somebody()
    code_id = await sent(db, wei)
    code = await partners.last_code(wei.mobile)
    assert (await proved(db, code_id, code)).way is Way.SMS
    assert (await proved(db, code_id, code)).level == 1
    async with db.tx() as tx:
        await actions.consume_mobile(tx, code_id, Purpose.APPLY, wei.mobile)
    with pytest.raises(errors.EvidenceUsed):
        async with db.tx() as tx:
            await actions.consume_mobile(tx, code_id, Purpose.APPLY, wei.mobile)


async def test_a_code_for_a_mobile_proves_no_person_and_no_other_mobile(db, partners):
    wei = somebody()
    code_id = await sent(db, wei)
    await proved(db, code_id, await partners.last_code(wei.mobile))
    async with db.tx() as tx:
        with pytest.raises(errors.EvidenceMissing):
            await actions.consume(tx, code_id, Purpose.APPLY, wei.number)
        with pytest.raises(errors.EvidenceMissing):
            await actions.consume_mobile(tx, code_id, Purpose.APPLY, "19900000002")


async def test_thirty_guesses_at_once_are_five(db, partners):
    wei = somebody()
    code_id = await sent(db, wei)
    wrong = other_than(await partners.last_code(wei.mobile))
    outcomes = await asyncio.gather(*(proved(db, code_id, wrong) for _ in range(30)), return_exceptions=True)
    assert sorted(type(o).__name__ for o in outcomes) == ["SmsCodeOver"] * 25 + ["SmsCodeWrong"] * 5
    with pytest.raises(errors.SmsCodeOver):
        await proved(db, code_id, await partners.last_code(wei.mobile))


@pytest.mark.parametrize("purpose", [p for p in Purpose if p not in (Purpose.APPLY, Purpose.ANY)])
async def test_a_code_for_one_purpose_is_none_for_another(db, partners, purpose):
    wei = somebody()
    code_id = await sent(db, wei)
    with pytest.raises(errors.SmsCodeOver):
        await proved(db, code_id, await partners.last_code(wei.mobile), purpose)


async def test_a_code_is_over_after_five_minutes(db, partners):
    wei = somebody()
    code_id = await sent(db, wei)
    code = await partners.last_code(wei.mobile)
    with pytest.raises(errors.SmsCodeOver):
        async with db.tx() as tx:
            tx.now += timedelta(minutes=5, seconds=5)
            await actions.try_code(tx, code_id, Purpose.APPLY, code)


async def test_a_mobile_gets_one_code_a_minute_whoever_asks(db, partners):
    wei = somebody()
    await sent(db, wei)
    with pytest.raises(errors.SmsTooOften) as refused:
        await calls.send_code(db, Actor("channel", "chan_other"), Purpose.SIGN_IN, mobile=wei.mobile)
    assert 0 < refused.value.params["n"] <= 60


async def test_of_many_at_once_one_goes_through(db, partners):
    wei = somebody()
    outcomes = await asyncio.gather(*(sent(db, wei) for _ in range(8)), return_exceptions=True)
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1


async def test_a_code_for_a_number_goes_to_the_mobile_that_its_holder_proved(db, partners):
    wei = somebody()
    async with db.tx() as tx:
        holder_id = await holders.enrol(tx, wei.person)
        await holders.prove_mobile(tx, holder_id, wei.mobile)
    code_id = await calls.send_code(db, SYSTEM, Purpose.SIGN_IN, number=wei.number)
    await proved(db, code_id, await partners.last_code(wei.mobile), Purpose.SIGN_IN)
    async with db.tx() as tx:
        assert (await actions.consume(tx, code_id, Purpose.SIGN_IN, wei.number)).level == 1


async def test_a_stranger_learns_nothing_from_asking_for_an_unknown_person(db, partners):
    wei = somebody()
    code_id = await calls.send_code(db, SYSTEM, Purpose.SIGN_IN, number=wei.number)
    assert (await partners.door.get("/sms/_control/messages", params={"mobile": wei.mobile})).json() == []
    with pytest.raises(errors.SmsCodeWrong):
        await proved(db, code_id, "000000", Purpose.SIGN_IN)


async def test_a_gateway_that_is_silent_is_said_so(db, partners):
    wei = somebody()
    await partners.door.post("/sms/_control/next", json={"answer": "error"})
    with pytest.raises(PartnerSilent):
        await sent(db, wei)


async def known(db):
    wei = somebody()
    async with db.tx() as tx:
        await holders.prove_mobile(tx, await holders.enrol(tx, wei.person), wei.mobile)
    return wei


async def test_asking_for_a_number_takes_as_long_and_tells_as_little_whoever_is_behind_it(db, partners):
    async def asked(number):
        began = clock.stopwatch()
        await calls.send_code(db, SYSTEM, Purpose.SIGN_IN, number=number)
        return clock.stopwatch() - began

    wei = await known(db)
    assert min(await asked(wei.number), await asked(somebody().number)) >= calls.SILENT_SECONDS
    await partners.door.post("/sms/_control/next", json={"answer": "error"})
    assert await asked((await known(db)).number) >= calls.SILENT_SECONDS


async def test_the_digits_stand_nowhere_in_the_database(db, partners):
    wei = somebody()
    await sent(db, wei)
    code = await partners.last_code(wei.mobile)
    async with db.tx() as tx:
        rows = await tx.rows("SELECT body::text AS told FROM kit.event UNION ALL SELECT to_jsonb(c)::text FROM identity.sms_code c")
    assert not any(f'"{code}"' in row["told"] or wei.mobile in row["told"] for row in rows)


async def test_whoever_has_used_a_code_need_not_wait_for_the_next_one(tx):
    await actions.throttle_codes(tx, "19900000001", None)
    with pytest.raises(errors.SmsTooOften):
        await actions.throttle_codes(tx, "19900000001", None)
    await actions.forgive_pause(tx, "19900000001")
    await actions.throttle_codes(tx, "19900000001", None)
