"""The door to the keys: `KeyRing` implements `kit.crypto.Keys` over the key file, and notices when the file changes."""
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag

from essc.keys import model, store
from essc.keys.errors import KeyRetired, KeyUnknown
from essc.keys.model import KINDS, KeySet, KeyVersion, Use
from essc.kit import clock
from essc.kit.crypto import (
    Algorithm,
    CodeCipher,
    DigitPermutation,
    Keys,
    NotAuthentic,
    PrivateKey,
    PublicKey,
    Signature,
    Signer,
    SuiteName,
    jwk,
    random_bytes,
    suite_by_id,
    suite_named,
    verify,
)
from essc.kit.crypto.suites import NONCE, Aead, Macer
from essc.kit.errors import Refused

LOOK_S: Final = 1.0
"""How often a process looks whether the key file changed; well below the notice that a new version is given."""
KEY_ID: Final = 3
SALT: Final = 16
_CIPHERS_KEPT: Final = 24
_log = logging.getLogger("essc.keys")


class _Ready:
    """One version of one key with what is derived from it. Each purpose has its own key: label ‖ name, through the suite's KDF."""

    __slots__ = ("aead", "key_id", "mac", "person", "private", "retired", "suite", "version")

    def __init__(self, name: str, version: KeyVersion) -> None:
        suite = self.suite = suite_by_id(version.suite)
        self.version, self.key_id, self.retired = version.version, version.key_id, version.retired_at is not None
        use = KINDS[name].use
        if use is Use.SEAL:
            own, persons = (suite.derive(version.secret, label + name.encode(), suite.key_bytes) for label in (b"essc seal ", b"essc person "))
            self.aead: Aead = suite.aead(own)
            self.person: Callable[[bytes], bytes] = suite.blocks(persons)
        elif use is Use.MAC:
            self.mac: Macer = suite.macer(suite.derive(version.secret, b"essc mac " + name.encode(), 32))
        elif use is Use.SIGN:
            self.private = PrivateKey(model.algorithm_of(name, suite), version.secret)


class _NameSigner:
    """A Signer that knows one name only."""

    __slots__ = ("_name", "_ring")

    def __init__(self, ring: "KeyRing", name: str) -> None:
        self._ring, self._name = ring, name

    def sign(self, data: bytes) -> Signature:
        """Signed by the version in force."""
        return self._ring.sign(self._name, data)


