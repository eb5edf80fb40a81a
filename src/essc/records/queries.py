"""Reads of use records, for the holder's screens and API."""
from typing import Final
from uuid import UUID

from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.kit.paging import Page, Paged, cut
from essc.names import HolderId, TerminalId, UseId
from essc.records import model, store
from essc.records.model import NO_FILTER, Action, Count, Filter, Shown, Since, Work
from essc.venues import queries as venues

PRESENTED: Final = ("codes.presented",)
"""Events that must not be without a use."""


async def uses(tx: Tx, holder_id: HolderId, page: Page, wanted: Filter = NO_FILTER) -> Paged[Shown]:
    """A page of a holder's uses, newest first. Raises CursorInvalid."""
    after = page.after(tuple[UUID])
    found = await store.page(tx, holder_id, wanted, after[0] if after else None, page.limit + 1)
    return cut(found, page, lambda shown: (shown.use.id,), lambda shown: shown)


async def use(tx: Tx, holder_id: HolderId, use_id: UseId) -> Shown:
    """One use of a holder. Raises UseNotFound, also for another's."""
    return await store.get(tx, holder_id, use_id)


async def work(tx: Tx, terminal_id: TerminalId, since: Since) -> Work:
    """What a terminal did since its shift or the day began (S9). Names nobody. Raises TerminalNotFound."""
    handed_over = (await venues.terminal(tx, terminal_id)).sessions_since
    began_at = model.day_began(tx.now) if since is Since.DAY else model.shift_began(handed_over, tx.now)
    rows = await store.work(tx, terminal_id, began_at)
    counts = [Count(row["scene"], row["way"], row["verdict"], row["count"]) for row in rows if row["action"] == Action.CODE]
    return Work(began_at=began_at, counted_at=tx.now, counts=counts, forged=await store.forged(tx, terminal_id, began_at),
                 mismatched=sum(row["count"] for row in rows if row["action"] == Action.COMPARED))


async def at_terminal(tx: Tx, terminal_id: TerminalId, limit: int) -> list[Shown]:
    """The last uses at a terminal, of whoever, for somebody who looks into what happened there."""
    return await store.at_terminal(tx, terminal_id, limit)


async def disowned(tx: Tx, limit: int = 100) -> list[Shown]:
    """The notes for whoever looks into it: uses that somebody said were not theirs, the last said first."""
    return await store.disowned(tx, limit)


async def _without_use(tx: Tx) -> list[str]:
    return await store.without_use(tx, PRESENTED)


CHECKS: Final = (
    Check("records.use_has_event", "every use has its event", store.without_event),
    Check("records.presented_is_shown", "every code that was presented stands in its holder's records", _without_use),
)
