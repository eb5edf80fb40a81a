"""The dynamic code: made, opened, and judged."""
import itertools
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from essc.codes.model import (
    BUCKETS,
    CARD_VERDICTS,
    EPOCHS,
    LIFE_S,
    NONCES,
    SECONDS,
    SKEW_S,
    SLOTS,
    VALID,
    CodeFields,
    Facts,
    Forged,
    Judgement,
    Opened,
    Presented,
    Verdict,
    age,
    burn_key,
    grouped,
    mint,
    normalised,
    open_code,
    verdict,
)
from essc.ecards.model import epoch
from essc.keys.queries import KeyRing
from tests.codes import naive

RINGS = {suite: KeyRing.for_tests(suite) for suite in ("international", "national")}
MASTER = sha256(b"essc test key code").digest()
HOUR = 498_000
NINE_O_CLOCK = datetime.fromtimestamp(HOUR * 3600, UTC)

suites = st.sampled_from(sorted(RINGS))
fields = st.builds(
    CodeFields, hour=st.integers(100, 2**31 - 1), second=st.integers(0, SECONDS - 1), bucket=st.integers(0, BUCKETS - 1),
    slot=st.integers(0, SLOTS - 1), epoch=st.integers(0, EPOCHS - 1), nonce=st.integers(0, NONCES - 1),
)


def at_second(unix_second: float) -> datetime:
    return datetime.fromtimestamp(HOUR * 3600, UTC) + timedelta(seconds=unix_second - HOUR * 3600)


def minted(some: CodeFields, suite: str = "international") -> str:
    return mint(some, RINGS[suite].code_cipher(some.hour))


SOME = CodeFields(HOUR, 1800, 7, 1_234_567, 3, 200)


# ── the construction ──

@given(fields, suites)
def test_a_code_opens_to_what_was_put_in(some, suite):
    near = CodeFields(HOUR, some.second, some.bucket, some.slot, some.epoch, some.nonce)
    digits = minted(near, suite)
    assert len(digits) == 24 and digits.isdigit() and digits.isascii()
    assert open_code(digits, at_second(near.minted_at), RINGS[suite].code_cipher) == Opened(near)


@given(fields, suites)
def test_a_second_naive_implementation_makes_and_opens_the_same_digits(some, suite):
    digits = minted(some, suite)
    assert digits == naive.code(MASTER, suite, asdict(some))
    assert naive.fields_of(MASTER, suite, digits, some.minted_at) == asdict(some)


@given(st.text("0123456789", min_size=24, max_size=24), suites)
def test_digits_from_anywhere_are_judged_alike_by_both_implementations(digits, suite):
    opened = open_code(digits, NINE_O_CLOCK, RINGS[suite].code_cipher)
    expected = naive.fields_of(MASTER, suite, digits, HOUR * 3600)
    assert opened == (Forged(form=False) if expected is None else Opened(CodeFields(**expected)))


def test_a_code_of_one_suite_or_key_is_forged_under_another():
    digits = minted(SOME, "national")
    assert open_code(digits, at_second(SOME.minted_at), RINGS["international"].code_cipher) == Forged(form=False)


def test_every_single_wrong_digit_is_seen():
    digits, tried = minted(SOME), 0
    for place, other in itertools.product(range(24), "0123456789"):
        changed = digits[:place] + other + digits[place + 1:]
        if changed != digits:
            tried += 1
            assert open_code(changed, at_second(SOME.minted_at), RINGS["international"].code_cipher) == Forged(form=False)
    assert tried == 24 * 9


def test_two_neighbouring_digits_exchanged_are_seen():
    digits = minted(SOME)
    for place in range(23):
        changed = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2:]
        if changed != digits:
            assert isinstance(open_code(changed, at_second(SOME.minted_at), RINGS["international"].code_cipher), Forged)


def test_codes_that_differ_in_one_field_share_no_digits_beyond_chance():
    """Neighbours in every field; 23 permuted digits agree in a tenth of their places, as unrelated ones do."""
    pairs = [(minted(replace(SOME, nonce=n)), minted(replace(SOME, nonce=n, slot=SOME.slot ^ 1))) for n in range(256)]
    same = sum(a == b for one, two in pairs for a, b in zip(one[1:], two[1:], strict=True))
    assert 0.07 < same / (256 * 23) < 0.13


