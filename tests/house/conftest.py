"""The house tests read the tree as text and syntax; nothing of it is run."""
import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "essc"
SANDBOX = ROOT / "src" / "essc_sandbox"


def python_files(*folders: Path) -> list[Path]:
    """Every Python file below `folders`."""
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@cache
def syntax(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of one file, methods and nested ones too."""
    return [node for node in ast.walk(syntax(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def rooms() -> list[Path]:
    """Every room: a folder with a README of its own, that is not the kit or a surface."""
    return sorted(path.parent for path in SOURCE.glob("*/README.md") if path.parent.name not in {"surfaces", "kit", "partners"})


def short(path: Path) -> str:
    """The path as a reader would say it."""
    return str(path.relative_to(ROOT))
