"""Keys are rotated while the house serves: what was sealed, signed in, activated, minted and looked up before goes on, and new people come."""
from datetime import timedelta

import pytest

from essc.keys import actions
from essc.keys.model import KINDS, Use
from essc.kit import clock
from tests.callers import PASSWORD
from tests.running import House
from tests.town import Town

NAMES = [name for name, kind in KINDS.items() if not kind.fixed and kind.use is not Use.SIGN]
"""All but those whose public halves others hold: they are told first."""


@pytest.mark.parametrize("after", [timedelta(minutes=1), timedelta(0)], ids=["in force", "coming"])
def test_every_key_is_rotated_and_nobody_notices(house: House, town: Town, after: timedelta) -> None:
    who, phone = town.resident()
    counter, code = town.terminal(), phone.code()
    path = house.data / "keys.json"
    for name in NAMES:
        actions.rotate(path, name, now=clock.now() - after)
    assert counter.verdict(code) == "PASS"
    assert counter.verdict(phone.code()) == "PASS"
    assert phone.get("")["usable"] is True
    phone.post("/unlocking", {"password": PASSWORD})
    again = town.channel.sign_in(who)
    assert len(again.get("/sessions")["items"]) == 1
    counter.open()
    assert counter.verdict(again.code()) == "PASS"
    assert town.resident().phone.get("")["usable"] is True
    house.prove()