@pytest.mark.parametrize("wrong", [
    replace(SOME, second=SECONDS), replace(SOME, bucket=BUCKETS), replace(SOME, slot=SLOTS), replace(SOME, slot=-1),
    replace(SOME, epoch=EPOCHS), replace(SOME, nonce=NONCES), replace(SOME, hour=HOUR + 1),
])
def test_a_field_out_of_range_or_a_cipher_of_another_hour_is_not_minted(wrong):
    with pytest.raises(ValueError):
        mint(wrong, RINGS["international"].code_cipher(HOUR))


@pytest.mark.parametrize("text", [
    grouped("123456789012345678901234"), " 1234 5678 9012 3456 7890 1234\r\n", "1234-5678-9012-3456-7890-1234",
    "１２３４５６７８９０１２３４５６７８９０１２３４", "１２３４　５６７８　９０１２　３４５６　７８９０　１２３４", "123456789012345678901234\t",
])
def test_spaces_hyphens_and_full_width_digits_are_forgiven(text):
    assert normalised(text) == "123456789012345678901234"


@pytest.mark.parametrize("text", [
    "", "12345678901234567890123", "1234567890123456789012345", "12345678901234567890123a", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨٩٠١٢٣٤",
    "१२३४५६७८९०१२३४५६७८९०१२३४",
    "²" * 24, "1234567890123456789012.4", "+23456789012345678901234", "_".join("1" * 12) + "1", "1" * 24 + " " * 60,
    "1" * 100_000,
])
def test_anything_else_is_not_a_code(text):
    assert normalised(text) is None
    assert open_code(text, NINE_O_CLOCK, RINGS["international"].code_cipher) == Forged(form=True)


@pytest.mark.parametrize("away", range(-8, 2))
def test_the_hour_is_found_from_one_digit_in_a_window_of_ten(away):
    some = replace(SOME, hour=HOUR + away)
    assert open_code(minted(some), at_second(HOUR * 3600 + 1800), RINGS["international"].code_cipher) == Opened(some)


@pytest.mark.parametrize("away", [-20, -11, -10, -9, 2, 3, 10, 24])
def test_a_code_of_an_hour_outside_the_window_is_forged(away):
    digits = minted(replace(SOME, hour=HOUR + away))
    assert open_code(digits, at_second(HOUR * 3600 + 1800), RINGS["international"].code_cipher) == Forged(form=False)


def test_the_hour_digit_moved_is_forged():
    digits = minted(SOME)
    for other in "0123456789":
        if other != digits[0]:
            assert open_code(other + digits[1:], at_second(SOME.minted_at), RINGS["international"].code_cipher) == Forged(form=False)


def test_the_burn_key_names_every_field_but_bucket_and_hour():
    assert burn_key(CodeFields(HOUR, SECONDS - 1, 0, SLOTS - 1, 15, 255)) == (SLOTS - 1) << 24 | 3599 << 12 | 15 << 8 | 255
    one_off = [replace(SOME, **{name: getattr(SOME, name) + 1}) for name in ("second", "slot", "epoch", "nonce")]
    assert len({burn_key(some) for some in [SOME, *one_off]}) == 5
    assert all(0 <= burn_key(some) < 2**48 for some in one_off)


def test_any_move_of_card_ecard_or_link_changes_the_epoch():
    assert len({epoch(3, 4, 5), epoch(4, 4, 5), epoch(3, 6, 5), epoch(3, 4, 8)}) == 4
    assert epoch(15, 1, 0) == 0


# ── the bound ──

def test_the_fields_fit_below_ten_to_the_23():
    assert VALID == 3600 * 2**46 == SECONDS * BUCKETS * SLOTS * EPOCHS * NONCES == 253_327_479_039_590_400
    assert 394_745 * VALID < 10**23 < 394_746 * VALID


def test_a_guess_passes_with_less_than_one_in_two_to_the_27_with_every_slot_taken():
    """A guess is a uniform number below 10^23; it passes if it is a live link's, of its epoch, of a second that is still good."""
    good_seconds = LIFE_S + 2 * SKEW_S + 1
    passes = BUCKETS * SLOTS * good_seconds * NONCES / 10**23
    assert log2(passes) == pytest.approx(-28.25, abs=0.01)
    assert log2(1_400_000_000 * good_seconds * NONCES / 10**23) == pytest.approx(-31.87, abs=0.01)
    assert log2(VALID / 10**23) == pytest.approx(-18.59, abs=0.01)


