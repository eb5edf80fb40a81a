"""Signing in: every try is counted before it is judged, an unknown login is told what a known one is told, a one-time code counts once."""
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from essc.kit import clock
from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.operators import actions, calls, errors, model, queries, store
from essc.operators.calls import comparing
from essc.operators.calls.comparing import Caller
from essc.operators.model import Member, Purpose, Role
from tests.operators.staffing import PASSWORD, code_of, joined, secret
from tests.postgres import Postgres

WHO = Caller(Actor("anonymous", "page"), "127.0.0.9", "req_test")
OTHER = "Cross-the-river-31"


@pytest.fixture(scope="module")
async def desk(pg: Postgres, keys: Keys) -> AsyncIterator[Database]:
    """One database for the file."""
    name = await pg.create()
    database = await Database.open(pg.url(name), keys, largest=8)
    try:
        yield database
    finally:
        await database.close()
        await pg.drop(name)


async def member(db: Database, **how) -> Member:
    async with db.tx() as tx:
        await tx.run("DELETE FROM kit.throttle")
        made = await joined(tx, **how)
    hashed = await comparing.hashed(db.keys, made.id, PASSWORD)
    async with db.tx() as tx:
        await store.set_password(tx, made.id, hashed)
        return await store.member(tx, made.id)


async def now_code(db: Database, one: Member, ahead: int = 0) -> str:
    async with db.tx() as tx:
        return code_of(await secret(tx, one), clock.now().timestamp() + ahead)


async def refused(attempt) -> errors.Refused:
    with pytest.raises(errors.Refused) as told:
        await attempt
    return told.value


async def test_password_and_code_open_a_session_and_the_code_counts_once(desk):
    one = await member(desk)
    code = await now_code(desk, one)
    first = await calls.confirm(desk, WHO, await calls.enter(desk, WHO, one.login.upper(), PASSWORD), code, "Linux · Chrome")
    assert (await calls.authenticate(desk, first.token)).staff_id == one.id
    async with desk.read_tx() as tx:
        assert await tx.value("SELECT actor_id FROM kit.event WHERE kind = 'operators.signed_in' AND body->>'session_id' = $1", str(first.session.id)) == first.session.actor.id
    again = await calls.enter(desk, WHO, one.login, PASSWORD)
    assert isinstance(await refused(calls.confirm(desk, WHO, again, code, "Linux · Chrome")), errors.OneTimeCodeWrong)
    assert isinstance(await refused(calls.confirm(desk, WHO, again, await now_code(desk, one, -30), "?")), errors.OneTimeCodeWrong)
    await calls.confirm(desk, WHO, again, await now_code(desk, one, 30), "Linux · Chrome")
    assert isinstance(await refused(calls.confirm(desk, WHO, again, await now_code(desk, one), "?")), errors.EntryOver)


async def test_an_unknown_login_is_told_counted_and_locked_like_a_known_one(desk):
    one = await member(desk)
    told = {}
    for login in (one.login, "nobody.here"):
        answers = [await refused(calls.enter(desk, WHO, login, "Wrong-password-77")) for _ in range(6)]
        told[login] = [(type(answer), answer.params.get("n")) for answer in answers]
    assert told[one.login] == told["nobody.here"]
    assert told[one.login] == [(errors.SignInWrong, 4), (errors.SignInWrong, 3), (errors.SignInWrong, 2), (errors.SignInWrong, 1), (errors.SignInLocked, 5),
                               (errors.SignInLocked, 5)]
    assert isinstance(await refused(calls.enter(desk, WHO, one.login, PASSWORD)), errors.SignInLocked)
    async with desk.tx() as tx:
        await tx.run("UPDATE operators.guess SET tried_at = tried_at - $1::interval", model.LOCK + timedelta(seconds=1))
    await calls.enter(desk, WHO, one.login, PASSWORD)


async def test_codes_cannot_be_guessed_by_giving_the_password_again(desk):
    one = await member(desk)
    kinds = []
    for _ in range(4):
        try:
            entry = await calls.enter(desk, WHO, one.login, PASSWORD)
            await calls.confirm(desk, WHO, entry, "000000", "?")
        except errors.Refused as told:
            kinds.append(type(told))
    assert kinds == [errors.OneTimeCodeWrong, errors.OneTimeCodeWrong, errors.SignInLocked, errors.SignInLocked]


async def test_one_address_has_only_so_many_tries(desk):
    async with desk.tx() as tx:
        await tx.run("DELETE FROM kit.throttle")
        await tx.run("INSERT INTO kit.throttle (name, key, tat) VALUES ($1, $2, $3)", comparing.PER_PEER.name,
                     tx.keys.mac("lookup", b"staff-peer\x1f127.0.0.77"), tx.now + timedelta(seconds=comparing.PER_PEER.seconds))
    told = await refused(calls.enter(desk, Caller(WHO.actor, "127.0.0.77"), "somebody", "x"))
    assert isinstance(told, comparing.TooOften)


