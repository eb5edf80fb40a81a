"""Idempotency-Key: the first answer to a write is kept, sealed, for a day, and the same write again gets the same answer.

Scope: (authenticated client, key); the hash covers method, path with query, and the raw body, and is kept keyed: a body may hold
nothing but six digits, and a plain hash of those is the six digits. The row is written first, in
the transaction of the write: a second request with the key waits for the first one at most `WAIT` and is then told to come
back. A refusal rolls the row back with everything else, so it is not remembered.
"""
import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from hmac import compare_digest
from typing import Final

import asyncpg
import msgspec

from essc.kit.crypto import Keys
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.http import refusals
from essc.kit.http.incoming import SignedRequest

HEADER: Final = b"idempotency-key"
KEPT: Final = timedelta(hours=24)
"""How long an answer is given again."""
WAIT: Final = "2s"
"""How long a request waits for another one with the same key (PostgreSQL's lock_timeout)."""
ABANDONED: Final = timedelta(seconds=120)
"""A call that waits for a partner and was cut off by a crash may be done again after this long."""
SEALED_BY: Final = "idempotency"
HASHED_BY: Final = "lookup"

_KEY: Final = re.compile(rb"[!-~]{1,255}")


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """An answer that was given: status, body, and the headers that belong to it."""

    status: int
    body: bytes
    headers: dict[str, str] = {}


class Claim(msgspec.Struct, frozen=True):
    """Who writes, under which key, and what: its hash, which never leaves the process."""

    client: str
    key: str
    request_hash: bytes

    def aad(self) -> bytes:
        """What the sealed answer is bound to."""
        return f"kit.idempotency|{self.client}|{self.key}".encode()

    def mark(self, tx: Tx, version: int | None = None) -> bytes:
        """What is kept of the request: good to see it again, good for nothing without the key."""
        return tx.keys.mac(HASHED_BY, b"request\x1f" + self.request_hash, version)

    def made(self, tx: Tx, mark: bytes) -> bool:
        """Whether `mark` was kept of this very request, under any version of the key."""
        return any(compare_digest(self.mark(tx, version), mark) for version in tx.keys.mac_versions(HASHED_BY))


def key_of(headers: Mapping[bytes, bytes]) -> str:
    """The Idempotency-Key of a request. Raises IdempotencyKeyMissing when there is none or it is not 1–255 printable characters."""
    key = headers.get(HEADER, b"")
    if _KEY.fullmatch(key) is None:
        raise refusals.IdempotencyKeyMissing("Idempotency-Key: 1 to 255 printable ASCII characters", header="Idempotency-Key")
    return key.decode()


def hash_of(method: str, path: bytes, query: bytes, body: bytes) -> bytes:
    """SHA-256 over method, path with query, and raw body, each told apart from the next."""
    return hashlib.sha256(b"%b %b?%b\n%b" % (method.encode(), path, query, body)).digest()


def claim_of(request: SignedRequest, actor: Actor, keys: Keys) -> Claim:
    """The claim that a request of `actor` makes with its key. Strangers share a name, so each is known by a keyed hash of its address:
    nobody is given the answer, and with it the secrets, of somebody else who sent the same example under the same key.
    """
    digest = hash_of(request.method, request.path, request.query, request.body)
    client = actor.id if actor.kind != "anonymous" else keys.mac(HASHED_BY, b"stranger\x1f" + request.peer.encode()).hex()
    return Claim(f"{actor.kind}:{client}", request.idempotency_key, digest)


async def begin(tx: Tx, claim: Claim) -> Kept | None:
    """Take the key in this transaction: None means go on, a Kept is the answer that was given before.

    Raises IdempotencyKeyReused (other content) and IdempotencyInFlight (the first request is not through yet).
    """
    await tx.run(f"SET LOCAL lock_timeout = '{WAIT}'")
    try:
        fresh = await tx.run(
            """INSERT INTO kit.idempotency (client, key, request_hash, state, created_at) VALUES ($1, $2, $3, 'started', $4)
               ON CONFLICT (client, key) DO NOTHING""", claim.client, claim.key, claim.mark(tx), tx.now)
    except asyncpg.LockNotAvailableError as error:
        raise refusals.IdempotencyInFlight("the first request with this key is still under way", retry_after=1) from error
    return None if fresh else await _earlier(tx, claim)


async def _earlier(tx: Tx, claim: Claim) -> Kept | None:
    row = await tx.row(
        "SELECT request_hash, state, status, answer, created_at FROM kit.idempotency WHERE client = $1 AND key = $2", claim.client, claim.key)
    if row is None:
        raise refusals.IdempotencyInFlight("the first request with this key has just ended", retry_after=1)
    if not claim.made(tx, row["request_hash"]):
        raise refusals.IdempotencyKeyReused("the key belongs to another request of this client")
    if row["state"] == "done":
        return msgspec.msgpack.decode(tx.keys.open(SEALED_BY, row["answer"], claim.aad()), type=Kept)
    if tx.now - row["created_at"] < ABANDONED:
        raise refusals.IdempotencyInFlight("the first request with this key is still under way", retry_after=2)
    taken = await tx.run(
        "UPDATE kit.idempotency SET created_at = $3 WHERE client = $1 AND key = $2 AND state = 'started' AND created_at = $4",
        claim.client, claim.key, tx.now, row["created_at"])
    if not taken:
        raise refusals.IdempotencyInFlight("another request with this key was faster", retry_after=2)
    return None


async def finish(tx: Tx, claim: Claim, kept: Kept) -> None:
    """Keep the answer, sealed, with the write it belongs to."""
    sealed = tx.keys.seal(SEALED_BY, msgspec.msgpack.encode(kept), claim.aad())
    await tx.run("UPDATE kit.idempotency SET state = 'done', status = $3, answer = $4 WHERE client = $1 AND key = $2",
                 claim.client, claim.key, kept.status, sealed)


async def begin_call(db: Database, actor: Actor, claim: Claim) -> Kept | None:
    """Like `begin`, in a transaction of its own: for operations that wait for a partner between theirs."""
    async with db.tx(actor) as tx:
        return await begin(tx, claim)


async def finish_call(db: Database, actor: Actor, claim: Claim, kept: Kept) -> None:
    """Like `finish`, in a transaction of its own."""
    async with db.tx(actor) as tx:
        await finish(tx, claim, kept)


async def forget_call(db: Database, actor: Actor, claim: Claim) -> None:
    """A call was refused: the key is free again."""
    async with db.tx(actor) as tx:
        await tx.run("DELETE FROM kit.idempotency WHERE client = $1 AND key = $2 AND state = 'started'", claim.client, claim.key)


async def prune(tx: Tx) -> int:
    """Drop the answers that are older than KEPT; the worker does so every few minutes. Gives how many."""
    return await tx.run("DELETE FROM kit.idempotency WHERE created_at < $1", tx.now - KEPT)
