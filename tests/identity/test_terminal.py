"""A clerk at a terminal is the way beside the machine."""
from datetime import timedelta

import pytest

from essc.holders import actions as holders
from essc.holders.model import person
from essc.identity import actions, errors, queries, store
from essc.identity.model import Purpose, State, Way
from essc.kit import ids
from essc.kit.errors import Refused
from essc.names import TerminalId
from essc.regions import actions as regions
from essc_sandbox.province.holders import find

WEI = person(find("正常").name, find("正常").number, demonstration=True)
TERMINAL = TerminalId(ids.new())


async def test_a_clerk_passes_the_check_that_waits(tx):
    holder_id = await holders.enrol(tx, WEI)
    check = await actions.start(tx, WEI, Purpose.RESET, Way.TERMINAL)
    proof = await actions.record_terminal_check(tx, holder_id, TERMINAL)
    assert (proof.id, proof.purpose, proof.level, proof.terminal_id) == (check.id, Purpose.RESET, 2, TERMINAL)
    assert (await queries.check(tx, check.id)).state is State.PASSED
    await actions.consume(tx, check.id, Purpose.RESET, WEI.number)


async def test_a_clerk_who_was_first_is_found_by_the_check_that_begins_later(tx):
    proof = await actions.record_terminal_check(tx, await holders.enrol(tx, WEI), TERMINAL)
    check = await actions.start(tx, WEI, Purpose.UNLINK, Way.TERMINAL)
    assert (check.id, check.state) == (proof.id, State.PASSED)
    await actions.consume(tx, check.id, Purpose.UNLINK, WEI.number)
    assert (await actions.start(tx, WEI, Purpose.UNLINK, Way.TERMINAL)).state is State.PENDING


async def test_a_machine_cannot_decide_what_a_clerk_decides(tx):
    check = await actions.start(tx, WEI, Purpose.APPLY, Way.TERMINAL)
    with pytest.raises(errors.WayNotOffered):
        await actions.ask(tx, check.id)


@pytest.mark.parametrize(("purpose", "setting", "ways", "way", "accepted"), [
    (Purpose.APPLY, None, None, Way.FACE, True), (Purpose.RESET, None, None, Way.SMS, False),
    (Purpose.SIGN_IN, None, None, Way.SMS, True), (Purpose.APPLY, "identity_ways_level1", "face,terminal", Way.SMS, False),
    (Purpose.RESET, "identity_ways_reset", "sms_password,terminal", Way.FACE, False),
])
async def test_a_region_says_which_ways_it_accepts(tx, purpose, setting, ways, way, accepted):
    if setting:
        await regions.decide(tx, "450000", setting, ways, set_by="test")
    try:
        await queries.accepted(tx, "450100", purpose, way)
    except Refused as refused:
        assert not accepted and refused.code == "identity_way_not_offered"
    else:
        assert accepted


async def test_what_is_over_is_forgotten_and_proofs_stay(tx):
    holder_id = await holders.enrol(tx, WEI)
    check = await actions.start(tx, WEI, Purpose.RESET, Way.TERMINAL)
    await actions.record_terminal_check(tx, holder_id, TERMINAL)
    assert await store.forget(tx, tx.now + timedelta(hours=2)) == 1
    with pytest.raises(errors.CheckNotFound):
        await queries.check(tx, check.id)
    assert (await queries.evidence(tx, check.id)).level == 2
