"""Structured logs: one JSON object a line on standard error, ids only.

Call sites say `log = get("room")` and `log.info("what_happened", card_id=…)`. As a last line of defence, any run of digits that could be a
citizen number, a mobile, a card number or a dynamic code is struck out of every line, wherever it stands.
"""
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

STRUCK: Final = "[struck]"
_IDS: Final = re.compile(r"[a-z]+_[0-9a-hjkmnp-tv-z]{26}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+")
"""What may hold many digits and says nothing about a person: wire ids, UUIDs, times."""
_DIGITS: Final = re.compile(r"(?<!\d)\d{11,}[Xx]?(?!\d)")
_EITHER: Final = re.compile(f"(?P<id>{_IDS.pattern})|(?P<digits>{_DIGITS.pattern})")

Line = MutableMapping[str, Any]


def get(name: str) -> Any:
    """The log of a room or a part of the kit."""
    return structlog.get_logger(name)


def strike(text: str) -> str:
    """`text` without any run of eleven or more digits that is not part of an id or a time."""
    return _EITHER.sub(lambda match: match[0] if match["id"] else STRUCK, text)


def struck(_logger: Any, _method: str, line: Line) -> Line:
    """The structlog step that strikes every value of a line, also inside lists and mappings."""
    for key, value in line.items():
        line[key] = _struck(value)
    return line


def _struck(value: Any) -> Any:
    if isinstance(value, str):
        return strike(value)
    if isinstance(value, int) and abs(value) >= 10**10 and not isinstance(value, bool):
        return STRUCK
    if isinstance(value, dict):
        return {key: _struck(inner) for key, inner in value.items()}
    return [_struck(inner) for inner in value] if isinstance(value, list | tuple) else value


_exceptions: Final = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
"""Of an exception: its type, text and places; never the values of local variables."""


def configure(level: str = "info", *, to: TextIO | None = None, **always: str) -> None:
    """Set up the logs of this process, those of libraries too. `always` stands in every line (`process="http-1"`)."""
    steps: list[Any] = [
        structlog.contextvars.merge_contextvars, structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.contextvars.bind_contextvars(**always)
    structlog.configure(
        processors=[*steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[*steps, structlog.stdlib.ExtraAdder()], processors=[
        structlog.stdlib.ProcessorFormatter.remove_processors_meta, _exceptions, struck,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "httpx", "httpcore"):   # what they say at level info holds addresses
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
