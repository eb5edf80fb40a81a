"""The floors of the house: import-linter's contracts of pyproject.toml hold."""
import subprocess
import sys
from pathlib import Path

from tests.house.conftest import ROOT, SOURCE


def test_every_import_contract_holds():
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_every_room_is_named_in_the_contracts():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    missing = [p.parent.name for p in SOURCE.glob("*/model.py") if f'"essc.{p.parent.name}"' not in text]
    assert not missing