def test_twelve_links_for_each_of_the_nation_fit_into_the_slots():
    assert 12 * 1_400_000_000 < BUCKETS * SLOTS


# ── time (S12) ──

@pytest.mark.parametrize(("seconds", "expected"), [
    (-86_400, Verdict.FORGED), (-3600, Verdict.NOT_YET), (-300, Verdict.NOT_YET), (-6, Verdict.NOT_YET), (-5.001, Verdict.NOT_YET),
    (-5, Verdict.PASS), (0, Verdict.PASS),
    (0.5, Verdict.PASS), (LIFE_S - 1, Verdict.PASS), (LIFE_S, Verdict.PASS), (LIFE_S + SKEW_S, Verdict.PASS),
    (LIFE_S + SKEW_S + 0.001, Verdict.EXPIRED),
    (LIFE_S + SKEW_S + 1, Verdict.EXPIRED), (300, Verdict.EXPIRED), (3600, Verdict.EXPIRED), (8 * 3600 - 1800, Verdict.EXPIRED),
    (10 * 3600, Verdict.FORGED), (86_400, Verdict.FORGED),
])
def test_a_code_is_good_from_its_second_to_its_life_with_the_stated_skew(seconds, expected):
    at = at_second(SOME.minted_at + seconds)
    code = open_code(minted(SOME), at, RINGS["international"].code_cipher)
    assert verdict(presented(code, at=at), FACTS).verdict == expected


@pytest.mark.parametrize(("second", "later", "expected"), [
    (3590, 20, Verdict.PASS), (3599, 65, Verdict.PASS), (3599, 66, Verdict.EXPIRED), (2, -4, Verdict.PASS), (2, -9, Verdict.NOT_YET),
])
def test_the_turn_of_the_hour_changes_nothing(second, later, expected):
    some = replace(SOME, second=second)
    at = at_second(some.minted_at + later)
    assert verdict(presented(open_code(minted(some), at, RINGS["international"].code_cipher), at=at), FACTS).verdict == expected


@pytest.mark.parametrize(("minting_clock", "reading_clock"), list(itertools.product((-2, 0, 2), repeat=2)))
def test_two_nodes_whose_clocks_differ_agree_on_a_fresh_code(minting_clock, reading_clock):
    some = replace(SOME, second=SOME.second + minting_clock)
    at = at_second(SOME.minted_at + reading_clock)
    assert verdict(presented(open_code(minted(some), at, RINGS["international"].code_cipher), at=at), FACTS).verdict == Verdict.PASS


def test_a_clock_that_goes_back_revives_nothing_whose_burn_was_dropped():
    at = at_second(SOME.minted_at + 1)
    judged = verdict(presented(Opened(SOME), at=at), replace(FACTS, pruned_before=HOUR + 1))
    assert judged == Judgement(Verdict.EXPIRED, "before_the_horizon")


def test_the_age_is_counted_from_the_minted_second():
    assert age(SOME, at_second(SOME.minted_at + 12.5)) == 12.5


# ── the verdict ──

FACTS = Facts(terminal_state="active", venue_state="active", scene_allowed=True, channel_state="active", link_live=True, card_state="active",
              level=1, epoch_now=SOME.epoch)


def presented(code, *, at=None, request_hash=b"this request", **others):
    return Presented(code=code, at=at or at_second(SOME.minted_at + 1), request_hash=request_hash, **others)


ORDER = [  # what is wrong, what the reader is told: an earlier line wins over a later one
    ({"throttled": True}, Verdict.READER_THROTTLED, "too_many_forged"),
    ({"link_live": None}, Verdict.FORGED, "no_such_link"),
    ({"pruned_before": HOUR + 1}, Verdict.EXPIRED, "before_the_horizon"),
    ({"terminal_state": None}, Verdict.TERMINAL_DISABLED, "terminal"),
    ({"venue_state": "ended"}, Verdict.TERMINAL_DISABLED, "venue"),
    ({"session_current": False}, Verdict.TERMINAL_DISABLED, "session_ended"),
    ({"scene_allowed": False}, Verdict.SCENE_NOT_ALLOWED, "scene"),
    ({"channel_state": "paused"}, Verdict.CHANNEL_PAUSED, "channel"),
    ({"link_live": False}, Verdict.NOT_LINKED, "unlinked"),
    ({"replaced": True}, Verdict.CARD_REPLACED, "replaced"),
    ({"card_state": "locked"}, Verdict.CARD_LOCKED, "locked"),
    ({"frozen": True}, Verdict.FROZEN, "frozen"),
    ({"epoch_now": SOME.epoch + 1}, Verdict.EXPIRED, "superseded"),
    ({"level": 0}, Verdict.NOT_LEVEL2, "level"),
    ({"burnt_by": b"another request", "burnt_verdict": "PASS"}, Verdict.USED, "used"),
]


