"""What a room offers on the wire: one line an operation, which carries the whole contract.

    operations = Operations("cards")

    @operations.reads("GET /v1/cards/{card_id}", by="channel", scope="cards.read", answers=CardView, refuses=(CardNotFound,))
    async def card(tx: Tx, card_id: CardId) -> CardView:
        "One card."

A parameter of the function is filled by its name (`body`, `query`, `page`, or a name in braces of the path) or by its type
(Tx, Database, Actor, Principal, Call). The docstring is the text of the reference.
"""
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypeVar

import msgspec

from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.kit.errors import Refused
from essc.kit.http.incoming import BODY_LIMIT, SignedRequest
from essc.kit.i18n import Locale, negotiate

Caller = Literal["public", "channel", "terminal", "terminal-key", "region", "holder"]
Kind = Literal["write", "read", "call", "batched"]
F = TypeVar("F", bound=Callable[..., Any])

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
NOTHING: Final[frozenset[str]] = frozenset()


class Principal(msgspec.Struct, frozen=True):
    """Who an authenticator found: the actor, what it may do, and what its room wants to remember of it in this request."""

    actor: Actor
    scopes: frozenset[str] = NOTHING
    extra: Any = None


class Authenticator(Protocol):
    """Lives in a room's `api.py`; `app` registers it under a name of Caller. Raises a Refused of kind UNAUTHENTICATED or FORBIDDEN."""

    async def __call__(self, request: SignedRequest, db: Database) -> Principal:
        """Who signed this request."""


class Call(msgspec.Struct, frozen=True):
    """One request, for `one` functions of batched operations and whoever asks for it."""

    principal: Principal
    request_id: str
    received_at: datetime
    idempotency_key: str
    path: Mapping[str, Any]
    """Parameters of the path, converted as the types in `path_types` of the operation say (text where it says nothing)."""
    db: Database
    language: str
    """The Accept-Language header as it came."""
    peer: str

    @property
    def locale(self) -> Locale:
        """The language the caller asks for."""
        return negotiate(self.language)

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.principal.actor


@dataclass(frozen=True)
class Operation:
    """One operation on the wire."""

    room: str
    kind: Kind
    method: str
    path: str
    function: Callable[..., Any]
    by: Caller
    scope: str | None
    answers: Any
    status: int
    refuses: tuple[type[Refused], ...]
    example: Mapping[str, Any] | None
    answer_example: Any
    idempotent: bool
    body_limit: int
    one: Callable[..., Any] | None = None
    reads_only: bool = False
    path_types: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The operation id: `cards.report_loss`."""
        return f"{self.room}.{self.function.__name__}"

    @property
    def is_write(self) -> bool:
        """Whether it may change something, and so takes an Idempotency-Key when `idempotent`."""
        return self.method not in SAFE


class Operations:
    """The operations of one room, in the order they are declared."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.operations: list[Operation] = []

    def writes(self, route: str, *, by: Caller, answers: Any = None, scope: str | None = None, status: int = 200,
               refuses: Sequence[type[Refused]] = (), example: Mapping[str, Any] | None = None, answer_example: Any = None,
               idempotent: bool = True, body_limit: int = BODY_LIMIT) -> Callable[[F], F]:
        """A write: `async def f(tx, …)` in one transaction, done once per Idempotency-Key unless `idempotent=False`."""
        return self._declare("write", route, by=by, answers=answers, scope=scope, status=status, refuses=refuses, example=example,
                             answer_example=answer_example, idempotent=idempotent, body_limit=body_limit)

    def reads(self, route: str, *, by: Caller, answers: Any = None, scope: str | None = None, refuses: Sequence[type[Refused]] = (),
              example: Mapping[str, Any] | None = None, answer_example: Any = None, status: int = 200,
              body_limit: int = BODY_LIMIT) -> Callable[[F], F]:
        """A read: `async def f(tx, …)` in a read-only transaction that sees one snapshot."""
        return self._declare("read", route, by=by, answers=answers, scope=scope, status=status, refuses=refuses, example=example,
                             answer_example=answer_example, idempotent=False, body_limit=body_limit)

    def calls(self, route: str, *, by: Caller, answers: Any = None, scope: str | None = None, status: int = 200,
              refuses: Sequence[type[Refused]] = (), example: Mapping[str, Any] | None = None, answer_example: Any = None,
              idempotent: bool = True, body_limit: int = BODY_LIMIT) -> Callable[[F], F]:
        """An operation that waits for a partner or for Argon2: `async def f(db, …)`, which opens its own transactions.

        With an Idempotency-Key its first answer is kept; a refusal frees the key, a crash does so after two minutes.
        """
        return self._declare("call", route, by=by, answers=answers, scope=scope, status=status, refuses=refuses, example=example,
                             answer_example=answer_example, idempotent=idempotent, body_limit=body_limit)

    def batched(self, route: str, *, by: Caller, one: Callable[..., Any], answers: Any, scope: str | None = None, status: int = 200,
                refuses: Sequence[type[Refused]] = (), example: Mapping[str, Any] | None = None, answer_example: Any = None,
                idempotent: bool = True, reads_only: bool = False, path_types: Mapping[str, Any] | None = None,
                body_limit: int = 64 * 1024) -> Callable[[F], F]:
        """A hot verb: decorates `async def many(tx, items) -> list[answer | Replayed | Refused]`.

        `one(body, call: Call) -> item` (or `one(call)` without a body) turns a request into an item; it may raise a Refused.
        `idempotent`: an Idempotency-Key is needed, duplicates inside this process are joined by it, and the room's own row is
        the record across processes. `reads_only`: a read-only transaction, for verbs that write nothing.
        """
        return self._declare("batched", route, by=by, answers=answers, scope=scope, status=status, refuses=refuses, example=example,
                             answer_example=answer_example, idempotent=idempotent, body_limit=body_limit, one=one,
                             reads_only=reads_only, path_types=path_types or {})

    def _declare(self, kind: Kind, route: str, *, refuses: Sequence[type[Refused]], **rest: Any) -> Callable[[F], F]:
        method, _, path = route.partition(" ")
        if method not in METHODS or not path.startswith("/"):
            raise ValueError(f"a route is a method and a path: {route}")
        if rest["idempotent"] and method in SAFE:
            rest["idempotent"] = False

        def keep(function: F) -> F:
            self.operations.append(Operation(room=self.room, kind=kind, method=method, path=path, function=function,
                                             refuses=tuple(refuses), **rest))
            return function
        return keep


Run = Callable[..., Awaitable[Any]]
