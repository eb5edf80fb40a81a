"""Checks: an invariant is named with what breaks it; those of the house hold on an empty database."""
import socket

import pytest

from essc import app
from essc.kit.db.checks import Check, prove, prove_all


async def _nothing(tx):
    return []


async def _two(tx):
    return [str(row["n"]) for row in await tx.rows("SELECT n FROM generate_series(1, 2) n")]


async def test_a_check_holds_when_nothing_breaks_it(tx):
    [good, bad] = await prove(tx, [Check("room.good", "good", _nothing), Check("room.bad", "bad", _two)])
    assert (good.holds, bad.holds, bad.broken) == (True, False, ("1", "2"))


async def test_every_check_of_the_house_runs_and_holds_on_an_empty_database(db):
    assert [finding.check.name for finding in await prove_all(db, app.CHECKS) if not finding.holds] == []


def test_every_check_has_a_name_of_its_room_and_a_sentence():
    names = [check.name for check in app.CHECKS]
    assert len(set(names)) == len(names)
    assert not [check.name for check in app.CHECKS if "." not in check.name or len(check.meaning.split()) < 4]


@pytest.mark.parametrize("address", [("10.1.2.3", 80), ("192.0.2.1", 443)])
def test_no_test_leaves_the_machine(address):
    with socket.socket() as line, pytest.raises(OSError, match="a test may not connect"):
        line.connect(address)
