"""The pictures of figures: they are SVG, say the same as the figures, and every statement behind them stays with the small tables."""
import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest

from essc.reports import queries
from essc.reports.model import By, Wanted
from essc.surfaces.console.pages import charts, tiles
from essc.surfaces.console.pages.figures import moved, percent, points, relative, running, short
from essc.surfaces.console.pages.overview import by_month, short_name
from essc.surfaces.console.pages.spans import Span, stretch
from essc.surfaces.console.pages.tiles import TILES, Tile, band, bounds

TODAY = date(2026, 11, 21)
NAMES = {code: f"<{code}>" for code in TILES}


def drawn(markup) -> ET.Element:
    assert "style=" not in markup
    return ET.fromstring(str(markup))


def test_there_are_34_tiles_and_none_on_another():
    assert len(TILES) == len({place[:2] for place in TILES.values()}) == len({place[2] for place in TILES.values()}) == 34


def test_a_tile_says_its_sentence_and_leads_where_one_may_go():
    svg = drawn(tiles.grid({"450000": Tile(0.354, "35.4%", "广西 领用率 35.4%", "/console?area=450000&x=1"), "650000": Tile(0.9, "90.0%", "新疆", "")}, NAMES, "方格图", "暂无数据"))
    assert svg.get("role") == "group" and svg.get("aria-label") == "方格图"
    [link] = svg.findall("a")
    assert link.get("href") == "/console?area=450000&x=1" and link.find("title").text == "广西 领用率 35.4%"
    assert len([one for one in svg.findall("g") if one.get("class") == "t nil"]) == 32
    assert svg.findall("g")[0].get("aria-label") == "<230000>暂无数据"


@pytest.mark.parametrize(("values", "limits"), [
    ([], [0.2, 0.4, 0.6, 0.8]), ([0.0], [0.2, 0.4, 0.6, 0.8]), ([0.92], [0.2, 0.4, 0.6, 0.8]), ([0.004], [0.001, 0.002, 0.003, 0.004]), ([37, 12], [10, 20, 30, 40]),
    ([1_200_000], [250_000, 500_000, 750_000, 1_000_000]),
])
def test_five_classes_with_round_limits(values, limits):
    found = bounds(values)
    assert found == pytest.approx(limits)
    assert all(0 <= band(value, found) <= 4 for value in values)


@pytest.mark.parametrize(("values", "points_drawn"), [([], 0), ([1.0], 0), ([1.0, 2.0, 3.0], 3), ([1.0, None, 2.0, 3.0], 2), ([5.0, 5.0], 2)])
def test_a_sparkline_leaves_gaps_where_nothing_is_known(values, points_drawn):
    markup = charts.spark(values)
    assert (markup == "") == (points_drawn == 0)
    if markup:
        svg = drawn(markup)
        assert svg.get("aria-hidden") == "true"
        assert sum(len(line.get("points").split()) for line in svg.findall("polyline")) == points_drawn


@pytest.mark.parametrize(("share", "width"), [(0.354, "35.40"), (-1, "0.00"), (2, "100.00")])
def test_a_bar_is_as_long_as_its_share(share, width):
    assert drawn(charts.bar(share, mark=0.5)).findall("rect")[1].get("width") == width


@pytest.mark.parametrize(("number", "zh", "en"), [
    (0, ("0", ""), ("0", "")), (9_999, ("9\u2009999", ""), ("9\u2009999", "")), (12_345, ("1.23", "万"), ("12\u2009345", "")),
    (31_826_000, ("3\u2009182.6", "万"), ("31.83", "M")), (502_000_000, ("5.02", "亿"), ("502.0", "M")), (1_400_000_000, ("14.00", "亿"), ("1.40", "bn")),
])
def test_figures_are_short_in_kpis(number, zh, en):
    assert (short(number, "zh-CN"), short(number, "en")) == (zh, en)


def test_changes_carry_sign_and_tone():
    assert (moved(12).text, moved(-3).text, moved(0).tone) == ("+12", "−3", "")
    assert (points(0.5, 0.4, "p").text, points(0.4, 0.5, "p").tone, points(None, 0.1, "p"), points(0.1, 0.1, "p").text) == ("+10.0 p", "bad", None, "±0.0 p")
    assert (relative(104, 100).text, relative(1, 0)) == ("+4.0 %", None)
    assert (percent(None), percent(0.354), percent(0.0001), percent(0.0), percent(1)) == ("–", "35.4", "<0.1", "0.0", "100.0")
    assert running(10, [1, -2, 3]) == [11, 9, 12]


@pytest.mark.parametrize(("wish", "span", "since", "before"), [
    ("today", Span.TODAY, TODAY, TODAY - timedelta(1)), ("30d", Span.DAYS, date(2026, 10, 23), date(2026, 9, 23)), ("year", Span.YEAR, date(2026, 1, 1), date(2025, 1, 1)),
    ("'; DROP", Span.DAYS, date(2026, 10, 23), date(2026, 9, 23)),
])
def test_a_span_and_the_one_it_is_compared_with_are_as_long(wish, span, since, before):
    found = stretch(wish, TODAY)
    assert (found.span, found.since, found.before_since) == (span, since, before)
    assert found.until - found.since == found.before_until - found.before_since


def test_months_add_up_their_days():
    flows = {date(2026, 1, 30) + timedelta(n): queries.Flow(issued=1, passed=2) for n in range(4)}
    assert [(row.label, row.issued, row.passed) for row in by_month(flows)] == [("2026-01", 2, 4), ("2026-02", 2, 4)]


@pytest.mark.parametrize(("name", "short_one"), [("广西壮族自治区", "广西"), ("新疆维吾尔自治区", "新疆"), ("内蒙古自治区", "内蒙古"), ("黑龙江省", "黑龙江"), ("北京市", "北京"),
                                                 ("香港特别行政区", "香港"), ("南宁市", "南宁"), ("示例市", "示例")])
def test_regions_are_called_as_people_call_them(name, short_one):
    assert short_name(name) == short_one


@pytest.mark.anyio
async def test_screens_ask_the_small_tables_and_nobodys_cards(tx):
    asked: list[str] = []
    month = TODAY - timedelta(30)
    wanted = Wanted(month, TODAY, "450000")
    with tx.conn.query_logger(lambda one: asked.append(one.query)):
        await queries.stock(tx, "000000")
        await queries.days(tx, "450000", month, TODAY)
        await queries.hours(tx, "450100", TODAY)
        await queries.places(tx, "000000", month, TODAY)
        await queries.channels(tx, "000000", month, TODAY)
        await queries.active_channels(tx, "000000", [tx.now])
        await queries.verdicts(tx, "000000", month, TODAY)
        for by in By:
            await queries.issued(tx, wanted, by)
        await queries.issuing_channels(tx, "000000", month, TODAY)
        await queries.targets(tx, "000000")
    schemas = {found for query in asked for found in re.findall(r"\b(?:FROM|JOIN)\s+(\w+)\.\w+", query)}
    assert schemas - {"pg_catalog"} <= {"reports", "channels"} and len(asked) >= 12
