"""Batches: what gathers goes together, everybody gets an answer of his own, and trouble stays with whom it belongs to."""
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc.kit.batch import Batch, BatchSettings, ContentDiffers, ItemRefused, OutcomeUnknown, QueueFull, ShuttingDown
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.errors import Kind, Refused


class Odd(Refused):
    """An odd number."""

    kind, code = Kind.CONFLICT, "odd"


@dataclass
class Verb:
    """A set-based verb that notes its calls, waits at a gate when there is one, and fails as it is told."""

    gate: asyncio.Event | None = None
    failures: list[Exception] = field(default_factory=list)
    calls: list[list[Any]] = field(default_factory=list)

    async def __call__(self, tx: Tx, items: Sequence[Any]) -> list[Any]:
        self.calls.append(list(items))
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        return [Odd(str(item)) if item % 2 else item * 10 for item in items]


def outcomes(found: Sequence[Any]) -> list[Any]:
    return [type(one) if isinstance(one, BaseException) else one for one in found]


async def ask_all(batch: Batch[Any, Any], items: Sequence[Any]) -> list[Any]:
    return outcomes(await asyncio.gather(*(batch.ask(item) for item in items), return_exceptions=True))


async def test_one_alone_is_a_batch_of_one_and_the_rest_gathers_while_it_is_written(shelf: Database) -> None:
    verb = Verb(gate=asyncio.Event())
    batch: Batch[int, int] = Batch(shelf, verb)
    first = asyncio.create_task(batch.ask(0))
    while not verb.calls:
        await asyncio.sleep(0)
    rest = [asyncio.create_task(batch.ask(n)) for n in range(2, 12, 2)]
    await asyncio.sleep(0)
    assert verb.gate is not None
    verb.gate.set()
    assert await asyncio.gather(first, *rest) == [0, 20, 40, 60, 80, 100]
    assert verb.calls == [[0], [2, 4, 6, 8, 10]]


async def test_everybody_gets_an_answer_or_refusal_of_his_own(shelf: Database) -> None:
    assert await ask_all(Batch(shelf, Verb()), range(5)) == [0, Odd, 20, Odd, 40]


async def test_a_batch_is_never_larger_than_the_setting(shelf: Database) -> None:
    verb = Verb()
    await ask_all(Batch(shelf, verb, BatchSettings(largest=4)), range(0, 20, 2))
    assert [len(call) for call in verb.calls] == [4, 4, 2]


async def test_a_full_queue_sends_callers_away_at_once(shelf: Database) -> None:
    batch: Batch[int, int] = Batch(shelf, Verb(), BatchSettings(queue=3))
    assert await ask_all(batch, range(0, 10, 2)) == [0, 20, 40, QueueFull, QueueFull]
    assert QueueFull().retryable


@pytest.mark.parametrize(("posters", "most"), [(1, 1), (2, 2)])
async def test_as_many_transactions_at_once_as_there_are_posters(shelf: Database, posters: int, most: int) -> None:
    under_way, seen = 0, []

    async def many(tx: Tx, items: Sequence[int]) -> list[int]:
        nonlocal under_way
        under_way += 1
        seen.append(under_way)
        await tx.value("SELECT pg_sleep(0.005)")
        under_way -= 1
        return list(items)

    batch: Batch[int, int] = Batch(shelf, many, BatchSettings(largest=3, posters=posters))
    assert await ask_all(batch, range(20)) == list(range(20))
    assert max(seen) == most


async def test_duplicates_are_joined_before_sql_and_other_content_is_refused(shelf: Database) -> None:
    verb = Verb()
    batch: Batch[int, int] = Batch(shelf, verb)
    asked = [batch.ask(2, id="a", content="x"), batch.ask(2, id="a", content="x"), batch.ask(4, id="a", content="y"), batch.ask(6, id="b", content="x")]
    assert outcomes(await asyncio.gather(*asked, return_exceptions=True)) == [20, 20, ContentDiffers, 60]
    assert verb.calls == [[2, 6]]


async def test_a_duplicate_of_what_is_being_written_waits_for_it(shelf: Database) -> None:
    verb = Verb(gate=asyncio.Event())
    batch: Batch[int, int] = Batch(shelf, verb, BatchSettings(posters=2))
    first = asyncio.create_task(batch.ask(2, id="a"))
    while not verb.calls:
        await asyncio.sleep(0)
    second = asyncio.create_task(batch.ask(2, id="a"))
    await asyncio.sleep(0)
    assert verb.gate is not None
    verb.gate.set()
    assert (await first, await second, verb.calls) == (20, 20, [[2]])


async def test_a_cancelled_caller_leaves_only_while_its_item_is_not_taken(shelf: Database) -> None:
    verb = Verb(gate=asyncio.Event())
    batch: Batch[int, int] = Batch(shelf, verb)
    taken = asyncio.create_task(batch.ask(2))
    while not verb.calls:
        await asyncio.sleep(0)
    waiting, staying = asyncio.create_task(batch.ask(4)), asyncio.create_task(batch.ask(6))
    await asyncio.sleep(0)
    taken.cancel()
    waiting.cancel()
    await asyncio.gather(taken, waiting, return_exceptions=True)
    assert verb.gate is not None
    verb.gate.set()
    assert (await staying, verb.calls) == (60, [[2], [6]])


