"""The separate reader: a clean log has no findings; every change is named by its position."""
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essc.audit.model.note import Checkpoint
from essc.audit.model.verify import verify
from tests.audit.press import ORIGIN, Ink, Press, entries, leaf, root

INK = Ink()
SIZE = 700
ENTRIES = entries(SIZE)
CLEAN = Press(ENTRIES, INK, (1, 90, 300, 600))


def copied(**changes: bytes) -> Press:
    """The clean log again, free to be changed."""
    made = Press([], INK)
    made.files, made.notes = dict(CLEAN.files), list(CLEAN.notes)
    return made


def bundle_of(position: int) -> tuple[str, int]:
    index = position // 256
    width = min(256, SIZE - index * 256)
    return f"tile/entries/{index:03d}" + ("" if width == 256 else f".p/{width}"), position % 256


def rewritten(log: Press, position: int, change) -> None:
    """Change the list of entries of one bundle."""
    path, at = bundle_of(position)
    raw = log.files[path]
    held = [raw[start + 2:start + 34] for start in range(0, len(raw), 34)]
    change(held, at)
    log.set(path, b"".join(b"\x00\x20" + one for one in held))


def first(log: Press):
    found = verify(log, [INK.key]).first
    assert found is not None
    return found


def named(log: Press) -> tuple[int, bool]:
    """The first position that is named, and whether it is one entry."""
    found = first(log)
    return found.first, found.exact


