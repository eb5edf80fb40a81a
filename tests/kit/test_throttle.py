"""How often: in PostgreSQL for guesses, in memory for plain rates."""
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc.kit import throttle
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.throttle import Rate, Rates, Spent

FIVE = Rate("guess", 5, 60)
KEY = b"\x01" * 32


async def test_the_quota_may_be_used_at_once_and_comes_back_step_by_step(tx: Tx) -> None:
    assert [(await throttle.spend(tx, FIVE, KEY)).allowed for _ in range(6)] == [True] * 5 + [False]
    refused = await throttle.spend(tx, FIVE, KEY)
    assert refused == Spent(False, pytest.approx(12))
    tx.now += timedelta(seconds=12)
    assert [(await throttle.spend(tx, FIVE, KEY)).allowed for _ in range(2)] == [True, False]
    tx.now += timedelta(seconds=120)
    assert [(await throttle.spend(tx, FIVE, KEY)).allowed for _ in range(6)] == [True] * 5 + [False]


async def test_one_s_guesses_do_not_lock_another_out_nor_one_kind_another_kind(tx: Tx) -> None:
    for _ in range(6):
        await throttle.spend(tx, FIVE, KEY)
    assert (await throttle.spend(tx, FIVE, b"\x02" * 32)).allowed
    assert (await throttle.spend(tx, Rate("sms", 1, 60), KEY)).allowed


async def test_the_right_guess_gives_the_quota_back(tx: Tx) -> None:
    for _ in range(6):
        await throttle.spend(tx, FIVE, KEY)
    await throttle.forgive(tx, FIVE, KEY)
    assert (await throttle.spend(tx, FIVE, KEY)).allowed


async def test_many_keys_are_counted_in_one_statement_each_with_its_own_number(tx: Tx) -> None:
    first = await throttle.spend_many(tx, FIVE, {b"a": 5, b"b": 1})
    second = await throttle.spend_many(tx, FIVE, {b"b": 1, b"a": 1, b"c": 3})
    assert {key: spent.allowed for key, spent in (first | second).items()} == {b"a": False, b"b": True, b"c": True}
    assert await throttle.waiting(tx, FIVE, [b"a", b"b", b"c"]) == {b"a": pytest.approx(12)}
    assert await throttle.spend_many(tx, FIVE, {}) == {} == await throttle.waiting(tx, FIVE, [])


async def test_guesses_from_two_processes_share_one_quota(swept: Database) -> None:
    async with swept.tx() as one:
        for _ in range(3):
            await throttle.spend(one, FIVE, KEY)
    async with swept.tx() as two:
        assert [(await throttle.spend(two, FIVE, KEY)).allowed for _ in range(3)] == [True, True, False]


async def test_what_holds_nothing_any_more_is_dropped(tx: Tx) -> None:
    await throttle.spend(tx, FIVE, KEY)
    assert await throttle.prune(tx) == 0
    tx.now += throttle.KEPT + timedelta(minutes=2)
    assert await throttle.prune(tx) == 1


def test_a_caller_is_told_what_is_left_and_when_to_come_back() -> None:
    rates = Rates({"channel": Rate("channel", 3, 60)})
    found = [rates.take("channel", "a", 100.0) for _ in range(4)]
    assert [(taken.allowed, taken.told) for taken in found] == [
        (True, b'"channel";r=2;t=20'), (True, b'"channel";r=1;t=40'), (True, b'"channel";r=0;t=60'), (False, b'"channel";r=0;t=20')]
    assert found[0].policy == b'"channel";q=3;w=60'
    assert found[3].retry_after == pytest.approx(20)
    assert rates.take("channel", "b", 100.0).allowed and rates.take("channel", "a", 120.0).allowed


@given(st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_never_more_than_the_quota_and_one_step_s_worth_pass_in_any_window(waits: list[float]) -> None:
    rates, now, passed = Rates({"x": Rate("x", 5, 10)}), 0.0, []
    for wait in waits:
        now += wait
        if rates.take("x", "a", now).allowed:
            passed.append(now)
    for start in passed:
        assert sum(start <= moment < start + 10 for moment in passed) <= 10


def test_callers_of_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = throttle._Counter(Rate("x", 5, 10))
    counter.callers = {f"c{n}": 1.0 for n in range(throttle.MOST_CALLERS)}
    assert counter.take("fresh", 100.0).allowed
    assert set(counter.callers) == {"fresh"}
