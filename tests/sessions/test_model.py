"""When a session is over, and what a token looks like."""
from datetime import UTC, datetime, timedelta

import pytest

from essc.sessions import model
from essc.sessions.errors import SessionOver
from essc.sessions.model import Facts

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def facts(**other):
    told = {"created_at": NOW - timedelta(days=1), "seen_at": NOW - timedelta(hours=1), "expires_at": NOW + timedelta(days=89), "revoked_at": None,
            "password_epoch": 1, "unlinked_at": None, "sessions_since": None, "epoch_now": 1}
    return Facts(**(told | other))


@pytest.mark.parametrize(("other", "why"), [     # in order of precedence
    ({}, None), ({"sessions_since": NOW - timedelta(days=2)}, None),
    ({"revoked_at": NOW, "unlinked_at": NOW}, "revoked"), ({"unlinked_at": NOW, "sessions_since": NOW}, "unlinked"),
    ({"sessions_since": NOW, "epoch_now": 2}, "not_me"), ({"sessions_since": NOW - timedelta(days=1)}, "not_me"),
    ({"epoch_now": 2}, "password"), ({"epoch_now": None}, "password"),
    ({"expires_at": NOW, "seen_at": NOW - timedelta(days=7)}, "expired"),
    ({"seen_at": NOW - timedelta(days=7)}, "idle"), ({"seen_at": NOW - timedelta(days=6, hours=23)}, None),
])
def test_a_session_is_over_for_the_first_reason_that_applies(other, why):
    assert model.over(facts(**other), NOW) == why


def test_a_token_names_its_bucket_and_reads_back():
    token = model.token(1023, bytes(range(32)))
    assert model.read(model.written(token)) == token and model.bucket_of(token) == 1023


@pytest.mark.parametrize("text", ["", "a", "!" * 46, "A" * 45, "A" * 48, model.written(model.token(1024, bytes(32))), "中文"])
def test_what_is_no_token_is_no_session(text):
    with pytest.raises(SessionOver):
        model.read(text)