@pytest.mark.parametrize(("state", "told"), [("disabled", errors.MemberDisabled), ("invited", errors.MemberNotReady)])
async def test_that_an_account_does_not_work_is_told_to_who_knows_the_password_only(desk, state, told):
    one = await member(desk)
    async with desk.tx() as tx:
        await tx.run("UPDATE operators.session SET ended_at = now(), ended_why = 'test' WHERE member_id = $1", one.id)
        await tx.run("UPDATE operators.member SET state = $2 WHERE id = $1", one.id, state)
    assert isinstance(await refused(calls.enter(desk, WHO, one.login, "Wrong-password-77")), errors.SignInWrong)
    assert isinstance(await refused(calls.enter(desk, WHO, one.login, PASSWORD)), told)


async def test_a_first_sign_in_sets_password_and_app_and_the_link_is_used_up(desk):
    async with desk.tx() as tx:
        invited = await actions.invite_first(tx, "newcomer1", "黄海燕", "示例单位", ["maker"], ["450100"])
        offered = (await queries.invitation(tx, model.read_token(invited.token))).secret
    weak = await refused(calls.join(desk, WHO, invited.token, password="short", code=code_of(offered)))
    assert isinstance(weak, errors.StaffPasswordWeak)
    wrong = await refused(calls.join(desk, WHO, invited.token, password=PASSWORD, code="000000"))
    assert (type(wrong), wrong.params["n"]) == (errors.OneTimeCodeWrong, 4)
    await calls.join(desk, WHO, invited.token, password=PASSWORD, code=code_of(offered))
    assert isinstance(await refused(calls.join(desk, WHO, invited.token, password=PASSWORD, code=code_of(offered))), errors.InvitationOver)
    entry = await calls.enter(desk, WHO, "newcomer1", PASSWORD)
    assert isinstance(await refused(calls.confirm(desk, WHO, entry, code_of(offered), "?")), errors.OneTimeCodeWrong)
    await calls.confirm(desk, WHO, entry, code_of(offered, clock.now().timestamp() + 30), "Linux · Chrome")


async def test_who_resets_one_factor_does_not_get_in_without_the_other(desk):
    one = await member(desk)
    async with desk.tx() as tx:
        app = await actions.reset_from_machine(tx, one.login, Purpose.FACTOR)
        offered = (await queries.invitation(tx, model.read_token(app.token))).secret
    assert isinstance(await refused(calls.join(desk, WHO, app.token, password=OTHER, code=code_of(offered))), errors.SignInWrong)
    await calls.join(desk, WHO, app.token, password=PASSWORD, code=code_of(offered))
    async with desk.tx() as tx:
        word = await actions.reset_from_machine(tx, one.login, Purpose.PASSWORD)
        other = (await queries.invitation(tx, model.read_token(word.token))).secret
    assert isinstance(await refused(calls.join(desk, WHO, word.token, password=OTHER, code=code_of(other))), errors.OneTimeCodeWrong)
    await calls.join(desk, WHO, word.token, password=OTHER, code=code_of(offered, clock.now().timestamp() + 30))
    await calls.enter(desk, WHO, one.login, OTHER)


async def test_a_locked_screen_opens_with_the_password_and_counts_wrong_ones(desk):
    one = await member(desk)
    done = await calls.confirm(desk, WHO, await calls.enter(desk, WHO, one.login, PASSWORD), await now_code(desk, one), "Linux · Chrome")
    async with desk.tx() as tx:
        await actions.lock(tx, done.session)
    assert isinstance(await refused(calls.authenticate(desk, done.token)), errors.ScreenLocked)
    locked = await calls.on_screen(desk, done.token)
    assert locked is not None and locked.locked
    assert (await refused(calls.unlock(desk, WHO, locked, "Wrong-password-77"))).params["n"] == 4
    await calls.unlock(desk, WHO, locked, PASSWORD)
    assert (await calls.authenticate(desk, done.token)).id == done.session.id


async def test_a_changed_password_ends_the_other_sessions(desk):
    one = await member(desk, roles=[Role.READER])
    here = await calls.confirm(desk, WHO, await calls.enter(desk, WHO, one.login, PASSWORD), await now_code(desk, one), "A")
    there = await calls.confirm(desk, WHO, await calls.enter(desk, WHO, one.login, PASSWORD), await now_code(desk, one, 30), "B")
    assert isinstance(await refused(calls.change_password(desk, WHO, here.session, PASSWORD, "aaaa")), errors.StaffPasswordWeak)
    await calls.change_password(desk, WHO, here.session, PASSWORD, OTHER)
    await calls.authenticate(desk, here.token)
    assert isinstance(await refused(calls.authenticate(desk, there.token)), errors.StaffSessionOver)


@pytest.mark.parametrize("token", ["", "x", "AAAA", "!" * 43, "A" * 200])
async def test_what_is_no_token_of_ours_opens_nothing(desk, token):
    assert isinstance(await refused(calls.authenticate(desk, token)), errors.StaffSessionOver)
