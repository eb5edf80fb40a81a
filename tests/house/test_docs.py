"""Docs that lie break the build: links resolve, every error, event, setting and command is listed, both languages are whole."""
import ast
import json
import re
import subprocess
import sys
import tomllib

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from essc import app
from essc.kit.errors import refusals
from tests.house.conftest import ROOT, SOURCE, rooms, short, syntax

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")
GENERATED = ROOT / "docs" / "generated"


def pages():
    return [p for p in ROOT.rglob("*.md") if not {".venv", "node_modules", ".git"} & set(p.parts)]


def test_every_link_in_the_docs_leads_somewhere():
    dead = [f"{short(page)} → {target}" for page in pages() for target, _ in LINK.findall(page.read_text(encoding="utf-8"))
            if "://" not in target and not target.startswith(("mailto:", "/")) and not (page.parent / target).exists()]
    assert not dead


def test_the_generated_pages_are_what_the_code_says():
    done = subprocess.run([sys.executable, "-m", "essc", "docs", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_is_valid_and_has_every_operation():
    contract = json.loads((ROOT / "docs" / "wire" / "openapi.json").read_text(encoding="utf-8"))
    assert not [error.message for error in OpenAPIV31SpecValidator(contract).iter_errors()]
    told = {(method.upper(), path) for path, methods in contract["paths"].items() for method in methods}
    assert told == {(one.method, one.path) for room in app.OPERATIONS for one in room.operations}


def test_decisions_are_numbered_once_and_stand_in_the_index():
    folder = ROOT / "docs" / "decisions"
    names = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert not [name for name in names if f"({name})" not in index]


@pytest.mark.parametrize("room", rooms(), ids=lambda r: r.name)
def test_a_room_readme_names_its_tables_and_events(room):
    text = (room / "README.md").read_text(encoding="utf-8")
    tables = re.findall(r"CREATE (?:UNLOGGED )?TABLE (\w+\.\w+) \(", (room / "tables.sql").read_text(encoding="utf-8")) if (room / "tables.sql").exists() else []
    kinds = re.findall(r'kind: ClassVar\[str\] = "([^"]+)"', (room / "events.py").read_text(encoding="utf-8")) if (room / "events.py").exists() else []
    missing = [name for name in [*tables, *kinds] if name not in text and name.partition(".")[2] not in text]
    assert not missing


@pytest.mark.parametrize("room", rooms(), ids=lambda r: r.name)
def test_a_room_readme_names_its_states(room):
    text = (room / "README.md").read_text(encoding="utf-8")
    classes = [node for path in [*room.glob("model.py"), *room.glob("model/*.py")] for node in syntax(path).body if isinstance(node, ast.ClassDef)]
    states = [line.value.value for node in classes if node.name.endswith("State") for line in node.body
              if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)]
    assert not [state for state in states if state not in text and state.replace("_", " ") not in text]


def keys(language: str) -> dict[str, str]:
    found = {}
    for path in sorted((SOURCE / "locales" / language).glob("*.toml")):
        found |= {f"{path.stem}:{key}": text for key, text in flat(tomllib.loads(path.read_text(encoding="utf-8")))}
    return found


def flat(table: dict, before: str = ""):
    for key, value in table.items():
        yield from flat(value, f"{before}{key}.") if isinstance(value, dict) else [(f"{before}{key}", value)]


def test_no_sentence_is_missing_in_either_language():
    assert set(keys("zh_CN")) == set(keys("en"))


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_refusal_says_what_happened_and_what_to_do(language):
    known = {key.partition(":")[2] for key in keys(language)}
    codes = [refused.code for refused in refusals() if refused.__module__.startswith("essc.")]
    assert not [f"error.{code}.{part}" for code in codes for part in ("title", "action") if f"error.{code}.{part}" not in known]


def test_both_languages_name_the_same_parameters():
    chinese, english = keys("zh_CN"), keys("en")
    names = re.compile(r"\{(\w+)\}")
    assert not [key for key in chinese if set(names.findall(chinese[key])) != set(names.findall(english.get(key, "")))]
