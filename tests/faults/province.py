"""A province of the test's own, with its own key: it can report what the sandbox's honest office never would."""
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from essc.cards import actions as cards
from essc.kit.crypto import Algorithm, PrivateKey, random_bytes
from essc.kit.db.pool import Database
from essc.kit.http.signing import PartnerKey
from tests.callers import Line
from tests.running import House

REGION, PLACE = "460000", "460100"
_serials = itertools.count(1)
_keys = itertools.count(1)


class Reporter:
    """Reports cards of one province, each new one with its person."""

    def __init__(self, house: House, region: str = REGION) -> None:
        self.house, self.line, self.region = house, Line(house), region
        private = PrivateKey(Algorithm.ED25519, random_bytes(32))
        self.key = PartnerKey(f"hainan-{next(_keys)}", private)
        house.operate(self._introduce)

    async def _introduce(self, db: Database) -> None:
        async with db.tx() as tx:
            await cards.register_region_key(tx, self.region, self.key.keyid, Algorithm.ED25519, self.key.private.public)

    def bring(self, numbers: Sequence[str], names: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Report a new card for each of these people; gives what became of each event. Raises Refusal."""
        told = [self._new(number, name) for number, name in itertools.zip_longest(numbers, names, fillvalue="测试人")]
        return list(self.line.post("/v1/card-events", {"region": REGION, "events": told}, key=self.key)["results"])

    def _new(self, number: str, name: str) -> dict[str, Any]:
        serial = next(_serials)
        about = {"card_identifier": f"{PLACE}D156000005{serial:016X}", "name": name, "number": number, "region": PLACE, "bank_code": "105",
                 "generation": 3, "issued_on": "2026-01-05", "valid_to": "2036-01-05", "replaces": None}
        return {"sequence": serial, "card_previous_sequence": 0, "card_number": f"H{serial:08d}", "state": "not_enabled",
                "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds"), "card": about}
