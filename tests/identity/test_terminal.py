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


async def test_a_clerk_passes_the_check_whose_digits_the_person_shows(tx):
    holder_id = await holders.enrol(tx, WEI)
    mine, strangers = [await actions.start(tx, WEI, Purpose.RESET, Way.TERMINAL) for _ in range(2)]
    proof = await actions.record_terminal_check(tx, holder_id, TERMINAL, mine.pairing)
    assert (proof.id, proof.purpose, proof.level, proof.terminal_id) == (mine.id, Purpose.RESET, 2, TERMINAL)
    assert [(await queries.check(tx, one.id)).state for one in (mine, strangers)] == [State.PASSED, State.PENDING]
    await actions.consume(tx, mine.id, Purpose.RESET, WEI.number)


async def test_wrong_digits_pass_no_check(tx):
    holder_id = await holders.enrol(tx, WEI)
    check = await actions.start(tx, WEI, Purpose.RESET, Way.TERMINAL)
    with pytest.raises(errors.CheckNotFound):
        await actions.record_terminal_check(tx, holder_id, TERMINAL, f"{(int(check.pairing) + 1) % 1_000_000:06d}")


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.ANY])
async def test_a_clerks_look_without_digits_is_only_good_for_somebody_signed_in(tx, purpose):
    proof = await actions.record_terminal_check(tx, await holders.enrol(tx, WEI), TERMINAL)
    check = await actions.start(tx, WEI, purpose, Way.TERMINAL)
    if purpose in (Purpose.UNLINK, Purpose.UNFREEZE, Purpose.MOBILE):
        assert (check.id, check.state) == (proof.id, State.PASSED)
        await actions.consume(tx, check.id, purpose, WEI.number)
        assert (await actions.start(tx, WEI, purpose, Way.TERMINAL)).state is State.PENDING
    else:
        assert check.state is State.PENDING
        with pytest.raises(errors.EvidenceMissing):
            await actions.consume(tx, proof.id, purpose, WEI.number)


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
    await actions.record_terminal_check(tx, holder_id, TERMINAL, check.pairing)
    assert await store.forget(tx, tx.now + timedelta(hours=2)) == 1
    with pytest.raises(errors.CheckNotFound):
        await queries.check(tx, check.id)
    assert (await queries.evidence(tx, check.id)).level == 2


@pytest.mark.parametrize("table", ["identity.evidence", "identity.used"])
@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE"])
async def test_a_proof_cannot_be_changed_or_taken_back(tx, table, right):
    assert not await tx.value("SELECT has_table_privilege('essc_app', $1, $2)", table, right)