def test_nothing_wrong_passes_and_burns():
    judged = verdict(presented(Opened(SOME)), FACTS)
    assert judged == Judgement(Verdict.PASS) and judged.burns


@pytest.mark.parametrize("place", range(len(ORDER)), ids=[reason for _, _, reason in ORDER])
def test_the_first_thing_that_is_wrong_is_told_whatever_else_is_and_burns_nothing(place):
    wrong: dict = {}
    for more, _, _ in reversed(ORDER[place:]):
        wrong |= more
        judged = verdict(presented(Opened(SOME)), replace(FACTS, **(wrong | ORDER[place][0])))
        assert judged == Judgement(ORDER[place][1], ORDER[place][2])
        assert not judged.burns


@pytest.mark.parametrize(("state", "expected"), list(CARD_VERDICTS.items()))
def test_every_state_of_a_card_but_active_has_its_verdict(state, expected):
    assert verdict(presented(Opened(SOME)), replace(FACTS, card_state=state)).verdict == expected


@pytest.mark.parametrize("state", [None, "", "a state of tomorrow"])
def test_a_card_of_unknown_state_never_passes(state):
    assert verdict(presented(Opened(SOME)), replace(FACTS, card_state=state)).verdict == Verdict.CARD_NOT_ENABLED


def test_a_forged_code_is_forged_whatever_else_is_known_of_a_reader_that_does_not_guess():
    everything = {name: value for wrong, _, _ in ORDER[1:] for name, value in wrong.items()}
    assert verdict(presented(Forged(form=False)), replace(FACTS, **everything)).verdict == Verdict.FORGED


def test_the_same_request_again_gets_its_first_verdict_even_after_a_loss():
    later = replace(FACTS, card_state="lost", epoch_now=9, burnt_by=b"this request", burnt_verdict="PASS")
    judged = verdict(presented(Opened(SOME), at=at_second(SOME.minted_at + 3600)), later)
    assert judged == Judgement(Verdict.PASS, "replayed", replayed=True) and not judged.burns


def test_a_code_that_another_request_used_after_its_time_is_expired():
    used = replace(FACTS, burnt_by=b"another request", burnt_verdict="PASS")
    assert verdict(presented(Opened(SOME), at=at_second(SOME.minted_at + 100)), used).verdict == Verdict.EXPIRED


@pytest.mark.parametrize(("level", "needed", "expected"), [
    (1, 1, Verdict.PASS), (2, 1, Verdict.PASS), (1, 2, Verdict.NOT_LEVEL2), (2, 2, Verdict.PASS),
])
def test_a_scene_that_pays_needs_level_two(level, needed, expected):
    assert verdict(presented(Opened(SOME), level_needed=needed), replace(FACTS, level=level)).verdict == expected


@pytest.mark.parametrize(("life", "seconds", "expected"), [(30, 35, Verdict.PASS), (30, 36, Verdict.EXPIRED), (120, 125, Verdict.PASS)])
def test_a_region_may_give_codes_another_life(life, seconds, expected):
    assert verdict(presented(Opened(SOME), at=at_second(SOME.minted_at + seconds), life_s=life), FACTS).verdict == expected


@pytest.mark.parametrize(("wrong", "expected"), [
    ({}, Verdict.PASS), ({"terminal_state": "disabled"}, Verdict.TERMINAL_DISABLED), ({"scene_allowed": False}, Verdict.SCENE_NOT_ALLOWED),
    ({"card_state": "lost"}, Verdict.CARD_LOST), ({"replaced": True}, Verdict.CARD_REPLACED),
    ({"link_live": None, "channel_state": None}, Verdict.PASS),
    ({"frozen": True}, Verdict.PASS), ({"epoch_now": 9}, Verdict.PASS),
])
def test_a_physical_card_is_judged_by_reader_and_card_alone(wrong, expected):
    assert verdict(presented(None), replace(FACTS, **wrong)).verdict == expected
