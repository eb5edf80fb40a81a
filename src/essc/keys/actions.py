"""What can be done to the keys: rotate one, seal the file anew. They live in a file, so these verbs take its path and not a transaction."""
from datetime import datetime
from pathlib import Path

from essc.keys import model, store
from essc.keys.model import NOTICE_S, KeyVersion, Listed
from essc.kit.crypto import suite_by_id, suite_named


def rotate(path: Path, name: str, *, now: datetime, passphrase: str | None = None, suite: str | None = None,
           emergency: bool = False, notice_s: int = NOTICE_S) -> KeyVersion:
    """A new version of the key `name`, in the suite of its newest version unless `suite` says another.

    Running processes take it up by themselves. It is written with after `notice_s` seconds, never less than `model.NOTICE_S` (others need
    longer to take a public key); at once in an emergency, which also withdraws what the old versions of passing keys guard. Raises
    KeyUnknown, KeyFixed and what reading raises.
    """
    model.kind_of(name)
    at = int(now.timestamp())
    keys = store.change(path, passphrase, lambda before: model.rotated(
        before, name, suite_named(suite) if suite else suite_by_id(before.keys[name][-1].suite), at, emergency=emergency,
        notice_s=max(notice_s, NOTICE_S)))
    return keys.keys[name][-1]


def rewrap(path: Path, *, passphrase: str | None = None, new_passphrase: str | None = None, suite: str = "international") -> None:
    """Seal the key file anew: under `new_passphrase`, or (None) under a fresh owner-only file beside it. No key changes."""
    store.rewrap(path, passphrase, new_passphrase, suite_named(suite))


def listing(path: Path, *, now: datetime, passphrase: str | None = None) -> list[Listed]:
    """Names, versions, suites, ages and states of all keys; never material."""
    return model.listed(store.read(path, passphrase), int(now.timestamp()))
