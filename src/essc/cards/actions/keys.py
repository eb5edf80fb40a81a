"""The keys with which regions sign their feed."""
from essc.cards.errors import RegionKeyTaken, RegionKeyUnknown, RegionKeyWrong
from essc.cards.events import RegionKeyRegistered
from essc.cards.store import feed
from essc.kit import ids
from essc.kit.crypto import Algorithm
from essc.kit.db.tx import Tx
from essc.regions.errors import RegionUnknown
from essc.regions.queries import division


async def register_region_key(tx: Tx, region: str, key_id: str, algorithm: str, public_key: bytes) -> None:
    """From now on messages signed with this key speak for `region` and what lies below it ("000000": for every region).

    The same again changes nothing. Raises RegionUnknown, RegionKeyWrong, RegionKeyTaken.
    """
    if algorithm not in set(Algorithm) or len(public_key) != (32 if algorithm == Algorithm.ED25519 else 65):
        raise RegionKeyWrong("not a raw public key of ed25519, ecdsa-p256-sha256 or sm2-sm3")
    if division(region) is None:
        raise RegionUnknown("no division has this code")
    if await feed.add_region_key(tx, key_id, region, algorithm, public_key):
        await tx.emit(RegionKeyRegistered(registration_id=ids.new(at=tx.now), region=region, key_id=key_id))
        return
    there = await feed.region_key(tx, key_id)
    if there is None or (there["region"], there["algorithm"], there["public_key"], there["ended_at"]) != (region, algorithm, public_key, None):
        raise RegionKeyTaken(f"a key {key_id} is registered already")


async def end_region_key(tx: Tx, key_id: str) -> None:
    """From now on the key signs nothing. Raises RegionKeyUnknown."""
    if not await feed.end_region_key(tx, key_id, tx.now):
        raise RegionKeyUnknown(f"no key {key_id} in use")
