"""How each kind of operation runs: which transaction is opened, when the key is taken, what is kept of the answer."""
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

import msgspec

from essc.kit.batch import Batch, BatchSettings, Replayed
from essc.kit.db.pool import Database
from essc.kit.http import idempotency
from essc.kit.http.binding import Arguments
from essc.kit.http.incoming import SignedRequest
from essc.kit.http.operations import Call, Operation, Principal

_encoder: Final = msgspec.json.Encoder()


class Done(NamedTuple):
    """An answer ready to be sent."""

    status: int
    body: bytes
    replayed: bool = False


class Asked(NamedTuple):
    """A request that has been read, whose caller is known."""

    request: SignedRequest
    principal: Principal
    path: dict[str, Any]
    query: dict[str, Any]
    body: Any


Runner = Callable[[Asked], Awaitable[Done]]


def runner(operation: Operation, arguments: Arguments, db: Database, settings: BatchSettings) -> tuple[Runner, Batch[Any, Any] | None]:
    """The function that runs `operation`, and the queue in front of it when it is batched."""
    if operation.kind == "batched":
        queue: Batch[Any, Any] = Batch(db, operation.function, settings, reads_only=operation.reads_only, name=operation.name)
        return _batched(operation, arguments, db, queue), queue
    make = {"write": _write, "read": _read, "call": _call}[operation.kind]
    return make(operation, arguments, db), None


def _write(operation: Operation, arguments: Arguments, db: Database) -> Runner:
    async def run(asked: Asked) -> Done:
        request, actor = asked.request, asked.principal.actor
        claim = idempotency.claim_of(request, actor, db.keys) if operation.idempotent else None
        async with db.tx(actor, request_id=request.request_id) as tx:
            if claim is not None and (kept := await idempotency.begin(tx, claim)) is not None:
                return Done(kept.status, kept.body, replayed=True)
            done = _told(operation, await operation.function(**_filled(arguments, asked, tx=tx, db=db)))
            if claim is not None:
                await idempotency.finish(tx, claim, idempotency.Kept(done.status, done.body))
            return done
    return run


def _read(operation: Operation, arguments: Arguments, db: Database) -> Runner:
    async def run(asked: Asked) -> Done:
        async with db.read_tx(asked.principal.actor, request_id=asked.request.request_id) as tx:
            return _told(operation, await operation.function(**_filled(arguments, asked, tx=tx, db=db)))
    return run


def _call(operation: Operation, arguments: Arguments, db: Database) -> Runner:
    async def plainly(asked: Asked) -> Done:
        return _told(operation, await operation.function(**_filled(arguments, asked, tx=None, db=db)))

    async def once(asked: Asked) -> Done:
        actor = asked.principal.actor
        claim = idempotency.claim_of(asked.request, actor, db.keys)
        if (kept := await idempotency.begin_call(db, actor, claim)) is not None:
            return Done(kept.status, kept.body, replayed=True)
        try:
            done = await plainly(asked)
        except Exception:
            await idempotency.forget_call(db, actor, claim)     # refused or broken off: the same key may ask again
            raise
        await idempotency.finish_call(db, actor, claim, idempotency.Kept(done.status, done.body))
        return done
    return once if operation.idempotent else plainly


def _batched(operation: Operation, arguments: Arguments, db: Database, queue: Batch[Any, Any]) -> Runner:
    one = operation.one
    assert one is not None
    takes_body = arguments.body_type is not None
    status, encode, joined = operation.status, _encoder.encode, operation.idempotent

    async def run(asked: Asked) -> Done:
        request, principal = asked.request, asked.principal
        call = _call_of(asked, db)
        item = one(asked.body, call) if takes_body else one(call)
        id = (principal.actor.id, request.idempotency_key) if joined else None
        answer = await queue.ask(item, id, (request.path, request.query, request.body) if joined else None)
        if type(answer) is Replayed:
            return Done(status, encode(answer.answer), replayed=True)
        return Done(status, encode(answer))
    return run


def _told(operation: Operation, answer: Any) -> Done:
    return Done(operation.status, b"" if operation.answers is None else _encoder.encode(answer))


def _call_of(asked: Asked, db: Database) -> Call:
    request = asked.request
    return Call(asked.principal, request.request_id, request.received_at, request.idempotency_key, asked.path, db,
                request.header(b"accept-language"), request.peer)


def _filled(arguments: Arguments, asked: Asked, *, tx: Any, db: Database) -> dict[str, Any]:
    """The keyword arguments of the operation's function."""
    found = {**asked.path, **asked.query}
    if arguments.body_type is not None:
        found["body"] = asked.body
    if arguments.special:
        given = {"tx": tx, "db": db, "actor": asked.principal.actor, "principal": asked.principal, "request": asked.request}
        for name, what in arguments.special.items():
            found[name] = _call_of(asked, db) if what == "call" else given[what]
    return found
