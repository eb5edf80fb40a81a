"""Which answers of a face service are trusted, and what they mean."""
from datetime import UTC, datetime, timedelta

import pytest

from essc.identity import errors, model
from essc.identity.model import Band, Purpose, Way
from essc.kit import ids
from essc.names import CheckId

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def answer(**other):
    told = {"provider": "p", "check": "chk_1", "nonce": "n", "subject": "s", "score": 9_500, "live": True, "faces": 1, "time": NOW, "trace": "t"}
    return model.Answer(**(told | other))


@pytest.mark.parametrize(("other", "trusted"), [
    ({}, True), ({"time": NOW - timedelta(minutes=5)}, True), ({"time": NOW + timedelta(minutes=1)}, True),
    ({"check": "chk_2"}, False), ({"nonce": "other"}, False), ({"subject": "other"}, False),
    ({"time": NOW - timedelta(minutes=5, seconds=1)}, False), ({"time": NOW + timedelta(minutes=1, seconds=1)}, False),
])
def test_an_answer_is_trusted_when_it_is_about_this_question_and_minutes_old_at_most(other, trusted):
    try:
        model.trusted(answer(**other), check="chk_1", nonce="n", subject="s", now=NOW)
    except errors.AnswerNotTrusted:
        assert not trusted
    else:
        assert trusted


@pytest.mark.parametrize(("other", "refusal"), [     # in order of precedence
    ({}, None), ({"score": 8_000}, None),
    ({"faces": 2, "live": False, "score": 0}, errors.FaceManyPeople), ({"faces": 0}, errors.FaceManyPeople),
    ({"live": False, "score": 0}, errors.FaceNotLive), ({"score": 7_999}, errors.FaceMismatch),
])
def test_what_an_answer_means(other, refusal):
    assert type(model.verdict(answer(**other), 2)) is (refusal or type(None))


@pytest.mark.parametrize(("score", "band"), [
    (10_000, Band.HIGH), (9_000, Band.HIGH), (8_999, Band.MEDIUM), (8_000, Band.MEDIUM), (7_999, Band.LOW), (0, Band.LOW)])
def test_the_score_is_kept_as_a_band(score, band):
    assert model.band(score) is band


@pytest.mark.parametrize("frames", [[], [model.JPEG] * 9, [b"GIF89a"], [model.JPEG + bytes(200 * 1024)]])
def test_pictures_are_one_to_eight_jpegs_of_bounded_size(frames):
    with pytest.raises(errors.FramesUnreadable):
        model.readable_frames(frames)


def test_the_challenge_is_always_two_different_movements():
    drawn = {model.challenge(bytes((one, other))) for one in range(256) for other in range(256)}
    assert len(drawn) == 12 and all(first != second for first, second in drawn)


def evidence(**other):
    proof = {"id": CheckId(ids.new(1)), "purpose": Purpose.APPLY, "way": Way.FACE, "level": 2, "holder_number_hash": b"me", "mobile_hash": None,
             "score_band": Band.HIGH, "provider": "p", "trace": "t", "terminal_id": None, "proved_at": NOW,
             "expires_at": NOW + timedelta(minutes=10), "used": False}
    return model.Evidence(**(proof | other))


@pytest.mark.parametrize(("other", "refusal"), [
    ({}, None), ({"purpose": Purpose.ANY}, errors.EvidenceMissing),
    ({"purpose": Purpose.RESET}, errors.EvidenceMissing), ({"holder_number_hash": b"you"}, errors.EvidenceMissing),
    ({"holder_number_hash": None, "mobile_hash": b"m"}, errors.EvidenceMissing),
    ({"expires_at": NOW}, errors.EvidenceOver), ({"used": True}, errors.EvidenceUsed),
    ({"used": True, "expires_at": NOW}, errors.EvidenceOver),
])
def test_a_proof_counts_once_for_one_purpose_and_person(other, refusal):
    if refusal is None:
        model.usable(evidence(**other), Purpose.APPLY, [b"older", b"me"], NOW)
        return
    with pytest.raises(refusal):
        model.usable(evidence(**other), Purpose.APPLY, [b"older", b"me"], NOW)
