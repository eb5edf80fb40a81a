"""C1 运行总览: figures of an area as they are counted, each block on its own so that one that fails takes no other with it."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from essc.kit.db.tx import Tx
from essc.kit.http.pages import PageAnswer, PageCall
from essc.kit.paging import Page
from essc.operators.model import Permission
from essc.reports import model, queries
from essc.reports.model import Flow, Freshness, Place, Stock
from essc.risk import queries as risk
from essc.risk.model import Filter, Sort, State
from essc.surfaces.console.pages import charts, tiles
from essc.surfaces.console.pages.access import Scope, area_name, here, landing, require, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.console.pages.exports import csv
from essc.surfaces.console.pages.figures import Kpi, grouped, moved, percent, points, relative, running, short
from essc.surfaces.console.pages.risk import rows_of
from essc.surfaces.console.pages.spans import MONTH, Span, Stretch, stretch
from essc.surfaces.console.pages.tiles import Tile
from essc.surfaces.shared.times import stamp

METRICS: Final = ("rate", "new", "uses")
"""What the grid and the ranking show: 领用率, 新增领用, 用卡次数."""
RANKED: Final = 14
RISKS: Final = 4
CHANNELS: Final = 6
VERDICTS: Final = 5
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "applied": ("info", "clock"), "active": ("ok", "circle-check"), "paused": ("warn", "circle-alert"), "ended": ("", "circle-x"),
}
"""Tone and icon of a channel's state; the word is `channels.state.<state>`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: whose figures, of which time, by which measure."""

    area: Scope
    stretch: Stretch
    metric: str

    def address(self, **other: str) -> str:
        """The same page with something else chosen."""
        chosen = {"area": self.area.code, "span": self.stretch.span.value, "metric": self.metric} | other
        return f"/console?{urlencode(chosen)}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the trend: what stands in the table, and its values."""

    label: str
    short: str
    issued: int
    passed: int
    presented: int


@dataclass(frozen=True, slots=True)
class Rank:
    """A region in the ranking: its name, figures as written, the share of its bar, where it leads."""

    code: str
    name: str
    text: str
    share: Markup
    address: str
    cells: tuple[str, ...]


@pages.get("/console", signed_in=True)
async def overview(call: PageCall) -> PageAnswer:
    """The overview of an area; members whose roles show none of it land on their own first page. htmx gets the figures alone."""
    if not here(call).may(Permission.OVERVIEW):
        return call.redirect(landing(call))
    asked = _asked(call)
    given = await _figures(call, asked)
    template = "console/overview_figures.html" if call.partial else "console/overview.html"
    return call.render(template, **shell(call, asked.area, asked=asked, spans=list(Span), metrics=METRICS, states=STATES,
                                         may_export=here(call).may(Permission.EXPORT), **given))


def _asked(call: PageCall) -> Asked:
    given = call.form if call.method == "POST" else call.query
    metric = given.get("metric", "")
    return Asked(scope(call), stretch(given.get("span", ""), model.day_of(call.now)), metric if metric in METRICS else METRICS[0])


async def _figures(call: PageCall, asked: Asked) -> dict[str, Any]:
    area = asked.area.code
    if not queries.has_figures(area):
        return {"counted": False, "fresh": None}

    async def fresh(tx: Tx) -> dict[str, Any]:
        return freshness(call, await queries.freshness(tx))
    return {
        "counted": True, "fresh": await call.piece("freshness", fresh),
        "kpis": await call.piece("kpis", lambda tx: kpis(tx, call, asked)),
        "trend": await call.piece("trend", lambda tx: trend(tx, call, asked)),
        "places": await call.piece("places", lambda tx: _places(tx, call, asked)),
        "risks": await call.piece("risks", lambda tx: _risks(tx, call, area)) if here(call).may(Permission.RISK_READ) else "",
        "verdicts": await call.piece("verdicts", lambda tx: _verdicts(tx, asked)),
        "channels": await call.piece("channels", lambda tx: _channels(tx, call, asked)),
    }


