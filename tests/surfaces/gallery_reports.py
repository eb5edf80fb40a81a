"""The console's overview and issuance with sample content: full, empty, late, failed in part, refused."""
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from essc.reports.model import By, Target, Wanted, Way
from essc.surfaces.console.pages import charts, tiles
from essc.surfaces.console.pages.access import Scope
from essc.surfaces.console.pages.figures import Change, Kpi, grouped
from essc.surfaces.console.pages.issuance import LEVELS, Chosen
from essc.surfaces.console.pages.issuance import Row as Line
from essc.surfaces.console.pages.overview import METRICS, STATES, Asked, Rank, Row
from essc.surfaces.console.pages.risk import LEVELS as RISK_LEVELS
from essc.surfaces.console.pages.risk import Row as Note
from essc.surfaces.console.pages.spans import Span, stretch
from essc.surfaces.console.pages.tiles import Tile
from tests.surfaces.gallery_desk import NOW
from tests.surfaces.screen import Say, Screen

TODAY = date(2026, 11, 21)
NATION = Scope("000000", "全国（部级）", [("000000", "全国（部级）")], [("450000", "广西壮族自治区"), ("650000", "新疆维吾尔自治区")])
WAVE = [46, 58, 41, 73, 64, 82, 77, 90, 61, 95, 88, 104, 97, 120, 111]


class Channel:
    """A channel as the panel shows it."""

    def __init__(self, name: str, kind: str, state: str) -> None:
        self.name, self.kind, self.state = name, kind, state


def around(say: Say, path: str, scope: Scope = NATION) -> dict[str, Any]:
    """What stands around the page."""
    menu = {"monitor": [{"name": "overview", "address": "/console", "icon": "gauge", "current": path == "/console"},
                        {"name": "issuance", "address": "/console/issue", "icon": "chart-column", "current": path != "/console"}]}
    user = {"name": "陈晓明", "initial": "陈", "unit": "部信息中心（演示）", "roles": say("operators.role.maker"), "way": "one_time_code"}
    return {"scope": scope, "menu": menu, "user": user, "here": path, "home_area": "000000", "may_export": True}


def _kpis(say: Say) -> list[Kpi]:
    wave = [float(value) for value in WAVE]
    return [
        Kpi("persons", "5.02", "亿人", Change("+1 204 318", "ok"), say("reports.against.added.30d"), charts.spark(wave)),
        Kpi("rate", "35.4", "%", Change("+0.2 " + say("reports.unit.points"), "ok"), say("reports.against.start.30d"), charts.spark(wave)),
        Kpi("uses", "3 182.6", "万次", Change("+4.1 %", "ok"), say("reports.against.same_hours"), charts.spark(wave, "c")),
        Kpi("success", "99.9", "%", Change("−0.1 " + say("reports.unit.points"), "bad"), say("reports.against.before.30d"), charts.spark([0.99, None, 0.98, 0.99], "b")),
        Kpi("channels", "438", say("reports.unit.channels"), None, say("reports.against.start.30d"), charts.spark(wave, "d")),
    ]


def _trend(say: Say) -> dict[str, Any]:
    rows = [Row((TODAY - timedelta(14 - n)).isoformat(), f"{TODAY - timedelta(14 - n):%m-%d}", value, value * 9, value * 9 + 3) for n, value in enumerate(WAVE)]
    return {"rows": rows, "said": say("reports.trend.said.30d", issued="1 207", passed="10 863", most="1 080"), "empty": False}


def _places(say: Say) -> dict[str, Any]:
    shares = {code: n * 2.9 % 100 for n, code in enumerate(tiles.TILES) if code not in ("710000", "810000", "820000")}
    shown = {code: Tile(share / 100, f"{share:.1f}%", f"{code} {share:.1f}%", "/console" if share > 40 else "") for code, share in shares.items()}
    grid = tiles.grid(shown, {code: f"省 {code}" for code in tiles.TILES}, say("reports.places.rate"), say("reports.places.nothing"))
    ranks = [Rank("450000", name, f"{share}%", charts.bar(share / 92), "/console" if n % 2 else "", ("1 204 318", "8 204", "35.4", "128", "204", "9 031", "99.8"))
             for n, (name, share) in enumerate((("甘肃", 91.9), ("宁夏", 86.2), ("黑龙江", 77.7), ("内蒙古", 63.0)))]
    return {"lowest": False, "grid": grid, "ranking": ranks, "rows": ranks, "limits": ["<20%", "20%–40%", "40%–60%", "60%–80%", "≥80%"]}


def _risks(say: Say) -> dict[str, Any]:
    rows = [Note("/console/risk/note_1", (*style, say(f"console.risk.level.{level.word}")), title, "", "便民通（演示）", "", "河南省", "今天 16:31", 3, ("warn", "clock", ""), "")
            for (level, style), title in zip(RISK_LEVELS.items(), ("渠道“便民通”10 分钟内核验失败率 18.2%", "同一终端 1 小时内核验 412 人", "接口证书 15 天后到期"), strict=True)]
    return {"open": 3, "rows": rows}


def _channels(say: Say) -> dict[str, Any]:
    rows = [(Channel("桂林出行（演示）", "government", "active"), "桂林", "71", "625"), (Channel("绿洲手机银行个人版（演示）", "bank", "paused"), "全国（部级）", "42", "1 204"),
            (Channel("云上医院（演示）", "medical", "applied"), "云南", "0", "0"), (Channel("旧生活号（演示）", "social", "ended"), "四川", "3", "9")]
    return {"rows": rows, "more": 4}


