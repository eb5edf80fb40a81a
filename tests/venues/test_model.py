"""Rules of venues and terminals, decided without a database."""
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc.channels import model as channels
from essc.names import TerminalId, VenueId
from essc.venues import model
from essc.venues.errors import (
    ActivationCodeMalformed,
    SceneNotAllowed,
    TerminalDisabled,
    TerminalSessionEnded,
    TerminalSessionMalformed,
    VenueMoveNotAllowed,
    VenueNotActive,
    VenueWrong,
)
from essc.venues.model import MOVES, Move, Terminal, TerminalKind, TerminalState, Venue, VenueState

AT = datetime(2026, 11, 20, 2, 0, 0, 500_000, tzinfo=UTC)
ON = AT.replace(microsecond=0)
SECOND = timedelta(seconds=1)


def terminal(**changes) -> Terminal:
    usual = Terminal(
        id=TerminalId(UUID(int=1)), venue_id=VenueId(UUID(int=2)), number="999901000001", name="窗口", kind=TerminalKind.WINDOW,
        state=TerminalState.ACTIVE, granted=(), algorithm="ed25519", public=bytes(32), activated_at=AT, sessions_since=ON, last_session_at=None, version=2,
        created_at=AT, since=AT, venue_state=VenueState.ACTIVE, venue_name="药店", venue_kind="pharmacy", region="999901", scenes=("pharmacy.buy",))
    return replace(usual, **changes)


@pytest.mark.parametrize("state", VenueState)
@pytest.mark.parametrize("move", Move)
def test_only_the_moves_of_the_table_are_made(state, move):
    venue = Venue(VenueId(UUID(int=2)), "药店", "pharmacy", "999901", state, 1, AT, AT)
    if (state, move) in MOVES:
        assert model.moved(venue, move, AT).state is MOVES[state, move]
    else:
        with pytest.raises(VenueMoveNotAllowed):
            model.moved(venue, move, AT)


@pytest.mark.parametrize(("changes", "began", "refusal"), [
    ({"state": TerminalState.DISABLED, "venue_state": VenueState.PAUSED}, ON - SECOND, TerminalDisabled),
    ({"state": TerminalState.REGISTERED}, ON, TerminalDisabled),
    ({"venue_state": VenueState.PAUSED}, ON - SECOND, VenueNotActive),
    ({"venue_state": VenueState.CLOSED}, ON, VenueNotActive),
    ({}, ON - SECOND, TerminalSessionEnded),
    ({}, ON, None),
    ({"sessions_since": None}, ON - SECOND, None),
])
def test_refusals_of_a_reader_come_in_their_order(changes, began, refusal):
    if refusal is None:
        model.require_reader(terminal(**changes), began)
    else:
        with pytest.raises(refusal):
            model.require_reader(terminal(**changes), began)


def test_a_scene_is_allowed_or_refused():
    model.require_scene(terminal(), "pharmacy.buy")
    with pytest.raises(SceneNotAllowed):
        model.require_scene(terminal(), "park.enter")


@given(before=st.integers(-3_000_000, 3_000_000), last=st.none() | st.integers(-5, 5), after=st.integers(0, 3_000_000))
def test_a_revocation_ends_every_session_before_it_and_none_after_it(before, last, after):
    """Sessions begin on whole seconds; whatever the fractions, the order of revoking and opening decides."""
    began = ON + timedelta(seconds=last) if last is not None else None
    was = terminal(last_session_at=began, sessions_since=None)
    moment = AT + timedelta(microseconds=before)
    since = model.revocation(was, moment)
    now = terminal(last_session_at=began, sessions_since=since)
    assert began is None or began < since
    assert model.session_begins(was, moment - timedelta(microseconds=1)) < since
    later = model.session_begins(now, moment + timedelta(microseconds=after))
    assert since <= later <= max(since, moment + timedelta(microseconds=after))


@given(terminal_id=st.uuids(), version=st.integers(0, 255), nonce=st.binary(min_size=8, max_size=8), seconds=st.integers(0, 2**32 - 1))
def test_a_key_id_says_terminal_end_and_version(terminal_id, version, nonce, seconds):
    ends = datetime.fromtimestamp(seconds, UTC)
    text = model.session_key_id(TerminalId(terminal_id), ends, version, nonce)
    found = model.session_key(text)
    assert (found.terminal_id, found.expires_at, found.mac_version, found.text) == (terminal_id, ends, version, text)
    assert found.began_at == ends - timedelta(hours=8) and len(text) == 42


def test_the_key_id_of_the_published_vector():
    ends = datetime(2026, 11, 20, 10, tzinfo=UTC)
    text = model.session_key_id(TerminalId(UUID("019aa0f0-1c00-7abc-8def-0123456789ab")), ends, 1, bytes(range(8)))
    assert text == "ts_AZqg8BwAeryN7wEjRWeJq2sAGiABAAECAwQFBgc"


@pytest.mark.parametrize("text", ["", "ts_", "ts_AAAA", "term_01kac000000000000000000000", "ts_" + "é" * 39, "ts_" + "A" * 40, "A" * 39, "ts_" + "=" * 39])
def test_what_is_no_key_id_is_refused(text):
    with pytest.raises(TerminalSessionMalformed):
        model.session_key(text)


@given(st.binary(min_size=16, max_size=16))
def test_an_activation_code_survives_reading_aloud(noise):
    code = model.activation_code(noise)
    assert model.clean_activation_code(f" {code[:4].lower()}-{code[4:]} ") == code
    assert not set(code) & set("01OILU")


@pytest.mark.parametrize("text", ["", "K7QX2M9", "K7QX2M9PP", "K7QX2M9O", "K7QX2M9是", "K7QX2M9'"])
def test_what_is_no_activation_code_is_refused_before_it_counts_as_a_guess(text):
    with pytest.raises(ActivationCodeMalformed):
        model.clean_activation_code(text)


@pytest.mark.parametrize(("code", "demonstration", "accepted"), [
    ("450100", False, True), ("999901", True, True), ("999901", False, False), ("110103", True, False), ("000000", True, False), ("370719", True, False),
])
def test_a_venue_stands_in_a_division_that_is_in_force(code, demonstration, accepted):
    if accepted:
        assert model.venue_region(code, demonstration=demonstration) == code
    else:
        with pytest.raises(VenueWrong):
            model.venue_region(code, demonstration=demonstration)


def test_fields_have_one_name_in_the_house():
    assert set(model.FIELDS) - {"name_masked"} <= set(channels.FIELDS)
