from datetime import timedelta

import pytest

from essc.kit.db.checks import prove
from essc.operators import actions, errors, model, queries, store
from essc.operators.model import Approval, MemberState, Outcome, Purpose, Role
from tests.operators.staffing import joined, staff

WHY = "岗位调整，文号 〔2026〕1"


async def told(tx, kind):
    return await tx.value("SELECT count(*) FROM kit.event WHERE kind = $1", kind)


async def holds(tx):
    return [finding.check.name for finding in await prove(tx, queries.CHECKS) if not finding.holds]


async def test_a_member_of_business_is_invited_by_one_person_and_joins_by_the_link_once(tx):
    boss = await staff(tx, roles=[Role.SYSTEM])
    invited = await actions.invite(tx, boss, "huanghaiyan", "黄海燕", "南宁市人社局", roles=["maker"], areas=["450100"], reason="")
    assert not isinstance(invited, Approval)
    token = model.read_token(invited.token)
    assert (await queries.invitation(tx, token)).purpose is Purpose.JOIN
    await actions.join(tx, token, hashed=model.Hashed("$argon2id$x", 1), step=7)
    assert (await store.member(tx, invited.staff_id)).state is MemberState.ACTIVE
    with pytest.raises(errors.InvitationOver):
        await actions.join(tx, token, hashed=model.Hashed("$argon2id$y", 1), step=8)
    assert await told(tx, "operators.member_joined") == 2
    assert await holds(tx) == []


async def test_an_administrator_waits_for_a_second_person_before_there_is_a_link(tx):
    boss, guard = await staff(tx, roles=[Role.SYSTEM]), await staff(tx, roles=[Role.SECURITY])
    asked = await actions.invite(tx, boss, "auditor2", "周敏", "部信息中心", roles=["auditor"], areas=["000000"], reason=WHY)
    assert isinstance(asked, Approval)
    member_id = (await store.member_by_login(tx, "auditor2")).id
    assert (await store.member(tx, member_id)).state is MemberState.DISABLED
    await actions.grant(tx, await actions.approve(tx, guard, asked.id))
    assert (await store.member(tx, member_id)).state is MemberState.INVITED
    assert not isinstance(await actions.invite_again(tx, boss, member_id), Approval)
    assert await holds(tx) == []


async def test_a_link_counts_for_three_days_and_the_newest_one_only(tx):
    boss = await staff(tx, roles=[Role.SYSTEM])
    first = await actions.invite(tx, boss, "reader9", "周敏", "示例单位", roles=["reader"], areas=["450000"], reason="")
    second = await actions.invite_again(tx, boss, first.staff_id)
    with pytest.raises(errors.InvitationOver):
        await queries.invitation(tx, model.read_token(first.token))
    tx.now += model.INVITATION
    with pytest.raises(errors.InvitationOver):
        await queries.invitation(tx, model.read_token(second.token))


async def test_the_command_line_invites_only_while_no_system_administrator_has_joined(tx):
    first = await actions.invite_first(tx, "root1", "韦晓兰", "部信息中心")
    await actions.invite_first(tx, "root2", "李建国", "部信息中心")
    await actions.join(tx, model.read_token(first.token), hashed=model.Hashed("$argon2id$x", 1), step=1)
    with pytest.raises(errors.BootstrapDone):
        await actions.invite_first(tx, "root3", "周敏", "部信息中心")


async def test_nobody_touches_his_own_rights(tx):
    boss = await staff(tx, roles=[Role.SYSTEM])
    for attempt in (actions.change_rights(tx, boss, boss.staff_id, roles=["auditor"], areas=["000000"], reason=WHY), actions.disable(tx, boss, boss.staff_id, WHY),
                    actions.reset(tx, boss, boss.staff_id, Purpose.FACTOR), actions.invite_again(tx, boss, boss.staff_id)):
        with pytest.raises(errors.OwnRights):
            await attempt


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
async def test_only_a_system_administrator_keeps_the_staff(tx, role):
    other, member = await staff(tx, roles=[role]), await joined(tx)
    with pytest.raises(errors.NotPermitted):
        await actions.disable(tx, other, member.id, WHY)


async def test_rights_of_business_change_at_once_and_end_the_sessions(tx):
    boss, maker = await staff(tx, roles=[Role.SYSTEM]), await staff(tx, areas=["450000"])
    assert await actions.change_rights(tx, boss, maker.staff_id, roles=["reader"], areas=["450100"], reason=WHY) is None
    member = await store.member(tx, maker.staff_id)
    assert (member.roles, member.areas) == ({Role.READER}, ("450100",))
    assert await queries.sessions(tx, maker.staff_id) == []


