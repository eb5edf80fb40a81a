"""What the room does aside: the log of calls that channels' developers read, and its end."""
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from essc.channels import actions, model, queries
from essc.channels.model import Call, Channel, Signature
from essc.kit.aside import Aside
from essc.kit.db.pool import Database
from essc.kit.db.tx import Tx
from essc.kit.http import masking, refusals, signature
from essc.kit.http.api import NOBODY, Seen
from essc.kit.http.binding import Arguments
from essc.kit.http.contract import SIGNED
from essc.kit.http.operations import Operation, Operations
from essc.kit.outbox import Subscribers
from essc.names import ChannelId

jobs: Final = Subscribers("channels")

KEYS_A_MINUTE: Final = 4_000
"""So many channels and claimed keys are told apart in a minute: keys that nobody has, named by calls that are refused, fill no memory."""
SIGNED_ONES: Final = tuple(SIGNED)
_KEY: Final = re.compile(rb'keyid="(' + model.KEY_PREFIX.encode() + rb'_[0-9a-z]{26})"')


@jobs.every(600)
async def forget_calls(tx: Tx) -> None:
    """Six times an hour: drop the calls that are kept no longer."""
    await actions.forget_calls(tx)


class Noted(NamedTuple):
    """A call as the request leaves it: references and numbers. What may be shown of it is worked out when it is written."""

    operation: Operation
    method: str
    path: bytes
    query: bytes
    at: datetime
    request_id: str
    status: int
    code: str | None
    micros: int
    key_id: str
    signature: Signature
    channel: Channel | None
    request: bytes
    answer: bytes
    base: str | None


class CallLog:
    """Sees every call of channels. `saw` counts it and puts it aside; twice a second what gathered is masked and written.

    A crash loses what was not written yet; more than `model.KEPT_A_MINUTE` calls of a channel are counted and not kept. No request waits
    or fails for it.
    """

    def __init__(self, db: Database, rooms: Iterable[Operations], prefixes: Mapping[str, str]) -> None:
        self._db = db
        self._aside: Aside[Noted | None] = Aside(self._write, name="channels.call")
        self._counts: dict[tuple[ChannelId, int], list[int]] = {}
        self._marked = False
        self._minute = 0
        self._kept: dict[tuple[str, bool], int] = {}
        self._masks = _masks([one for room in rooms for one in room.operations if one.by == "channel"], prefixes)

    def start(self) -> None:
        """Begin to write."""
        self._aside.start()

    async def close(self) -> None:
        """Write what is left."""
        await self._aside.close()

    async def flush(self) -> None:
        """Write what has gathered, now."""
        await self._aside.flush()

    def saw(self, seen: Seen) -> None:
        """Count a call, and put it aside unless its channel had enough of them in this minute."""
        channel = seen.principal.extra if seen.principal is not NOBODY else None
        found = _KEY.search(seen.request.headers.get(b"signature-input", b""))
        if found is None or (channel is None and isinstance(seen.refused, refusals.RateLimited)):
            return
        if channel is not None:
            count = self._counts.setdefault((channel.id, model.hour_of(seen.request.received_at)), [0, 0])
            count[0] += 1
            count[1] += seen.refused is not None
        if self._has_room(channel.number if channel else found[1].decode(), seen):
            self._aside.put(_noted(seen, channel, found[1].decode()))
        elif not self._marked:
            self._marked = self._aside.put(None)            # there is nothing to keep, and something to count

    def _has_room(self, whose: str, seen: Seen) -> bool:
        minute = int(seen.request.received_at.timestamp()) // 60
        if minute != self._minute:
            self._minute, self._kept = minute, {}
        key = (whose, seen.refused is not None)
        kept = self._kept.get(key, 0)
        if kept >= model.KEPT_A_MINUTE or (not kept and len(self._kept) >= KEYS_A_MINUTE):
            return False
        self._kept[key] = kept + 1
        return True

    async def _write(self, items: Sequence[Noted | None]) -> None:
        self._marked = False
        counts, self._counts = self._counts, {}
        notes = [one for one in items if one is not None]
        try:
            async with self._db.tx() as tx:
                known = await queries.channels_of_keys(tx, {one.key_id for one in notes if one.channel is None})
                found = [(one, self._call(one, *whose)) for one in notes if (whose := _whose(one, known)) is not None]
                totals = _totals(counts, [call for one, call in found if one.channel is None])
                await actions.keep_calls(tx, [call for _, call in found], totals)
        except Exception:       # whatever stopped it: what was counted is given back, and the trouble goes on up
            for key, count in counts.items():
                now = self._counts.setdefault(key, [0, 0])
                now[:] = [now[0] + count[0], now[1] + count[1]]
            raise

    def _call(self, one: Noted, channel_id: ChannelId, sandbox: bool) -> Call:
        request, answer, names = self._masks[one.operation.name]
        template = one.operation.path
        query = masking.query(one.query.decode("latin-1"), names)
        return Call(
            channel_id=channel_id, at=one.at, request_id=one.request_id, sandbox=sandbox, operation=one.operation.name, method=one.method,
            path=masking.path(one.path.decode("latin-1"), template) + (f"?{query}" if query else ""), status=one.status, code=one.code,
            micros=one.micros, key_id=one.key_id, signature=one.signature,
            request=_json(request(one.request)) if sandbox else None,
            answer=_json((masking.problem if one.code else answer)(one.answer)) if sandbox else None,
            base=masking.base(one.base, template, names) if sandbox and one.base else None)


