"""Reads of channels, for other rooms and for screens."""
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from essc.channels import model, store
from essc.channels.errors import ChannelKeyNotFound, ChannelNotFound
from essc.channels.model import Channel, ChannelKey
from essc.kit import ids
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import ChannelId


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


async def history(tx: Tx, channel_id: ChannelId) -> list[Moved]:
    """What happened to the channel, newest first."""
    return [Moved(**dict(row)) for row in await store.moves(tx, channel_id)]


async def listed(tx: Tx, *, after: ChannelId | None = None, limit: int = 100) -> list[Channel]:
    """Channels in order of their application, after the one named."""
    return await store.listed(tx, after=after, limit=limit)


def _wire(find: Callable[[Tx], Awaitable[Sequence[UUID]]]) -> Callable[[Tx], Awaitable[list[str]]]:
    async def found(tx: Tx) -> list[str]:
        return [ids.wire("chan", channel_id) for channel_id in await find(tx)]
    return found


CHECKS: Final = (
    Check("channels.state_has_history", "the state of every channel is that of its last move", _wire(store.without_history)),
    Check("channels.second_level_has_first", "every second-level channel stands below a first-level one", _wire(store.under_no_first_level)),
    Check("channels.keys_within_limit", "no channel has more live keys than it may have", _wire(lambda tx: store.with_too_many_keys(tx, model.KEYS_AT_MOST))),
)
