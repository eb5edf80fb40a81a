"""Who may have how many codes by SMS sent to one telephone: a stranger alone, or many of them, never spend what the person needs."""
from datetime import timedelta
from typing import NamedTuple

import pytest

from essc.identity import actions, errors, model
from essc.kit.db.tx import Actor
from essc.kit.http.pages import ANONYMOUS

MOBILE, NUMBER, DAY = "19900000001", "999901198402100016", 86_400


class Asker(NamedTuple):
    """An app or holder, or an address on our pages; `proven`: signed in, or at a device where the person was."""

    actor: Actor
    peer: str = ""
    proven: bool = False


STRANGER, OTHER, THIRD = (Asker(ANONYMOUS, f"203.0.113.{n}") for n in (7, 8, 9))
NEIGHBOURS = [Asker(ANONYMOUS, f"2001:db8:1:2::{n:x}") for n in range(1, 9)]
APP, OTHER_APP = Asker(Actor("channel", "chan_one")), Asker(Actor("channel", "chan_two"))
PERSON = Asker(ANONYMOUS, "198.51.100.1", proven=True)
CROWD = [Asker(ANONYMOUS, f"192.0.2.{n}") for n in range(1, 20)]


async def allowed(tx, who, *, mobile=MOBILE, number=None):
    """Whether one more code goes out; the seconds to wait when not."""
    tx.actor = who.actor
    try:
        async with tx.conn.transaction():
            await actions.throttle_codes(tx, mobile, number, peer=who.peer, proven=who.proven)
    except errors.SmsTooOften as refused:
        return refused.retry_after
    return True


async def spent_by(tx, askers):
    """How many of these get a code, one a minute."""
    got = 0
    for who in askers:
        got += await allowed(tx, who) is True
        tx.now += timedelta(minutes=1, seconds=1)
    return got


@pytest.mark.parametrize(("askers", "got", "then"), [
    ([STRANGER] * 20, 5, {STRANGER: False, OTHER: True, APP: True, PERSON: True}),
    ([APP] * 20, 5, {APP: False, OTHER_APP: True, STRANGER: True, PERSON: True}),
    (NEIGHBOURS, 5, {NEIGHBOURS[0]: False, OTHER: True, PERSON: True}),
    (CROWD, 8, {OTHER: False, APP: False, PERSON: True}),
    ([STRANGER] * 6 + [OTHER] * 6 + [APP] * 6, 8, {THIRD: False, OTHER_APP: False, PERSON: True}),
    ([*CROWD, PERSON, PERSON], 10, {PERSON: False, OTHER: False}),
    ([PERSON] * 20, 10, {PERSON: False, STRANGER: False}),
], ids=["one address", "one app", "one IPv6 network", "a crowd", "two addresses and an app", "a crowd, then the person", "the person"])
async def test_what_strangers_spend_of_a_day_leaves_some_for_others_and_for_the_person(tx, askers, got, then):
    assert await spent_by(tx, askers) == got
    for who, may in then.items():
        assert (await allowed(tx, who) is True) == may, who
        tx.now += timedelta(minutes=1, seconds=1)


async def test_the_pause_of_a_stranger_is_not_the_persons(tx):
    assert await allowed(tx, STRANGER) is True
    assert 0 < await allowed(tx, OTHER) <= 60
    assert await allowed(tx, PERSON) is True
    assert 0 < await allowed(tx, PERSON) <= 60


async def test_who_is_refused_pays_nothing_and_is_told_the_longest_wait(tx):
    await spent_by(tx, [STRANGER] * 5)
    waits = [await allowed(tx, STRANGER) for _ in range(3)]
    assert len(set(waits)) == 1 and 3600 < waits[0] <= DAY / 5
    tx.now += timedelta(seconds=waits[0])
    assert await allowed(tx, STRANGER) is True


async def test_what_is_spent_for_a_number_is_spent_whoever_holds_which_telephone(tx):
    for _ in range(5):
        assert await allowed(tx, STRANGER, mobile=None, number=NUMBER) is True
        tx.now += timedelta(minutes=1, seconds=1)
    assert await allowed(tx, STRANGER, number=NUMBER) is not True
    assert await allowed(tx, PERSON, number=NUMBER) is True


async def test_one_address_cannot_use_up_what_all_strangers_have(tx):
    for n in range(actions.SMS_BY_ADDRESS.count):
        assert await allowed(tx, STRANGER, mobile=f"199{n:08d}") is True
    assert await allowed(tx, STRANGER, mobile="19899999999") is not True
    assert await allowed(tx, OTHER, mobile="19899999999") is True


@pytest.mark.parametrize(("address", "counted"), [
    ("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::1", "2001:db8:1:2::/64"), ("", ""), ("unix", "unix")])
def test_an_ipv6_network_counts_as_one_address(address, counted):
    assert model.network(address) == counted
