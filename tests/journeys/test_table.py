"""The table of journeys names tests that are there."""
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
NAMED = sorted(set(re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", (HERE / "docs/journeys.md").read_text())))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_walk_that_is_promised_is_walked(file: str, name: str) -> None:
    assert f"def {name}(" in (HERE / file).read_text()


def test_all_twelve_are_told() -> None:
    rows = re.findall(r"^\| (\d+) \|", (HERE / "docs/journeys.md").read_text(), re.MULTILINE)
    assert [int(row) for row in rows] == list(range(1, 13))
