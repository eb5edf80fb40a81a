"""Does a redemption get slower when the house grows? p50 and p99 at 10^5, 10^6 and 5·10^6 cards; `ratio` is the last p99 to the first.

Filling five million cards takes a quarter of an hour; with `--data DIR` the houses are kept there, and the next run only measures.
"""
import argparse
import asyncio
import contextlib
import tempfile
from pathlib import Path

import seed
from codes import measured
from harness import needs, report, say

SIZES = (100_000, 1_000_000, 5_000_000)
WINDOWS = 3


def read_through(folder: Path) -> None:
    """Read every file once, so that the system holds it in memory as it holds those of a house that has run for a while."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with contextlib.suppress(OSError), path.open("rb", buffering=0) as file:
                while file.read(1 << 22):
                    pass


async def step(data: Path, size: int, seconds: int) -> dict[str, float]:
    """The figures of a house with so many cards: the middle one of three windows."""
    async with seed.house(data, size, terminals=100) as house:
        await seed.checkpoint(house.server)
        await asyncio.to_thread(read_through, (house.server.data / "postgres").resolve() / "base")
        figures = await measured(house, data, min(size, 200_000), seconds, 1, WINDOWS)
    say(f"{size:,} cards: p50 {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms, {figures['per_second']:.0f}/s")
    return {"cards": size, "p50_ms": figures["p50_ms"], "p99_ms": figures["p99_ms"], "per_second": round(figures["per_second"]),
            "failures": int(figures["failures"])}


async def main() -> None:
    """A house of each size, one after the other."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--seconds", type=int, default=12)
    options.add_argument("--most", type=int, default=SIZES[-1], help="leave out the sizes above this one")
    options.add_argument("--data", type=Path, help="keep the houses here")
    options.add_argument("--fill", action="store_true", help="only fill them (needs --data)")
    asked = options.parse_args()
    sizes, seconds = ((2_000, 10_000), 3) if asked.quick else (tuple(size for size in SIZES if size <= asked.most), asked.seconds)
    needs("wrk", "wrk")
    with tempfile.TemporaryDirectory() as folder:
        data = asked.data or Path(folder)
        if asked.fill:
            for size in sizes:
                async with seed.house(data / str(size), size, terminals=1):
                    say(f"{size:,} cards stand in {data / str(size)}")
            return
        steps = [await step(data / str(size), size, seconds) for size in sizes]
    report("growth", per_second=steps[-1]["per_second"], limit_per_second=steps[0]["per_second"], ratio=round(steps[-1]["p99_ms"] / steps[0]["p99_ms"], 2),
           p50_ms=steps[-1]["p50_ms"], p99_ms=steps[-1]["p99_ms"], failures=sum(step["failures"] for step in steps), steps=steps)


if __name__ == "__main__":
    asyncio.run(main())
