"""Third-party files are what VENDOR.toml says, all of them, and each has its licence beside it."""
import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from tests.surfaces.gallery import SCREENS, renderer

ROOT = Path(__file__).resolve().parent.parent.parent
FACES = ROOT / "src/essc/surfaces"
FOLDERS = (FACES / "shared/static/vendor", ROOT / "tests/vendor")
ENTRIES = [(folder, entry) for folder in FOLDERS for entry in tomllib.loads((folder / "VENDOR.toml").read_text())["file"]]


@pytest.mark.parametrize(("folder", "entry"), ENTRIES, ids=lambda value: value["path"] if isinstance(value, dict) else "")
def test_a_vendored_file_is_the_one_that_was_written_down(folder, entry):
    assert hashlib.sha256((folder / entry["path"]).read_bytes()).hexdigest() == entry["sha256"]
    assert (folder / entry["licence_text"]).stat().st_size > 0
    assert {"name", "version", "licence", "source"} <= entry.keys()


@pytest.mark.parametrize("folder", FOLDERS, ids=["surfaces", "tests"])
def test_no_file_is_vendored_in_silence(folder):
    written = {entry["path"] for where, entry in ENTRIES if where == folder} | {entry["licence_text"] for where, entry in ENTRIES if where == folder}
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == written | {"VENDOR.toml"}


def test_every_icon_that_a_page_or_script_names_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (FOLDERS[0] / "icons.svg").read_text()))
    render = renderer()
    named = {name for screen in SCREENS for name in re.findall(r"icons\.svg#([a-z0-9-]+)", screen.html(render, "zh-CN"))}
    scripted = {name for path in FACES.rglob("static/**/*.js") if "vendor" not in path.parts for name in re.findall(r'"#?([a-z]+(?:-[a-z0-9]+)+)"', path.read_text())}
    assert named <= sprite
    assert {name for name in scripted if name in {"circle-check", "circle-x", "eye-off", "volume-2", "volume-off", "wifi-off", "user-round-check"}} <= sprite
