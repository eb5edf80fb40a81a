"""`essc keys` on a data directory."""
import json
from datetime import timedelta

import msgspec
import pytest
from typer.testing import CliRunner

from essc.keys.cli import app
from essc.keys.errors import KeyFixed, KeyUnknown
from essc.keys.queries import KeyRing
from essc.kit import clock
from essc.kit.crypto import jwk, verify

runner = CliRunner()


@pytest.fixture
def ring(tmp_path):
    return KeyRing.create(tmp_path / "keys.json", look_s=0)


def essc_keys(*args, **more):
    return runner.invoke(app, [str(arg) for arg in args], env={"COLUMNS": "120"}, **more)


def test_the_list_names_every_version_and_no_material(ring, tmp_path):
    shown = essc_keys("list", "--data", tmp_path)
    assert shown.exit_code == 0
    assert all(word in shown.output for word in ("holders", "terminal-session", "international", "in force"))
    assert not any(versions[0].secret.hex() in shown.output for versions in ring._keys.keys.values())


@pytest.mark.parametrize(("args", "says"), [
    (["cards"], "in 30 seconds"), (["cards", "--emergency"], "at once"), (["code"], "next full hour"),
])
def test_a_rotation_says_when_the_new_version_counts(ring, tmp_path, args, says):
    done = essc_keys("rotate", *args, "--data", tmp_path)
    assert done.exit_code == 0 and "version 2" in done.output and says in done.output
    assert len(ring._versions[args[0]]) == 1 and ring.open("cards", ring.seal("cards", b"x", b""), b"") == b"x"
    assert len(ring._versions[args[0]]) == 2


def test_partners_get_the_public_key_before_it_signs(ring, tmp_path):
    assert "in 48 hours" in essc_keys("rotate", "partners", "--in-hours", "48", "--data", tmp_path).output
    told = json.loads(essc_keys("public", "partners", "--data", tmp_path).output)["keys"]
    assert [one["kid"] for one in told] == ["partners-1", "partners-2"]
    assert not any("d" in one for one in told)
    assert KeyRing.load(tmp_path / "keys.json").sign("partners", b"x").key_id == "partners-1"
    later = KeyRing.load(tmp_path / "keys.json", now=lambda: clock.now() + timedelta(hours=49))
    signed = later.sign("partners", b"x")
    algorithm, raw = jwk.public_key(msgspec.convert(told[1], jwk.Jwk))
    assert signed.key_id == "partners-2"
    assert verify(algorithm, raw, b"x", signed.value)


@pytest.mark.parametrize("name", ["cards", "nothing"])
def test_a_key_that_signs_nothing_has_no_public_half(ring, tmp_path, name):
    assert isinstance(essc_keys("public", name, "--data", tmp_path).exception, KeyUnknown)


@pytest.mark.parametrize(("name", "refusal"), [("bucket", KeyFixed), ("nothing", KeyUnknown)])
def test_what_cannot_be_rotated_is_refused(ring, tmp_path, name, refusal):
    assert isinstance(essc_keys("rotate", name, "--data", tmp_path).exception, refusal)


def test_the_file_is_sealed_under_a_passphrase_and_back(ring, tmp_path):
    sealed = ring.seal("cards", b"x", b"")
    assert essc_keys("rewrap", "--data", tmp_path, input="a long one\na long one\n").exit_code == 0
    assert KeyRing.load(tmp_path / "keys.json", passphrase="a long one").open("cards", sealed, b"") == b"x"
