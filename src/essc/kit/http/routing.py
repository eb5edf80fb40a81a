"""From a method and a path to what answers them, in time that does not grow with the number of routes."""
from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

MOST_SEGMENTS = 12
"""A path with more segments than this is not looked for."""


class Found(NamedTuple, Generic[T]):
    """What stands at a path: a target per method, and the path parameters as they were written."""

    methods: dict[str, T]
    names: tuple[str, ...]
    values: tuple[str, ...]


class _Node(Generic[T]):
    __slots__ = ("end", "names", "parameter", "static")

    def __init__(self) -> None:
        self.static: dict[str, _Node[T]] = {}
        self.parameter: _Node[T] | None = None
        self.end: dict[str, T] | None = None
        self.names: tuple[str, ...] = ()


class Routes(Generic[T]):
    """Paths such as `/v1/cards/{card_id}/loss`: a dictionary for plain ones, a tree by segment for the rest."""

    def __init__(self) -> None:
        self._plain: dict[str, dict[str, T]] = {}
        self._root: _Node[T] = _Node()

    def add(self, method: str, path: str, target: T) -> None:
        """Put `target` at `method path`. Raises ValueError when something stands there already."""
        ends, names = self._place(path)
        if method in ends:
            raise ValueError(f"two routes for {method} {path}: {names}")
        ends[method] = target

    def _place(self, path: str) -> tuple[dict[str, T], tuple[str, ...]]:
        names = parameters(path)
        if not names:
            return self._plain.setdefault(path, {}), ()
        node = self._root
        for segment in path.split("/")[1:]:
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.static.setdefault(segment, _Node())
        if node.end is None:
            node.end, node.names = {}, names
        if node.names != names:
            raise ValueError(f"one path, two names for its parameters: {path}")
        return node.end, names

    def find(self, path: str) -> Found[T] | None:
        """What stands at `path`, or None. A plain segment wins over a parameter."""
        methods = self._plain.get(path)
        if methods is not None:
            return Found(methods, (), ())
        segments = path.split("/", MOST_SEGMENTS + 1)[1:]
        if len(segments) > MOST_SEGMENTS:
            return None
        return self._walk(self._root, segments, 0, ())

    def _walk(self, node: _Node[T], segments: list[str], at: int, values: tuple[str, ...]) -> Found[T] | None:
        if at == len(segments):
            return None if node.end is None else Found(node.end, node.names, values)
        segment = segments[at]
        below = node.static.get(segment)
        found = self._walk(below, segments, at + 1, values) if below is not None else None
        if found is None and node.parameter is not None and segment:
            found = self._walk(node.parameter, segments, at + 1, (*values, segment))
        return found


def parameters(path: str) -> tuple[str, ...]:
    """The names in braces of a route's path."""
    return tuple(_names(path))


def _names(path: str) -> Iterator[str]:
    for segment in path.split("/"):
        if segment.startswith("{"):
            yield segment[1:-1]
