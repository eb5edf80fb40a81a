"""The vendored divisions: what is known, what is accepted, and where a card's region leads."""
import pytest

from essc.regions import model, queries
from essc.regions.errors import RegionNotFound, RegionUnknown
from essc.regions.model import Level, PrefixNote


@pytest.mark.parametrize(("code", "name", "level", "parent", "abolished"), [
    ("110000", "北京市", Level.PROVINCE, "000000", False),
    ("110101", "东城区", Level.COUNTY, "110000", False),       # no city between: 市辖区 is nobody's parent
    ("110103", "崇文区", Level.COUNTY, "110000", True),
    ("450100", "南宁市", Level.CITY, "450000", False),
    ("450102", "兴宁区", Level.COUNTY, "450100", False),
    ("659001", "石河子市", Level.COUNTY, "650000", False),
    ("441900", "东莞市", Level.CITY, "440000", False),
    ("330103", "下城区", Level.COUNTY, "330100", True),        # until 2021
    ("330113", "临平区", Level.COUNTY, "330100", False),
    ("659012", "白杨市", Level.COUNTY, "650000", False),
    ("653228", "和康县", Level.COUNTY, "653200", False),       # since 2024
    ("460302", "西沙区", Level.COUNTY, "460300", False),
    ("710000", "台湾省", Level.PROVINCE, "000000", False),
    ("810001", "中西区", Level.COUNTY, "810000", False),
    ("820001", "花地玛堂区", Level.COUNTY, "820000", False),
    ("999901", "示例市", Level.CITY, "999900", False),
])
def test_a_division_has_name_level_parent_and_says_whether_it_is_in_force(code, name, level, parent, abolished):
    found = model.division(code)
    assert found is not None
    assert (found.name, found.level, found.parent, found.abolished) == (name, level, parent, abolished)


def test_a_code_that_changed_its_name_keeps_the_earlier_ones():
    found = queries.division("120110")
    assert found is not None and found.name == "东丽区"
    assert [(name.name, name.last) for name in found.former_names] == [("东郊区", 1991)]


def test_thirty_four_provinces_are_in_force():
    provinces = [d for d in model.children("000000") if not d.abolished and not d.demonstration]
    assert len(provinces) == 34 and all(d.level is Level.PROVINCE for d in provinces)


def test_every_division_has_a_known_parent_and_says_which_lists_show_it():
    for found in model.divisions().values():
        if found.code == "000000":
            continue
        assert found.parent in model.divisions(), found.code
        assert found.source and 1980 <= found.year <= 2026, found.code
        assert not found.abolished or found.last is not None


def test_the_sandbox_has_no_list_of_its_own_and_statistical_zones_are_left_out():
    assert model.division("130171") is None and len(model.divisions()) > 7000


@pytest.mark.parametrize(("number", "note", "name"), [
    ("110101000000000000", PrefixNote.CURRENT, "东城区"),
    ("110103000000000000", PrefixNote.ABOLISHED, "崇文区"),
    ("370719000000000000", PrefixNote.UNKNOWN, None),
    ("000000000000000000", PrefixNote.UNKNOWN, None),
    ("810000000000000000", PrefixNote.PERMIT, "香港特别行政区"),
    ("830000000000000000", PrefixNote.PERMIT, None),
    ("999911000000000000", PrefixNote.DEMONSTRATION, "城东区"),
    ("999977000000000000", PrefixNote.DEMONSTRATION, None),
    ("", PrefixNote.UNKNOWN, None),
])
def test_a_citizen_prefix_is_never_refused_only_noted(number, note, name):
    prefix = model.citizen_prefix(number)
    assert (prefix.note, prefix.division and prefix.division.name) == (note, name)


@pytest.mark.parametrize(("code", "demonstration", "accepted"), [
    ("450100", False, True), ("450102", False, True), ("110103", False, True),      # abolished ones are on cards
    ("000000", False, False), ("370719", False, False), ("45010", False, False), ("830000", False, False), ("", False, False),
    ("999901", False, False), ("999901", True, True), ("999977", True, False), ("450100", True, True),
])
def test_the_region_of_a_card_is_known_or_refused(code, demonstration, accepted):
    if accepted:
        assert model.card_region(code, demonstration=demonstration).code == code
    else:
        with pytest.raises(RegionUnknown):
            model.card_region(code, demonstration=demonstration)


def test_the_mark_of_the_data_directory_lets_invented_regions_pass():
    with pytest.raises(RegionUnknown):
        queries.card_region("999901")
    queries.furnish(demonstration=True)
    try:
        assert queries.card_region("999901").name == "示例市"
    finally:
        queries.furnish(demonstration=False)


def test_the_path_of_a_region_is_nation_province_city_county():
    assert [d.name for d in queries.region_path("450102")] == ["全国", "广西壮族自治区", "南宁市", "兴宁区"]
    assert [d.name for d in queries.region_path("999911")] == ["全国", "示例省", "示例市", "城东区"]
    with pytest.raises(RegionUnknown):
        queries.region_path("370719")


def test_listing_goes_by_code_below_a_parent_and_can_be_continued():
    first = queries.listed("450100", None, abolished=False, after="", limit=2)
    rest = queries.listed("450100", None, abolished=False, after=first[-1].code, limit=100)
    assert [d.code for d in first] == sorted(d.code for d in first) and len(first) == 2
    assert {d.code for d in first} & {d.code for d in rest} == set()
    assert all(d.parent == "450100" and not d.abolished for d in [*first, *rest])
    assert any(d.abolished for d in queries.listed("450100", None, abolished=True, after="", limit=100))
    assert len(queries.listed(None, Level.PROVINCE, abolished=False, after="", limit=100)) == 35


def test_an_address_without_a_division_is_not_found():
    with pytest.raises(RegionNotFound):
        queries.found("370719")