async def test_rights_of_administrators_change_when_a_second_person_agrees_who_is_neither_asker_nor_subject(tx):
    boss, second, guard = await staff(tx, roles=[Role.SYSTEM]), await staff(tx, roles=[Role.SYSTEM]), await staff(tx, roles=[Role.SECURITY])
    asked = await actions.change_rights(tx, boss, guard.staff_id, roles=["auditor"], areas=["000000"], reason=WHY)
    assert (await store.member(tx, guard.staff_id)).roles == {Role.SECURITY}
    with pytest.raises(errors.OwnRequest):
        await actions.approve(tx, boss, asked.id)
    with pytest.raises(errors.OwnRights):
        await actions.approve(tx, guard, asked.id)
    await actions.grant(tx, await actions.approve(tx, second, asked.id))
    assert (await store.member(tx, guard.staff_id)).roles == {Role.AUDITOR}
    with pytest.raises(errors.ApprovalDecided):
        await actions.approve(tx, second, asked.id)
    assert await holds(tx) == []


async def test_what_was_agreed_to_is_not_done_to_a_member_who_has_changed_since(tx):
    boss, second, maker = await staff(tx, roles=[Role.SYSTEM]), await staff(tx, roles=[Role.SYSTEM]), await staff(tx)
    asked = await actions.change_rights(tx, boss, maker.staff_id, roles=["auditor"], areas=["000000"], reason=WHY)
    await actions.change_rights(tx, boss, maker.staff_id, roles=["reader"], areas=["000000"], reason=WHY)
    with pytest.raises(errors.MemberChangedMeanwhile):
        await actions.grant(tx, await actions.approve(tx, second, asked.id))


async def test_the_last_system_administrator_stays(tx):
    boss, second, guard = await staff(tx, roles=[Role.SYSTEM]), await staff(tx, roles=[Role.SYSTEM]), await staff(tx, roles=[Role.SECURITY])
    asked = await actions.disable(tx, boss, second.staff_id, WHY)
    back = await actions.disable(tx, second, boss.staff_id, WHY)
    await actions.grant(tx, await actions.approve(tx, guard, asked.id))
    with pytest.raises(errors.LastSystemAdmin):
        await actions.grant(tx, await actions.approve(tx, guard, back.id))


async def test_who_is_disabled_is_out_at_once_and_comes_back_by_a_new_link(tx):
    boss, maker = await staff(tx, roles=[Role.SYSTEM]), await staff(tx)
    assert await actions.disable(tx, boss, maker.staff_id, WHY) is None
    assert (await store.member(tx, maker.staff_id)).state is MemberState.DISABLED
    assert await queries.sessions(tx, maker.staff_id) == []
    again = await actions.invite_again(tx, boss, maker.staff_id)
    assert (await queries.invitation(tx, model.read_token(again.token))).purpose is Purpose.JOIN
    assert await holds(tx) == []


@pytest.mark.parametrize(("purpose", "kept"), [(Purpose.FACTOR, (True, False)), (Purpose.PASSWORD, (False, True))])
async def test_a_reset_takes_one_factor_and_leaves_the_other(tx, purpose, kept):
    boss, maker = await staff(tx, roles=[Role.SYSTEM]), await staff(tx)
    await actions.reset(tx, boss, maker.staff_id, purpose)
    member = await store.member(tx, maker.staff_id)
    assert (member.state, member.has_password, member.has_one_time_code) == (MemberState.INVITED, *kept)
    assert await queries.sessions(tx, maker.staff_id) == []
    again = await actions.invite_again(tx, boss, maker.staff_id)
    assert (await queries.invitation(tx, model.read_token(again.token))).purpose is purpose
    assert await holds(tx) == []


async def test_a_member_sees_and_is_asked_about_his_areas_only(tx):
    maker, near, far = await staff(tx, areas=["450100"]), await staff(tx, roles=[Role.CHECKER], areas=["450000"]), await staff(tx, roles=[Role.CHECKER], areas=["110000"])
    asked = await actions.ask(tx, maker, "channels.pause", "chan_1", "450100", {"n": "1"}, WHY)
    assert [one.id for one in await queries.approvals(tx, near)] == [asked.id]
    assert await queries.approvals(tx, far) == []
    with pytest.raises(errors.ApprovalNotFound):
        await actions.approve(tx, far, asked.id)
    with pytest.raises(errors.NotPermitted):
        await actions.ask(tx, maker, "channels.pause", "chan_2", "450000", {}, WHY)
    assert (await actions.approve(tx, near, asked.id)).body == {"n": "1"}