def overview(*, late: bool = False, **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    """The overview, all blocks full unless said otherwise."""
    def context(say: Say) -> Mapping[str, Any]:
        asked = Asked(NATION, stretch("30d", TODAY), "rate")
        fresh = {"late": late, "text": say(f"reports.fresh.{'late' if late else 'at'}", at="2026-11-21 16:40")}
        given = {"asked": asked, "spans": list(Span), "metrics": METRICS, "states": STATES, "counted": True, "fresh": fresh, "kpis": _kpis(say), "trend": _trend(say),
                 "places": _places(say), "risks": _risks(say), "verdicts": [("EXPIRED", "71", charts.bar(1, "w")), ("USED", "67", charts.bar(0.94, "w"))],
                 "channels": _channels(say)}
        return around(say, "/console") | given | {name: value(say) if callable(value) else value for name, value in other.items()}
    return context


NOTHING: dict[str, Any] = {
    "trend": {"rows": [], "said": "", "empty": True}, "places": {"lowest": False, "grid": None, "ranking": [], "rows": [], "limits": ()}, "risks": {"open": 0, "rows": []}, "verdicts": [],
    "channels": {"rows": [], "more": 0}}
FAILED: dict[str, Any] = dict.fromkeys(("fresh", "kpis", "trend", "places", "risks", "verdicts", "channels"))


def _table(say: Say) -> dict[str, Any]:
    rows = [Line((TODAY - timedelta(n)).isoformat(), tuple(grouped(value * k) for k in (3, 1, 0, 2)), grouped(value * 6), "0", "6.7", charts.bar(value / 120))
            for n, value in enumerate(WAVE[:6])]
    return {"rows": rows, "total": Line("", ("1 090", "402", "0", "809"), "2 301", "0", "100.0", Markup(""))}


def _issue_trend(say: Say) -> dict[str, Any]:
    days = [((TODAY - timedelta(14 - n)).isoformat(), f"{TODAY - timedelta(14 - n):%m-%d}", [value * 3, value, 0, value * 2], None if n == 0 else 20 + n / 3)
            for n, value in enumerate(WAVE)]
    return {"days": days, "said": say("reports.issue.said", since="2026-11-07", until="2026-11-21", links="7 242", first="20.3", last="24.7"), "links": 7242}


def _goal(say: Say) -> dict[str, Any]:
    return {"target": Target(2026, "000000", 2500, NOW, "operator staff_1"), "line": say("reports.goal.line", year=2026, rate="25.00"), "rate": "25.00",
            "said": say("reports.goal.now", rate="24.70", done="98.8", left="4 120"), "drawn": charts.bar(0.247, "a", 0.25),
            "history": [(2026, "25.00", "陈晓明", "2026-01-05 09:12:44"), (2019, "10.00", "黄海燕", "2019-01-07 10:20:00")]}


def issuance(**other: Any) -> Callable[[Say], Mapping[str, Any]]:
    """Issuance, full unless said otherwise."""
    def context(say: Say) -> Mapping[str, Any]:
        chosen = Chosen(Wanted(TODAY - timedelta(14), TODAY, "000000"), By.DAY, False)
        given = {"counted": True, "chosen": chosen, "values": chosen.values(), "bys": list(By), "ways": list(Way), "levels": LEVELS, "year": 2026, "reset": "/console/issue",
                 "may_set": True, "typed": "", "saved": False, "fresh": {"late": False, "text": say("reports.fresh.at", at="2026-11-21 16:40")},
                 "channels": [("chan_01kaq7xw3m2y8r5t6v9b0c1d2e", "绿洲手机银行个人版（演示）")], "table": _table(say), "trend": _issue_trend(say), "goal": _goal(say)}
        return around(say, "/console/issue") | given | {name: value(say) if callable(value) else value for name, value in other.items()}
    return context


def _bare(say: Say) -> dict[str, Any]:
    return {"target": None, "line": say("reports.goal.none", year=2026), "rate": "", "said": "", "drawn": Markup(""), "history": []}


def _refused(say: Say) -> dict[str, Any]:
    return {"code": "report_target_wrong", "title": say("error.report_target_wrong.title"), "action": say("error.report_target_wrong.action")}


SCREENS: tuple[Screen, ...] = (
    Screen("c-home", "/console", "c-home", "console/overview.html", "desk", overview()),
    Screen("c-home-empty", "/console", "c-home", "console/overview.html", "desk", overview(**NOTHING)),
    Screen("c-home-failed", "/console", "c-home", "console/overview.html", "desk", overview(**FAILED)),
    Screen("c-home-late", "/console", "c-home", "console/overview.html", "desk", overview(late=True, risks="")),
    Screen("c-home-county", "/console", "c-home", "console/overview.html", "desk", overview(counted=False, fresh=None)),
    Screen("c-issue", "/console/issue", "c-issue", "console/issuance.html", "desk", issuance(saved=True)),
    Screen("c-issue-empty", "/console/issue", "c-issue", "console/issuance.html", "desk",
           issuance(table={"rows": [], "total": None}, trend={"days": [], "said": "", "links": 0}, goal=_bare, may_set=False, channels=[])),
    Screen("c-issue-wrong", "/console/issue", "c-issue", "console/issuance.html", "desk", issuance(problem=_refused, typed="120")),
    Screen("c-issue-failed", "/console/issue", "c-issue", "console/issuance.html", "desk", issuance(table=None, trend=None, goal=None, fresh=None)),
)
