"""Reads of channels, for other rooms and for screens."""
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import msgspec

from essc.channels import model, store
from essc.channels.errors import CallNotFound, ChannelKeyNotFound, ChannelNotFound
from essc.channels.model import Call, Channel, ChannelKey, Contact, Registrant
from essc.kit import ids
from essc.kit.clock import SHANGHAI
from essc.kit.crypto import Keys
from essc.kit.db.checks import Check
from essc.kit.db.tx import Actor, Tx
from essc.kit.paging import Page, Paged, cut
from essc.names import ChannelId

CONTACTS: Final = "contacts"
ACCESSES: Final = "lookup"
VISITS: Final = "session-token"
"""The keys under which contacts are sealed, and management tokens and visits are kept as hashes."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One line of a channel's history."""

    version: int
    move: str
    was: str | None
    state: str
    reason: str
    moved_by: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class CallsOfDay:
    """The calls of a channel in the last 24 hours, the running one among them. `by_hour`: calls and errors of each, oldest first, 24 of them."""

    count: int
    errors: int
    by_hour: tuple[tuple[int, int], ...]

    @property
    def error_permille(self) -> int:
        """Errors of a thousand calls."""
        return self.errors * 1000 // self.count if self.count else 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls are asked for; None is "any". `statuses` is a class: 2, 4 or 5."""

    day: date | None = None
    operation: str | None = None
    statuses: int | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Developer:
    """Somebody who is signed in to look after one channel: the session of the developer portal."""

    visit_id: UUID
    channel: Channel
    began_at: datetime
    expires_at: datetime

    @property
    def wire_id(self) -> str:
        """The channel's id on the wire."""
        return ids.wire("chan", self.channel.id)

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.channel.name

    @property
    def actor(self) -> Actor:
        """The channel, as the one who acts."""
        return Actor("channel", self.wire_id)


async def get(tx: Tx, channel_id: ChannelId) -> Channel:
    """The channel. Raises ChannelNotFound."""
    found = await store.find(tx, channel_id)
    if found is None:
        raise ChannelNotFound("no such channel")
    return found


async def by_number(tx: Tx, number: str) -> Channel:
    """The channel of ten digits. Raises ChannelNotFound."""
    found = await store.find_by_number(tx, number)
    if found is None:
        raise ChannelNotFound("no such channel")
    return found


async def by_key(tx: Tx, key_id: str) -> ChannelKey:
    """The key of that wire id, revoked or not. Raises ChannelKeyNotFound."""
    try:
        found = await store.find_key(tx, ids.parse(model.KEY_PREFIX, key_id))
    except ids.BadId:
        found = None
    if found is None:
        raise ChannelKeyNotFound("no such key")
    return found


async def signer(tx: Tx, key_id: str) -> tuple[ChannelKey, Channel] | None:
    """The key of that wire id with its channel, or None: what an authenticator needs."""
    try:
        return await store.key_with_channel(tx, ids.parse(model.KEY_PREFIX, key_id))
    except ids.BadId:
        return None


async def keys(tx: Tx, channel_id: ChannelId) -> list[ChannelKey]:
    """Every key that the channel ever had."""
    return await store.keys_of(tx, channel_id)


async def last_uses(tx: Tx, channel_id: ChannelId) -> dict[str, datetime]:
    """When each key of the channel (by wire id) signed last, as far as calls are kept."""
    return await store.last_uses(tx, channel_id)


async def registrant(tx: Tx, channel_id: ChannelId) -> Registrant | None:
    """Who stands behind the channel, if that was told."""
    row = await store.registrant(tx, channel_id)
    if row is None:
        return None
    return Registrant(row["organisation"], Contact(*msgspec.msgpack.decode(tx.keys.open(CONTACTS, row["contact"], channel_id.bytes), type=tuple[str, str])))


async def access_since(tx: Tx, channel_id: ChannelId) -> datetime | None:
    """Since when the channel's management token counts; None: it has none."""
    return await store.access_made_at(tx, channel_id)


