"""What keys there are, which version counts when, and how a rotation changes them. Pure but for the chance in a new secret."""
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec.structs import replace

from essc.keys.errors import KeyFixed, KeyUnknown
from essc.kit.crypto import Algorithm, Suite, random_bytes, suite_by_id
from essc.kit.crypto.signing import new_secret

HOUR_S: Final = 3600
NOTICE_S: Final = 30
"""A new version is readable by every process this long before the first one writes with it."""
OPENED_HOURS: Final = 9
"""No code of an hour further back than this is ever opened; an emergency version counts from there."""


class Use(StrEnum):
    """What a key does; one key never does two things."""

    SEAL = "seal"
    MAC = "mac"
    SIGN = "sign"
    CODE = "code"


class KeyKind(msgspec.Struct, frozen=True):
    """What the house knows about a name: its use and how it may change."""

    use: Use
    fixed: bool = False         # can never be rotated
    passing: bool = False       # guards things that live for hours: an emergency withdraws the old versions
    wire: bool = False          # signs messages to partners (the suite's wire algorithm) instead of our own logs


KINDS: Final[Mapping[str, KeyKind]] = MappingProxyType({
    "holders": KeyKind(Use.SEAL),
    "cards": KeyKind(Use.SEAL),
    "photos": KeyKind(Use.SEAL),
    "mobiles": KeyKind(Use.SEAL),
    "sms": KeyKind(Use.SEAL),
    "notices": KeyKind(Use.SEAL),
    "contacts": KeyKind(Use.SEAL),
    "staff": KeyKind(Use.SEAL),
    "idempotency": KeyKind(Use.SEAL),
    "secrets": KeyKind(Use.SEAL),                       # other parties' secrets that we must be able to use
    "lookup": KeyKind(Use.MAC),
    "bucket": KeyKind(Use.MAC, fixed=True),             # decides for ever in which bucket a person lives
    "pepper": KeyKind(Use.MAC),
    "terminal-session": KeyKind(Use.MAC, passing=True),
    "session-token": KeyKind(Use.MAC, passing=True),
    "cursor": KeyKind(Use.MAC, passing=True),           # paging cursors and other things handed out to come back unchanged
    "code": KeyKind(Use.CODE, passing=True),
    "audit": KeyKind(Use.SIGN),
    "partners": KeyKind(Use.SIGN, wire=True),
})


class KeyVersion(msgspec.Struct, frozen=True):
    """One version of one key. `not_before`, `created_at`, `retired_at` are Unix seconds; `from_hour` counts for codes only."""

    version: int
    suite: int
    secret: bytes
    created_at: int
    not_before: int = 0
    from_hour: int = 0
    retired_at: int | None = None

    def __repr__(self) -> str:
        return f"KeyVersion(version={self.version}, suite={self.suite}, not_before={self.not_before})"

    @property
    def key_id(self) -> bytes:
        """What stands before every value sealed with this version: suite (1 byte) ‖ version (2 bytes)."""
        return bytes((self.suite,)) + self.version.to_bytes(2, "big")


class KeySet(msgspec.Struct, frozen=True):
    """Every key by name, its versions in ascending order."""

    keys: dict[str, tuple[KeyVersion, ...]]

    def __repr__(self) -> str:
        return f"KeySet({', '.join(self.keys)})"


def kind_of(name: str) -> KeyKind:
    """What kind of key `name` is. Raises KeyUnknown."""
    kind = KINDS.get(name)
    if kind is None:
        raise KeyUnknown(f"there is no key called {name!r}", name=name)
    return kind


def algorithm_of(name: str, suite: Suite) -> Algorithm:
    """With which algorithm the signing key `name` signs in `suite`."""
    return suite.wire_signature if KINDS[name].wire else suite.signature


def fresh(name: str, suite: Suite, *, version: int, now: int, not_before: int = 0, from_hour: int = 0) -> KeyVersion:
    """A new version with a new secret of 32 bytes."""
    secret = new_secret(algorithm_of(name, suite)) if KINDS[name].use is Use.SIGN else random_bytes(32)
    return KeyVersion(version=version, suite=suite.id, secret=secret, created_at=now, not_before=not_before, from_hour=from_hour)


def completed(keys: KeySet, suite: Suite, now: int) -> KeySet:
    """The set with a first version of every name that had none: a new house, or a newer release of the program."""
    missing = {name: (fresh(name, suite, version=1, now=now),) for name in KINDS if not keys.keys.get(name)}
    return KeySet({**keys.keys, **missing}) if missing else keys


def switched(keys: KeySet, suite: Suite, now: int) -> KeySet:
    """The set whose newest versions are of `suite`; older ones stay readable. Fixed keys stay what they are."""
    for name, versions in keys.keys.items():
        if name in KINDS and not KINDS[name].fixed and versions[-1].suite != suite.id:
            keys = rotated(keys, name, suite, now)
    return keys


def rotated(keys: KeySet, name: str, suite: Suite, now: int, *, emergency: bool = False, notice_s: int = NOTICE_S) -> KeySet:
    """The set with one more version of `name`, in force after `notice_s` seconds, or at once in an emergency.

    A version of `code` counts from a full hour on: the next one, or in an emergency the oldest hour whose codes are still
    opened, so that every live code becomes FORGED. In an emergency the older versions of passing keys are withdrawn.
    Raises KeyUnknown, KeyFixed.
    """
    kind = kind_of(name)
    if kind.fixed:
        raise KeyFixed(f"the key {name!r} can never be rotated", name=name)
    old = keys.keys[name]
    hour = now // HOUR_S - OPENED_HOURS if emergency else (now + notice_s) // HOUR_S + 1
    new = fresh(name, suite, version=old[-1].version + 1, now=now, not_before=now if emergency else now + notice_s,
                from_hour=hour if kind.use is Use.CODE else 0)
    if emergency and kind.passing:
        old = tuple(replace(version, retired_at=version.retired_at or now) for version in old)
    return KeySet({**keys.keys, name: (*old, new)})


def in_force(versions: tuple[KeyVersion, ...], now: float) -> KeyVersion:
    """The newest version that may be used for writing at `now`."""
    return next((v for v in reversed(versions) if v.not_before <= now), versions[0])


def of_hour(versions: tuple[KeyVersion, ...], hour: int) -> KeyVersion:
    """The newest version of the code key that counts for `hour`."""
    return next((v for v in reversed(versions) if v.from_hour <= hour), versions[0])


class Listed(msgspec.Struct, frozen=True):
    """One line of `essc keys list`: everything but the material."""

    name: str
    use: str
    version: int
    suite: str
    age_s: int
    state: str      # "in force", "coming", "readable" or "retired"


def listed(keys: KeySet, now: int) -> list[Listed]:
    """Every version of every key, without material."""
    lines = []
    for name, versions in sorted(keys.keys.items()):
        current = in_force(versions, now) if KINDS[name].use is not Use.CODE else of_hour(versions, now // HOUR_S)
        for version in versions:
            coming = version.not_before > now or version.from_hour > now // HOUR_S
            state = "retired" if version.retired_at else "in force" if version is current else "coming" if coming else "readable"
            lines.append(Listed(name, KINDS[name].use, version.version, suite_by_id(version.suite).name, now - version.created_at, state))
    return lines
