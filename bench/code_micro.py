"""What cryptography costs a verdict and a row, in microseconds of CPU, best of interleaved runs. No server, no database.

`ratio` is the eight cipher calls of a code to the whole of opening it: the part that no rewriting of ours can save.
"""
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time

from essc.codes.model import CodeFields, Facts, Opened, Presented, mint, open_code, verdict
from essc.keys.queries import KeyRing
from essc.kit.crypto import random_bytes, suite_named
from harness import report, say

RUNS, CALLS, ROWS = 9, 2000, 1000
NOW = datetime(2026, 11, 20, 2, 0, 30, tzinfo=UTC)
HOUR, SECOND = divmod(int(NOW.timestamp()), 3600)
FIELDS = CodeFields(HOUR, SECOND, 437, 1_234_567, 3, 171)


def single(ring: KeyRing) -> dict[str, Callable[[], object]]:
    """What is done once a call."""
    code, person = mint(FIELDS, ring.code_cipher(HOUR)), b"p" * 120
    sealed, salt = ring.seal("cards", person, b"cards.card" + bytes(16)), random_bytes(16)
    presented = Presented(code=Opened(FIELDS), at=NOW, request_hash=b"")
    facts = Facts(terminal_state="active", venue_state="active", scene_allowed=True, channel_state="active", link_live=True,
                  card_state="active", epoch_now=3)
    return {
        "mint": lambda: mint(CodeFields(HOUR, SECOND, 437, 1_234_567, 3, 171), ring.code_cipher(HOUR)),
        "open": lambda: open_code(code, NOW, ring.code_cipher),
        "verdict": lambda: verdict(presented, facts),
        "seal": lambda: ring.seal("cards", person, b"cards.card" + bytes(16)),
        "unseal": lambda: ring.open("cards", sealed, b"cards.card" + bytes(16)),
        "seal_for": lambda: ring.seal_for("holders", salt, person, b"holders.person" + bytes(16)),
        "mac": lambda: ring.mac("lookup", b"999900199001011234"),
    }


def bulk(ring: KeyRing) -> dict[str, Callable[[], object]]:
    """What is done a chunk at a time; the figure is for one row."""
    salts, plains, aads = [random_bytes(16) for _ in range(ROWS)], [b"p" * 120] * ROWS, [b"holders.person" + bytes(16)] * ROWS
    numbers = [b"999900199001%06d" % n for n in range(ROWS)]
    sealed = ring.seal_many("holders", salts, plains, aads)
    return {
        "seal_many_row": lambda: ring.seal_many("holders", salts, plains, aads),
        "open_many_row": lambda: ring.open_many("holders", salts, sealed, aads),
        "mac_many_row": lambda: ring.mac_many("lookup", numbers),
    }


def cipher_calls(suite: str) -> Callable[[], object]:
    """The eight block cipher calls of one code, and nothing else."""
    block, half = suite_named(suite).blocks(bytes(suite_named(suite).key_bytes)), bytes(16)

    def eight() -> None:
        block(half), block(half), block(half), block(half), block(half), block(half), block(half), block(half)
    return eight


def best(work: dict[str, tuple[Callable[[], object], int, int]]) -> dict[str, float]:
    """Microseconds of each, the best of RUNS, every run doing all in turn."""
    seen = dict.fromkeys(work, float("inf"))
    for _ in range(RUNS):
        for name, (call, calls, rows) in work.items():
            start = process_time()
            for _ in range(calls):
                call()
            seen[name] = min(seen[name], (process_time() - start) / calls / rows * 1e6)
    return {name: round(value, 2) for name, value in seen.items()}


def main() -> None:
    """Measure both suites and print one line each, then the JSON line."""
    figures: dict[str, object] = {}
    for suite in ("international", "national"):
        ring = KeyRing.for_tests(suite)
        calls = {"eight_cipher_calls": cipher_calls(suite), **single(ring)}
        measured = best({name: (call, CALLS, 1) for name, call in calls.items()} | {name: (call, 5, ROWS) for name, call in bulk(ring).items()})
        say(f"{suite}: " + ", ".join(f"{name} {value} us" for name, value in measured.items()))
        figures |= {f"{suite}_{name}_us": value for name, value in measured.items()}
        figures[f"{suite}_ratio"] = round(measured["eight_cipher_calls"] / measured["open"], 2)
    report("code_micro", ratio=figures["international_ratio"], failures=0, **figures)


if __name__ == "__main__":
    main()