async def developer(tx: Tx, token: bytes) -> Developer | None:
    """Whoever has this token of a visit, if the visit counts now."""
    found = await store.live_visit(tx, macs(tx.keys, VISITS, token))
    return None if found is None else Developer(found[0]["visit_id"], found[1], found[0]["began_at"], found[0]["expires_at"])


def macs(keys: Keys, name: str, token: bytes) -> list[bytes]:
    """The keyed hashes of a token under every version of a key, newest first."""
    return [keys.mac(name, b"channels|" + token, version) for version in keys.mac_versions(name)]


async def history(tx: Tx, channel_id: ChannelId) -> list[Moved]:
    """What happened to the channel, newest first."""
    return [Moved(**dict(row)) for row in await store.moves(tx, channel_id)]


async def below(tx: Tx, channel_id: ChannelId) -> list[ChannelId]:
    """The second-level channels below a first-level one: they stop when it is paused."""
    return await store.below(tx, channel_id)


async def listed(tx: Tx, *, after: ChannelId | None = None, limit: int = 100) -> list[Channel]:
    """Channels in order of their application, after the one named."""
    return await store.listed(tx, after=after, limit=limit)


async def channels_of_keys(tx: Tx, key_ids: Iterable[str]) -> dict[str, tuple[ChannelId, bool]]:
    """The channel of each key of these wire ids that there is, and whether it is one of the sandbox."""
    wanted = {}
    for key_id in key_ids:
        with suppress(ids.BadId):
            wanted[ids.parse(model.KEY_PREFIX, key_id)] = key_id
    found = await store.channels_of_keys(tx, list(wanted)) if wanted else {}
    return {wanted[key]: whose for key, whose in found.items()}


async def calls_of_day(tx: Tx, channel_id: ChannelId) -> CallsOfDay:
    """How many calls the channel made in the last 24 hours, and how many were refused."""
    last = model.hour_of(tx.now)
    found = {row["hour"]: (row["calls"], row["errors"]) for row in await store.counted(tx, channel_id, last - 23)}
    hours = tuple(found.get(hour, (0, 0)) for hour in range(last - 23, last + 1))
    return CallsOfDay(sum(calls for calls, _ in hours), sum(errors for _, errors in hours), hours)


async def calls(tx: Tx, channel: Channel, wanted: Wanted, page: Page) -> Paged[Call]:
    """The calls that are kept of a channel, newest first. Raises CursorInvalid."""
    since, until = _span(tx, channel, wanted.day)
    rows = await store.calls(
        tx, channel.id, since, until, operation=wanted.operation, statuses=(wanted.statuses * 100, wanted.statuses * 100 + 100) if wanted.statuses else None,
        request_id=wanted.request_id, after=page.after(tuple[datetime, str]), limit=page.limit + 1)
    return cut(rows, page, lambda row: (row.at, row.request_id), lambda row: row)


async def call(tx: Tx, channel_id: ChannelId, request_id: str) -> Call:
    """One call of the channel. Raises CallNotFound."""
    found = await store.call(tx, channel_id, request_id)
    if found is None:
        raise CallNotFound("no such call of this channel is kept")
    return found


def _span(tx: Tx, channel: Channel, day: date | None) -> tuple[datetime, datetime]:
    """From when to when: a day of Shanghai, else as long as calls are kept."""
    if day is None:
        return tx.now - model.kept(channel.sandbox), tx.now + timedelta(minutes=1)
    begin = datetime.combine(day, time.min, SHANGHAI)
    return begin, begin + timedelta(days=1)


def _wire(find: Callable[[Tx], Awaitable[Sequence[UUID]]]) -> Callable[[Tx], Awaitable[list[str]]]:
    async def found(tx: Tx) -> list[str]:
        return [ids.wire("chan", channel_id) for channel_id in await find(tx)]
    return found


CHECKS: Final = (
    Check("channels.state_has_history", "the state of every channel is that of its last move", _wire(store.without_history)),
    Check("channels.second_level_has_first", "every second-level channel stands below a first-level one", _wire(store.under_no_first_level)),
    Check("channels.keys_within_limit", "no channel has more live keys than it may have", _wire(lambda tx: store.with_too_many_keys(tx, model.KEYS_AT_MOST))),
)
