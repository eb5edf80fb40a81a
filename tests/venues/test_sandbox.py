"""Terminals to try things with, for developers of apps."""
import pytest

from essc.venues import actions, queries
from essc.venues.errors import SandboxTerminalsNotHere
from tests.venues.places import Device

MINE, THINE = "chan_01kaq7xw3m2y8r5t6v9b0c1d2e", "chan_01kaq7xw3m2y8r5t6v9b0c1d2f"


async def test_each_app_has_one_terminal_to_try_things_with_and_gets_a_new_code_for_it(tx, world):
    mine, issued = await actions.sandbox_terminal(tx, MINE, demonstration=True)
    again, newer = await actions.sandbox_terminal(tx, MINE, demonstration=True)
    other, _ = await actions.sandbox_terminal(tx, THINE, demonstration=True)
    assert mine.id == again.id != other.id and mine.venue_id == other.venue_id and issued.code != newer.code
    assert "pharmacy.buy" in mine.scenes and await world.last_event() == "venues.activation_issued"


async def test_its_code_activates_it(tx):
    mine, issued = await actions.sandbox_terminal(tx, MINE, demonstration=True)
    activated = await actions.try_activation(tx, issued.code, Device().jwk, "192.0.2.7")
    assert activated.id == mine.id and (await queries.terminal(tx, mine.id)).public is not None


async def test_where_people_are_real_there_are_none(tx):
    with pytest.raises(SandboxTerminalsNotHere):
        await actions.sandbox_terminal(tx, MINE, demonstration=False)
