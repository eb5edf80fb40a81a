from datetime import UTC, date, datetime
from itertools import product

import msgspec
import pytest

from essc.cards import errors, model
from essc.cards.model import MOVES, Card, Move, Source, State
from essc.kit import ids
from essc.names import CardId, HolderId
from tests.cards.rows import RULES, row

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def a_card(state: State = State.ACTIVE, **other) -> Card:
    made = Card(id=CardId(ids.new(7)), holder_id=HolderId(ids.new(7)), bucket=7, region="450100", state=state, since=NOW, version=1, generation=3,
                bank_code="105", issued_on=date(2021, 3, 15), valid_to=date(2031, 3, 15))
    return msgspec.structs.replace(made, **other)


OPERATIONS = [
    ("not_enabled", "enable", "active"), ("active", "report_temporary_loss", "temporarily_lost"), ("active", "report_loss", "lost"),
    ("temporarily_lost", "report_loss", "lost"), ("lost", "lift_loss", "active"), ("temporarily_lost", "lift_loss", "active"),
    ("not_enabled", "cancel", "cancelled"), ("sealed", "cancel", "cancelled"), ("active", "cancel", "cancelled"), ("lost", "cancel", "cancelled"),
    ("locked", "cancel", "cancelled"), ("temporarily_lost", "cancel", "cancelled"), ("active", "lock", "locked"), ("locked", "unlock", "active"),
    ("active", "seal", "sealed"), ("sealed", "unseal", "active"),
]


def test_the_moves_are_the_operations_of_the_card_offices_and_no_others():
    assert {(State(was), Move(move)): State(state) for was, move, state in OPERATIONS} == MOVES


@pytest.mark.parametrize(("was", "state"), list(product(State, State)))
def test_a_card_moves_along_the_table_only(was, state):
    card = a_card(was)
    if (was.value, state.value) in {(a, b) for a, _, b in OPERATIONS}:
        step = model.moved(card, state, NOW, Source.FEED, 9, until=NOW)
        assert (step.card.state, step.card.version, step.card.sequence, step.was) == (state, 2, 9, was)
        assert (step.card.until is not None) == (state is State.TEMPORARILY_LOST)
    else:
        with pytest.raises(errors.CardMoveNotAllowed):
            model.moved(card, state, NOW, Source.FEED, 9)


def test_every_state_but_the_final_one_has_a_way_out():
    for state in set(State) - {State.CANCELLED}:
        assert any(was == state for was, _ in MOVES), state


@pytest.mark.parametrize(("region", "other", "inside"), [
    ("450000", "450100", True), ("450100", "450102", True), ("450100", "450300", False), ("450000", "110000", False), ("000000", "650100", True),
])
def test_a_region_covers_what_lies_below_it(region, other, inside):
    assert model.covers(region, other) is inside


def test_of_one_persons_cards_the_active_one_counts_then_the_newest_not_cancelled():
    old = a_card(State.CANCELLED, issued_on=date(2015, 1, 1))
    lost = a_card(State.LOST, issued_on=date(2018, 1, 1))
    new = a_card(State.CANCELLED, issued_on=date(2022, 1, 1))
    assert model.usable([old, new, lost]) is lost
    assert model.usable([old, new]) is new
    assert model.usable([old, active := a_card(), lost]) is active
    assert model.usable([]) is None


@pytest.mark.parametrize(("field", "value", "reason"), [
    ("card_number", "", "value_missing"), ("card_number", "12345678", "card_number_wrong"), ("card_number", "12345678?", "card_number_wrong"),
    ("identifier", "XYZ", "identifier_wrong"), ("name", "", "name_wrong"), ("name", "=1+1", "name_wrong"),
    ("number", "999901199002300217", "number_birth_date"), ("number", "320311770706001", "number_fifteen_digits"),
    ("number", "110101199001010000", "number_checksum"),
    ("region", "459999", "region_unknown"), ("region", "999901", None), ("region", "110000", "region_of_others"), ("region", "450300", "region_of_others"),
    ("bank_code", "A", "bank_code_wrong"), ("generation", "7", "generation_wrong"), ("generation", "", "value_missing"),
    ("issued_on", "2026-11-21", "date_in_future"), ("issued_on", "2021-02-30", "date_wrong"), ("issued_on", "", "value_missing"),
    ("issued_on", "202131", "date_wrong"), ("valid_to", "2021-03-15", "valid_before_issued"), ("valid_to", "soon", "date_wrong"),
    ("state", "5", "state_wrong"), ("state", "", "value_missing"), ("state", "恢复", "state_wrong"),
])
def test_each_wrong_value_is_refused_for_its_own_reason(field, value, reason):
    with pytest.raises(errors.RowWrong) as wrong:
        model.card_row(row(1, **{field: value}), RULES)
    assert wrong.value.field == field
    assert reason is None or wrong.value.reason == reason


@pytest.mark.parametrize(("field", "value", "read"), [
    ("issued_on", "20210315", date(2021, 3, 15)), ("issued_on", "2021/3/15", date(2021, 3, 15)), ("issued_on", "2021.03.15", date(2021, 3, 15)),
    ("issued_on", "2021-03-15 00:00:00", date(2021, 3, 15)), ("generation", "第三代", 3), ("generation", " 2 ", 2), ("state", "正常", State.ACTIVE),
    ("state", "未启用", State.NOT_ENABLED), ("state", "9", State.CANCELLED), ("state", "temporarily_lost", State.TEMPORARILY_LOST), ("bank_code", "", ""),
    ("state", "１", State.ACTIVE),
])
def test_a_value_has_several_spellings_and_one_meaning(field, value, read):
    assert getattr(model.card_row(row(1, **{field: value}), RULES), field) == read


@pytest.mark.parametrize("header", [
    ["AAZ500", "AAZ501", "AAC003", "AAC002", "AAB301", "AAE008", "卡代次", "AAZ503", "validDate", "AAZ502"],
    ["社保卡号", "卡识别码", "姓名", "社会保障号码", "发卡地行政区划", "银行代码", "代次", "发卡日期", "有效期", "卡状态"],
    ["card_number", "identifier", "name", "number", "region", "bank_code", "generation", "issued", "valid_to", " Status "],
])
def test_columns_may_have_the_names_of_the_standard_chinese_or_english_ones(header):
    assert model.columns(header) == list(model.COLUMNS)


@pytest.mark.parametrize(("header", "param", "named"), [
    (["aaz500"], "missing", "identifier"), ([*model.COLUMNS, "wages"], "unknown", "wages"), ([*model.COLUMNS, "aaz500"], "twice", "card_number"),
    (["\u9879\u76ee"], "unknown", "项目"),
])
def test_wrong_columns_are_named(header, param, named):
    with pytest.raises(errors.FileColumnsWrong) as wrong:
        model.columns(header)
    assert named in wrong.value.params[param]


@pytest.mark.parametrize(("field", "value", "shown"), [
    ("name", "韦晓兰", "韦*兰"), ("number", "999901199005120026", "9999**********0026"), ("card_number", "990000017", "99*****17"),
    ("region", "=cmd()", "'=cmd()"), ("state", "999901199005120026", "99***26"), ("region", "a\x00b", "a?b"),
])
def test_a_refused_value_is_shown_masked_and_never_as_a_formula(field, value, shown):
    assert model.masked(field, value) == shown


def test_the_table_of_status_codes_is_the_published_one():
    codes = {"未启用": "not_enabled", "0": "sealed", "1": "active", "2": "lost", "3": "locked", "4": "temporarily_lost", "9": "cancelled"}
    assert {code: model.card_row(row(1, state=code), RULES).state for code in codes} == codes
