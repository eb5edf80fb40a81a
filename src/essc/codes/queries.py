"""Codes for phones: minting writes nothing, it reads standing and versions at the moment of asking."""
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from essc.channels.errors import AbilityNotGranted, ChannelEnded, ChannelNotActive, ChannelPaused
from essc.channels.model import Ability
from essc.channels.model import State as ChannelState
from essc.codes import model, store
from essc.codes.errors import CodeNotAvailable
from essc.kit.crypto import random_bytes
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.regions import queries as regions
from essc.sessions import queries as sessions
from essc.sessions.model import Presenter

STOPPED: Final[dict[str, type[Refused]]] = {ChannelState.PAUSED: ChannelPaused, ChannelState.ENDED: ChannelEnded}
"""Why a channel that is not active shows no codes."""


class Minted(msgspec.Struct, frozen=True):
    """A code for a phone: its 24 digits, when it was made and when it ends."""

    code: str
    minted_at: datetime
    expires_at: datetime


async def mint(tx: Tx, tokens: Sequence[bytes]) -> list[Minted | Refused]:
    """A code for each session token: Refused where the session has ended, the channel may not show codes (ChannelPaused, ChannelEnded,
    ChannelNotActive, AbilityNotGranted) or the e-card cannot be used (CodeNotAvailable)."""
    found = await sessions.presenters(tx, tokens)
    places = sorted({who.region for who in found if isinstance(who, Presenter)})
    lives = await regions.setting_of_many(tx, places, "code_life_seconds") if places else {}
    nonces = random_bytes(len(found))
    return [who if isinstance(who, Refused) else _minted(tx, who, nonces[n], int(lives[who.region])) for n, who in enumerate(found)]


def _minted(tx: Tx, who: Presenter, nonce: int, life_s: int) -> Minted | Refused:
    refused = _of_channel(who)
    if refused is not None:
        return refused
    if not who.standing.usable:
        return CodeNotAvailable(f"the e-card is {who.standing}", standing=str(who.standing))
    second = int(tx.now.timestamp())
    hour = second // model.HOUR_S
    fields = model.CodeFields(hour, second % model.HOUR_S, who.bucket, who.slot, who.epoch, nonce)
    return Minted(model.mint(fields, tx.keys.code_cipher(hour)), tx.now, tx.now + timedelta(seconds=life_s))


def _of_channel(who: Presenter) -> Refused | None:
    """Why the channel shows no codes (展码) now: a reader would refuse them."""
    if who.channel_state != ChannelState.ACTIVE:
        return STOPPED.get(who.channel_state or "", ChannelNotActive)(f"the channel is {who.channel_state}")
    return None if who.presents else AbilityNotGranted("the channel may not present", ability=Ability.PRESENT)


CHECKS: Final = store.CHECKS
