"""C2 签发统计: what was issued, by day, region, channel, way or level; and the goal of the year."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from markupsafe import Markup

from essc.kit import ids
from essc.kit.db.tx import Tx
from essc.kit.errors import Refused
from essc.kit.http.pages import PageAnswer, PageCall
from essc.names import ChannelId, StaffId
from essc.operators import queries as operators
from essc.operators.model import Permission
from essc.reports import actions, model, queries
from essc.reports.errors import TargetWrong
from essc.reports.model import By, Line, Target, Wanted, Way
from essc.surfaces.console.pages import charts
from essc.surfaces.console.pages.access import Scope, area_name, here, in_area, require, scope, shell
from essc.surfaces.console.pages.declared import pages
from essc.surfaces.console.pages.exports import csv
from essc.surfaces.console.pages.figures import grouped, percent, running
from essc.surfaces.console.pages.overview import freshness, short_name
from essc.surfaces.console.pages.spans import MONTH
from essc.surfaces.shared.times import stamp

HERE: Final = "/console/issue"
MOST_DAYS: Final = 366
LEVELS: Final = ("1", "2")
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address asks for, put right; `wrong` when the days could not be meant."""

    wanted: Wanted
    by: By
    wrong: bool

    def values(self) -> dict[str, str]:
        """The filters as the form shows and sends them."""
        want = self.wanted
        return {"since": want.since.isoformat(), "until": want.until.isoformat(), "channel": ids.wire("chan", want.channel_id) if want.channel_id else "",
                "level": str(want.level or ""), "way": want.way or "", "by": self.by.value}

    def address(self, **other: str) -> str:
        """The same page with something else chosen."""
        chosen = {"area": self.wanted.area} | self.values() | other
        return f"{HERE}?{urlencode({name: value for name, value in chosen.items() if value})}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: its words, links of each way as written, the whole, its share as written and drawn."""

    name: str
    ways: tuple[str, ...]
    links: str
    level2: str
    share: str
    drawn: Markup


@pages.get(HERE, signed_in=True)
async def issuance(call: PageCall) -> PageAnswer:
    """The table, its picture, and the goal."""
    require(call, Permission.ISSUANCE)
    return await _page(call)


async def _page(call: PageCall, refused: Refused | None = None) -> PageAnswer:
    at = scope(call)
    chosen = _chosen(call, at)
    given: dict[str, Any] = {"counted": queries.has_figures(at.code)}
    if given["counted"]:
        given |= await _figures(call, at, chosen)
    session = here(call)
    context = shell(call, at, chosen=chosen, values=chosen.values(), bys=list(By), ways=list(Way), levels=LEVELS, year=chosen.wanted.until.year,
                    reset=in_area(HERE, at.code, session.areas[0]), may_export=session.may(Permission.EXPORT), may_set=session.may(Permission.TARGETS),
                    typed=call.form.text("rate", 8), saved=call.query.get("saved") == "1", **given)
    return call.invalid("console/issuance.html", refused, **context) if refused else call.render("console/issuance.html", **context)


async def _figures(call: PageCall, at: Scope, chosen: Chosen) -> dict[str, Any]:
    want = chosen.wanted

    async def fresh(tx: Tx) -> dict[str, Any]:
        return freshness(call, await queries.freshness(tx))

    async def channels(tx: Tx) -> list[tuple[str, str]]:
        return [(ids.wire("chan", one), name) for one, name in await queries.issuing_channels(tx, at.code, want.since, want.until)]
    return {
        "fresh": await call.piece("freshness", fresh), "channels": await call.piece("channels", channels) or [],
        "table": await call.piece("table", lambda tx: table(tx, call, chosen)), "trend": await call.piece("trend", lambda tx: trend(tx, call, chosen)),
        "goal": await call.piece("goal", lambda tx: goal(tx, call, at, want.until.year)),
    }


def _chosen(call: PageCall, at: Scope) -> Chosen:
    said: Mapping[str, str] = call.form if call.method == "POST" else call.query
    today = model.day_of(call.now)
    since, until = _day(said.get("since", "")), _day(said.get("until", ""))
    until = min(until or today, today)
    since = since or until - timedelta(MONTH - 1)
    wrong = since > until or (until - since).days >= MOST_DAYS
    if wrong:
        since, until = today - timedelta(MONTH - 1), today
    way, by = said.get("way", ""), said.get("by", "")
    level = int(said["level"]) if said.get("level") in LEVELS else None
    wanted = Wanted(since, until, at.code, _channel(said.get("channel", "")), level, Way(way) if way in set(Way) else None)
    return Chosen(wanted, By(by) if by in set(By) else By.DAY, wrong)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _channel(text: str) -> ChannelId | None:
    try:
        return ChannelId(ids.parse("chan", text)) if text else None
    except ids.BadId:
        return None


# ── the table ──

async def table(tx: Tx, call: PageCall, chosen: Chosen) -> dict[str, Any]:
    """The lines, newest day or largest first, with their sum."""
    lines = await queries.issued(tx, chosen.wanted, chosen.by)
    whole = sum(line.links for line in lines)
    most = max((line.links for line in lines), default=0)
    names = await _names(tx, call, chosen.by, lines)
    ordered = sorted(lines, key=lambda line: line.key, reverse=True) if chosen.by is By.DAY else sorted(lines, key=lambda line: (-line.links, line.key))
    rows = [_row(names[line.key], line, whole, most) for line in ordered]
    total = Line("", whole, {way: sum(line.ways.get(way, 0) for line in lines) for way in Way}, sum(line.level2 for line in lines))
    return {"rows": rows, "total": _row("", total, whole, whole)}


