"""The staff of a demonstration: invited and joined through the same doors as everybody, once."""
import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from essc.cli import staging
from essc.kit.db.checks import prove_all
from essc.operators import actions, calls, queries
from essc.operators.calls.comparing import Caller
from essc.operators.model import ADMINS, MemberState
from essc_sandbox.authenticator.app import build


async def test_they_join_once_whatever_stopped_an_earlier_start_and_sign_in_with_the_codes_of_the_authenticator(db, tmp_path):
    async with db.tx() as tx:
        await actions.invite_first(tx, staging.STAFF[0].login, "陈晓明", "部信息中心（演示）", ["maker"])
    phone = Starlette(routes=[Mount("/authenticator", build(tmp_path))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(phone), base_url="http://sandbox") as sandbox:
        await staging.staff(db, sandbox)
        await staging.staff(db, sandbox)
        codes = (await sandbox.get("/authenticator/codes")).json()["codes"]
    async with db.read_tx() as tx:
        members = {one.login: one for one in await queries.everybody(tx)}
    assert set(members) == set(codes) == {one.login for one in staging.STAFF}
    assert {one.state for one in members.values()} == {MemberState.ACTIVE}
    assert {role for one in members.values() for role in one.roles} > ADMINS
    assert [finding.check.name for finding in await prove_all(db, queries.CHECKS) if not finding.holds] == []
    await calls.enter(db, Caller(staging.STAGER, "127.0.0.1"), "zhoumin", staging.STAFF_PASSWORD)