def _noted(seen: Seen, channel: Channel | None, key_id: str) -> Noted:
    request, refused = seen.request, seen.refused
    sandbox = channel is None or channel.sandbox
    of_signature = isinstance(refused, SIGNED_ONES)
    read = signature.read_base(request) if of_signature else None
    return Noted(
        operation=seen.operation, method=request.method, path=request.path, query=request.query, at=request.received_at, request_id=request.request_id,
        status=seen.status, code=refused.code if refused else None, micros=int(seen.seconds * 1_000_000), key_id=key_id,
        signature=Signature.FITS if channel else Signature.REFUSED if of_signature else Signature.UNCHECKED, channel=channel,
        request=request.body if channel is not None and sandbox and len(request.body) <= masking.LARGEST else b"",
        answer=seen.answer if sandbox and len(seen.answer) <= masking.LARGEST else b"", base=read[1] if read else None)


def _whose(one: Noted, known: Mapping[str, tuple[ChannelId, bool]]) -> tuple[ChannelId, bool] | None:
    return (one.channel.id, one.channel.sandbox) if one.channel is not None else known.get(one.key_id)


def _totals(counts: Mapping[tuple[ChannelId, int], Sequence[int]], unrecognised: Iterable[Call]) -> dict[tuple[ChannelId, int], tuple[int, int]]:
    """Calls and errors by channel and hour: those counted on the way, and those whose channel was found out only now."""
    totals = {key: (count[0], count[1]) for key, count in counts.items()}
    for call in unrecognised:
        key = (call.channel_id, model.hour_of(call.at))
        calls, errors = totals.get(key, (0, 0))
        totals[key] = (calls + 1, errors + 1)
    return totals


def _masks(operations: Iterable[Operation], prefixes: Mapping[str, str]) -> dict[str, tuple[masking.Mask, masking.Mask, frozenset[str]]]:
    """For each operation, how its request and its answer are masked, and the parameters that its query has."""
    known = frozenset({*prefixes.values(), model.KEY_PREFIX})
    made = {}
    for operation in operations:
        arguments = Arguments(operation, prefixes)
        body, answers = arguments.body_type, operation.answers
        names = frozenset(field.encode_name for type in arguments.query_types for field in msgspec.structs.fields(type))
        made[operation.name] = (masking.masker(body, known) if body is not None else _nothing,
                                masking.masker(answers, known) if answers is not None else _nothing, names)
    return made


def _nothing(raw: bytes) -> None:
    """There is no body of a known shape, so nothing of it is shown."""


def _json(shown: object) -> str | None:
    return None if shown is None else msgspec.json.format(msgspec.json.encode(shown), indent=2).decode()
