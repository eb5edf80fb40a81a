"""What every bench shares: tools that must be there, the machine, load by wrk, the limit by pgbench, one JSON line at the end."""
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

LUA = Path(__file__).with_name("replay.lua")
CONNECTIONS, THREADS = 64, 2


def needs(tool: str, package: str) -> str:
    """The path of `tool`; without it the bench ends with status 2 and the line that installs it, never with a made-up figure."""
    found = shutil.which(tool)
    if found is None:
        print(f"{tool} is missing: apt-get install {package}", file=sys.stderr)
        raise SystemExit(2)
    return found


def machine() -> str:
    """This machine in one line."""
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {gib:.0f} GiB, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def report(name: str, **figures: object) -> None:
    """The one JSON line that a bench ends with."""
    print(json.dumps({"bench": name, **figures, "machine": machine()}, ensure_ascii=False), flush=True)


def say(sentence: str) -> None:
    """Tell the person who waits what is going on."""
    print(sentence, file=sys.stderr, flush=True)


def prepare(requests: Sequence[bytes], folder: Path) -> Path:
    """Write requests where replay.lua finds them, dealt out to its threads. Gives the value of REQUESTS."""
    stem = folder / "requests"
    for thread in range(THREADS):
        with Path(f"{stem}.{thread}").open("wb") as file:
            file.writelines(b"%d\n%s" % (len(raw), raw) for raw in requests[thread::THREADS])
    return stem


def play(url: str, requests: Sequence[bytes], folder: Path, seconds: int) -> dict[str, float]:
    """Send prepared raw requests over 64 connections for some seconds. Raises when they run out or wrk fails."""
    stem = prepare(requests, folder)
    done = subprocess.run(
        [needs("wrk", "wrk"), "-t", str(THREADS), "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "20s", "-s", str(LUA), url],
        env={**os.environ, "REQUESTS": str(stem)}, capture_output=True, text=True, check=False,
    )
    if done.returncode:
        raise RuntimeError(f"wrk ended with {done.returncode}: {done.stderr.strip()}")
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    figures["per_second"] = figures["requests"] / figures["seconds"]
    return figures


def pgbench(programs: Path, url: str, environment: Mapping[str, str], seconds: int, clients: int = CONNECTIONS) -> float:
    """Transactions a second of `pgbench -N` at the same durability settings; its tables must be there already."""
    done = subprocess.run(
        [programs / "pgbench", "-N", "-n", "-c", str(clients), "-j", "2", "-T", str(seconds), url],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2])


def median(values: Iterable[float]) -> float:
    """The middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
