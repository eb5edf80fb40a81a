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


# First the usual way, half a minute ahead. Then at once: a process that has not looked at the file for a second may not know the version yet,
# so what is rotated without notice is not asked for in that very second.
@pytest.mark.parametrize("after", [timedelta(0), timedelta(minutes=1)], ids=["coming", "in force"])
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
