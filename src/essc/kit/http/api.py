"""The edge of the API: one ASGI application for all operations of all rooms."""
import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from essc.kit import clock
from essc.kit.batch import Batch, BatchSettings
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.kit.errors import Refused
from essc.kit.http import idempotency, problems, refusals, sites
from essc.kit.http.binding import Arguments
from essc.kit.http.incoming import Disconnected, Receive, Scope, Send, SignedRequest, headers_of, read_body, request_id
from essc.kit.http.operations import Authenticator, Operation, Operations, Principal
from essc.kit.http.routing import Found, Routes
from essc.kit.http.running import Asked, Done, Runner, runner
from essc.kit.i18n import Texts, negotiate
from essc.kit.throttle import Rate, Rates, Taken

log = logging.getLogger(__name__)

ANYONE: Final = Actor("anonymous", "public")
NOBODY: Final = Principal(ANYONE)
RATES: Final[Mapping[str, Rate]] = {
    "public": Rate("public", 120, 60), "holder": Rate("holder", 240, 60), "channel": Rate("channel", 60_000, 60),
    "terminal": Rate("terminal", 6_000, 60), "terminal-key": Rate("terminal-key", 60, 60), "region": Rate("region", 60_000, 60),
}
"""Plain rate limits of a process, by kind of caller; guess throttles are elsewhere, in the database."""


class ApiSettings(msgspec.Struct, frozen=True):
    """`sandbox`: answers to bad signatures tell what was expected. `rates` by kind of caller. `prefixes` of ids by type name."""

    prefixes: Mapping[str, str]
    sandbox: bool = False
    rates: Mapping[str, Rate] = msgspec.field(default_factory=lambda: RATES)
    batch: BatchSettings = BatchSettings()
    body_seconds: float = 10.0


class Bound(NamedTuple):
    """An operation, ready to run."""

    operation: Operation
    arguments: Arguments
    run: Runner
    authenticate: Authenticator | None
    batch: Batch[Any, Any] | None


Observe = Callable[[str, int, float], None]
"""Told of every request: operation name, status, seconds."""


class Seen(NamedTuple):
    """One answered request, as a witness sees it. `principal` is NOBODY when the caller was not recognised; `refused` None when it was done."""

    operation: Operation
    request: SignedRequest
    principal: Principal
    refused: Refused | None
    status: int
    answer: bytes
    seconds: float


Witness = Callable[[Seen], None]
"""Shown the requests of one kind of caller after they were answered. It must be quick; what it raises is logged and nothing else."""