async def test_nobody_approves_what_he_asked_for(tx):
    both = await staff(tx, roles=[Role.MAKER, Role.CHECKER])
    asked = await actions.ask(tx, both, "channels.pause", "chan_1", "450100", {}, WHY)
    with pytest.raises(errors.OwnRequest):
        await actions.approve(tx, both, asked.id)
    with pytest.raises(errors.OwnRequest):
        await actions.refuse(tx, both, asked.id, WHY)


async def test_a_request_is_made_once_expires_and_can_then_be_made_again(tx):
    maker, checker = await staff(tx), await staff(tx, roles=[Role.CHECKER])
    asked = await actions.ask(tx, maker, "channels.pause", "chan_1", "450100", {}, WHY)
    with pytest.raises(errors.ApprovalPending):
        await actions.ask(tx, maker, "channels.pause", "chan_1", "450100", {}, WHY)
    tx.now += model.APPROVAL
    with pytest.raises(errors.ApprovalExpired):
        await actions.approve(tx, checker, asked.id)
    assert [one.outcome for one in await queries.approvals(tx, checker, open_only=False)] == [Outcome.EXPIRED]
    again = await actions.ask(tx, maker, "channels.pause", "chan_1", "450100", {}, WHY)
    assert (await actions.refuse(tx, checker, again.id, "材料不齐，请补充")).id == again.id
    assert (await store.approval(tx, again.id)).answer == "材料不齐，请补充"


async def test_a_reason_is_asked_for(tx):
    with pytest.raises(errors.ReasonMissing):
        await actions.ask(tx, await staff(tx), "channels.pause", "chan_1", "450100", {}, " x ")


async def test_a_screen_locks_by_idling_and_the_session_ends_with_the_day(tx):
    member = await joined(tx)
    _, token = await actions.open_session(tx, member, "Linux · Chrome", "one_time_code")
    read, begun = model.read_token(token), tx.now
    session, _ = await queries.authenticate(tx, read)
    tx.now += model.IDLE - timedelta(seconds=1)
    await actions.touch(tx, session)
    tx.now += model.IDLE - timedelta(seconds=1)
    await queries.authenticate(tx, read)
    tx.now += timedelta(seconds=1)
    with pytest.raises(errors.ScreenLocked):
        await queries.authenticate(tx, read)
    await actions.touch(tx, session)
    assert (await queries.authenticate(tx, read, locked=True))[0].locked
    tx.now = begun + model.LONGEST
    with pytest.raises(errors.StaffSessionOver):
        await queries.authenticate(tx, read, locked=True)


async def test_sessions_can_be_ended_one_by_one_and_all_at_once(tx):
    boss, maker = await staff(tx, roles=[Role.SYSTEM]), await staff(tx)
    others = [await actions.open_session(tx, await store.member(tx, maker.staff_id), "Mac · Safari", "passkey") for _ in range(3)]
    assert await actions.end_own(tx, maker, others[0][0]) == 1
    assert await actions.end_own(tx, maker) == 2
    assert await actions.end_sessions(tx, boss, maker.staff_id) == 1
    assert await told(tx, "operators.signed_out") == 4


async def test_a_list_leaves_with_a_reason_of_the_table_and_is_written_down(tx):
    maker, reader = await staff(tx), await staff(tx, roles=[Role.READER])
    await actions.export(tx, maker, "terminals", 12, "450100", "report")
    assert await told(tx, "operators.list_exported") == 1
    with pytest.raises(errors.ReasonMissing):
        await actions.export(tx, maker, "terminals", 12, "450100", "curiosity")
    with pytest.raises(errors.NotPermitted):
        await actions.export(tx, reader, "terminals", 12, "450100", "report")


async def test_the_invariants_find_what_they_are_there_for(tx):
    maker, checker = await staff(tx), await staff(tx, roles=[Role.CHECKER])
    asked = await actions.ask(tx, maker, "channels.pause", "chan_1", "450100", {}, WHY)
    await actions.approve(tx, checker, asked.id)
    await tx.run("UPDATE operators.member SET roles = '{system,auditor}', otp_sealed = NULL WHERE id = $1", maker.staff_id)
    await tx.run("UPDATE operators.member SET state = 'disabled' WHERE id = $1", checker.staff_id)
    assert await holds(tx) == ["operators.roles_separated", "operators.two_factors", "operators.sessions_of_active"]


async def test_no_name_stands_in_the_database_in_clear(tx):
    await staff(tx, name="黄海燕")
    assert not await tx.value("SELECT EXISTS (SELECT FROM operators.member m WHERE m::text LIKE '%黄海燕%')")
    assert not await tx.value("SELECT EXISTS (SELECT FROM kit.event e WHERE e.body::text LIKE '%黄海燕%')")
