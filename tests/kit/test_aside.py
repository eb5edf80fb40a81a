"""Rows written aside: in batches, bounded, never anybody's trouble."""
import asyncio

import pytest

from essc.kit.aside import Aside

pytestmark = pytest.mark.anyio


class Sink:
    """Keeps what is written, or fails."""

    def __init__(self) -> None:
        self.written: list[list[int]] = []
        self.broken = False
        self.wrote = asyncio.Event()

    async def write(self, items) -> None:
        self.wrote.set()
        if self.broken:
            raise ConnectionError("away")
        self.written.append(list(items))


async def test_what_gathered_is_written_together():
    sink = Sink()
    aside = Aside(sink.write, name="test", seconds=0.001)
    assert aside.put(1) and aside.put(2)
    aside.start()
    await sink.wrote.wait()
    await aside.close()
    assert sink.written == [[1, 2]]


async def test_more_than_there_is_room_for_is_dropped():
    sink = Sink()
    aside = Aside(sink.write, name="test", most=2)
    assert [aside.put(number) for number in range(3)] == [True, True, False]
    await aside.flush()
    assert sink.written == [[0, 1]] and aside.put(4)


async def test_a_write_that_fails_is_nobodys_trouble_and_the_next_one_goes_through():
    sink = Sink()
    aside = Aside(sink.write, name="test")
    sink.broken = True
    aside.put(1)
    await aside.flush()
    sink.broken = False
    aside.put(2)
    await aside.flush()
    assert sink.written == [[2]]


async def test_the_end_writes_what_is_left():
    sink = Sink()
    aside = Aside(sink.write, name="test", seconds=1000)
    aside.start()
    aside.put(1)
    await aside.close()
    assert sink.written == [[1]]