class KeyRing:
    """All keys of the house. Values are written under the version in force and read under the one they name.

    Methods raise KeyError for a name that does not exist or is used for something else (a programming error), NotAuthentic
    for a sealed value that does not open, KeyRetired for a version that was withdrawn.
    """

    def __init__(self, keys: KeySet, *, path: Path | None = None, mark: store.Mark | None = None, passphrase: str | None = None,
                 now: Callable[[], datetime] = clock.now, look_s: float = LOOK_S) -> None:
        self._path, self._mark, self._passphrase, self._now, self._look_s = path, mark, passphrase, now, look_s
        self._take(keys)

    def __repr__(self) -> str:
        return f"KeyRing({len(self._versions)} keys)"

    @classmethod
    def create(cls, path: Path, *, suite: str = SuiteName.INTERNATIONAL, passphrase: str | None = None,
               now: Callable[[], datetime] = clock.now, look_s: float = LOOK_S) -> Self:
        """The ring of the key file at `path`, which is made if there is none; of many who start at once, one makes it."""
        chosen, at = suite_named(suite), int(now().timestamp())
        store.make(path, passphrase, chosen, lambda: model.completed(KeySet({}), chosen, at))
        return cls.load(path, suite=suite, passphrase=passphrase, now=now, look_s=look_s)

    @classmethod
    def load(cls, path: Path, *, suite: str | None = None, passphrase: str | None = None,
             now: Callable[[], datetime] = clock.now, look_s: float = LOOK_S) -> Self:
        """The ring of an existing key file. With `suite`, keys of the other suite get a new version of this one.

        Raises KeyFileMissing, KeyFileExposed, KeyFileLocked, KeyFileBroken.
        """
        at = int(now().timestamp())

        def current(keys: KeySet) -> KeySet:
            chosen = suite_named(suite) if suite else suite_by_id(keys.keys["code"][-1].suite)
            done = model.completed(keys, chosen, at)
            return model.switched(done, chosen, at) if suite else done
        mark = store.mark(path)     # before reading: what is written meanwhile is taken over at the first look
        keys = store.read(path, passphrase)
        if current(keys) is not keys:
            keys = store.change(path, passphrase, current)
        return cls(keys, path=path, mark=mark, passphrase=passphrase, now=now, look_s=look_s)

    @classmethod
    def for_tests(cls, suite: str = SuiteName.INTERNATIONAL, *, now: Callable[[], datetime] = clock.now) -> Self:
        """A ring in memory with the same well-known keys every time. Never for anything but tests."""
        chosen = suite_named(suite)
        secrets = {name: sha256(f"essc test key {name}".encode()).digest() for name in KINDS}
        return cls(KeySet({name: (KeyVersion(1, chosen.id, secret, created_at=0),) for name, secret in secrets.items()}), now=now)

    # ── sealing ──

    def seal(self, name: str, plain: bytes, aad: bytes) -> bytes:
        """key id ‖ nonce ‖ ciphertext ‖ tag, bound to `aad`."""
        key = self._current(name)
        nonce = random_bytes(NONCE)
        return key.key_id + nonce + key.aead.encrypt(nonce, plain, aad + key.key_id)

    def open(self, name: str, sealed: bytes, aad: bytes) -> bytes:
        """The plain bytes of what `seal` made with the same `aad`."""
        key = self._named(name, sealed)
        try:
            return key.aead.decrypt(sealed[3:15], sealed[15:], aad + key.key_id)
        except (InvalidTag, ValueError):
            raise NotAuthentic(f"a value sealed under {name!r} does not open") from None

    def seal_for(self, name: str, salt: bytes, plain: bytes, aad: bytes) -> bytes:
        """As `seal`, under the key of the person whose 16-byte `salt` this is: without the salt nothing opens it again."""
        return self.seal_many(name, (salt,), (plain,), (aad,))[0]

    def open_for(self, name: str, salt: bytes, sealed: bytes, aad: bytes) -> bytes:
        """The plain bytes of what `seal_for` made with the same `salt` and `aad`."""
        key = self._named(name, sealed)
        try:
            return key.suite.aead(key.person(_salt(salt))).decrypt(sealed[3:15], sealed[15:], aad + key.key_id)
        except (InvalidTag, ValueError):
            raise NotAuthentic(f"a value sealed under {name!r} for a person does not open") from None

    def seal_many(self, name: str, salts: Sequence[bytes], plains: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
        """`seal_for` for many: one call of the block cipher makes all the persons' keys, one draw all the nonces."""
        key = self._current(name)
        count, key_id, aead = len(salts), key.key_id, key.suite.aead
        persons, nonces = key.person(_salts(salts)), random_bytes(NONCE * count)
        sealed = []
        for at, (plain, aad) in enumerate(zip(plains, aads, strict=True)):
            nonce = nonces[at * 12:at * 12 + 12]
            sealed.append(key_id + nonce + aead(persons[at * 16:at * 16 + 16]).encrypt(nonce, plain, aad + key_id))
        if len(sealed) != count:
            raise ValueError("as many salts as values")
        return sealed

    def open_many(self, name: str, salts: Sequence[bytes], sealed: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
        """`open_for` for many, in the order given. One that does not open fails all (NotAuthentic)."""
        ids = {value[:KEY_ID] for value in sealed}
        if len(ids) != 1 or len(salts) != len(sealed):
            return [self.open_for(name, salt, value, aad) for salt, value, aad in zip(salts, sealed, aads, strict=True)]
        key = self._named(name, ids.pop())
        persons, key_id, aead = key.person(_salts(salts)), key.key_id, key.suite.aead
        try:
            return [aead(persons[at * 16:at * 16 + 16]).decrypt(value[3:15], value[15:], aad + key_id)
                    for at, (value, aad) in enumerate(zip(sealed, aads, strict=True))]
        except (InvalidTag, ValueError):
            raise NotAuthentic(f"a value sealed under {name!r} for a person does not open") from None

    # ── keyed hashes ──

    def mac(self, name: str, data: bytes, version: int | None = None) -> bytes:
        """HMAC of `data`, 32 bytes, under `version` or the one in force. Raises KeyRetired."""
        return self._of_version(name, version).mac(data)

    def mac_many(self, name: str, datas: Sequence[bytes], version: int | None = None) -> list[bytes]:
        """`mac` for many, all under one version."""
        return list(map(self._of_version(name, version).mac, datas))

    def mac_version(self, name: str) -> int:
        """The version in force; keep it beside what `mac` made and hand it in when you look again."""
        return self._current(name).version

    def mac_versions(self, name: str) -> Sequence[int]:
        """Every version that still counts, the newest first: what a look-up has to try, coming ones included.

        The file is asked every time (one stat): to a process that does not know a version yet, what another wrote under it does not exist.
        """
        self._catch_up()
        return [key.version for key in reversed(self._versions[name].values()) if not key.retired]

    # ── signatures ──

    def sign(self, name: str, data: bytes) -> Signature:
        """The signature of `data` by the version in force, raw 64 bytes, and that version's key id."""
        key = self._current(name)
        return Signature(f"{name}-{key.version}", key.private.sign(data))

    def verify(self, name: str, key_id: str, data: bytes, value: bytes) -> bool:
        """Whether the version called `key_id` made this signature. An unknown or withdrawn id verifies nothing."""
        self._look()
        key = self._found(name, lambda key: f"{name}-{key.version}" == key_id)
        return key is not None and not key.retired and verify(key.private.algorithm, key.private.public, data, value)

    def public(self, name: str) -> Sequence[PublicKey]:
        """The public halves of every version that counts: the one that signs now first, then the others, newest first."""
        now = self._current(name)
        keys = [now, *(key for key in reversed(self._versions[name].values()) if key is not now and not key.retired)]
        return [PublicKey(f"{name}-{key.version}", key.private.algorithm, key.private.public) for key in keys]

    def signer(self, name: str) -> Signer:
        """A Signer for `name` alone, to hand to a partner's client."""
        self._current(name)
        return _NameSigner(self, name)

    # ── the dynamic code ──

    def code_cipher(self, hour: int) -> CodeCipher:
        """The permutation of the codes of `hour` (hours since 1970)."""
        self._look()
        cipher = self._ciphers.get(hour)
        if cipher is None:
            version = model.of_hour(self._keys.keys["code"], hour)
            suite = suite_by_id(version.suite)
            key = suite.derive(version.secret, b"essc code" + bytes((suite.id,)) + hour.to_bytes(8, "big"), 16)
            if len(self._ciphers) >= _CIPHERS_KEPT:
                self._ciphers.clear()
            cipher = self._ciphers[hour] = DigitPermutation(hour, suite.blocks(key))
        return cipher

    # ── versions ──

    def _take(self, keys: KeySet) -> None:
        """Derive what is needed from `keys`; raises before anything changes."""
        versions = {name: {version.key_id: _Ready(name, version) for version in keys.keys[name]} for name in KINDS}
        self._keys, self._versions = keys, versions
        self._ciphers: dict[int, DigitPermutation] = {}
        self._count()

    def _count(self) -> None:
        at = self._now().timestamp()
        self._in_force = {name: ready[model.in_force(self._keys.keys[name], at).key_id] for name, ready in self._versions.items()}
        self._next = clock.stopwatch() + self._look_s

    def _look(self) -> None:
        """Once in LOOK_S: take over a changed key file, and see which versions have come into force."""
        if clock.stopwatch() >= self._next:
            self._catch_up()
            self._count()

    def _catch_up(self) -> None:
        """Take over the key file if it changed."""
        if self._path is None:
            return
        try:
            if (seen := store.mark(self._path)) != self._mark:
                self._take(store.read(self._path, self._passphrase))
                self._mark = seen
        except Refused as trouble:
            _log.warning("the key file changed and was not taken over: %s", trouble.code)

    def _current(self, name: str) -> _Ready:
        if clock.stopwatch() >= self._next:
            self._look()
        return self._in_force[name]

    def _of_version(self, name: str, version: int | None) -> _Ready:
        key = self._current(name)
        if version is None or version == key.version:
            return key
        other = self._found(name, lambda key: key.version == version)
        if other is not None and not other.retired:
            return other
        raise KeyRetired(f"version {version} of {name!r} does not count any more", name=name)

    def _named(self, name: str, sealed: bytes) -> _Ready:
        """The version that a sealed value names."""
        self._look()
        key_id = sealed[:KEY_ID]
        key = self._versions[name].get(key_id) or self._found(name, lambda key: key.key_id == key_id)
        if key is None:
            raise NotAuthentic(f"a value sealed under {name!r} names a version that does not exist")
        return key

    def _found(self, name: str, is_it: Callable[[_Ready], bool]) -> _Ready | None:
        """The version that `is_it`. One that another process made a moment ago is looked for in the file at once."""
        found = next(filter(is_it, self._versions[name].values()), None)
        if found is None:
            self._catch_up()
            found = next(filter(is_it, self._versions[name].values()), None)
        return found


def public_set(keys: Keys, name: str) -> list[jwk.Jwk]:
    """The public halves of a signing key, to publish. Raises KeyUnknown when it is none."""
    if model.kind_of(name).use is not Use.SIGN:
        raise KeyUnknown(f"the key {name!r} signs nothing", name=name)
    return [jwk.written(Algorithm(one.algorithm), one.value, kid=one.key_id) for one in keys.public(name)]


def _salt(salt: bytes) -> bytes:
    if len(salt) != SALT:
        raise ValueError("a salt has 16 bytes")
    return salt


def _salts(salts: Sequence[bytes]) -> bytes:
    joined = b"".join(salts)
    if len(joined) != SALT * len(salts) or any(len(salt) != SALT for salt in salts):
        raise ValueError("a salt has 16 bytes")
    return joined