PASSING = [asyncpg.DeadlockDetectedError("x"), asyncpg.SerializationError("x"), asyncpg.ConnectionFailureError("x"), asyncpg.AdminShutdownError("x"),
           ConnectionResetError(), asyncpg.InterfaceError("connection is closed")]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
async def test_trouble_that_passes_is_tried_again(shelf: Database, error: Exception) -> None:
    verb = Verb(failures=[error, error])
    assert await ask_all(Batch(shelf, verb), [0, 2]) == [0, 20]
    assert verb.calls == [[0, 2]] * 3


@pytest.mark.parametrize("error", [asyncpg.InternalServerError("while judging"), RuntimeError("a bug"), asyncpg.UndefinedTableError("x")])
async def test_other_trouble_leaves_the_outcome_unknown_for_all(shelf: Database, error: Exception) -> None:
    batch: Batch[int, int] = Batch(shelf, Verb(failures=[error]))
    assert await ask_all(batch, [0, 2]) == [OutcomeUnknown, OutcomeUnknown]
    assert await batch.ask(4) == 40
    assert OutcomeUnknown().retryable


async def test_a_verb_that_answers_too_little_is_trouble(shelf: Database) -> None:
    async def many(tx: Tx, items: Sequence[int]) -> list[int]:
        return [1]

    assert await ask_all(Batch(shelf, many), [0, 2]) == [OutcomeUnknown, OutcomeUnknown]


async def test_a_refusal_of_the_whole_call_is_everybody_s(shelf: Database) -> None:
    assert await ask_all(Batch(shelf, Verb(failures=[Odd()])), [0, 2]) == [Odd, Odd]


async def keep(tx: Tx, items: Sequence[str]) -> list[str]:
    await tx.run("INSERT INTO kit.schedule (job, last_at, took_ms) SELECT j, $2, CASE WHEN j LIKE 'bad%' THEN j::int END FROM unnest($1::text[]) AS u(j)",
                 sorted(items), tx.now)
    return list(items)


async def test_a_value_that_the_database_refuses_is_found_and_its_neighbours_are_written(swept: Database) -> None:
    names = [f"bad {n}" if n in (3, 11) else f"job {n:02}" for n in range(16)]
    found = await ask_all(Batch(swept, keep), [*names, "nul \x00"])
    assert found == [ItemRefused if name.startswith("bad") else name for name in names] + [ItemRefused]
    async with swept.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.schedule") == 14


async def test_a_connection_that_is_killed_while_it_writes_loses_and_doubles_nothing(swept: Database) -> None:
    killed = False

    async def many(tx: Tx, items: Sequence[str]) -> list[str]:
        nonlocal killed
        await tx.run("INSERT INTO kit.schedule (job, last_at) SELECT j, $2 FROM unnest($1::text[]) AS u(j)", sorted(items), tx.now)
        if not killed:
            killed = True
            tx.conn.terminate()     # type: ignore[union-attr]
        return list(items)

    assert await ask_all(Batch(swept, many), ["a", "b"]) == ["a", "b"]
    async with swept.read_tx() as tx:
        assert await tx.value("SELECT count(*) FROM kit.schedule") == 2


async def test_a_reading_batch_may_not_write(swept: Database) -> None:
    assert await ask_all(Batch(swept, keep, reads_only=True), ["a"]) == [OutcomeUnknown]


async def test_closing_answers_what_was_asked_and_takes_no_more(shelf: Database) -> None:
    batch: Batch[int, int] = Batch(shelf, Verb(), BatchSettings(largest=2))
    asked = [asyncio.create_task(batch.ask(n)) for n in (0, 2, 4)]
    await asyncio.sleep(0)
    await batch.close()
    assert await asyncio.gather(*asked) == [0, 20, 40]
    with pytest.raises(ShuttingDown):
        await batch.ask(6)
    assert len(batch) == 0


class _NoDatabase:
    """A database of which nothing is asked."""

    def tx(self, *_: Any, **__: Any) -> "_NoDatabase":
        return self

    async def __aenter__(self) -> None:
        await asyncio.sleep(0)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)


Step = st.tuples(st.sampled_from(["ask", "cancel", "turn"]), st.integers(0, 6))


@given(st.lists(Step, max_size=40), st.integers(1, 3), st.integers(1, 2))
def test_whatever_the_order_every_caller_that_stays_is_answered_and_no_id_stands_twice_in_a_call(steps: list[tuple[str, int]], largest: int, posters: int) -> None:
    async def many(tx: Any, items: Sequence[int]) -> list[int]:
        assert len(set(items)) == len(items) <= largest
        await asyncio.sleep(0)
        return list(items)

    async def play() -> None:
        batch: Batch[int, int] = Batch(_NoDatabase(), many, BatchSettings(largest=largest, posters=posters))   # type: ignore[arg-type]
        asked: list[tuple[int, asyncio.Task[Any]]] = []
        for what, number in steps:
            if what == "ask":
                asked.append((number, asyncio.create_task(batch.ask(number, id=number))))
            elif what == "cancel" and asked:
                asked[number % len(asked)][1].cancel()
            await asyncio.sleep(0)
        await asyncio.wait_for(batch.close(), 5)
        for number, task in asked:
            (answer,) = await asyncio.gather(task, return_exceptions=True)
            assert answer == number or isinstance(answer, asyncio.CancelledError)
        assert len(batch) == 0

    asyncio.run(play())
