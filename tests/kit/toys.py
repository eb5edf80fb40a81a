"""A room that is none: counters in `kit.schedule`, to try the edge of the API on a real database."""
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NewType
from uuid import UUID

import httpx

from essc.kit.batch import BatchSettings, Replayed
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import Kind, Refused
from essc.kit.http import refusals
from essc.kit.http.api import Api, ApiSettings
from essc.kit.http.incoming import SignedRequest
from essc.kit.http.operations import Call, Operations, Principal
from essc.kit.http.types import Body, Instant, Seq, Text, View
from essc.kit.i18n import Texts
from essc.kit.paging import Page, Paged, cut
from essc.kit.throttle import Rate

TEXTS = Texts.load()
MANY = {by: Rate(by, 1_000_000, 1) for by in ("public", "holder", "channel", "terminal", "terminal-key", "region")}
ToyId = NewType("ToyId", UUID)

operations = Operations("toys")


class ToyBroken(Refused):
    """The toy is broken."""

    kind, code = Kind.CONFLICT, "toy_broken"


class Part(Body):
    """A part of a toy."""

    name: Text
    size: Seq


class Make(Body):
    """How a toy is made."""

    name: Text
    count: Seq
    made_at: Instant | None = None
    parts: tuple[Part, ...] = ()
    fragile: bool = False


class Toy(View):
    """A toy."""

    name: str
    count: int


class Search(Body):
    """What to look for."""

    name: Text | None = None
    broken: bool = False
    size: Seq | None = None


class Item(Body):
    """What is counted."""

    name: Text


async def counted(tx: Tx, name: str) -> int:
    """One more of `name`."""
    found: int = await tx.value(
        """INSERT INTO kit.schedule AS s (job, last_at, took_ms) VALUES ($1, $2, 1)
           ON CONFLICT (job) DO UPDATE SET took_ms = s.took_ms + 1 RETURNING took_ms""", name, tx.now)
    return found


@operations.writes("POST /v1/toys", by="holder", scope="toys.make", answers=Toy, status=201, refuses=(ToyBroken,), example={"name": "ball", "count": 1})
async def make(tx: Tx, body: Make) -> Toy:
    """Make a toy.

    The name says what happens: `broken` is refused after the write, `bug` fails, `slow` takes a while.
    """
    count = await counted(tx, body.name)
    if body.name == "broken":
        raise ToyBroken("it broke")
    if body.name == "bug":
        raise RuntimeError("secret 999901199003070026 in a traceback")
    if body.name == "slow":
        await tx.value("SELECT pg_sleep(0.3)")
    return Toy(name=body.name, count=count)


@operations.reads("GET /v1/toys/{toy_id}", by="holder", answers=Toy)
async def toy(tx: Tx, toy_id: ToyId, who: Actor) -> Toy:
    """One toy."""
    return Toy(name=who.id, count=toy_id.int >> 80)


@operations.reads("GET /v1/toys", by="public", answers=Paged[Toy])
async def toys(tx: Tx, query: Search, page: Page) -> Paged[Toy]:
    """Toys, page by page: there are five, or none when one looks for broken ones."""
    start = page.after(tuple[int]) or (0,)
    rows = [] if query.broken else list(range(start[0] + 1, 6))[:page.limit + 1]
    return cut(rows, page, lambda row: (row,), lambda row: Toy(name=query.name or "toy", count=row))


@operations.writes("DELETE /v1/toys/{toy_id}", by="holder", status=204)
async def throw_away(tx: Tx, toy_id: ToyId) -> None:
    """Throw a toy away."""


@operations.calls("POST /v1/toy-repairs", by="holder", answers=Toy, refuses=(ToyBroken,))
async def repair(db: Database, who: Principal, body: Item) -> Toy:
    """Ask the workshop, outside of any transaction."""
    async with db.tx(who.actor) as tx:
        count = await counted(tx, f"repair {body.name}")
    if body.name == "broken":
        raise ToyBroken("beyond repair")
    return Toy(name=body.name, count=count)


def one(body: Item, call: Call) -> tuple[str, str]:
    """The item of a request."""
    if body.name == "unwanted":
        raise ToyBroken("not this one")
    return call.idempotency_key, body.name


@operations.batched("POST /v1/toy-counts", by="public", one=one, answers=Toy, refuses=(ToyBroken,))
async def count(tx: Tx, items: Sequence[tuple[str, str]]) -> list[Toy | Replayed[Toy] | Refused]:
    """Count toys, many at once; the answer is how many stood in the batch."""
    answers: list[Toy | Replayed[Toy] | Refused] = []
    for key, name in items:
        before = await tx.value("SELECT took_ms FROM kit.schedule WHERE job = $1", f"key {key}")
        if before is None:
            await counted(tx, f"key {key}")
        answer = Toy(name=name, count=len(items))
        answers.append(ToyBroken("broken") if name == "broken" else answer if before is None else Replayed(answer))
    return answers


async def authenticate(request: SignedRequest, db: Database) -> Principal:
    """`Authorization: Bearer mei`, or `li`, or `guest`, who may not make toys."""
    name = request.header(b"authorization").removeprefix("Bearer ")
    if name not in ("mei", "li", "guest"):
        raise refusals.CredentialsMissing("no token")
    return Principal(Actor("holder", name), frozenset() if name == "guest" else frozenset({"toys.make"}))


def api(db: Database, **settings: Any) -> Api:
    """The edge with the toys."""
    given = ApiSettings(prefixes={"ToyId": "toy"}, **({"rates": MANY, "batch": BatchSettings(largest=64)} | settings))
    return Api([operations], db=db, authenticators={"holder": authenticate}, texts=TEXTS, settings=given)


@asynccontextmanager
async def client(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client that speaks to `app` without a network."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://essc.test", headers={"authorization": "Bearer mei"}) as made:
        yield made


async def together(*awaitables: Any) -> list[Any]:
    """All of them at once."""
    return list(await asyncio.gather(*awaitables))
