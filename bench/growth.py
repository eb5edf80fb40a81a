"""Does a redemption get slower when the house grows? p50 and p99 at 10^5, 10^6 and 5·10^6 cards; `ratio` is the last p99 to the first."""
import argparse
import asyncio
import tempfile
from pathlib import Path

import seed
from codes import measured
from harness import needs, report, say

SIZES = (100_000, 1_000_000, 5_000_000)


async def main() -> None:
    """One house that grows; measured at each size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--seconds", type=int, default=15)
    options.add_argument("--most", type=int, default=SIZES[-1], help="leave out the sizes above this one")
    asked = options.parse_args()
    sizes, seconds = ((2_000, 10_000), 3) if asked.quick else (tuple(size for size in SIZES if size <= asked.most), asked.seconds)
    needs("wrk", "wrk")
    steps = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        async with seed.house(data, sizes[0], terminals=100) as house:
            for n, size in enumerate(sizes):
                if n:
                    await seed.grow(house, sizes[n - 1], size)
                figures = await measured(house, data, min(size, 200_000), seconds, 1)
                steps.append({"cards": size, "p50_ms": figures["p50_ms"], "p99_ms": figures["p99_ms"], "per_second": round(figures["per_second"]),
                              "failures": int(figures["failures"])})
                say(f"{size:,} cards: p50 {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms, {figures['per_second']:.0f}/s")
    report("growth", per_second=steps[-1]["per_second"], limit_per_second=steps[0]["per_second"], ratio=round(steps[-1]["p99_ms"] / steps[0]["p99_ms"], 2),
           p50_ms=steps[-1]["p50_ms"], p99_ms=steps[-1]["p99_ms"], failures=sum(step["failures"] for step in steps), steps=steps)


if __name__ == "__main__":
    asyncio.run(main())
