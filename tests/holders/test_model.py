from datetime import date

import pytest

from essc.holders import errors, model
from essc.holders.model import NumberKind
from tests.holders.people import number

TODAY = date(2026, 11, 20)
GOOD = number(21)


@pytest.mark.parametrize(("text", "kind"), [
    (GOOD, NumberKind.CITIZEN),
    (number(9, "20000229"), NumberKind.CITIZEN),
    (number(1, "19491001", "110101"), NumberKind.CITIZEN),
    (number(1, "19800101", "412722"), NumberKind.CITIZEN),        # a county that is no more
    (number(1, "19800101", "459999"), NumberKind.CITIZEN),        # six digits that no list has
    (number(1, "19800101", "810000"), NumberKind.HONG_KONG),
    (number(1, "19800101", "820000"), NumberKind.MACAO),
    (number(1, "19800101", "830000"), NumberKind.TAIWAN),
    ("USA123456789012345", NumberKind.FOREIGNER),
    ("911100198001010017", NumberKind.FOREIGNER),                 # permanent residents: no checksum is assumed
])
def test_a_number_that_can_be_right_is_taken(text, kind):
    assert model.clean_number(text, demonstration=True, today=TODAY) == (text, kind)


@pytest.mark.parametrize(("text", "code"), [
    ("320311770706001", "number_fifteen_digits"),
    ("", "number_length"),
    (GOOD[:-1], "number_length"),
    (GOOD + "0", "number_length"),
    ("9999011990051202一2", "number_characters"),
    ("99990119900512-212", "number_characters"),
    (number(1, "19800101", "770101"), "number_region"),
    (number(1, "19800101", "001101"), "number_region"),
    (number(1, "20230230"), "number_birth_date"),
    (number(1, "20230229"), "number_birth_date"),
    (number(1, "19001301"), "number_birth_date"),
    (number(1, "20261121"), "number_future_birth"),
    (number(1, "20991231"), "number_future_birth"),
    (GOOD[:-1] + ("1" if GOOD[-1] != "1" else "2"), "number_checksum"),
    (number(1, "19800101", "810000")[:-1] + "?", "number_characters"),
])
def test_each_wrong_number_is_refused_for_its_own_reason(text, code):
    with pytest.raises(errors.PersonWrong) as refused:
        model.clean_number(text, demonstration=True, today=TODAY)
    assert refused.value.code == code
    assert [field.code for field in refused.value.fields] == [code]
    assert not text or text not in str(refused.value)


def test_every_wrong_check_character_is_noticed():
    for char in set("0123456789X") - {GOOD[-1]}:
        with pytest.raises(errors.NumberChecksum):
            model.clean_number(GOOD[:-1] + char, demonstration=True)


@pytest.mark.parametrize("typed", [" {} ", "{}\n", "\u3000{}"])
def test_spaces_around_a_number_do_not_matter(typed):
    assert model.clean_number(typed.format(GOOD), demonstration=True)[0] == GOOD


def test_a_small_x_and_full_width_digits_become_the_one_spelling():
    ending_in_x = next(n for order in range(200) if (n := number(order)).endswith("X"))
    assert model.clean_number(ending_in_x.lower(), demonstration=True)[0] == ending_in_x
    wide = "".join(chr(ord(c) + 0xFEE0) for c in ending_in_x)
    assert model.clean_number(wide, demonstration=True)[0] == ending_in_x


def test_the_reserved_prefix_passes_only_in_a_demonstration():
    with pytest.raises(errors.NumberDemonstration):
        model.number(GOOD, demonstration=False)


@pytest.mark.parametrize(("typed", "kept"), [
    ("韦晓兰", "韦晓兰"), ("阿依古丽·买买提", "阿依古丽·买买提"), ("阿依古丽•买买提", "阿依古丽·买买提"), ("阿依古丽・买买提", "阿依古丽·买买提"),
    (" 李　建国 ", "李 建国"), ("𠮷田", "𠮷田"), ("Ｊｏｈｎ  Smith", "John Smith"), ("O'Brien-Müller", "O'Brien-Müller"), ("㛃", "㛃"),
])
def test_a_name_has_one_spelling(typed, kept):
    assert model.clean_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "韦" * 51, "韦\u0000兰", "韦1兰", "<b>", "·", "韦\u202e兰", "=cmd()"])
def test_what_is_no_name_is_refused(typed):
    with pytest.raises(errors.NameWrong):
        model.clean_name(typed)


@pytest.mark.parametrize(("typed", "kept"), [("19900000001", "19900000001"), ("+86 199 0000 0001", "19900000001"), ("199-0000-0001", "19900000001")])
def test_a_mobile_number_is_eleven_digits(typed, kept):
    assert model.clean_mobile(typed) == kept


@pytest.mark.parametrize("typed", ["", "12345678901", "1990000000", "199000000012", "+1 199 0000 0001", "199000O0001"])
def test_what_is_no_mobile_is_refused(typed):
    with pytest.raises(errors.MobileWrong):
        model.clean_mobile(typed)


@pytest.mark.parametrize(("mask", "clear", "masked"), [
    (model.mask_name, "韦晓兰", "韦*兰"), (model.mask_name, "李明", "李*"), (model.mask_name, "阿依古丽·买买提", "阿*提"), (model.mask_name, "㛃", "㛃*"),
    (model.mask_number, "999901199005120026", "9999**********0026"), (model.mask_number, "12345", "*****"),
    (model.mask_mobile, "19900000001", "199****0001"),
])
def test_what_is_shown_by_default_is_masked(mask, clear, masked):
    assert mask(clear) == masked


@pytest.mark.parametrize(("content", "media_type"), [(b"", "image/png"), (b"x" * (200 * 1024 + 1), "image/png"), (b"x", "text/html")])
def test_a_photo_is_small_and_a_picture(content, media_type):
    with pytest.raises(errors.PhotoWrong):
        model.clean_photo(content, media_type)
