"""How an event is found again: the terms it is kept under, and what a search may ask for. Pure."""
import re
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from essc.kit import ids

_BARE: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_WIRED: Final = "[a-z]{2,8}_[0-7][0-9a-hjkmnp-tv-z]{25}"
_UUID, _WIRE = re.compile(rf"{_BARE}\Z"), re.compile(rf"{_WIRED}\Z")
_THINGS: Final = re.compile(rf'"(?:({_BARE})|({_WIRED}))"')
_decode: Final = msgspec.json.Decoder().decode
KNOWN_TERMS: Final = 10_000
"""Kinds, actors and places that come again and again; people do not."""
STAFF: Final = "operator"
"""The kind of actor that the first tab is of: 用户操作, what people on the staff did."""
SIGNING_IN: Final = "operators."
"""What is told of staff belongs to the first tab too, although nobody is known yet who signs in."""
_REFUSING: Final = ("refused", "denied", "locked", "failed", "mismatch", "broken", "guessed", "alarm_raised")


class Tab(StrEnum):
    """Whose events are looked at (spec C13)."""

    STAFF = "staff"    # 用户操作
    SYSTEM = "system"  # 系统事件: everybody and everything else


class Result(StrEnum):
    """How it ended for whoever asked."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is searched for; everything that is given must fit. `thing` is the id of whatever the event speaks of."""

    tab: Tab | None = None
    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    kind: str | None = None
    thing: UUID | None = None
    request_id: str | None = None
    result: Result | None = None

    def asked(self) -> tuple[str, ...]:
        """The names of what was given, without the values."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One event, as a list shows it. `body` holds ids and enums."""

    id: UUID
    kind: str
    recorded_at: datetime
    actor_kind: str
    actor_id: str
    request_id: str
    result: Result
    body: dict[str, Any]


def result(kind: str, body: dict[str, Any]) -> Result:
    """Whether an event tells of something refused: its verdict or word of the clerk says so, else the last word of its kind."""
    if "verdict" in body:
        return Result.DONE if body["verdict"] == "PASS" else Result.REFUSED
    if body.get("matched") is False:
        return Result.REFUSED
    return Result.REFUSED if kind.endswith(_REFUSING) else Result.DONE


def things(body: str) -> set[str]:
    """The ids in the JSON text of a body, of whatever depth, bare or as they are written on the wire; all of them bare."""
    return {bare or str(ids.parse(wire.partition("_")[0], wire)) for bare, wire in _THINGS.findall(body)}


def thing(text: str) -> UUID | None:
    """The id that is written as `text`: a UUID, or a wire id of whatever prefix; None when it is neither."""
    if _UUID.match(text):
        return UUID(text)
    return ids.parse(text.partition("_")[0], text) if _WIRE.match(text) else None


@lru_cache(KNOWN_TERMS)
def term(what: str, value: str) -> int:
    """The number that a term is kept under: 64 bits of its hash, so that rows are small and say nothing by themselves."""
    return int.from_bytes(sha256(f"{what}\x00{value}".encode()).digest()[:8], "big", signed=True)


def terms(kind: str, actor_kind: str, actor_id: str, request_id: str, body: str) -> set[int]:
    """Everything that an event with this JSON text as body is found under. Requests that have no id are found under none."""
    found = {term("thing", one) for one in things(body)}
    found.update((term("kind", kind), term("actor", actor_id)))
    if request_id:
        found.add(term("request", request_id))
    if actor_kind == STAFF or kind.startswith(SIGNING_IN):
        found.add(STAFF_TERM)
    if result(kind, _decode(body)) is Result.REFUSED:
        found.add(REFUSED_TERM)
    return found


def wanted_terms(wanted: Wanted) -> list[int]:
    """The terms that every event found must have, those that are rarest as a rule first."""
    given = [("request", wanted.request_id), ("thing", wanted.thing), ("actor", wanted.actor), ("kind", wanted.kind)]
    found = [term(what, str(value)) for what, value in given if value is not None]
    if wanted.tab is Tab.STAFF:
        found.append(STAFF_TERM)
    if wanted.result is Result.REFUSED:
        found.append(REFUSED_TERM)
    return found


def unwanted_terms(wanted: Wanted) -> list[int]:
    """The terms that no event found may have."""
    found = [STAFF_TERM] if wanted.tab is Tab.SYSTEM else []
    return [*found, REFUSED_TERM] if wanted.result is Result.DONE else found


def first_id(at: datetime) -> UUID:
    """The lowest id that something recorded at this moment can have: ids begin with their millisecond."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


STAFF_TERM: Final = term("by", STAFF)
REFUSED_TERM: Final = term("result", Result.REFUSED)
