"""The scripts of examples/ against a running house: what they print is what stands beside them, but for ids, times and keys.

`ESSC_WRITE_EXAMPLES=1` writes the *.out files anew.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.callers import activation
from tests.running import House, until

EXAMPLES = Path(__file__).parents[2] / "examples"
KEY_ID = "450000-example"
CHANGING = (
    (r"\b(chan|ckey|ecard|term|req)_[0-9a-z]+", r"\1_…"), (r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+\d\d:\d\d)", "TIME"), (r"\b\d{24}\b", "CODE"),
    (r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID"), (r"\b[0-9a-f]{64}\b", "HASH"), (r"sha-256=:[^:]+:", "sha-256=:…:"), (r"created=\d+", "created=…"),
    (r"sign number \w+", "sign number …"), (r"\b\d{10}\b", "NUMBER"), (r'"x": "[\w-]+"', '"x": "…"'), (r"\d+ (tiles|entries)", r"N \1"),
)


def settled(text: str) -> str:
    """The text without what is another every time."""
    for pattern, instead in CHANGING:
        text = re.sub(pattern, instead, text)
    return text


class Reader:
    """Somebody who types what the examples' README says."""

    def __init__(self, house: House, place: Path) -> None:
        self.house, self.place = house, place

    def types(self, *command: str) -> str:
        """Run an example; gives what it printed."""
        runner = {".py": sys.executable, ".sh": "bash" if command[0] == "quickstart.sh" else "sh"}[Path(command[0]).suffix]
        done = subprocess.run([runner, EXAMPLES / command[0], *command[1:]], cwd=self.place,
                              capture_output=True, text=True, check=False, env={**os.environ, "PYTHON": sys.executable})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def operates(self, *command: str) -> str:
        """Run a command of the installation."""
        done = self.house.essc(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def told(name: str, text: str) -> None:
    """What an example printed is what its .out says."""
    out = EXAMPLES / f"{name}.out"
    if os.environ.get("ESSC_WRITE_EXAMPLES"):
        out.write_text(text, encoding="utf-8")
    assert settled(text) == settled(out.read_text(encoding="utf-8"))


def test_the_examples_print_what_stands_beside_them(house: House, tmp_path: Path) -> None:
    reader = Reader(house, tmp_path)
    house.import_cards()
    person = house.sandbox.people()["payment not opened"]
    [code_of_terminal] = activation(house, "pharmacy")

    shown = reader.types("channel_shows_code.py", house.url)
    told("channel_shows_code", shown)
    told("terminal_redeems", reader.types("terminal_redeems.py", house.url, code_of_terminal, shown.splitlines()[-1]))
    told("stranger_signs", reader.types("stranger_signs.py", house.url))
    told("quickstart", reader.types("quickstart.sh", house.url))

    (tmp_path / "public.jwk").write_text(reader.types("province_reports.py", "key", KEY_ID), encoding="utf-8")
    reader.operates("cards", "region-key", "450000", KEY_ID, str(tmp_path / "public.jwk"))
    told("province_reports", reader.types("province_reports.py", "report", house.url, KEY_ID, person["card_number"]))

    (tmp_path / "essc-log.key").write_text(reader.operates("audit", "keys"), encoding="utf-8")
    until(lambda: (house.data / "audit" / "checkpoint").exists(), "the log is published")
    told("audit_log_verified", reader.types("audit_log_verified.sh", house.url, "essc-log.key", "copy"))
