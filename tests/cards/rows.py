"""Invented rows of card files, and cards made of them."""
from datetime import UTC, date, datetime, timedelta

from essc.cards import actions
from essc.cards.model import Card, Rules, State, Told
from essc.cards.queries import by_number
from essc.kit.db.tx import Tx
from tests.holders.people import number

REGION = "450100"
RULES = Rules(REGION, date(2026, 11, 20), demonstration=True)
T0 = datetime(2026, 11, 1, tzinfo=UTC)


def card_number(serial: int = 1) -> str:
    """A card number of nine characters."""
    return f"99{serial:07d}"


def row(serial: int = 1, *, person: int | None = None, **other: str) -> dict[str, str]:
    """A row of a card file in which everything is right; `person` says whose card it is (one each by default)."""
    who = serial if person is None else person
    told = {
        "card_number": card_number(serial), "identifier": f"{REGION}D156000005{serial:016X}", "name": "韦晓兰", "number": number(who % 1000, f"1990{who // 1000 % 12 + 1:02d}12"),
        "region": REGION, "bank_code": "105", "generation": "3", "issued_on": "2021-03-15", "valid_to": "2031-03-15", "state": "1",
    }
    return told | other


async def take(tx: Tx, *rows: dict[str, str], file: bytes = b"f" * 32, number: int = 0, rules: Rules = RULES) -> actions.Counts | None:
    """Import rows as one chunk of a file."""
    await actions.begin_file(tx, file, rules.region)
    return await actions.import_chunk(tx, file, rules.region, actions.make_chunk(tx.keys, number, 2, list(enumerate(rows, 2)), [], rules, tx.now))


async def card(tx: Tx, serial: int = 1, *, state: str = "1", file: bytes | None = None, **other: str) -> Card:
    """A card in `state`, from a file of its own."""
    await take(tx, row(serial, state=state, **other), file=file or serial.to_bytes(32, "big"))
    found = await by_number(tx, card_number(serial))
    assert found is not None
    return found


def event(sequence: int, previous: int, state: str, serial: int = 1, *, fields: dict[str, str] | None = None) -> actions.StatusEvent:
    """A status event of the feed; its time goes with its sequence."""
    return actions.StatusEvent(card_number(serial), Told(sequence, previous, State(state), T0 + timedelta(minutes=sequence)), fields)


def issue(sequence: int, serial: int, *, person: int | None = None, issued_on: str = "2025-01-01") -> actions.StatusEvent:
    """An event that brings a card, not enabled yet."""
    fields = {name: value for name, value in row(serial, person=person, issued_on=issued_on).items() if name not in ("card_number", "state")}
    return event(sequence, 0, "not_enabled", serial, fields=fields | {"valid_to": "2045-01-01"})
