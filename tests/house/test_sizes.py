"""Sizes are a ratchet: a limit may go down, never up."""
import statistics

from tests.house.conftest import ROOT, SANDBOX, SOURCE, functions, python_files, short

LONGEST_FUNCTION = 50
MEDIAN_FUNCTION = 8
LONGEST_FILE = 400
PATCH_LINES = 0


def length(node) -> int:
    return node.end_lineno - node.lineno + 1


def test_no_function_is_longer_than_a_screen():
    long = [f"{short(path)}:{f.lineno} {f.name} {length(f)}" for path in python_files(SOURCE, SANDBOX) for f in functions(path) if length(f) > LONGEST_FUNCTION]
    assert not long


def test_the_usual_function_is_as_long_as_a_thumb():
    assert statistics.median(length(f) for path in python_files(SOURCE, SANDBOX) for f in functions(path)) <= MEDIAN_FUNCTION


def test_no_file_is_longer_than_a_sitting():
    files = python_files(SOURCE, SANDBOX, ROOT / "tests", ROOT / "bench")
    assert not [f"{short(p)} {n}" for p in files if (n := len(p.read_text(encoding='utf-8').splitlines())) > LONGEST_FILE]


def test_nothing_of_our_own_is_patched():
    words = ("mocker.", "monkeypatch.setattr(", "mock.patch")
    lines = [f"{short(p)}: {line.strip()}" for p in python_files(ROOT / "tests") if "house" not in p.parts
             for line in p.read_text(encoding="utf-8").splitlines() if any(word in line for word in words)]
    assert len(lines) <= PATCH_LINES, lines
