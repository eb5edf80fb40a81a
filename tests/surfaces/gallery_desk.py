"""The console's screens of providers, terminals and look-ups with sample content, the longest names among it."""
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from essc.surfaces.console.pages.person_found import CardRow, CheckRow, Field, LinkRow, UseRow
from essc.surfaces.console.pages.venues import STATES, TERMINAL_HEADS, VENUE_HEADS, Head, Line, Narrowed, Row
from essc.surfaces.console.pages.venues_change import Sheet, Step, bars
from essc.surfaces.console.pages.venues_import import Wrong
from essc.surfaces.shared.barcode import qr_svg
from tests.surfaces.screen import Say, Screen

LONG = "示例市民中心社会保险经办服务大厅东区自助服务站（演示）"
NOW = datetime(2026, 11, 21, 8, 42, tzinfo=UTC)
AREA = [("000000", "全国"), ("450000", "广西壮族自治区"), ("450100", "南宁市")]


class Scope:
    """The area of a city's member."""

    code, name, trail = "450100", "南宁市", AREA[1:]
    choices = (("450102", "兴宁区"), ("450103", "青秀区"))


class Member:
    """Who is signed in."""

    login = "huanghaiyan"


def desk(say: Say, path: str, **context: Any) -> Mapping[str, Any]:
    """What stands around every page of the console."""
    menu = {"services": [{"name": "venues", "address": "/console/terminals", "icon": "store", "current": "terminals" in path or "venues" in path}],
            "people": [{"name": "person", "address": "/console/person", "icon": "user-round", "current": "person" in path}]}
    user = {"name": "黄海燕", "initial": "黄", "unit": "示例市社保卡中心", "roles": say("operators.role.maker"), "way": "one_time_code"}
    return {"scope": Scope, "menu": menu, "user": user, "here": path, "home_area": "450100", "idle_s": 900, "session": Member} | context


def chosen(view: str = "terminals", **other: str) -> Narrowed:
    """A list that is narrowed as asked."""
    return Narrowed(**(dict.fromkeys(Narrowed._fields, "") | {"view": view, "size": "20"} | other))


def terminal(say: Say, number: str, name: str, venue: str, presence: str, tone: str, icon: str, *, kind: str = "window", picture: str = "monitor",
             seen: str = "今天 16:31", today: int = 128) -> Row:
    """One terminal as a line."""
    return Row("term_01kaq7xw3m2y8r5t6v9b0c1d2e", number, name, "ven_01kaq7xw3m2y8r5t6v9b0c1d2e", venue, picture, say(f"console.venues.kind.{kind}"), tone, icon,
               say(f"console.venues.presence.{presence}"), seen, "2026-11-21 16:31:08" if seen != "–" else "", "counter 1.0" if today else "–", today, presence != "stopped", presence == "waiting")


def terminals(say: Say) -> list[Row]:
    """One of each presence, a very long name among them."""
    return [
        terminal(say, "450100318204", "收银 1 号", "安康大药房（演示）", "online", "ok", "wifi", today=1284),
        terminal(say, "450100920117", "东区一楼综合服务窗口十二号自助核验终端", LONG, "offline", "", "wifi-off", seen="11月16日 09:12", today=0),
        terminal(say, "450100004711", "东门闸机", "青山公园（演示）", "waiting", "warn", "clock", kind="gate", picture="log-in", seen="–", today=0),
        terminal(say, "450100771200", "借还台", "示例图书馆", "stopped", "bad", "ban", kind="kiosk", picture="monitor-smartphone", seen="昨天 15:03", today=0),
    ]


def heads(say: Say, columns: Any, order: str) -> list[Head]:
    """The heads of a list, ordered by `order`."""
    return [Head(say(f"console.venues.column.{name}"), kind, "/console/terminals?sort=x" if sort else "", ("ascending" if name == order else "none") if sort else "")
            for name, kind, sort in columns]


