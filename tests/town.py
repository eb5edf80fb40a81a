"""A town in the running house: the province's cards are in, an app carries them, and people come by who were never there before."""
import csv
import io
import itertools
import threading
from collections.abc import Mapping
from typing import NamedTuple

from tests.callers import PASSWORD, Channel, Line, Person, Phone, Terminal, at_once, terminals
from tests.running import House

IN_USE = "1"


class Resident(NamedTuple):
    """A person with an e-card on the town's app, signed in on a phone."""

    person: Person
    phone: Phone


class Town:
    """One app and all the people of the card file who hold a card in use and are not among the twelve."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.import_cards()
        self.line = Line(house)
        self.channel = Channel(self.line, "便民通（演示）")
        known = {one["number"] for one in house.sandbox.people().values()}
        lines = csv.DictReader(io.StringIO(house.sandbox.card_file().decode("utf-8-sig")))
        self._people = (self._person(n, line) for n, line in enumerate(lines) if line["status"] == IN_USE and line["number"] not in known)
        self._turn = threading.Lock()

    def _person(self, place: int, line: Mapping[str, str]) -> Person:
        return Person.of(self.house, line | {"mobile": f"199{place:08d}"})

    def person(self) -> Person:
        """Somebody who has a card and no electronic one yet."""
        with self._turn:
            return next(self._people)

    def resident(self, password: str = PASSWORD) -> Resident:
        """Somebody who has applied with this password and signed in."""
        who = self.person()
        self.channel.apply(who, password)
        return Resident(who, self.channel.sign_in(who, password=None))

    def residents(self, count: int, password: str = PASSWORD) -> list[Resident]:
        """So many of them."""
        return at_once(self.resident, itertools.repeat(password, count), workers=4)

    def terminal(self, kind: str = "pharmacy") -> Terminal:
        """A reader of a new venue."""
        [made] = terminals(self.house, 1, kind)
        return made
