"""The key file: made once, owner-only, sealed, changed whole or not at all."""
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from essc.keys import actions, store
from essc.keys.errors import KeyFileBroken, KeyFileExposed, KeyFileLocked, KeyFileMissing
from essc.keys.model import KINDS, KeySet
from essc.keys.queries import KeyRing

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "house" / "keys.json"


def test_the_first_start_makes_a_file_that_only_its_owner_reads(path):
    KeyRing.create(path)
    assert sorted(p.name for p in path.parent.iterdir()) == [".keys.json.lock", "keys.json", "keys.json.kek"]
    assert {oct(p.stat().st_mode & 0o777) for p in path.parent.iterdir()} == {"0o600"}


def test_no_secret_stands_in_the_file_in_clear(path):
    ring = KeyRing.create(path)
    content = path.read_bytes()
    for name in KINDS:
        assert name.encode() not in content or len(name) < 5
    secrets = [versions[0].secret for versions in ring._keys.keys.values()]
    assert not any(secret in content or secret.hex().encode() in content for secret in secrets)


def test_the_second_start_reads_the_same_keys(path):
    first = KeyRing.create(path)
    sealed = first.seal("cards", b"x", b"")
    assert KeyRing.create(path).open("cards", sealed, b"") == KeyRing.load(path).open("cards", sealed, b"") == b"x"


def test_many_first_starts_at_once_make_one_file(path):
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: KeyRing.create(path), range(8)))
    assert len({ring.mac("lookup", b"1") for ring in rings}) == 1


def test_many_first_starts_of_processes_make_one_file(path):
    program = ("from pathlib import Path; from essc.keys.queries import KeyRing; "
               f"print(KeyRing.create(Path({str(path)!r})).mac('lookup', b'1').hex())")
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) for _ in range(3)]
    answers = {process.communicate(timeout=60)[0] for process in running}
    assert len(answers) == 1 and len(answers.pop().strip()) == 64


def test_there_must_be_a_file_to_load(path):
    with pytest.raises(KeyFileMissing):
        KeyRing.load(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601, 0o777])
@pytest.mark.parametrize("which", ["keys.json", "keys.json.kek"])
def test_a_file_that_others_could_touch_is_not_loaded(path, which, mode):
    KeyRing.create(path)
    (path.parent / which).chmod(mode)
    with pytest.raises(KeyFileExposed):
        KeyRing.load(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_loaded(path):
    KeyRing.create(path)
    os.chown(path, 12_345, -1)
    with pytest.raises(KeyFileExposed):
        KeyRing.load(path)


def test_a_link_in_place_of_the_file_is_not_followed(path):
    KeyRing.create(path)
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(KeyFileExposed):
        KeyRing.load(path)


@pytest.mark.parametrize("content", [
    b"", b"{}", b"not json", b'{"format": "essc-keys/9", "suite": 1, "kek": "file", "salt": "", "sealed": ""}',
])
def test_what_is_not_a_key_file_is_said_to_be_broken(path, content):
    KeyRing.create(path)
    path.write_bytes(content)
    with pytest.raises(KeyFileBroken):
        KeyRing.load(path)


def test_a_changed_byte_or_another_kek_does_not_open(path):
    KeyRing.create(path)
    kek = path.with_name("keys.json.kek")
    kek.write_text("00" * 32)
    with pytest.raises(KeyFileLocked):
        KeyRing.load(path)
    kek.write_text("nonsense")
    with pytest.raises(KeyFileBroken):
        KeyRing.load(path)
    kek.unlink()
    with pytest.raises(KeyFileLocked):
        KeyRing.load(path)


def test_a_passphrase_seals_the_file_without_another_file_beside(path):
    sealed = KeyRing.create(path, passphrase="correct horse").seal("cards", b"x", b"")
    assert not path.with_name("keys.json.kek").exists()
    assert KeyRing.load(path, passphrase="correct horse").open("cards", sealed, b"") == b"x"
    for wrong in (None, "", "correct  horse"):
        with pytest.raises(KeyFileLocked) as refused:
            KeyRing.load(path, passphrase=wrong)
        assert "horse" not in str(refused.value)


@pytest.mark.parametrize(("before", "after"), [("old", None), (None, None)])
def test_the_key_encryption_key_is_changed_without_changing_a_key(path, before, after):
    sealed = KeyRing.create(path, passphrase=before).seal("cards", b"x", b"")
    content = path.read_bytes()
    actions.rewrap(path, passphrase=before, new_passphrase=after)
    assert path.read_bytes() != content
    assert KeyRing.load(path, passphrase=after).open("cards", sealed, b"") == b"x"
    assert path.with_name("keys.json.kek").exists() == (after is None)


def test_a_running_process_keeps_its_keys_while_the_file_is_unusable(path, caplog):
    ring = KeyRing.create(path, look_s=0)
    sealed = ring.seal("cards", b"x", b"")
    with caplog.at_level(logging.WARNING, "essc.keys"):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes() + b" ")
        assert ring.open("cards", sealed, b"") == b"x"
    assert "key_file_exposed" in caplog.text


def test_a_name_that_a_newer_release_brings_is_added_to_an_old_file(path):
    KeyRing.create(path)
    store.change(path, None, lambda keys: KeySet({name: versions for name, versions in keys.keys.items() if name != "cursor"}))
    assert KeyRing.load(path).mac_version("cursor") == 1


def test_parallel_rotations_lose_none(path):
    KeyRing.create(path)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: actions.rotate(path, "cards", now=NOW), range(6)))
    assert [line.version for line in actions.listing(path, now=NOW) if line.name == "cards"] == list(range(1, 8))


def test_the_listing_names_everything_and_shows_no_material(path):
    ring = KeyRing.create(path)
    actions.rotate(path, "code", now=NOW)
    lines = actions.listing(path, now=NOW)
    assert {line.name for line in lines} == set(KINDS)
    assert [line.state for line in lines if line.name == "code"] == ["in force", "coming"]
    shown = repr(lines)
    assert not any(versions[0].secret.hex() in shown or repr(versions[0].secret) in shown for versions in ring._keys.keys.values())