def freshness(call: PageCall, found: Freshness) -> dict[str, Any]:
    """The line that says up to when the figures are complete, and whether that is late."""
    late = found.late(call.now)
    at = found.since if late else found.last_at
    quiet = not found.waiting and at is not None and call.now - at > model.STALE
    key = "filling" if found.filling else "late" if late else "quiet" if quiet else "at" if at else "none"
    return {"late": late, "text": call.say(f"reports.fresh.{key}", at=stamp(at)[:16] if at else "")}


# ── the five figures ──

async def kpis(tx: Tx, call: PageCall, asked: Asked) -> list[Kpi]:
    """The figures at the head of the page, each with its change and the line of the last thirty days."""
    area, span, today = asked.area.code, asked.stretch, asked.stretch.until
    stock = await queries.stock(tx, area)
    days = await queries.days(tx, area, min(span.since, today - timedelta(MONTH - 1)), today)
    before = await queries.days(tx, area, span.before_since, span.before_until)
    month = list(days.values())[-MONTH:]
    added = _sum([flow for day, flow in days.items() if day >= span.since])
    return [_persons(call, asked, stock, added, month), _rate(call, asked, stock, added, month), await _uses(tx, call, asked, month),
            _success(call, asked, added, _sum(list(before.values())), month), await _at_work(tx, call, asked)]


def _sum(flows: Sequence[Flow]) -> Flow:
    return Flow(*(sum(getattr(flow, name) for flow in flows) for name in Flow.__slots__))


def _against(call: PageCall, what: str, asked: Asked) -> str:
    return call.say(f"reports.against.{what}.{asked.stretch.span}")


def _persons(call: PageCall, asked: Asked, stock: Stock, added: Flow, month: Sequence[Flow]) -> Kpi:
    line = running(stock.persons - sum(flow.persons for flow in month), [flow.persons for flow in month])
    value, unit = short(stock.persons, call.locale)
    return Kpi("persons", value, _unit(call, unit, "people"), moved(added.persons), _against(call, "added", asked), charts.spark(line))


def _unit(call: PageCall, size: str, of: str) -> str:
    return f"{size}{call.say(f'reports.unit.{of}')}" if call.locale == "zh-CN" else size


def _rate(call: PageCall, asked: Asked, stock: Stock, added: Flow, month: Sequence[Flow]) -> Kpi:
    cards = running(stock.cards - sum(flow.cards for flow in month), [flow.cards for flow in month])
    ecards = running(stock.ecards - sum(flow.ecards for flow in month), [flow.ecards for flow in month])
    line = [claimed / held if held > 0 else None for claimed, held in zip(ecards, cards, strict=True)]
    change = points(stock.rate, stock.minus(added).rate, call.say("reports.unit.points"))
    return Kpi("rate", percent(stock.rate), "%" if stock.rate is not None else "", change, _against(call, "start", asked), charts.spark(line))


async def _uses(tx: Tx, call: PageCall, asked: Asked, month: Sequence[Flow]) -> Kpi:
    """Today's uses, compared with yesterday's up to the same full hour."""
    today, hour = asked.stretch.until, model.hour_of(call.now)
    now = await queries.hours(tx, asked.area.code, today)
    then = await queries.hours(tx, asked.area.code, today - timedelta(1))
    change = relative(sum(one.passed for one in now[:hour]), sum(one.passed for one in then[:hour]))
    value, unit = short(month[-1].passed, call.locale)
    return Kpi("uses", value, _unit(call, unit, "times"), change, call.say("reports.against.same_hours"),
               charts.spark([float(flow.passed) for flow in month], "c"))


def _success(call: PageCall, asked: Asked, now: Flow, before: Flow, month: Sequence[Flow]) -> Kpi:
    change = points(now.success, before.success, call.say("reports.unit.points"))
    line = [flow.success for flow in month]
    return Kpi("success", percent(now.success), "%" if now.success is not None else "", change, _against(call, "before", asked), charts.spark(line, "b"))


async def _at_work(tx: Tx, call: PageCall, asked: Asked) -> Kpi:
    today = asked.stretch.until
    moments = [queries.midnight(today - timedelta(n)) for n in range(MONTH - 1, 0, -1)] + [queries.midnight(asked.stretch.since), call.now]
    *line, start, now = await queries.active_channels(tx, asked.area.code, moments)
    return Kpi("channels", grouped(now), _unit(call, "", "channels"), moved(now - start), _against(call, "start", asked),
               charts.spark([*map(float, line), float(now)], "d"))


