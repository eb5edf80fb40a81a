"""The card office's own book: every card, its state, the numbered events that tell of it, and the requests already answered."""
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from essc_sandbox.province.holders import HOLDERS, Card, Holder, card_identifier, card_number

MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "enable": (("not_enabled",), "active"),
    "seal": (("active",), "sealed"),
    "unseal": (("sealed",), "active"),
    "report_temporary_loss": (("active",), "temporarily_lost"),
    "report_loss": (("active", "temporarily_lost"), "lost"),
    "lift_loss": (("lost", "temporarily_lost"), "active"),
    "lock": (("active",), "locked"),
    "unlock": (("locked",), "active"),
    "cancel": (("not_enabled", "active", "sealed", "lost", "locked", "temporarily_lost"), "cancelled"),
}
"""What the office can do with a card: from which states, to which."""

SITUATIONS = {"lost": "report_loss", "locked": "lock", "sealed": "seal", "cancelled": "cancel"}
"""The move that brings an active card into the state that its holder stands for."""

STATUS = {"not_enabled": "未启用", "sealed": "0", "active": "1", "lost": "2", "locked": "3", "temporarily_lost": "4", "cancelled": "9"}
"""AAZ502 as card files write it; a card that is not enabled yet has no code, but a word."""
STATES = {code: state for state, code in STATUS.items()}

STREAM = "000000"
"""One office keeps the cards of the whole invented country: its events are one numbered stream."""

