"""Logs: one JSON object a line, and no number of a person's in any of them."""
import io
import json
import logging

import pytest

from essc.kit import ids, log


@pytest.fixture
def lines():
    """Configured logs; call it for the lines so far, parsed."""
    out = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    log.configure("debug", to=out, process="test")
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_says_when_where_and_what(lines):
    log.get("cards").info("imported", rows=3)
    [line] = lines()
    assert line | {"timestamp": ""} == {"event": "imported", "rows": 3, "level": "info", "logger": "cards", "process": "test", "timestamp": ""}


def test_a_library_s_line_looks_the_same_and_keeps_what_it_adds(lines):
    logging.getLogger("uvicorn.error").warning("slow %s", "start", extra={"tries": 2})
    [line] = lines()
    assert (line["event"], line["level"], line["tries"]) == ("slow start", "warning", 2)


@pytest.mark.parametrize("text", [
    "holder 99990119900307123X moved", "13900000000", "code 123456789012345678901234", "x=99990119900307123x;",
])
def test_a_number_of_a_person_s_is_struck_wherever_it_stands(lines, text):
    log.get("t").info(text, detail=text, deep={"list": [text]}, number=int("9" * 18))
    [line] = lines()
    assert log.STRUCK in line["event"]
    assert not any(digit * 5 in json.dumps({**line, "timestamp": ""}) for digit in "09")
    assert line["number"] == log.STRUCK


def test_ids_and_times_are_left_alone(lines):
    name = ids.new(7)
    log.get("t").info("seen", card=ids.wire("card", name), raw=str(name), at="2026-11-20T02:00:00.123456789Z", count=12345)
    [line] = lines()
    assert (line["card"], line["raw"], line["count"]) == (ids.wire("card", name), str(name), 12345)
    assert line["at"].startswith("2026-11-20T02:00:00.123456789")


def test_an_exception_is_told_without_the_values_of_its_variables(lines):
    number = "99990119900307" + "1239"
    try:
        raise ValueError(f"bad {number}")
    except ValueError:
        log.get("t").exception("failed")
    assert number not in json.dumps(lines())
    assert lines()[0]["exception"][0]["exc_type"] == "ValueError"