# ── the trend ──

async def trend(tx: Tx, call: PageCall, asked: Asked) -> dict[str, Any]:
    """签发与用卡趋势: by the hour, the day or the month, with the sentence that says what the picture shows."""
    area, span = asked.area.code, asked.stretch
    if span.span is Span.TODAY:
        rows = [Row(f"{hour:02}:00", f"{hour:02}:00", flow.issued, flow.passed, flow.presented)
                for hour, flow in enumerate(await queries.hours(tx, area, span.until)) if hour <= model.hour_of(call.now)]
    else:
        days = await queries.days(tx, area, span.since, span.until)
        rows = by_month(days) if span.span is Span.YEAR else [_of_day(day, flow) for day, flow in days.items()]
    said = call.say(f"reports.trend.said.{span.span}", issued=grouped(sum(row.issued for row in rows)), passed=grouped(sum(row.passed for row in rows)),
                    most=grouped(max(row.passed for row in rows)))
    return {"rows": rows, "said": said, "empty": not any(row.issued or row.presented for row in rows)}


def _of_day(day: date, flow: Flow) -> Row:
    return Row(day.isoformat(), f"{day:%m-%d}", flow.issued, flow.passed, flow.presented)


def by_month(days: Mapping[date, Flow]) -> list[Row]:
    """Days added up to months."""
    months: dict[str, list[Flow]] = {}
    for day, flow in days.items():
        months.setdefault(f"{day:%Y-%m}", []).append(flow)
    return [Row(month, month, total.issued, total.passed, total.presented) for month, total in ((month, _sum(flows)) for month, flows in months.items())]


# ── regions ──

async def _places(tx: Tx, call: PageCall, asked: Asked) -> dict[str, Any]:
    """The grid of the nation or the bars of a province, the ranking and the table."""
    found = await queries.places(tx, asked.area.code, asked.stretch.since, asked.stretch.until)
    known = [place for place in found if place.code != asked.area.code]
    ranking = [rank(call, asked, place, known) for place in sorted(known, key=lambda one: (-measure(one, asked.metric), one.code))]
    whole, lowest = asked.area.code == "000000", not asked.area.code.endswith("0000")
    return {"grid": _grid(call, asked, known) if whole else None, "lowest": lowest, "ranking": ranking[:RANKED] if whole else ranking, "rows": ranking,
            "limits": legend(asked.metric, known) if whole and known else ()}


def measure(place: Place, metric: str) -> float:
    """What the grid shows of a region."""
    return (place.stock.rate or 0.0) if metric == "rate" else float(place.flow.persons if metric == "new" else place.flow.passed)


def written(call: PageCall, value: float, metric: str) -> str:
    """A measure as it stands in a tile."""
    return f"{percent(value)}%" if metric == "rate" else "".join(short(int(value), call.locale))


def rank(call: PageCall, asked: Asked, place: Place, among: Sequence[Place]) -> Rank:
    """A region's line, its bar as long as its share of the largest (of the whole, for rates)."""
    value, most = measure(place, asked.metric), max((measure(one, asked.metric) for one in among), default=0.0)
    name = short_name(area_name(call, place.code))
    stock, flow = place.stock, place.flow
    cells = (grouped(stock.cards), grouped(stock.ecards), percent(stock.rate), grouped(flow.persons), grouped(flow.issued), grouped(flow.passed),
             percent(flow.success))
    address = asked.address(area=place.code) if here(call).covers(place.code) else ""
    return Rank(place.code, name, written(call, value, asked.metric), charts.bar(value / most if most else 0.0), address, cells)


def short_name(name: str) -> str:
    """广西 for 广西壮族自治区: as people say it."""
    for tail in ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "省"):
        name = name.removesuffix(tail)
    return name.removesuffix("市") if len(name) > 2 else name


def _grid(call: PageCall, asked: Asked, known: Sequence[Place]) -> Markup:
    shown = {place.code: _tile(call, asked, place) for place in known if place.code in tiles.TILES}
    names = {code: area_name(call, code) for code in tiles.TILES}
    return tiles.grid(shown, names, call.say(f"reports.places.{asked.metric}"), call.say("reports.places.nothing"))