_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS card (
    number TEXT PRIMARY KEY, identifier TEXT, region TEXT, bank_code TEXT, generation INTEGER, issued_on TEXT, valid_to TEXT, state TEXT,
    holder_number TEXT, holder_name TEXT, last_sequence INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS card_of_holder ON card (holder_number);
CREATE TABLE IF NOT EXISTS event (
    province TEXT, sequence INTEGER, card_number TEXT, previous INTEGER, move TEXT, state TEXT, occurred_at TEXT,
    holder_number TEXT, holder_name TEXT, replaces TEXT, sent INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (province, sequence));
CREATE TABLE IF NOT EXISTS request (id TEXT PRIMARY KEY, card_number TEXT, kind TEXT, receipt TEXT);
"""


class NoSuchCard(Exception):
    """The office does not know the card."""


class MoveNotAllowed(Exception):
    """A card of this state cannot make this move."""


@dataclass(frozen=True)
class Event:
    """One numbered move of a card, as the feed tells it."""

    province: str
    sequence: int
    card_number: str
    previous: int
    move: str
    state: str
    occurred_at: str
    replaces: str | None
    card: sqlite3.Row


class Office:
    """The book on disk."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._book = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._book.row_factory = sqlite3.Row
        self._book.executescript(_TABLES)
        if not self._book.execute("SELECT 1 FROM card LIMIT 1").fetchone():
            self.enter(HOLDERS)

    def close(self) -> None:
        """Close the book."""
        self._book.close()

    def enter(self, people: Iterable[Holder]) -> None:
        """Write people and their cards into the book; those who stand there already are left alone."""
        rows = [(*_plain(card), person.number, person.name) for person in people for card in person.cards]
        self._book.execute("BEGIN")
        self._book.executemany(
            "INSERT OR IGNORE INTO card (number, identifier, region, bank_code, generation, issued_on, valid_to, state,"
            " holder_number, holder_name) VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        self._book.execute("COMMIT")

    def invite(self, people: Iterable[Sequence[str]]) -> None:
        """Write people as lines of a card file (`people.py`) into the book; those who stand there already are left alone."""
        rows = [(number, chip, region, bank, int(generation), issued, valid, STATES[state], who, name)
                for number, chip, name, who, region, bank, generation, issued, valid, state in people]
        self._book.execute("BEGIN")
        self._book.executemany(
            "INSERT OR IGNORE INTO card (number, identifier, region, bank_code, generation, issued_on, valid_to, state,"
            " holder_number, holder_name) VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        self._book.execute("COMMIT")

    def find(self, key: str) -> sqlite3.Row:
        """The card of a card number, a holder's number or a holder's name (the newest of several). Raises NoSuchCard."""
        row: sqlite3.Row | None = self._book.execute(
            "SELECT * FROM card WHERE number = ?1 OR holder_number = ?1 OR holder_name = ?1 ORDER BY issued_on DESC LIMIT 1", (key,)).fetchone()
        if row is None:
            raise NoSuchCard(key)
        return row

    def cards(self, head: str = "") -> Iterator[sqlite3.Row]:
        """Every card whose region starts with `head`, in the order in which it was entered."""
        yield from self._book.execute("SELECT * FROM card WHERE region LIKE ? || '%' ORDER BY rowid", (head,))

    def invited(self) -> int:
        """How many people there are beside the twelve."""
        return int(self._book.execute("SELECT count(*) FROM card WHERE number NOT LIKE '99%'").fetchone()[0])

    def move(self, key: str, move: str, *, occurred_at: datetime | None = None) -> int:
        """Make a move and number it for the feed; gives the sequence. Raises NoSuchCard, MoveNotAllowed."""
        card = self.find(key)
        sources, target = MOVES.get(move, ((), ""))
        if card["state"] not in sources:
            raise MoveNotAllowed(f"a card that is {card['state']} cannot {move}")
        return self._record(card, move, target, occurred_at)

    def replace(self, key: str, *, occurred_at: datetime | None = None) -> str:
        """Cancel a card and issue a new one of the third generation to the same person; gives the new card number."""
        old = self.find(key)
        serial = int(self._book.execute("SELECT count(*) FROM card").fetchone()[0]) + 500_000
        today = (occurred_at or datetime.now(UTC)).date()
        new = Card(card_number(f"99{serial:06d}"), card_identifier(old["region"], serial), old["region"], old["bank_code"], 3, today,
                   today.replace(year=today.year + 10, day=min(today.day, 28)), "not_enabled")
        self._exchange(old, new, occurred_at)
        return new.number

    def _exchange(self, old: sqlite3.Row, new: Card, occurred_at: datetime | None = None) -> None:
        if old["state"] != "cancelled":
            self._record(old, "cancel", "cancelled", occurred_at)
        self._book.execute(
            "INSERT INTO card (number, identifier, region, bank_code, generation, issued_on, valid_to, state, holder_number, holder_name)"
            " VALUES (?,?,?,?,?,?,?,?,?,?)", (*_plain(replace(new, state="not_enabled")), old["holder_number"], old["holder_name"]))
        self._record(self.find(new.number), "issue", "not_enabled", occurred_at, replaces=old["number"])
        self._record(self.find(new.number), "enable", "active", occurred_at)

    def rehearse(self) -> None:
        """Put the twelve back to where every story begins: one card each, active, nothing told yet. Cards that have moved are left alone."""
        for person in HOLDERS:
            first, *later = person.cards
            self._book.executemany("DELETE FROM card WHERE number = ? AND last_sequence = 0", [(card.number,) for card in later])
            self._book.execute("UPDATE card SET state = 'active' WHERE number = ? AND last_sequence = 0", (first.number,))

    def perform(self) -> list[str]:
        """Move each of the twelve into the situation they stand for, through the feed; gives the numbers of the cards that moved."""
        moved = []
        for person in HOLDERS:
            now = self.find(person.cards[0].number)
            if now["state"] != "active" or now["last_sequence"]:
                continue
            if len(person.cards) > 1:
                self._exchange(now, person.card)
                moved.append(now["number"])
            elif person.card.state in SITUATIONS:
                self.move(now["number"], SITUATIONS[person.card.state])
                moved.append(now["number"])
        return moved

    def _record(self, card: sqlite3.Row, move: str, state: str, occurred_at: datetime | None, replaces: str | None = None) -> int:
        at = (occurred_at or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._book.execute("BEGIN IMMEDIATE")
        last = self._book.execute("SELECT max(sequence) FROM event WHERE province = ?", (STREAM,)).fetchone()[0] or 0
        previous = self._book.execute("SELECT last_sequence FROM card WHERE number = ?", (card["number"],)).fetchone()[0]
        self._book.execute("UPDATE card SET state = ?, last_sequence = ? WHERE number = ?", (state, last + 1, card["number"]))
        self._book.execute(
            "INSERT INTO event (province, sequence, card_number, previous, move, state, occurred_at, holder_number, holder_name, replaces)"
            " VALUES (?,?,?,?,?,?,?,?,?,?)",
            (STREAM, last + 1, card["number"], previous, move, state, at, card["holder_number"], card["holder_name"], replaces))
        self._book.execute("COMMIT")
        return int(last) + 1

    def unsent(self, limit: int = 200) -> list[Event]:
        """The oldest events that the platform has not taken yet, of one province."""
        first = self._book.execute("SELECT province FROM event WHERE sent = 0 ORDER BY occurred_at, sequence LIMIT 1").fetchone()
        if first is None:
            return []
        rows = self._book.execute("SELECT * FROM event WHERE sent = 0 AND province = ? ORDER BY sequence LIMIT ?", (first["province"], limit))
        return [Event(row["province"], row["sequence"], row["card_number"], row["previous"], row["move"], row["state"], row["occurred_at"],
                      row["replaces"], self.find(row["card_number"])) for row in rows.fetchall()]

    def sent(self, events: Iterable[Event], mark: int = 1) -> None:
        """Mark events as taken (1) or as lost on purpose (2)."""
        self._book.executemany("UPDATE event SET sent = ? WHERE province = ? AND sequence = ?", [(mark, e.province, e.sequence) for e in events])

    def answered(self, request_id: str) -> sqlite3.Row | None:
        """What was answered to a request before, if it was."""
        row: sqlite3.Row | None = self._book.execute("SELECT * FROM request WHERE id = ?", (request_id,)).fetchone()
        return row

    def answer(self, request_id: str, card_number: str, kind: str, receipt: str) -> None:
        """Remember a request and its receipt."""
        self._book.execute("INSERT INTO request VALUES (?,?,?,?)", (request_id, card_number, kind, receipt))


def _plain(card: Card) -> tuple[object, ...]:
    return tuple(value.isoformat() if hasattr(value, "isoformat") else value for value in astuple(card))
