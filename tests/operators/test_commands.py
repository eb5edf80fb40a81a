"""`essc staff`: the first member, and the way back in."""
import re

import pytest

from essc.kit import console
from essc.kit.db.pool import Database
from essc.kit.db.tx import SYSTEM
from essc.operators import calls, cli, model, queries
from essc.operators.calls.comparing import Caller
from tests.commands import commands
from tests.operators.staffing import PASSWORD, code_of


@pytest.fixture(scope="module")
def staff(pg, keys):
    """The room's commands on a database of their own."""
    return commands(cli.app, pg, keys)


def link(text: str) -> str:
    return re.search(r"/console/join\?link=([\w-]+)", text)[1]


def test_the_first_administrator_is_invited_joins_and_ends_the_inviting_here(staff):
    assert staff("list").exit_code == 0
    token = link(staff("invite", "first.admin", "--name", "梁志远", "--unit", "示例单位").output)
    newer = link(staff("invite", "first.admin", "--name", "梁志远", "--unit", "示例单位").output)
    assert token != newer
    console.run(None, lambda db: _join(db, newer))
    assert "first.admin" in staff("list").output and "梁志远" not in staff("list").output
    refused = staff("invite", "second.admin", "--name", "唐雨晴", "--unit", "示例单位")
    assert (refused.exit_code, "staff_bootstrap_done" in refused.output) == (1, True)


def test_a_lost_factor_is_reset_and_the_other_one_stays(staff):
    told = staff("reset", "first.admin", "--factor", "factor")
    assert told.exit_code == 0 and link(told.output)
    assert "invited" in staff("list").output
    assert staff("reset", "nobody", "--factor", "factor").exit_code == 1


async def _join(db: Database, token: str) -> None:
    async with db.read_tx() as tx:
        secret = (await queries.invitation(tx, model.read_token(token))).secret
    await calls.join(db, Caller(SYSTEM, "127.0.0.1"), token, password=PASSWORD, code=code_of(secret))
