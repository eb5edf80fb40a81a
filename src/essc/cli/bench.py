"""`essc bench NAME`: runs one of the repository's benches, each a question with a figure against a limit measured in the same run."""
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

import essc
from essc.kit import console

BENCHES: Final = Path(essc.__file__).parents[2] / "bench"
CALLED: Final = {"import_cards": "import"}
"""Benches whose file may not bear their name, because Python has the word."""
NO_BENCH: Final = frozenset({"harness", "seed", "empty_house"})


def names() -> list[str]:
    """The benches that there are; none outside a checkout of the repository."""
    return sorted(_files())


def _files() -> dict[str, Path]:
    found = BENCHES.glob("*.py") if BENCHES.is_dir() else []
    return {CALLED.get(path.stem, path.stem): path for path in found if path.stem not in NO_BENCH}


def bench(name: Annotated[str, typer.Argument(help="Which bench, or `all`; `list` names them.")] = "list",
          json: Annotated[bool, typer.Option("--json", help="Print nothing but the last line, as JSON.")] = False,
          quick: Annotated[bool, typer.Option("--quick", help="A small run that shows that it works; its figures say little.")] = False) -> None:
    """Measure: the last line is JSON with per_second, limit_per_second, ratio, p50_ms, p99_ms, failures, machine."""
    if not names():
        console.err.print("benches need a checkout of the repository: git clone it, `make install`, then `.venv/bin/essc bench`")
        raise typer.Exit(2)
    if name == "list":
        console.out.print("\n".join(names()), highlight=False)
        return
    if name == "all":
        raise typer.Exit(max(_run(one, json=json, quick=quick) for one in names()))
    if name not in names():
        console.err.print(f"there is no bench called {name}; there are {', '.join(names())}", markup=False)
        raise typer.Exit(2)
    raise typer.Exit(_run(name, json=json, quick=quick))


def _run(name: str, *, json: bool, quick: bool) -> int:
    """Run one bench; its exit status. With `json` only its last line is shown."""
    done = subprocess.run([sys.executable, str(_files()[name]), *(["--quick"] if quick else [])], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL if json else None, check=False)
    lines = done.stdout.strip().splitlines()
    print(lines[-1] if json and lines else done.stdout.rstrip(), flush=True)
    return done.returncode