class Api:
    """`Api(rooms' operations, …)` is an ASGI application; `close()` it after the last request."""

    def __init__(self, operations: Iterable[Operations], *, db: Database, authenticators: Mapping[str, Authenticator], texts: Texts,
                 settings: ApiSettings, observe: Observe | None = None, witnesses: Mapping[str, Witness] | None = None) -> None:
        self.texts = texts
        self.db = db
        self._settings = settings
        self._observe = observe
        self._witnesses = witnesses or {}
        self._rates = Rates(settings.rates)
        self._routes: Routes[Bound] = Routes()
        self.bound: list[Bound] = []
        for operation in (each for room in operations for each in room.operations):
            self._bind(operation, authenticators)

    def _bind(self, operation: Operation, authenticators: Mapping[str, Authenticator]) -> None:
        arguments = Arguments(operation, self._settings.prefixes)
        run, queue = runner(operation, arguments, self.db, self._settings.batch)
        authenticate = None if operation.by == "public" else authenticators[operation.by]
        bound = Bound(operation, arguments, run, authenticate, queue)
        self._routes.add(operation.method, operation.path, bound)
        self.bound.append(bound)

    @property
    def operations(self) -> list[Operation]:
        """Every operation, in the order of declaration."""
        return [bound.operation for bound in self.bound]

    def batch(self, name: str) -> Batch[Any, Any]:
        """The queue of a batched operation (`codes.redeem`), for pages that ask the same. Raises KeyError."""
        return {bound.operation.name: bound.batch for bound in self.bound if bound.batch is not None}[name]

    async def close(self) -> None:
        """Let every queue run dry."""
        await asyncio.gather(*(bound.batch.close() for bound in self.bound if bound.batch is not None))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. A caller that goes away before it was read gets nothing."""
        asked_at, name = clock.stopwatch(), request_id()
        who = _Who(scope)
        found = self._routes.find(raw_path(scope))
        bound = _bound(found, scope["method"])
        try:
            answer = await self._answer(scope, receive, name, who, found, bound)
        except Disconnected:
            return
        except Exception as error:  # noqa: BLE001  the edge: every exception becomes a problem document
            answer = self._problem(error, scope, name, who)
        status, headers, body = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
        if self._observe is not None:
            self._observe(bound.operation.name if bound else "none", status, clock.stopwatch() - asked_at)
        if bound is not None and who.request is not None and (witness := self._witnesses.get(bound.operation.by)) is not None:
            _shown(witness, Seen(bound.operation, who.request, who.principal, who.refused, status, body, clock.stopwatch() - asked_at))

    async def _answer(self, scope: Scope, receive: Receive, name: str, who: "_Who", found: Found[Bound] | None, bound: Bound | None) -> "Answer":
        headers = headers_of(scope)
        if bound is None:
            return self._no_operation(scope, name, who, found)
        operation, arguments = bound.operation, bound.arguments
        body = await read_body(receive, headers, operation.body_limit, self._settings.body_seconds)
        request = who.request = SignedRequest(scope, headers, body, name)
        if operation.idempotent:
            request.idempotency_key = idempotency.key_of(headers)
        if bound.authenticate is not None:
            who.principal = await bound.authenticate(request, self.db)
        who.by = operation.by
        who.taken = taken = self._take(who)
        if not taken.allowed:
            raise refusals.RateLimited("more requests than the quota", retry_after=taken.retry_after)
        _may(operation, who.principal, request)
        path = arguments.of_path(found.names, found.values) if found is not None and found.names else {}
        query = arguments.of_query(request.query) if request.query or arguments.query_names else {}
        done = await bound.run(Asked(request, who.principal, path, query, arguments.of_body(request)))
        return done.status, _headers(done, name, taken), done.body

    def _take(self, who: "_Who") -> Taken:
        key = who.principal.actor.id if who.principal is not NOBODY else who.peer
        return self._rates.take(who.by, key, clock.stopwatch())

    def _no_operation(self, scope: Scope, name: str, who: "_Who", found: Found[Bound] | None) -> "Answer":
        if found is None:
            raise refusals.RouteNotFound("nothing stands at this address")
        if scope["method"] != "OPTIONS":
            raise refusals.MethodNotAllowed("not this method", allow=_allow(found))
        who.taken = self._take(who)
        headers = _headers(Done(204, b""), name, who.taken)
        return 204, [*headers, (b"allow", _allow(found).encode())], b""

    def _problem(self, error: Exception, scope: Scope, name: str, who: "_Who") -> "Answer":
        refused = problems.refusal_of(error, name)
        taken = who.taken or self._take(who)
        if not taken.allowed and not isinstance(refused, refusals.RateLimited):
            refused = refusals.RateLimited("more requests than the quota", retry_after=taken.retry_after)
        who.refused = refused
        language = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        locale = negotiate(language)
        found = problems.problem(refused, self.texts, locale, name, sandbox=self._settings.sandbox)
        body = problems.written(found)
        headers = [(b"content-type", problems.MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode()),
                   (b"content-language", locale.encode()), *problems.headers_of(refused), *_common(name, taken)]
        if "allow" in refused.params:
            headers.append((b"allow", str(refused.params["allow"]).encode()))
        return found.status, headers, body


Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class _Who:
    """What is known of the caller so far: counts against its address until it is somebody."""

    __slots__ = ("by", "peer", "principal", "refused", "request", "taken")

    def __init__(self, scope: Scope) -> None:
        client = scope.get("client")
        self.peer: str = client[0] if client else ""
        self.principal = NOBODY
        self.by = "public"
        self.taken: Taken | None = None
        self.request: SignedRequest | None = None
        self.refused: Refused | None = None


def _shown(witness: Witness, seen: Seen) -> None:
    try:
        witness(seen)
    except Exception as error:  # noqa: BLE001  an edge: the caller has the answer already; only the type is told, a message may quote the request
        log.error("a witness failed", extra={"request_id": seen.request.request_id, "error": type(error).__name__})


def raw_path(scope: Scope) -> str:
    """The path as it was sent: one operation has one spelling, and `%2F` inside an id is no slash."""
    raw = scope.get("raw_path")
    return raw.decode("latin-1") if raw else str(scope["path"])


def _bound(found: Found[Bound] | None, method: str) -> Bound | None:
    if found is None:
        return None
    return found.methods.get("GET" if method == "HEAD" else method)


def _allow(found: Found[Bound]) -> str:
    methods = {*found.methods, "OPTIONS"} | ({"HEAD"} if "GET" in found.methods else set())
    return ", ".join(sorted(methods))


def _may(operation: Operation, principal: Principal, request: SignedRequest) -> None:
    if operation.scope is not None and operation.by != "public" and operation.scope not in principal.scopes:
        raise refusals.ScopeMissing(f"{operation.scope} is needed", scope=operation.scope)
    if operation.by == "holder" and operation.is_write and b"authorization" not in request.headers:
        sites.same_site(request.headers, request.scheme)


def _common(name: str, taken: Taken) -> list[tuple[bytes, bytes]]:
    return [(b"x-request-id", name.encode()), (b"ratelimit-policy", taken.policy), (b"ratelimit", taken.told), (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff")]


def _headers(done: Done, name: str, taken: Taken) -> list[tuple[bytes, bytes]]:
    headers = _common(name, taken)
    if done.status != 204:
        headers.append((b"content-length", str(len(done.body)).encode()))
        headers.append((b"content-type", b"application/json"))
    if done.replayed:
        headers.append((b"idempotency-replayed", b"true"))
    return headers
