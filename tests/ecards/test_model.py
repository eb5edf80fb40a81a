"""How an e-card stands: one table for every face (UX E7)."""
from itertools import product

import pytest

from essc.cards.model import State
from essc.ecards import model
from essc.ecards.model import Standing

TABLE = {
    State.ACTIVE: Standing.LEVEL1, State.TEMPORARILY_LOST: Standing.TEMP_LOST, State.LOST: Standing.LOST, State.LOCKED: Standing.LOCKED,
    State.NOT_ENABLED: Standing.NOT_ENABLED, State.SEALED: Standing.SEALED, State.CANCELLED: Standing.CANCELLED,
}


@pytest.mark.parametrize("state", State)
def test_a_linked_ecard_stands_as_its_card(state):
    assert model.derived(state, replaced=False, frozen=False, live=True, level=1) is TABLE[state]


@pytest.mark.parametrize(("state", "replaced", "frozen", "live", "level", "standing"), [     # in order of precedence
    (State.CANCELLED, True, True, False, 2, Standing.UNLINKED),
    (State.CANCELLED, True, True, True, 2, Standing.REPLACED),
    (State.LOST, False, True, True, 2, Standing.LOST),
    (State.ACTIVE, False, True, True, 2, Standing.FROZEN),
    (State.ACTIVE, False, False, True, 2, Standing.NORMAL),
    (State.ACTIVE, False, False, True, 1, Standing.LEVEL1),
])
def test_the_first_reason_that_applies_is_told(state, replaced, frozen, live, level, standing):
    assert model.derived(state, replaced=replaced, frozen=frozen, live=live, level=level) is standing


def test_usable_is_exactly_an_active_card_with_nothing_against_it():
    for state, replaced, frozen, live in product(State, (True, False), (True, False), (True, False)):
        stands = model.derived(state, replaced=replaced, frozen=frozen, live=live, level=1)
        assert stands.usable == (state is State.ACTIVE and not replaced and not frozen and live)


def test_every_standing_has_a_verdict_and_only_the_usable_pass():
    assert {s for s in Standing if s.verdict == "PASS"} == {s for s in Standing if s.usable}


@pytest.mark.parametrize("state", [s for s in State if s is not State.ACTIVE])
def test_nothing_is_issued_on_a_card_that_is_not_active(state):
    assert model.card_refusal(model.CardFacts(state, False, False)) is not None


def test_the_epoch_has_four_bits_and_every_version_moves_it():
    assert model.epoch(15, 1, 0) == 0
    assert len({model.epoch(1, 1, 1), model.epoch(2, 1, 1)}) == len({model.epoch(1, 1, 1), model.epoch(1, 2, 1)}) == 2