def _tile(call: PageCall, asked: Asked, place: Place) -> Tile:
    value = measure(place, asked.metric)
    text = written(call, value, asked.metric)
    title = call.say("reports.places.said", place=area_name(call, place.code), metric=call.say(f"reports.metric.{asked.metric}"), value=text)
    return Tile(value, text, title, asked.address(area=place.code) if here(call).covers(place.code) else "")


def legend(metric: str, known: Sequence[Place]) -> list[str]:
    """What the five classes of the grid mean."""
    limits = tiles.bounds([measure(place, metric) for place in known])
    words = [f"{limit * 100:g}%" if metric == "rate" else grouped(int(limit)) if limit >= 1 else f"{limit:g}" for limit in limits]
    return [f"<{words[0]}", *(f"{low}–{high}" for low, high in pairwise(words)), f"≥{words[-1]}"]


# ── what needs a look ──

async def _risks(tx: Tx, call: PageCall, area: str) -> dict[str, Any]:
    """The notes that nobody has taken over, the gravest first."""
    waiting = await risk.waiting(tx, area)
    found = await risk.listed(tx, Filter(region=area, state=State.OPEN, sort=Sort.LEVEL), Page(limit=RISKS))
    own = "" if area == here(call).areas[0] else area
    return {"open": sum(many for (state, _), many in waiting.items() if state is State.OPEN), "rows": await rows_of(call, tx, found.items, own)}


async def _verdicts(tx: Tx, asked: Asked) -> list[tuple[str, str, Markup]]:
    """Why presentations did not pass, the most frequent first."""
    found = [(verdict, many) for verdict, many in await queries.verdicts(tx, asked.area.code, asked.stretch.since, asked.stretch.until) if verdict != "PASS"]
    most = max((many for _, many in found), default=0)
    return [(verdict, grouped(many), charts.bar(many / most, "w")) for verdict, many in found[:VERDICTS]]


async def _channels(tx: Tx, call: PageCall, asked: Asked) -> dict[str, Any]:
    found = await queries.channels(tx, asked.area.code, asked.stretch.since, asked.stretch.until)
    rows = [(one, short_name(area_name(call, one.region)), grouped(one.issued), grouped(one.passed)) for one in found[:CHANNELS]]
    return {"rows": rows, "more": len(found) - len(rows)}


# ── CSV ──

@pages.post("/console/export", signed_in=True)
async def export(call: PageCall) -> PageAnswer:
    """The trend by day (`list` trend) or the regions (`list` regions) of the span that is shown."""
    require(call, Permission.OVERVIEW)
    asked = _asked(call)
    async with call.tx() as tx:
        if call.form.get("list") == "regions":
            return await _export_regions(call, tx, asked)
        return await _export_days(call, tx, asked)


async def _export_days(call: PageCall, tx: Tx, asked: Asked) -> PageAnswer:
    days = await queries.days(tx, asked.area.code, asked.stretch.since, asked.stretch.until)
    rows = [(day.isoformat(), flow.cards, flow.ecards, flow.persons, flow.issued, flow.presented, flow.passed, percent(flow.success, 2))
            for day, flow in days.items()]
    names = ("day", "cards", "ecards", "persons", "issued", "presented", "passed", "success")
    return await csv(call, tx, name="overview-days", header=[call.say(f"reports.csv.{name}") for name in names], rows=rows, reason=call.form.text("reason"))


async def _export_regions(call: PageCall, tx: Tx, asked: Asked) -> PageAnswer:
    found = await queries.places(tx, asked.area.code, asked.stretch.since, asked.stretch.until)
    rows = [(one.code, area_name(call, one.code), one.stock.cards, one.stock.ecards, percent(one.stock.rate, 2), one.flow.persons, one.flow.issued,
             one.flow.presented, one.flow.passed, percent(one.flow.success, 2)) for one in found]
    names = ("code", "region", "stock_cards", "stock_ecards", "rate", "persons", "issued", "presented", "passed", "success")
    return await csv(call, tx, name="overview-regions", header=[call.say(f"reports.csv.{name}") for name in names], rows=rows, reason=call.form.text("reason"))