def pairs(say: Say, what: str, *values: str) -> list[tuple[str, str]]:
    """Choices of a field."""
    return [(value, say(f"console.venues.{what}.{value}")) for value in values]


def listed(view: str, rows: Callable[[Say], list[Any]], **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    """The list of terminals or venues."""
    def context(say: Say) -> Mapping[str, Any]:
        columns, order = (VENUE_HEADS, "name") if view == "venues" else (TERMINAL_HEADS, "number")
        figures = [("total", 4, ""), ("today", 1284, ""), *((name, 1, f"/console/terminals?presence={name}") for name in ("online", "offline", "waiting", "stopped"))]
        return desk(say, "/console/terminals", chosen=chosen(view), kinds=[("hospital", "医院"), ("pharmacy", "药店")], rows=rows(say), heads=heads(say, columns, order),
                    figures=figures, may_act=True, more="/console/terminals?cursor=abc", done="", waiting=["term_1"] if rows(say) else [], export=[("view", view)],
                    terminal_kinds=pairs(say, "kind", "window", "scanner", "gate", "kiosk", "phone"),
                    presences=pairs(say, "presence", "online", "offline", "waiting", "stopped"), states=pairs(say, "state", "active", "paused", "closed")) | other
    return context


def providers(say: Say) -> list[Line]:
    """A few venues."""
    return [Line("ven_1", name, kind, "广西壮族自治区 · 南宁市", *STATES[state], say(f"console.venues.state.{state}"), 3, 2, today)
            for name, kind, state, today in (("安康大药房（演示）", "药店", "active", 1284), (LONG, "社保服务网点", "paused", 0), ("示例图书馆", "图书馆", "closed", 0))]


def steps(say: Say) -> list[Step]:
    """What happened to a terminal."""
    return [Step("2026-11-20 09:12", say("console.venues.move.disable"), "设备送修，更换读码模块", "黄海燕"), Step("2026-11-02 10:00", say("console.venues.move.activate"), "", say("console.venues.by_house"))]


def one(say: Say, **other: Any) -> Mapping[str, Any]:
    """One terminal."""
    days = [(date(2026, 11, 8) + timedelta(days=n), n * n * 3 % 97, n * n * 3 % 90) for n in range(14)]
    return desk(say, "/console/terminals/term_1", row=terminals(say)[0], region="广西壮族自治区 · 南宁市", venue_kind="药店", scenes=["购药", "药店结算"], bars=bars(days),
                total=sum(uses for _, uses, _ in days), history=steps(say), venue_stopped=False, may_act=True, created="2026年11月2日", activated="2026年11月2日", stopped=False) | other


def codes(say: Say) -> Mapping[str, Any]:
    """A sheet of codes."""
    return desk(say, "/console/terminals/codes", sheets=[Sheet("K7QX-2M9P", qr_svg("K7QX2M9P"), row.venue, row.name, row.number, "2026-11-24 16:42") for row in terminals(say)[:3]])


def venue(say: Say, **other: Any) -> Mapping[str, Any]:
    """One provider."""
    facts = {"id": "ven_1", "name": LONG, "kind": "社保服务网点", "region": "广西壮族自治区 · 南宁市", "since": "2026年11月2日", "tone": "ok", "icon": "circle-check",
             "word": say("console.venues.state.active")}
    counted = type("Counted", (), {"total": 3, "online": 2, "today": 1284})
    return desk(say, "/console/terminals/venues/ven_1", venue=facts, rows=terminals(say)[:3], counted=counted, history=steps(say)[:1], moves=("pause", "close"), open=True, values={},
                terminal_kinds=pairs(say, "kind", "window", "gate"), may_act=True) | other


def new_venue(say: Say, **other: Any) -> Mapping[str, Any]:
    """The form of a new provider."""
    return desk(say, "/console/terminals/venues/new", kinds=[("hospital", "医院"), ("pharmacy", "药店")], values={},
                places=[("450100", "广西壮族自治区 · 南宁市"), ("450102", "广西壮族自治区 · 南宁市 · 兴宁区")]) | other


def imported(say: Say, **other: Any) -> Mapping[str, Any]:
    """The page of a file."""
    return desk(say, "/console/terminals/import", columns=["机构名称", "机构类别", "行政区划代码", "终端名称", "终端类型"], kinds=["医院", "药店", "公园景区"], wrong=[], more=0, listed="",
                most=5000, megabytes=2) | other


def wrong_file(say: Say) -> Mapping[str, Any]:
    """A file with wrong lines."""
    problem = {"code": "terminals_not_imported", "title": say("error.terminals_not_imported.title", n=2), "action": say("error.terminals_not_imported.action")}
    lines = [Wrong(3, "机构类别", say("console.venues.import.why.unknown")), Wrong(7, "行政区划代码", say("console.venues.import.why.region_outside"))]
    return imported(say, problem=problem, wrong=lines, more=12, listed="data:text/csv;charset=utf-8;base64,77u/")


REASONS = ("asked", "case", "complaint", "risk", "official")


def person(say: Say, **other: Any) -> Mapping[str, Any]:
    """The form that is filled in before anybody is looked up."""
    return desk(say, "/console/person", reasons=[(one, say(f"records.reason.{one}")) for one in REASONS], values={}) | other


def missed(say: Say) -> Mapping[str, Any]:
    """Nobody was found."""
    said = {"reason": "case", "note": "补换卡进度咨询", "ticket": "GD-2026-1121-0042", "name": "韦晓兰", "number": "999901199003070026"}
    return person(say, values=said, problem={"code": "holder_not_in_area", "title": say("error.holder_not_in_area.title"), "action": say("error.holder_not_in_area.action")})


def found(tab: str, rows: Callable[[Say], list[Any]], **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    """What a look-up shows."""
    def context(say: Say) -> Mapping[str, Any]:
        fields = [Field("name", "韦*兰", False, True), Field("number", "999901199003070026", True, True), Field("mobile", "199****0001", False, True)]
        asked = {"reason": say("records.reason.case"), "note": "持卡人来电，称手机丢失，咨询电子社保卡是否安全", "ticket": "GD-2026-1121-0042", "until": "16:57",
                 "level": say("records.level.city")}
        tabs = [(f"/console/person/look_1?tab={name}", say(f"console.person.tab.{name}"), name == tab) for name in ("cards", "links", "uses", "checks")]
        return desk(say, "/console/person/look_1", id="look_1", fields=fields, asked=asked, tab=tab, tab_items=tabs, rows=rows(say), notes=[], more="", may_act=True,
                    reasons=[(one, say(f"records.reason.{one}")) for one in REASONS], has_ecard=True, frozen=False, frozen_why="", full_seconds=60, asked_unlink=False,
                    freeze_reasons=[(one, say(f"console.person.freeze_reason.{one}")) for one in ("holder", "stolen", "risk")]) | other
    return context


def cards(say: Say) -> list[CardRow]:
    """Two cards, the older one replaced."""
    place = "广西壮族自治区 · 南宁市"
    return [CardRow("0421", place, "ok", "circle-check", say("console.person.standing.normal"), "2025-03-15", "2035-03-15", "2025-03-20 09:12"),
            CardRow("0077", place, "", "info", say("console.person.standing.replaced"), "2015-01-20", "2025-01-20", "2025-03-20 09:12")]


def links(say: Say) -> list[LinkRow]:
    """Two channels."""
    return [LinkRow(f"link_{n}", name, level, "2025-03-20 09:15", "ok", "circle-check", say(f"console.person.standing.{standing}"))
            for n, (name, level, standing) in enumerate((("智慧人社 APP（演示）", 2, "normal"), (LONG, 1, "level1")))]


def used(say: Say) -> list[UseRow]:
    """A use that passed, one that did not, and an earlier look-up."""
    done = say("wallet.use.result.done")
    return [UseRow("2026-11-21 10:21:08", "购药", "安康大药房（演示）", "ok", "circle-check", done),
            UseRow("2026-11-20 15:03:41", "挂号", LONG, "bad", "circle-x", say("wallet.use.why.expired")),
            UseRow("2026-11-12 08:40:00", say("records.action.staff_lookup"), say("records.level.city"), "ok", "circle-check", done)]


def proved(say: Say) -> list[CheckRow]:
    """Two proofs."""
    return [CheckRow("2026-11-02 09:11:30", say("console.person.purpose.apply"), say("console.person.way.face"), 2, say("console.person.band.high"), True),
            CheckRow("2026-11-02 09:10:02", say("console.person.purpose.sign_in"), say("console.person.way.sms_password"), 1, "–", False)]


SCREENS: tuple[Screen, ...] = (
    Screen("c-person", "/console/person", "c-person", "console/person.html", "desk", person),
    Screen("c-person-missed", "/console/person", "c-person", "console/person.html", "desk", missed),
    Screen("c-person-cards", "/console/person/look_1", "c-person-found", "console/person_found.html", "desk", found("cards", cards)),
    Screen("c-person-links", "/console/person/look_1", "c-person-found", "console/person_found.html", "desk", found("links", links)),
    Screen("c-person-uses", "/console/person/look_1", "c-person-found", "console/person_found.html", "desk", found("uses", used, more="?tab=uses&cursor=abc")),
    Screen("c-person-checks", "/console/person/look_1", "c-person-found", "console/person_found.html", "desk",
           found("checks", proved, frozen=True, frozen_why="工作人员")),
    Screen("c-person-none", "/console/person/look_1", "c-person-found", "console/person_found.html", "desk", found("uses", lambda say: [], may_act=False, has_ecard=False)),
    Screen("c-terminals", "/console/terminals", "c-terminals", "console/terminals.html", "desk", listed("terminals", terminals)),
    Screen("c-terminals-empty", "/console/terminals", "c-terminals", "console/terminals.html", "desk", listed("terminals", lambda say: [], more="")),
    Screen("c-terminals-venues", "/console/terminals", "c-terminals", "console/terminals.html", "desk", listed("venues", providers)),
    Screen("c-terminals-read", "/console/terminals", "c-terminals", "console/terminals.html", "desk", listed("terminals", terminals, may_act=False)),
    Screen("c-terminal", "/console/terminals/term_1", "c-terminal", "console/terminal.html", "desk", one),
    Screen("c-terminal-stopped", "/console/terminals/term_1", "c-terminal", "console/terminal.html", "desk",
           lambda say: one(say, total=0, stopped=True, venue_stopped=True, activated="", errors={"reason": say("field.staff_reason")}, problem={
               "code": "staff_reason_missing", "title": say("error.staff_reason_missing.title"), "action": say("error.staff_reason_missing.action")})),
    Screen("c-codes", "/console/terminals/codes", "c-codes", "console/terminal_codes.html", "desk", codes),
    Screen("c-codes-gone", "/console/terminals/codes", "c-codes", "console/terminal_codes.html", "desk", lambda say: desk(say, "/console/terminals/codes", sheets=[])),
    Screen("c-venue", "/console/terminals/venues/ven_1", "c-venue", "console/venue.html", "desk", venue),
    Screen("c-venue-closed", "/console/terminals/venues/ven_1", "c-venue", "console/venue.html", "desk", lambda say: venue(say, rows=[], moves=(), open=False)),
    Screen("c-venue-new", "/console/terminals/venues/new", "c-venue-new", "console/venue_new.html", "desk", new_venue),
    Screen("c-venue-new-nation", "/console/terminals/venues/new", "c-venue-new", "console/venue_new.html", "desk",
           lambda say: new_venue(say, places=[], errors={"region": say("field.region_outside")})),
    Screen("c-import", "/console/terminals/import", "c-import", "console/terminals_import.html", "desk", imported),
    Screen("c-import-wrong", "/console/terminals/import", "c-import", "console/terminals_import.html", "desk", wrong_file),
)