def _row(name: str, line: Line, whole: int, most: int) -> Row:
    return Row(name, tuple(grouped(line.ways.get(way, 0)) for way in Way), grouped(line.links), grouped(line.level2),
               percent(line.links / whole if whole else None), charts.bar(line.links / most if most else 0))


async def _names(tx: Tx, call: PageCall, by: By, lines: Sequence[Line]) -> dict[str, str]:
    if by is By.CHANNEL:
        found = await queries.channel_names(tx, [ChannelId(UUID(line.key)) for line in lines])
        return {line.key: found.get(UUID(line.key), line.key) for line in lines}
    if by is By.REGION:
        return {line.key: short_name(area_name(call, line.key)) for line in lines}
    return {line.key: line.key if by is By.DAY else call.say(f"reports.{by}.{line.key}") for line in lines}


# ── the picture ──

async def trend(tx: Tx, call: PageCall, chosen: Chosen) -> dict[str, Any]:
    """Links of each day by way, and the share of cards that was claimed at each day's end (of the whole area, whatever the filters)."""
    want = chosen.wanted
    lines = {line.key: line for line in await queries.issued(tx, want, By.DAY)}
    stock, today = await queries.stock(tx, want.area), model.day_of(call.now)
    flows = await queries.days(tx, want.area, want.since, today)
    cards = running(stock.cards - sum(flow.cards for flow in flows.values()), [flow.cards for flow in flows.values()])
    ecards = running(stock.ecards - sum(flow.ecards for flow in flows.values()), [flow.ecards for flow in flows.values()])
    rates = [claimed / held * _WHOLE if held > 0 else None for claimed, held in zip(ecards, cards, strict=True)]
    days = [(day.isoformat(), f"{day:%m-%d}", [_of(lines, day, way) for way in Way], rate) for day, rate in zip(flows, rates, strict=True) if day <= want.until]
    links = sum(line.links for line in lines.values())
    known = [rate for *_, rate in days if rate is not None] or [0.0]
    said = call.say("reports.issue.said", since=want.since.isoformat(), until=want.until.isoformat(), links=grouped(links), first=f"{known[0]:.1f}",
                    last=f"{known[-1]:.1f}")
    return {"days": days, "said": said, "links": links}


def _of(lines: Mapping[str, Line], day: date, way: Way) -> int:
    line = lines.get(day.isoformat())
    return line.ways.get(way, 0) if line else 0


# ── the goal ──

async def goal(tx: Tx, call: PageCall, at: Scope, year: int) -> dict[str, Any]:
    """The goal that holds, how far it is, and who set what before."""
    target, stock = await queries.target(tx, at.code, year), await queries.stock(tx, at.code)
    history = await queries.targets(tx, at.code)
    names = await _members(tx, history)
    told = [(one.year, percent(one.rate, 2), names.get(one.decided_by, one.decided_by), stamp(one.decided_at)) for one in history]
    rate = percent(target.rate, 2) if target else ""
    return {"target": target, "line": _line(call, target, year), "said": _said(call, target, stock), "history": told, "rate": rate,
            "drawn": charts.bar(stock.rate or 0.0, "a", target.rate if target else None)}


def _line(call: PageCall, target: Target | None, year: int) -> str:
    return call.say("reports.goal.line", year=year, rate=percent(target.rate, 2)) if target else call.say("reports.goal.none", year=year)


def _said(call: PageCall, target: Target | None, stock: model.Stock) -> str:
    if target is None or stock.rate is None:
        return ""
    if stock.rate >= target.rate:
        return call.say("reports.goal.reached", rate=percent(stock.rate, 2), year=target.year)
    left = -(-stock.cards * target.rate_bp // model.WHOLE) - stock.ecards
    return call.say("reports.goal.now", rate=percent(stock.rate, 2), done=percent(stock.rate / target.rate), left=grouped(left))


async def _members(tx: Tx, history: Sequence[Target]) -> dict[str, str]:
    """Who decided, by the words that the row keeps."""
    wire = {one.decided_by: one.decided_by.partition(" ")[2] for one in history if one.decided_by.startswith("operator ")}
    known = {said: StaffId(ids.parse("staff", text)) for said, text in wire.items()}
    found = await operators.names(tx, list(known.values()))
    return {said: found[staff_id] for said, staff_id in known.items() if staff_id in found}


@pages.post(f"{HERE}/target", signed_in=True, once=True)
async def set_goal(call: PageCall) -> PageAnswer:
    """Decide the goal of the year for the area. Raises NotPermitted."""
    require(call, Permission.TARGETS)
    at = scope(call)
    try:
        year, rate = _year(call.form.text("year", 4)), model.percent(call.form.text("rate", 8))
        async with call.tx() as tx:
            await actions.set_target(tx, at.code, year, rate)
    except TargetWrong as refused:
        return await _page(call, refused)
    return call.redirect(in_area(f"{HERE}?saved=1", at.code, here(call).areas[0]))


def _year(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


# ── CSV ──

@pages.post(f"{HERE}/export", signed_in=True)
async def export(call: PageCall) -> PageAnswer:
    """The table as it is filtered, numbers as numbers."""
    require(call, Permission.ISSUANCE)
    chosen = _chosen(call, scope(call))
    async with call.tx() as tx:
        lines = await queries.issued(tx, chosen.wanted, chosen.by)
        names = await _names(tx, call, chosen.by, lines)
        rows = [(names[line.key], line.links, *(line.ways.get(way, 0) for way in Way), line.level2) for line in sorted(lines, key=lambda one: one.key)]
        words = (f"reports.head.{chosen.by}", "reports.issue.links", *(f"reports.way.{way}" for way in Way), "reports.level.2")
        header = [call.say(word) for word in words]
        return await csv(call, tx, name=f"issuance-{chosen.by}", header=header, rows=rows, reason=call.form.text("reason"))
