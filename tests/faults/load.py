"""Load that never takes no for an answer: what was acknowledged is written down, and compared with what the house says afterwards."""
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.callers import Line, Phone, Terminal, insist, terminals
from tests.town import Resident, Town


class Load:
    """People who have a code minted and hold it up to a reader, again and again, after a pause; each answer is insisted on."""

    def __init__(self, town: Town, people: int, *, pause: float = 0.1) -> None:
        self._pause = pause
        self.residents: list[Resident] = town.residents(people)
        self.readers: Sequence[Terminal] = terminals(town.house, people)
        self.passed: dict[str, list[str]] = {}
        self.verdicts: Counter[str] = Counter()
        self.between: Counter[int] = Counter()
        self.troubles: list[BaseException] = []
        self._over = threading.Event()

    @property
    def acknowledged(self) -> int:
        """How many redemptions were acknowledged as passed until now."""
        return self.verdicts["PASS"]

    def progressed(self, by: int) -> Callable[[], bool]:
        """Whether so many more have passed since this was asked; raises what stopped somebody."""
        goal = self.acknowledged + by

        def done() -> bool:
            assert not self.troubles, self.troubles
            return self.acknowledged >= goal
        return done

    @contextmanager
    def going(self, line: Callable[[], Line | None] = lambda: None) -> Iterator[None]:
        """Let them come for as long as the block; `line` is where a redemption goes at each try (each reader's own line when None)."""
        threads = [threading.Thread(target=self._come, args=(who, reader, line))
                   for who, reader in zip(self.residents, self.readers, strict=True)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
            self._over.clear()
        assert not self.troubles, self.troubles

    def _come(self, who: Resident, reader: Terminal, line: Callable[[], Line | None]) -> None:
        try:
            while not self._over.wait(self._pause):
                self._once(who.phone, reader, line)
        except BaseException as error:  # noqa: BLE001 a thread's trouble is the test's
            self.troubles.append(error)

    def _once(self, phone: Phone, reader: Terminal, line: Callable[[], Line | None]) -> None:
        code, waited = insist(phone.code)
        name = uuid.uuid4().hex
        told, more = insist(lambda: reader.redeem(code, name=name, line=line()))
        self.between.update(waited + more)
        self.verdicts[told["verdict"]] += 1
        if told["verdict"] == "PASS":
            self.passed.setdefault(phone.token, []).append(code)

    def lost_or_doubled(self) -> list[tuple[int, int]]:
        """For everybody whose records differ from what was acknowledged: how many passed for the reader, and in the records."""
        both = [(len(self.passed.get(who.phone.token, [])), len(passes(who.phone))) for who in self.residents]
        return [pair for pair in both if pair[0] != pair[1]]


def passes(phone: Phone) -> list[str]:
    """The ids of all uses that passed, as the holder's records have them."""
    found, cursor = [], ""
    while True:
        page = phone.get("/uses", query="kind=verify&outcome=done&limit=100" + (f"&cursor={cursor}" if cursor else ""))
        found += [use["id"] for use in page["items"]]
        if not (cursor := page["next_cursor"]):
            return found