@given(st.integers(0, 600))
def test_a_clean_log_of_any_size_has_no_findings(size):
    report = verify(Press(entries(size), INK, (size // 3, size // 2)), [INK.key])
    assert (report.findings, report.size) == ((), size)


def test_the_root_is_the_signed_one():
    assert verify(CLEAN, [INK.key]).root == root([leaf(one) for one in ENTRIES])


@given(st.integers(0, SIZE - 1), st.integers(0, 255))
def test_a_flipped_bit_of_an_entry_is_named(position, bit):
    log = copied()

    def flip(held, at):
        number = int.from_bytes(held[at], "big") ^ 1 << bit
        held[at] = number.to_bytes(32, "big")

    rewritten(log, position, flip)
    assert named(log) == (position, True)


@given(st.integers(0, SIZE - 1))
def test_a_deleted_entry_is_named(position):
    log = copied()
    rewritten(log, position, lambda held, at: held.pop(at))
    assert named(log) == (position, True)


@given(st.integers(0, SIZE - 2))
def test_two_swapped_entries_are_named_by_the_first(position):
    log = copied()
    here, there = bundle_of(position), bundle_of(position + 1)
    if here[0] == there[0]:
        rewritten(log, position, lambda held, at: held.insert(at, held.pop(at + 1)))
    else:
        rewritten(log, position, lambda held, at: held.__setitem__(at, ENTRIES[position + 1]))
        rewritten(log, position + 1, lambda held, at: held.__setitem__(at, ENTRIES[position]))
    assert named(log) == (position, True)


@given(st.integers(0, SIZE - 1))
def test_an_inserted_entry_is_named(position):
    log = copied()
    rewritten(log, position, lambda held, at: held.insert(at, b"!" * 32))
    assert named(log) == (position, True)


def test_an_entry_put_after_the_last_is_named():
    log = copied()
    rewritten(log, SIZE - 1, lambda held, at: held.append(b"!" * 32))
    assert named(log) == (SIZE, True)


@given(st.integers(0, SIZE - 1))
def test_a_tail_that_was_cut_is_named(position):
    log = copied()
    path, at = bundle_of(position)
    log.set(path, log.files[path][:at * 34])
    for later in range(position // 256 + 1, SIZE // 256 + 1):
        for folder in ("tile/entries/", "tile/0/"):
            log.files.pop(folder + f"{later:03d}", None)
            log.files.pop(folder + f"{later:03d}.p/{SIZE % 256}", None)
    assert named(log) == (position, True)


@given(st.integers(0, SIZE - 1))
def test_a_changed_leaf_hash_is_named(position):
    log = copied()
    path = bundle_of(position)[0].replace("entries", "0")
    raw = bytearray(log.files[path])
    raw[position % 256 * 32] ^= 1
    log.set(path, bytes(raw))
    assert named(log) == (position, True)


@given(st.integers(0, 1), st.integers(0, 31))
def test_a_changed_hash_above_is_named_by_its_stretch(at, byte):
    log = copied()
    raw = bytearray(log.files["tile/1/000.p/2"])
    raw[at * 32 + byte] ^= 1
    log.set("tile/1/000.p/2", bytes(raw))
    found = first(log)
    assert (found.first, found.last) == (at * 256, at * 256 + 255)


@given(st.integers(0, SIZE - 1))
def test_all_rewritten_from_a_place_on_with_a_new_key_is_named(position):
    forged = [*ENTRIES[:position], b"!" * 32, *ENTRIES[position + 1:]]
    log = Press(forged, Ink(2))
    log.notes = list(CLEAN.notes)
    report = verify(log, [INK.key])
    assert any("signed by another key" in finding.what for finding in report.findings)
    assert [finding for finding in report.findings if finding.first <= position <= finding.last]


@given(st.integers(0, 599))
def test_a_rewritten_log_is_narrowed_down_to_two_kept_checkpoints(position):
    forged = [*ENTRIES[:position], b"!" * 32, *ENTRIES[position + 1:]]
    log = Press(forged, INK)
    log.notes = list(CLEAN.notes)
    found = first(log)
    bounds = [0, 1, 90, 300, 600]
    before = max(bound for bound in bounds if bound <= position)
    after = min(bound for bound in bounds if bound > position)
    assert (found.first, found.last) == (before, after - 1)


def test_an_outside_witness_sees_what_was_signed_again_with_the_stolen_key():
    forged = Press([*ENTRIES[:200], b"!" * 32, *ENTRIES[201:]], INK)
    assert verify(forged, [INK.key]).findings == ()
    since = Checkpoint(ORIGIN, 400, root([leaf(one) for one in ENTRIES[:400]]))
    found = verify(forged, [INK.key], since).first
    assert found is not None and found.first <= 200 <= found.last


def test_an_older_checkpoint_put_back_is_seen_by_a_witness():
    log = Press(ENTRIES[:500], INK)
    since = Checkpoint(ORIGIN, SIZE, root([leaf(one) for one in ENTRIES]))
    found = verify(log, [INK.key], since).first
    assert found is not None and found.first == 500


@pytest.mark.parametrize(("change", "what"), [
    (lambda log: log.files.pop("checkpoint"), "no checkpoint"),
    (lambda log: log.set("checkpoint", b"nonsense"), "cannot be believed"),
    (lambda log: log.set("checkpoint", Ink(3).note(SIZE, b"x" * 32).encode()), "another key"),
    (lambda log: log.set("checkpoint", INK.note(SIZE, b"x" * 32).encode()), "not those of the checkpoint"),
    (lambda log: log.notes.append(INK.note(300, b"x" * 32)), "two different logs"),
])
def test_what_is_wrong_with_a_checkpoint_is_said(change, what):
    log = copied()
    change(log)
    assert any(what in finding.what for finding in verify(log, [INK.key]).findings)


def test_partial_tiles_may_be_gone_once_they_are_full():
    log = Press(ENTRIES[:650], INK)
    for path in list(log.files):
        if ".p/" in path and not path.startswith("tile/1"):
            del log.files[path]
    log.files |= {path: raw for path, raw in Press(entries(1000), INK).files.items() if path != "checkpoint"}
    assert verify(log, [INK.key]).findings == ()


def test_the_reader_needs_neither_database_nor_rooms():
    code = ("import sys, essc.audit.model.verify as v; "
            "bad = [m for m in sys.modules if m.startswith(('asyncpg', 'starlette', 'httpx', 'essc.kit.db', 'essc.audit.store', 'essc.keys'))]; "
            "sys.exit(' '.join(bad) or 0)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
