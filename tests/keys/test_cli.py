"""`essc keys` on a data directory."""
import pytest
from typer.testing import CliRunner

from essc.keys.cli import app
from essc.keys.errors import KeyFixed, KeyUnknown
from essc.keys.queries import KeyRing

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


@pytest.mark.parametrize(("name", "refusal"), [("bucket", KeyFixed), ("nothing", KeyUnknown)])
def test_what_cannot_be_rotated_is_refused(ring, tmp_path, name, refusal):
    assert isinstance(essc_keys("rotate", name, "--data", tmp_path).exception, refusal)


def test_the_file_is_sealed_under_a_passphrase_and_back(ring, tmp_path):
    sealed = ring.seal("cards", b"x", b"")
    assert essc_keys("rewrap", "--data", tmp_path, input="a long one\na long one\n").exit_code == 0
    assert KeyRing.load(tmp_path / "keys.json", passphrase="a long one").open("cards", sealed, b"") == b"x"
