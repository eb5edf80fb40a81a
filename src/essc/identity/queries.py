"""Reads on proofs of the person, and which ways a region accepts."""
from collections.abc import Set as AbstractSet
from typing import Final

from essc.holders import queries as holders
from essc.identity import model, store
from essc.identity.errors import WayNotOffered
from essc.identity.model import Purpose, Way
from essc.kit.crypto import Keys
from essc.kit.db.checks import Check
from essc.kit.db.tx import Tx
from essc.names import CheckId
from essc.regions import queries as regions

CHECKS: Final[tuple[Check, ...]] = store.CHECKS
_SETTING: Final = {Purpose.RESET: "identity_ways_reset", Purpose.MOBILE: "identity_ways_mobile"}
_LEVEL1: Final = "identity_ways_level1"


async def check(tx: Tx, check_id: CheckId) -> model.Check:
    """A check under way or decided. Raises CheckNotFound."""
    return await store.check(tx, check_id)


async def evidence(tx: Tx, check_id: CheckId) -> model.Evidence:
    """The proof that came out of a check. Raises EvidenceMissing."""
    return await store.evidence(tx, check_id)


async def ways(tx: Tx, region: str, purpose: Purpose) -> AbstractSet[Way]:
    """The ways that a region accepts for a purpose. Raises RegionUnknown."""
    setting = await regions.setting(tx, region, _SETTING.get(purpose, _LEVEL1))
    return {Way(name) for name in str(setting).split(",")}


async def accepted(tx: Tx, region: str, purpose: Purpose, way: Way) -> None:
    """Refuse a way that the region does not accept for this purpose. Raises WayNotOffered."""
    if way not in await ways(tx, region, purpose):
        raise WayNotOffered(f"{region} does not accept {way} for {purpose}")


def mobile_hashes(keys: Keys, mobile: str) -> list[bytes]:
    """The keyed hashes of a mobile number under every version of the look-up key, newest first."""
    return [keys.mac("lookup", b"mobile\x1f" + mobile.encode(), version) for version in sorted(keys.mac_versions("lookup"), reverse=True)]


def number_hashes(keys: Keys, number: str) -> list[bytes]:
    """The keyed hashes of a social security number, newest first: what `actions.consume` compares with."""
    return holders.number_hashes(keys, number)


def code_macs(keys: Keys, code_id: CheckId, purpose: Purpose, code: str) -> list[bytes]:
    """The keyed hashes of a code by SMS under every version of the key, newest first."""
    plain = b"sms\x1f" + code_id.bytes + purpose.encode() + b"\x1f" + code.encode()
    return [keys.mac("lookup", plain, version) for version in sorted(keys.mac_versions("lookup"), reverse=True)]


async def proofs(tx: Tx, number: str, limit: int = 50) -> list[model.Evidence]:
    """What was proved of a person, newest first: each proof says for what, how, how strongly, and whether it was used."""
    return await store.proofs(tx, holders.bucket_of(tx.keys, number), number_hashes(tx.keys, number), limit)


async def usable(tx: Tx, check_id: CheckId, purpose: Purpose, number: str) -> model.Evidence:
    """A proof that could be used now, unused as it stays. Raises EvidenceMissing, EvidenceOver, EvidenceUsed."""
    proof = await store.evidence(tx, check_id)
    model.usable(proof, purpose, number_hashes(tx.keys, number), tx.now)
    return proof
