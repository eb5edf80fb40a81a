"""Who hears what: the decorators of jobs.py and what they collect."""
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec

from essc.kit.db.tx import Actor
from essc.kit.events import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)
F = TypeVar("F", bound=Callable[..., Awaitable[Any]])

APPLY_TRIES: Final = 10
"""How often a failing event is applied again before a person must look: with doubling pauses about a quarter of an hour."""
CALL_TRIES: Final = 120
"""How often a partner is called again: with pauses of up to fifteen minutes more than a day."""


class Delivery(msgspec.Struct, Generic[E_co], frozen=True):
    """One event on its way to one subscriber. `event_id` is also the request id that partners are called with: it never changes."""

    event_id: UUID
    bucket: int
    event: E_co
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    request_id: str


@cache
def _decoder(kind: type[Event]) -> msgspec.json.Decoder[Event]:
    return msgspec.json.Decoder(kind)


@dataclass(frozen=True)
class Subscription:
    """One function and the kinds of event it hears."""

    name: str
    events: dict[str, type[Event]]
    handler: Callable[..., Awaitable[Any]]
    many: bool = False
    inbox: bool = True
    calls: bool = False
    tries: int = APPLY_TRIES

    def delivery(self, row: Any) -> Delivery[Any]:
        """The delivery of a row of kit.event. Raises msgspec.ValidationError when the body is not that of its kind."""
        event = _decoder(self.events[row["kind"]]).decode(row["body"])
        happened = row["occurred_at"] or getattr(event, "occurred_at", None) or row["recorded_at"]
        return Delivery(row["id"], row["bucket"], event, happened, row["recorded_at"], Actor(row["actor_kind"], row["actor_id"]), row["request_id"])


@dataclass(frozen=True)
class Periodic:
    """One function that runs every so many seconds, in one process at a time."""

    name: str
    seconds: float
    handler: Callable[..., Awaitable[Any]]
    outside: bool = False


@dataclass(frozen=True)
class Heard:
    """One kind of event and the names of those who hear it."""

    kind: str
    by: tuple[str, ...]


@dataclass
class Subscribers:
    """What a room's jobs.py declares. `name` is the room; a subscriber's name is `room.function` and must never change."""

    name: str
    subscriptions: list[Subscription] = field(default_factory=list)
    periodic: list[Periodic] = field(default_factory=list)

    def on(self, *events: type[Event], many: bool = False, inbox: bool = True) -> Callable[[F], F]:
        """Apply each event once, in a transaction of its own: `f(tx, delivery)`.

        With `many` the function takes a sequence: `f(tx, deliveries)`. `inbox=False` is for set-based functions whose rows are
        keyed by the event id, so that applying twice changes nothing; it saves a row per event.
        """
        def add(function: F) -> F:
            self._add(Subscription(self._name(function), _by_kind(events), function, many=many, inbox=inbox))
            return function
        return add

    def calls(self, *events: type[Event], tries: int = CALL_TRIES) -> Callable[[F], F]:
        """Call a partner because of an event, outside any transaction, at least once: `f(db, delivery)`.

        It is tried again with growing pauses while it raises; `delivery.event_id` is the same each time, so the partner can see a repeat.
        """
        def add(function: F) -> F:
            self._add(Subscription(self._name(function), _by_kind(events), function, inbox=False, calls=True, tries=tries))
            return function
        return add

    def every(self, seconds: float, *, outside: bool = False) -> Callable[[F], F]:
        """Run `f(tx)` every so many seconds in one process of all; with `outside` `f(db)`, which opens its own transactions."""
        def add(function: F) -> F:
            self.periodic.append(Periodic(self._name(function), seconds, function, outside))
            return function
        return add

    def _name(self, function: Callable[..., Any]) -> str:
        return f"{self.name}.{getattr(function, '__name__', 'function')}"

    def _add(self, subscription: Subscription) -> None:
        if any(other.name == subscription.name for other in self.subscriptions):
            raise ValueError(f"two subscribers are called {subscription.name}")
        self.subscriptions.append(subscription)


def _by_kind(events: Sequence[type[Event]]) -> dict[str, type[Event]]:
    return {event.kind: event for event in events}


def heard(rooms: Iterable[Subscribers], kinds: Iterable[str]) -> list[Heard]:
    """Every kind of event that there is or that somebody waits for, and who hears it: `essc events` prints this."""
    by: dict[str, list[str]] = {kind: [] for kind in kinds}
    for subscription in (one for room in rooms for one in room.subscriptions):
        for kind in subscription.events:
            by.setdefault(kind, []).append(subscription.name)
    return [Heard(kind, tuple(sorted(names))) for kind, names in sorted(by.items())]
