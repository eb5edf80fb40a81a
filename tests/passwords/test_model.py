"""Which six digits may be a password, and when trying is over."""
from datetime import UTC, datetime, timedelta

import pytest

from essc.kit import ids
from essc.names import EcardId
from essc.passwords import model

NUMBER = "999901199005120129"
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(("password", "codes"), [
    ("738146", []), ("112358", []), ("100200", []), ("121314", []),
    ("", ["not_six_digits"]), ("12345", ["not_six_digits"]), ("1234567", ["not_six_digits"]), ("12345a", ["not_six_digits"]),
    ("１２３４５６", ["not_six_digits"]), ("٧٣٨١٤٦", ["not_six_digits"]), (" 73814", ["not_six_digits"]),
    ("123456", ["consecutive"]), ("456789", ["consecutive"]), ("012345", ["consecutive"]), ("654321", ["consecutive"]), ("987654", ["consecutive"]),
    ("000000", ["repeated"]), ("888888", ["repeated"]), ("121212", ["repeated"]), ("123123", ["repeated"]), ("588887", ["repeated"]),
    ("111123", ["repeated"]), ("900512", ["part_of_number"]), ("199005", ["part_of_number"]), ("051201", ["part_of_number"]),
    ("120129", ["part_of_number"]), ("999901", ["repeated", "part_of_number"]),
])
def test_a_password_is_six_digits_that_are_not_easily_guessed(password, codes):
    assert model.weaknesses(password, NUMBER) == codes


def kept(tries, tried_at):
    return model.Password(EcardId(ids.new(1)), "450100", model.Hashed("", 1), 1, tries, tried_at)


RULE = model.Rule(6, timedelta(hours=24))


@pytest.mark.parametrize(("tries", "hours_ago", "locked"), [
    (0, 0, False), (5, 0, False), (6, 0, True), (6, 23.9, True), (6, 24, False), (7, 1, True),
])
def test_a_lock_is_spent_tries_that_are_not_yet_old(tries, hours_ago, locked):
    tried_at = NOW - timedelta(hours=hours_ago)
    assert (model.locked_until(kept(tries, tried_at), RULE, NOW) is not None) is locked


def test_a_password_never_tried_is_not_locked():
    assert model.locked_until(kept(6, None), RULE, NOW) is None


def test_the_same_digits_of_two_people_are_hashed_differently():
    one, other = EcardId(ids.new(1)), EcardId(ids.new(1))
    assert model.peppered(one, "738146") != model.peppered(other, "738146")
