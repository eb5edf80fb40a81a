"""Builds people, cards and places in one line each, in the test's own transaction. Rooms add their builders here."""
from essc.kit.db.tx import Tx


class World:
    """One line, one thing. Builders give the id of what they made and take only what the test is about."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx

    async def events(self, kind: str | None = None) -> list[str]:
        """The kinds of all events so far in order of their making, or only those of `kind`."""
        rows = await self.tx.rows("SELECT kind FROM kit.event WHERE $1::text IS NULL OR kind = $1 ORDER BY recorded_at, id", kind)
        return [row["kind"] for row in rows]

    async def last_event(self, tx: Tx | None = None) -> str | None:
        """The kind of the event that was recorded last."""
        kind: str | None = await (tx or self.tx).value("SELECT kind FROM kit.event ORDER BY cmin::text::int DESC LIMIT 1")
        return kind
