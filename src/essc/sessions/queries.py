"""Reads on sessions: who presents (in batches), who is signed in, where else."""
from collections.abc import Mapping, Sequence
from typing import Final

from essc.ecards import model as ecards
from essc.kit import ids
from essc.kit.crypto import Keys
from essc.kit.db.checks import Check
from essc.kit.db.tx import Actor, Record, Tx
from essc.kit.errors import Refused
from essc.names import CardId, ChannelId, EcardId, HolderId, LinkId, SessionId
from essc.sessions import model, store
from essc.sessions.errors import SessionOver
from essc.sessions.model import Facts, Presenter, Session

CHECKS: Final[tuple[Check, ...]] = store.checks(model.LONGEST)
KEY: Final = "session-token"


class SignedIn(Session):
    """A session as an edge holds it."""

    @property
    def actor(self) -> Actor:
        """The holder, as the one who acts."""
        return Actor("holder", ids.wire("hold", self.holder_id))


def device_macs(keys: Keys, device: str) -> list[bytes]:
    """The keyed hashes of what a device calls itself, under every version of the look-up key: the one to write first."""
    plain, now = b"device\x1f" + device.encode(), keys.mac_version("lookup")
    return [keys.mac("lookup", plain, version) for version in [now, *(version for version in keys.mac_versions("lookup") if version != now)]]


async def trusts_device(tx: Tx, holder_id: HolderId, device: str) -> bool:
    """Whether the person was signed in on this device, as far as sessions are remembered, and the last time was not ended from elsewhere."""
    return await store.trusts_device(tx, holder_id, device_macs(tx.keys, device))


async def presenters(tx: Tx, tokens: Sequence[bytes]) -> list[Presenter | Refused]:
    """For each token who presents and how the e-card stands now, or SessionOver; one statement for all, in the order asked."""
    rows = await _find(tx, tokens)
    return [_presenter(tx, rows.get(n)) for n in range(len(tokens))]


async def _find(tx: Tx, tokens: Sequence[bytes]) -> Mapping[int, Record]:
    places = [n for n, token in enumerate(tokens) if len(token) == model.TOKEN_BYTES and model.bucket_of(token) < ids.BUCKETS]
    wanted = [tokens[n] for n in places]
    found: dict[int, Record] = {}
    for version in sorted(tx.keys.mac_versions(KEY), reverse=True):
        if places:
            macs = tx.keys.mac_many(KEY, wanted, version)
            found |= await store.find_many(tx, places, [model.bucket_of(token) for token in wanted], macs)
        left = [(n, token) for n, token in zip(places, wanted, strict=True) if n not in found]
        places, wanted = [n for n, _ in left], [token for _, token in left]
    return found


def _presenter(tx: Tx, row: Record | None) -> Presenter | Refused:
    if row is None or (why := model.over(_facts(row), tx.now)) is not None:
        return SessionOver("no such session" if row is None else f"the session is over: {why}")
    return Presenter(
        row["id"], row["holder_id"], row["ecard_id"], row["link_id"], row["card_id"], row["channel_id"], row["bucket"], row["slot"],
        ecards.epoch(row["card_version"], row["ecard_version"], row["link_version"]), _standing(row), row["level"], row["region"],
        row["channel_state"], row["presents"])


def _facts(row: Record) -> Facts:
    return Facts(row["created_at"], row["seen_at"], row["expires_at"], row["revoked_at"], row["password_epoch"], row["unlinked_at"],
                 row["sessions_since"], row["epoch_now"])


def _standing(row: Record) -> ecards.Standing:
    return ecards.derived(row["state"], replaced=row["replaced"], frozen=row["frozen_at"] is not None or row["loss_requested"],
                          live=row["unlinked_at"] is None, level=row["level"])


async def authenticate(tx: Tx, token: bytes) -> SignedIn:
    """The session of a token, valid now. Raises SessionOver."""
    row = (await _find(tx, [token])).get(0)
    if row is None:
        raise SessionOver("no such session")
    why = model.over(_facts(row), tx.now)
    if why is not None:
        raise SessionOver(f"the session is over: {why}", why=why)
    return _session(row)


async def listed(tx: Tx, holder_id: HolderId) -> list[SignedIn]:
    """Where a person is signed in, the last used first."""
    return [_session(row) for row in await store.of_holder(tx, holder_id) if model.over(_facts(row), tx.now) is None]


def _session(row: Record) -> SignedIn:
    return SignedIn(SessionId(row["id"]), HolderId(row["holder_id"]), EcardId(row["ecard_id"]), LinkId(row["link_id"]),
                    ChannelId(row["channel_id"]), CardId(row["card_id"]), row["device_name"], row["way"], row["created_at"], row["seen_at"],
                    row["expires_at"], row["unlocked_until"], _standing(row))
