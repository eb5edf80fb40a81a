"""The invented people of the sandbox that documents and developers may use by name: told by the demonstration, in a file beside its data.

They exist nowhere else than in a demonstration; an installation for real people has no such file and no such page.
"""
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = "cast.json"
"""In the data directory; `essc demo` writes it at every start."""


class Somebody(msgspec.Struct, frozen=True):
    """One of the twelve: the situation they stand for, and what a form asks for."""

    situation: str
    situation_en: str
    name: str
    number: str
    mobile: str


class Cast(msgspec.Struct, frozen=True):
    """The twelve, and the password that every e-card of theirs has."""

    password: str
    people: tuple[Somebody, ...] = ()


NOBODY: Final = Cast("")
_place: Final[list[Path]] = []


def furnish(data: Path) -> None:
    """Say in which directory the file is; `app` does it once at start."""
    _place[:] = [data / FILE]


def cast() -> Cast:
    """The people as they were staged last; nobody where nothing was staged."""
    try:
        return msgspec.json.decode(_place[0].read_bytes(), type=Cast) if _place else NOBODY
    except (OSError, msgspec.MsgspecError):
        return NOBODY


def written(cast: Cast) -> bytes:
    """The file's content."""
    return msgspec.json.encode(cast)
