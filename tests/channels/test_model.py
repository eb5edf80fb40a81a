"""What a channel may do, decided without a database."""
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from essc.channels import model
from essc.channels.errors import (
    AbilityNotGranted,
    ApplicationWrong,
    ChannelEnded,
    ChannelKeyRevoked,
    ChannelMoveNotAllowed,
    ChannelNotActive,
    ChannelPaused,
    FieldNotGranted,
)
from essc.channels.model import MOVES, Ability, Channel, ChannelKey, Form, Kind, Move, State
from tests.channels.applications import application

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
CHANNEL = Channel(UUID(int=1), "9911000001", "演示", Form.APP, Kind.BANK, 1, "999900", (Ability.PRESENT,), ("name",), False, State.ACTIVE, 3, AT, AT)


@pytest.mark.parametrize(("state", "parent", "ability", "fields", "refusal"), [
    (State.ENDED, State.PAUSED, Ability.PAY, ("number",), ChannelEnded),
    (State.PAUSED, None, Ability.PAY, ("number",), ChannelPaused),
    (State.ACTIVE, State.PAUSED, Ability.PAY, ("number",), ChannelPaused),
    (State.ACTIVE, State.ENDED, Ability.PAY, ("number",), ChannelPaused),
    (State.APPLIED, State.PAUSED, Ability.PAY, ("number",), ChannelNotActive),
    (State.ACTIVE, State.ACTIVE, Ability.PAY, ("number",), AbilityNotGranted),
    (State.ACTIVE, State.ACTIVE, Ability.PRESENT, ("name", "number"), FieldNotGranted),
    (State.ACTIVE, State.ACTIVE, Ability.PRESENT, ("name",), None),
    (State.ACTIVE, None, Ability.PRESENT, (), None),
])
def test_refusals_come_in_their_order(state, parent, ability, fields, refusal):
    channel = replace(CHANNEL, state=state, parent_state=parent)
    if refusal is None:
        model.require(channel, ability, fields)
    else:
        with pytest.raises(refusal):
            model.require(channel, ability, fields)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", Move)
def test_only_the_moves_of_the_table_are_made(state, move):
    channel = replace(CHANNEL, state=state)
    if (state, move) in MOVES:
        moved = model.moved(channel, move, AT)
        assert (moved.state, moved.version) == (MOVES[state, move], 4)
    else:
        with pytest.raises(ChannelMoveNotAllowed):
            model.moved(channel, move, AT)


def test_every_state_but_the_final_one_has_a_way_out():
    assert {state for state, _ in MOVES} == set(State) - {State.ENDED}


@pytest.mark.parametrize(("changes", "wrong"), [
    ({"name": "x"}, ["name"]),
    ({"name": "  "}, ["name"]),
    ({"region": "370719"}, ["region"]),
    ({"region": "110103"}, ["region"]),                  # abolished
    ({"abilities": ()}, ["abilities"]),
    ({"fields": ("shoe_size",)}, ["fields"]),
    ({"level": 2}, ["parent_id"]),
    ({"level": 1, "parent_id": UUID(int=5)}, ["parent_id"]),
    ({"name": "", "region": "", "abilities": ()}, ["name", "region", "abilities"]),
])
def test_an_application_is_refused_with_every_field_that_is_wrong(changes, wrong):
    with pytest.raises(ApplicationWrong) as refused:
        model.accepted(application(**changes), None, demonstration=True)
    assert [error.field for error in refused.value.fields] == wrong


def test_an_invented_region_passes_only_where_the_data_are_invented():
    with pytest.raises(ApplicationWrong):
        model.accepted(application(), None, demonstration=False)


def test_abilities_and_fields_are_kept_in_one_order():
    taken = model.accepted(application(), None, demonstration=True)
    assert taken.abilities == (Ability.ISSUE, Ability.PRESENT) and taken.fields == ("name", "region")


@pytest.mark.parametrize(("region", "kind", "level", "number"), [
    ("450100", Kind.HUMAN_RESOURCES, 1, "4511000042"), ("000000", Kind.NATIONAL, 1, "0031000042"), ("999900", Kind.SOCIAL, 2, "9962000042"),
])
def test_a_number_begins_with_the_province(region, kind, level, number):
    assert model.number_of(application(region=region, kind=kind, level=level), 42) == number


@pytest.mark.parametrize(("not_after", "overlap", "ends"), [
    (None, timedelta(hours=24), AT + timedelta(hours=24)),
    (None, timedelta(0), AT),
    (None, timedelta(days=70), AT + timedelta(days=7)),
    (AT + timedelta(hours=1), timedelta(hours=24), AT + timedelta(hours=1)),       # said before
    (AT + timedelta(hours=1), timedelta(0), AT),
])
def test_a_revoked_key_counts_until_its_overlap_is_over(not_after, overlap, ends):
    key = ChannelKey(UUID(int=2), CHANNEL.id, "ed25519", bytes(32), "t", AT, not_after)
    assert model.ended_at(key, AT, overlap) == ends
    over = replace(key, not_after=ends)
    model.require_live(over, ends - timedelta(microseconds=1))
    with pytest.raises(ChannelKeyRevoked):
        model.require_live(over, ends)
