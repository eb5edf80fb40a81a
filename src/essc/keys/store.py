"""The key file: the only code that reads or writes it. (This room has no tables: keys never enter the database.)

The file is a JSON envelope around one sealed body. The key-encryption key comes from a passphrase (Argon2id) or from the
owner-only file `<key file>.kek`. Files are written beside, synced and renamed; changes hold a lock, so two never overlap.
"""
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from argon2.low_level import Type, hash_secret_raw

from essc.keys.errors import KeyFileBroken, KeyFileExposed, KeyFileLocked, KeyFileMissing
from essc.keys.model import KeySet
from essc.kit.crypto import NotAuthentic, Suite, random_bytes, suite_by_id
from essc.kit.crypto.suites import NONCE

FORMAT: Final = "essc-keys/1"
Mark: TypeAlias = tuple[int, int, int]
_ARGON2: Final = {"time_cost": 3, "memory_cost": 64 * 1024, "parallelism": 1, "hash_len": 32, "type": Type.ID}


class _Envelope(msgspec.Struct, frozen=True):
    """What stands in the file in clear: how to come by the key-encryption key, and the sealed set."""

    format: str
    suite: int
    kek: Literal["passphrase", "file"]
    salt: bytes
    sealed: bytes

    def context(self) -> bytes:
        return msgspec.json.encode([self.format, self.suite, self.kek, self.salt])


def mark(path: Path) -> Mark:
    """Something that changes whenever the file does. Raises KeyFileMissing."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        raise KeyFileMissing(f"no key file at {path}") from None
    return seen.st_mtime_ns, seen.st_ino, seen.st_size


def read(path: Path, passphrase: str | None) -> KeySet:
    """The keys in the file. Raises KeyFileMissing, KeyFileExposed, KeyFileBroken, KeyFileLocked."""
    return _unsealed(path, _envelope(path), passphrase)


def make(path: Path, passphrase: str | None, suite: Suite, first: Callable[[], KeySet]) -> None:
    """Write a new key file unless there is one already; of many who try at once, one does."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(path):
        if not path.exists():
            kek: Literal["passphrase", "file"] = "passphrase" if passphrase else "file"
            if kek == "file" and not _kek_path(path).exists():
                _write(_kek_path(path), random_bytes(32).hex().encode())
            _seal(path, first(), passphrase, suite, kek)


def change(path: Path, passphrase: str | None, changed: Callable[[KeySet], KeySet]) -> KeySet:
    """Replace the keys by what `changed` makes of them, while nobody else can. Nothing is written if nothing changed."""
    with _locked(path):
        envelope = _envelope(path)
        before = _unsealed(path, envelope, passphrase)
        after = changed(before)
        if after is not before:
            _seal(path, after, passphrase, suite_by_id(envelope.suite), envelope.kek, salt=envelope.salt)
        return after


def rewrap(path: Path, passphrase: str | None, new_passphrase: str | None, suite: Suite) -> None:
    """Seal the same keys under a new key-encryption key: another passphrase, or (None) a new owner-only file beside."""
    with _locked(path):
        keys = _unsealed(path, _envelope(path), passphrase)
        if new_passphrase:
            _seal(path, keys, new_passphrase, suite, "passphrase")
            _kek_path(path).unlink(missing_ok=True)
            return
        # The new key-encryption key stands beside the old one until the key file names it: a crash between loses nothing.
        coming = _kek_path(path).with_suffix(".kek-next")
        _write(coming, random_bytes(32).hex().encode())
        _seal(path, keys, None, suite, "file", kek_file=coming)
        coming.replace(_kek_path(path))
        _sync_folder(path.parent)


def _kek_path(path: Path) -> Path:
    return path.with_name(path.name + ".kek")


def _envelope(path: Path) -> _Envelope:
    try:
        envelope = msgspec.json.decode(_private(path), type=_Envelope)
    except msgspec.DecodeError:
        raise KeyFileBroken(f"{path} is not a key file") from None
    if envelope.format != FORMAT or envelope.suite not in (1, 2):
        raise KeyFileBroken(f"{path} is of a format that this release does not know")
    return envelope


def _unsealed(path: Path, envelope: _Envelope, passphrase: str | None) -> KeySet:
    for key in _keks(path, envelope, passphrase):
        suite = suite_by_id(envelope.suite)
        try:
            body = suite.open(suite.derive(key, b"essc key file", suite.key_bytes), envelope.sealed, envelope.context())
        except NotAuthentic:
            continue
        try:
            return msgspec.json.decode(body, type=KeySet)
        except msgspec.DecodeError:
            raise KeyFileBroken(f"{path} holds keys of a form that this release does not know") from None
    raise KeyFileLocked(f"{path} does not open with this {envelope.kek}")


def _keks(path: Path, envelope: _Envelope, passphrase: str | None) -> Iterator[bytes]:
    if envelope.kek == "passphrase":
        if not passphrase:
            raise KeyFileLocked(f"{path} is sealed with a passphrase: set ESSC_KEY_PASSPHRASE")
        yield _from_passphrase(passphrase, envelope.salt)
        return
    for beside in (_kek_path(path), _kek_path(path).with_suffix(".kek-next")):
        if beside.exists():
            yield _from_file(beside)


@lru_cache(maxsize=4)
def _from_passphrase(passphrase: str, salt: bytes) -> bytes:
    """A tenth of a second and 64 MiB, so it is done once a process: a rotation keeps the salt, and a reload stalls nobody."""
    return hash_secret_raw(passphrase.encode(), salt, **_ARGON2)  # type: ignore[arg-type]


def _from_file(path: Path) -> bytes:
    try:
        return bytes.fromhex(_private(path).decode("ascii").strip())
    except ValueError:
        raise KeyFileBroken(f"{path} does not hold a key-encryption key") from None


def _seal(path: Path, keys: KeySet, passphrase: str | None, suite: Suite, kek: Literal["passphrase", "file"],
          kek_file: Path | None = None, salt: bytes | None = None) -> None:
    salt = salt or random_bytes(16)
    key = _from_passphrase(passphrase, salt) if kek == "passphrase" and passphrase else _from_file(kek_file or _kek_path(path))
    envelope = _Envelope(FORMAT, suite.id, kek, salt, b"")
    own = suite.derive(key, b"essc key file", suite.key_bytes)
    sealed = suite.seal(own, random_bytes(NONCE), msgspec.json.encode(keys), envelope.context())
    _write(path, msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(envelope, sealed=sealed))) + b"\n")


def _private(path: Path) -> bytes:
    """The content of a file that only its owner, who must be us, can read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyFileMissing(f"no key file at {path}") from None
    except OSError as trouble:
        raise KeyFileExposed(f"{path} cannot be opened as a plain file of ours ({trouble.strerror})") from None
    with os.fdopen(handle, "rb") as file:
        seen = os.fstat(handle)
        if not stat.S_ISREG(seen.st_mode) or seen.st_uid != os.geteuid():
            raise KeyFileExposed(f"{path} must be a plain file that belongs to the user who runs essc")
        if seen.st_mode & 0o077:
            raise KeyFileExposed(f"{path} is open to others (mode {stat.S_IMODE(seen.st_mode):04o}): chmod 600 it, and rotate the keys")
        return file.read()


def _write(path: Path, content: bytes) -> None:
    """All or nothing, mode 0600, on the disk before it counts."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
    beside.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One change at a time, over all processes."""
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
