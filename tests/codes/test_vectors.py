"""The published vectors of docs/wire/code.md, against both implementations."""
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from essc.codes.model import CodeFields, Opened, burn_key, grouped, mint, open_code
from essc.kit.crypto import CodeCipher, DigitPermutation, suite_named
from tests.codes import naive

WIRE = Path(__file__).parents[2] / "docs" / "wire"
VECTORS = json.loads((WIRE / "code_vectors.json").read_text(encoding="utf-8"))
MASTER = bytes.fromhex(VECTORS["master"])
FIELDS = ("hour", "second", "bucket", "slot", "epoch", "nonce")


def fields_of(vector: dict) -> CodeFields:
    return CodeFields(*(vector[name] for name in FIELDS))


def cipher(suite: str, hour: int) -> CodeCipher:
    return DigitPermutation(hour, suite_named(suite).blocks(naive.hour_key(MASTER, suite, hour)))


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda v: f"{v['suite']}-{v['code']}")
def test_both_implementations_make_the_published_code(vector):
    fields = fields_of(vector)
    assert naive.hour_key(MASTER, vector["suite"], fields.hour).hex() == vector["hour_key"]
    assert mint(fields, cipher(vector["suite"], fields.hour)) == vector["code"]
    assert naive.code(MASTER, vector["suite"], {name: vector[name] for name in FIELDS}) == vector["code"]
    assert burn_key(fields) == vector["burn_key"]
    assert naive.enciphered(bytes.fromhex(vector["hour_key"]), vector["suite"], vector["number"]) == vector["code"][1:]


@pytest.mark.parametrize("vector", VECTORS["opened"], ids=lambda v: v["why"])
def test_the_published_texts_open_or_are_forged_as_published(vector):
    opened = open_code(vector["text"], datetime.fromtimestamp(vector["at"], UTC), lambda hour: cipher(vector["suite"], hour))
    assert isinstance(opened, Opened) == (vector["result"] == "opened")


def test_the_table_in_the_document_is_taken_from_the_vectors():
    page = (WIRE / "code.md").read_text(encoding="utf-8")
    rows = [f"| {v['suite']} | {' | '.join(str(v[name]) for name in FIELDS)} | `{v['hour_key']}` | {grouped(v['code'])} |" for v in VECTORS["codes"]]
    assert [row for row in rows if row in page] == [rows[0], rows[1], rows[2], rows[6], rows[8]]
