"""Habits that a machine can hold: banned calls with their replacement, who owns SQL, furniture, docstrings."""
import ast
import re

import pytest

from tests.house.conftest import SANDBOX, SOURCE, functions, python_files, rooms, short, syntax

KIT = SOURCE / "kit"
BANNED = {  # call → what to write instead; allowed only in the kit
    "datetime.now": "tx.now or kit.clock.now()",
    "datetime.utcnow": "tx.now or kit.clock.now()",
    "time.time": "kit.clock",
    "uuid.uuid4": "kit.ids.new",
    "uuid4": "kit.ids.new",
    "random.random": "kit.crypto.random_bytes",
    "random.randint": "kit.crypto.random_bytes",
    "secrets.token_bytes": "kit.crypto.random_bytes",
    "secrets.token_hex": "kit.crypto.random_bytes",
    "os.urandom": "kit.crypto.random_bytes",
    "float": "integers in the smallest unit",
}
FLOAT_IS_MONEY = {"ledger", "payments", "settlement", "benefits"}
FURNITURE = {"README.md", "__init__.py", "errors.py", "model.py", "events.py", "tables.sql", "store.py", "queries.py", "actions.py",
             "calls.py", "api.py", "cli.py", "jobs.py"}
FOLDED = {name.removesuffix(".py") for name in FURNITURE if name.endswith(".py")}
NO_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|services?|base|common|misc)(_|$)|V[2-9]$")
EDGES = {"api", "cli", "jobs", "calls", "worker", "app", "__main__", "supervisor"}
SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\.\w+\s+SET|DELETE\s+FROM)\b", re.DOTALL)


def called(node: ast.Call) -> str:
    return ast.unparse(node.func)


@pytest.mark.parametrize("room", rooms(), ids=lambda r: r.name)
def test_clock_chance_and_ids_come_from_the_kit(room):
    found = [f"{short(p)}:{n.lineno} {called(n)}: use {BANNED[called(n)]}" for p in python_files(room) for n in ast.walk(syntax(p))
             if isinstance(n, ast.Call) and called(n) in BANNED and (called(n) != "float" or room.name in FLOAT_IS_MONEY)]
    assert not found


@pytest.mark.parametrize("room", rooms(), ids=lambda r: r.name)
def test_a_room_has_the_furniture_of_every_room(room):
    odd = [p.name for p in room.iterdir() if p.name not in FURNITURE and p.name not in FOLDED and p.suffix in {".py", ".sql"} and p.name != "__pycache__"]
    assert not odd


def test_nothing_is_called_by_a_word_that_says_nothing():
    assert not [short(p) for p in python_files(SOURCE, SANDBOX) if NO_NAMES.search(p.stem)]


def test_sql_stands_in_stores_only():
    found = []
    for path in python_files(SOURCE):
        if KIT in path.parents or path.stem == "store" or "store" in path.parts:
            continue
        found += [f"{short(path)}:{n.lineno}" for n in ast.walk(syntax(path))
                  if isinstance(n, ast.Constant) and isinstance(n.value, str) and SQL.search(n.value)]
    assert not found


def test_no_room_ends_a_transaction():
    assert not [short(p) for room in rooms() for p in python_files(room) if ".commit(" in p.read_text(encoding="utf-8")]


def test_nothing_swallows_every_exception_outside_an_edge():
    found = []
    for path in python_files(SOURCE):
        if KIT in path.parents or path.stem in EDGES or any(part in EDGES for part in path.parts):
            continue
        found += [f"{short(path)}:{n.lineno}" for n in ast.walk(syntax(path)) if isinstance(n, ast.ExceptHandler)
                  and (n.type is None or ast.unparse(n.type) in {"Exception", "BaseException"})]
    assert not found


def test_no_import_hides_in_a_function():
    found = [f"{short(p)}:{n.lineno}" for p in python_files(SOURCE, SANDBOX) for f in functions(p) for n in ast.walk(f)
             if isinstance(n, ast.Import | ast.ImportFrom)]
    assert not found


def public_without_docstring(path) -> list[str]:
    return [f"{short(path)}:{node.lineno} {node.name}" for node in syntax(path).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)]


def test_every_public_name_says_what_it_is():
    assert not [name for path in python_files(SOURCE) for name in public_without_docstring(path)]


def test_every_event_is_frozen_and_named_by_keywords():
    classes = [(path, node) for path in python_files(SOURCE) for node in ast.walk(syntax(path)) if isinstance(node, ast.ClassDef)]
    events = [(path, node) for path, node in classes if any(ast.unparse(base) in {"Event", "events.Event"} for base in node.bases)]
    wrong = [f"{short(path)}:{node.lineno} {node.name}" for path, node in events if not {"frozen", "kw_only"} <= {word.arg for word in node.keywords}]
    assert events
    assert not wrong
