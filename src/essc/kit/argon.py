"""Hashing and comparing passwords off the event loop, with the one set of parameters of the house.

Argon2id, 19 MiB, two passes, one lane (OWASP Password Storage, 2023). What is hashed is never a password itself but a keyed hash of it
(the pepper, which is not in the database). A person waits for it, and no transaction is open while it runs.
"""
import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from essc.kit.errors import Refused

T = TypeVar("T")

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
THREADS: Final = max(1, (os.cpu_count() or 2) // 2)
WAITING_AT_MOST: Final = 64


class Queue:
    """A bounded thread pool: what does not fit is refused at once, with `busy`, instead of queueing for minutes."""

    def __init__(self, busy: type[Refused]) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._busy = busy
        self._waiting = 0

    async def hashed(self, secret: bytes) -> str:
        """The hash of `secret` in its encoded form. Raises the refusal of the queue."""
        return await self._run(lambda: HASHER.hash(secret))

    async def matches(self, encoded: str, secret: bytes) -> bool:
        """Whether `encoded` is the hash of `secret`. Raises the refusal of the queue."""
        def compare() -> bool:
            try:
                return HASHER.verify(encoded, secret)
            except VerifyMismatchError:
                return False
        return await self._run(compare)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_AT_MOST:
            raise self._busy("too many passwords wait to be compared", retry_after=2)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1


def outdated(encoded: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(encoded)
