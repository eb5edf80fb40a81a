"""Invariants that can be proved again at any time on a live database: `essc check` and the tests collect them from the rooms."""
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx


@dataclass(frozen=True)
class Check:
    """One invariant: a stable name (`room.what`), one sentence of meaning, and a query for the ids that break it (none: it holds)."""

    name: str
    meaning: str
    find: Callable[[Tx], Awaitable[list[str]]]


@dataclass(frozen=True)
class Finding:
    """What one check found; `broken` are wire ids or keys, never a number or a name."""

    check: Check
    broken: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the invariant holds."""
        return not self.broken


async def prove(tx: Tx, checks: Iterable[Check]) -> list[Finding]:
    """Run every check in one transaction, so that all of them speak of the same state."""
    return [Finding(check, tuple(await check.find(tx))) for check in checks]


async def prove_all(db: Database, checks: Iterable[Check]) -> list[Finding]:
    """Run every check on one snapshot of a live database."""
    async with db.read_tx() as tx:
        return await prove(tx, checks)
