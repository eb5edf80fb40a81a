"""`essc cards` and `essc holders`, as somebody at a terminal uses them."""
import msgspec
import pytest
import typer

from essc.cards.cli import commands as cards_cli
from essc.holders import cli as holders_cli
from essc.kit.crypto import Algorithm, PrivateKey, jwk
from essc.kit.crypto.signing import new_secret
from essc_sandbox.province import people
from tests.commands import commands


@pytest.fixture
def essc(pg, keys, monkeypatch):
    """Both rooms' commands in a demonstration."""
    monkeypatch.setenv("ESSC_DEMONSTRATION", "yes")
    both = typer.Typer()
    both.add_typer(cards_cli.app)
    both.add_typer(holders_cli.app)
    return commands(both, pg, keys)


def test_a_card_file_is_taken_and_told_in_the_language_of_the_caller(essc, tmp_path):
    file = tmp_path / "cards.csv"
    rows = [list(row) for row in people.rows(30)]
    rows[3][4] = "459999"
    people.write_csv(file, rows)
    taken = essc("cards", "import", str(file), "--region", "450000", "--language", "en")
    assert taken.exit_code == 0 and "30 rows: 29 new, 0 known, 1 refused." in taken.output and "cards.rejects.csv" in taken.output
    again = essc("cards", "import", str(file), "--language", "zh-CN")
    assert "共 30 行：新增 29，已有 0，拒收 1。" in again.output
    assert "没有这个行政区划代码。" in (tmp_path / "cards.rejects.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "文件没有传完"), ("en", "stops in the middle")])
def test_a_bad_file_ends_the_command_with_what_to_do(essc, tmp_path, language, said):
    file = tmp_path / "cards.csv"
    people.write_csv(file, people.rows(3))
    file.write_bytes(file.read_bytes()[:-40])
    stopped = essc("cards", "import", str(file), "--language", language)
    assert stopped.exit_code == 1 and said in stopped.output and "Traceback" not in stopped.output


def test_an_unknown_region_is_no_region_of_a_file(essc, tmp_path):
    people.write_csv(tmp_path / "cards.csv", people.rows(3))
    assert essc("cards", "import", str(tmp_path / "cards.csv"), "--region", "459999").exit_code == 1


def test_a_regions_key_is_registered_seen_and_ended(essc, tmp_path):
    file = tmp_path / "key.jwk"
    file.write_bytes(msgspec.json.encode(jwk.written(Algorithm.ES256, PrivateKey(Algorithm.ES256, new_secret(Algorithm.ES256)).public)))
    assert essc("cards", "region-key", "450000", "guangxi-1", str(file)).exit_code == 0
    assert essc("cards", "region-key", "110000", "guangxi-1", str(file)).exit_code == 1
    assert essc("cards", "region-key", "450000", "guangxi-1", "--end").exit_code == 0
    assert "ended" in essc("cards", "region-keys").output
    file.write_text("no key")
    assert essc("cards", "region-key", "450000", "guangxi-2", str(file)).exit_code == 1
    assert essc("cards", "gaps", "450000").exit_code == 0


def test_a_conflict_of_names_is_shown_masked_and_settled_and_a_person_erased(essc, tmp_path):
    rows = [list(row) for row in people.rows(2)]
    rows[0][2], rows[1][2:4], rows[1][9] = "韦晓兰", ["韦小丽", rows[0][3]], "9"
    people.write_csv(tmp_path / "cards.csv", rows)
    essc("cards", "import", str(tmp_path / "cards.csv"), "--language", "en")
    masked, clear = essc("holders", "conflicts").output, essc("holders", "conflicts", "--clear").output
    assert "韦*丽" in masked and "韦小丽" not in masked and "韦小丽" in clear
    conflict = next(word for word in masked.split() if word.startswith("conf_"))
    holder = next(word for word in masked.split() if word.startswith("hold_"))
    shown = essc("holders", "show", holder).output
    assert "韦*兰" in shown and rows[0][3] not in shown and "demonstration" in shown
    assert essc("holders", "settle", conflict, "rename").exit_code == 0
    assert "conf_" not in essc("holders", "conflicts").output
    assert essc("holders", "erase", holder, "--yes").exit_code == 0
    assert essc("holders", "erase", holder, "--yes").exit_code == 1
