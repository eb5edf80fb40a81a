"""Small pictures of figures as SVG: sparklines and bars. What varies is an attribute, so the policy needs no exception for them."""
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

WIDE, HIGH, EDGE = 64, 30, 3
_FULL: Final = 100


def spark(values: Sequence[float | None], tone: str = "a") -> Markup:
    """A line of the last days; days without a value leave a gap. Empty where there are fewer than two. Says nothing to readers: the figure beside it does."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    low, high = min(known), max(known)
    step = (WIDE - 2 * EDGE) / max(1, len(values) - 1)

    def point(n: int, value: float) -> str:
        share = (value - low) / (high - low) if high > low else 0.5
        return f"{EDGE + n * step:.1f},{HIGH - EDGE - share * (HIGH - 2 * EDGE):.1f}"
    lines = [" ".join(point(n, value) for n, value in run) for run in _runs(values)]
    drawn = "".join(f'<polyline points="{line}"/>' if " " in line else _dot(line) for line in lines)
    end = _dot(point(*[(n, value) for n, value in enumerate(values) if value is not None][-1]))
    return Markup(f'<svg class="spark {tone}" width="{WIDE}" height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}" aria-hidden="true">{drawn}{end}</svg>')  # noqa: S704 numbers and our own words only


def _dot(point: str) -> str:
    x, y = point.split(",")
    return f'<circle cx="{x}" cy="{y}" r="2.2"/>'


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for n, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((n, value))
    return [run for run in runs if run]


def bar(share: float, tone: str = "a", mark: float | None = None) -> Markup:
    """A bar filled to `share` of its length (0 to 1), with a mark on it where a goal stands. Hidden from readers: the figure stands beside it."""
    filled = max(0.0, min(1.0, share)) * _FULL
    goal = "" if mark is None else f'<rect class="goal" x="{min(1.0, mark) * _FULL - 0.4:.2f}" width="0.8" height="8"/>'
    return Markup(f'<svg class="bar {tone}" viewBox="0 0 {_FULL} 8" width="100%" height="8" preserveAspectRatio="none" aria-hidden="true">'  # noqa: S704
                  f'<rect class="bed" width="{_FULL}" height="8"/><rect class="fill" width="{filled:.2f}" height="8"/>{goal}</svg>')
