"""The console's alerts and audit log with sample content: all levels, the longest names, a broken chain."""
from collections.abc import Callable, Mapping
from typing import Any

from essc.risk.model import Closing, Level, Rule, Sort, State, SubjectKind
from essc.surfaces.console.pages.access import Scope
from essc.surfaces.console.pages.audit import Asked
from essc.surfaces.console.pages.audit_views import ChainView, Event, thin
from essc.surfaces.console.pages.risk import LEVELS, STATES, Column, Narrowed, Row
from essc.surfaces.console.pages.risk_views import Bar, Chart, Line, Offer, Use
from tests.surfaces.screen import Say, Screen

NOTE = "note_01kaq7xw3m2y8r5t6v9b0c1d2e"
EVENT = "019ab3c2-11f0-7a3d-9c55-0e1a2b3c4d5e"
STAFF = "staff_01kaq7xw3m2y8r5t6v9b0c1d2e"
LONG = "示例市民中心社会保险经办服务大厅东区自助服务站（演示） · 东区一楼综合服务窗口十二号自助核验终端"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def nation(say: Say) -> Scope:
    """The nation, as the administrators see it."""
    name = say("console.nation")
    return Scope("000000", name, [("000000", name)], [("450000", "广西壮族自治区"), ("460000", "海南省")])


def shell(say: Say, path: str, role: str, name: str, **context: Any) -> Mapping[str, Any]:
    """What stands around the page of an administrator."""
    risk = {"name": "risk", "address": "/console/risk", "icon": "shield-alert", "current": "risk" in path}
    audit = {"name": "audit", "address": "/console/audit", "icon": "file-text", "current": "audit" in path}
    menu = {"monitor": [risk]} if role == "security" else {"system": [audit]}
    user = {"name": name, "initial": name[:1], "unit": "示例中心", "roles": say(f"operators.role.{role}"), "way": "passkey"}
    return {"scope": nation(say), "menu": menu, "user": user, "here": path, "home_area": "000000", "idle_s": 900} | context


def level(say: Say, one: Level) -> tuple[str, str, str]:
    return (*LEVELS[one], say(f"console.risk.level.{one.word}"))


def state(say: Say, one: State) -> tuple[str, str, str]:
    return (*STATES[one], say(f"console.risk.state.{one}"))


def row(say: Say, rule: Rule, of: Level, name: str, number: str, how: State, times: int = 1, owner: str = "", **told: Any) -> Row:
    given = {"count": times, "word": say("console.risk.result.pass"), "tries": 20, "forged_tries_10min": 7, "events": 2} | told
    return Row(f"/console/risk/{NOTE}", level(say, of), say(f"console.risk.rule.{rule}"), say(f"console.risk.told.{rule}", **given), name, number,
               "南宁市", "今天 16:31", times, state(say, how), owner)


def rows(say: Say) -> list[Row]:
    """One of every rule."""
    return [
        row(say, Rule.USE_DISPUTED, Level.HIGH, say("console.risk.subject.holder"), "hold_01kaq7xw3m2y8r5t6v9b0c1d2e", State.OPEN),
        row(say, Rule.FORGED_FLOOD, Level.HIGH, LONG, "450100920117", State.HANDLING, 3, "陈晓明"),
        row(say, Rule.FORGED_REPORTED, Level.MEDIUM, "安康大药房（演示） · 收银 1 号", "450100318204", State.OPEN, 12),
        row(say, Rule.PERSON_MISMATCH, Level.MEDIUM, say("console.risk.subject.holder"), "hold_01kaq7xw3m2y8r5t6v9b0c1d2f", State.CLOSED, 1, "陈晓明"),
        row(say, Rule.ACTIVATION_GUESSED, Level.MEDIUM, say("console.risk.subject.address"), "", State.OPEN, 4),
        row(say, Rule.FEED_FORKED, Level.MEDIUM, "广西壮族自治区", "", State.OPEN, 2),
        row(say, Rule.PASSWORD_LOCKED, Level.LOW, say("console.risk.subject.holder"), "hold_01kaq7xw3m2y8r5t6v9b0c1d2g", State.OPEN, 2),
    ]


def alerts(found: Callable[[Say], list[Row]]) -> Callable[[Say], Mapping[str, Any]]:
    """The list."""
    def context(say: Say) -> Mapping[str, Any]:
        sets = {"state": State, "rule": Rule, "subject": SubjectKind, "owner": ("mine",)}
        options = {name: [("", say("console.risk.all")), *((str(one), say(f"console.risk.{name}.{one}")) for one in values)] for name, values in sets.items()}
        options["level"] = [("", say("console.risk.all")), *((one.word, say(f"console.risk.level.{one.word}")) for one in Level)]
        columns = {sort: Column(say(f"console.risk.sort.{sort}"), "/console/risk?sort=x", "descending" if sort is Sort.TIME else "") for sort in Sort}
        there = found(say)
        waiting = [(*level(say, one), 4 if there else 0, 1 if there else 0) for one in reversed(Level)]
        return shell(say, "/console/risk", "security", "陈晓明", rows=there, more="/console/risk?cursor=x" if there else "", options=options, columns=columns,
                     chosen=Narrowed(**(dict.fromkeys(Narrowed._fields, "") | {"sort": "time", "size": "20"})), waiting=waiting, fields=[], may_export=True,
                     reset="/console/risk", sizes=[("20", "/console/risk", True), ("50", "/console/risk?size=50", False)])
    return context


def offers(say: Say) -> list[Offer]:
    means = {"freeze": {"n": 2}, "disable": {"name": LONG, "number": "450100318204"}, "pause": {"name": "便民通（演示）", "n": "3.2 万"}}
    made = [Offer(do, icon, say(f"console.risk.do.{do}"), say(f"console.risk.means.{do}", **means[do]), do == "pause", False)
            for do, icon in (("freeze", "lock"), ("disable", "ban"), ("pause", "ban"))]
    over = say("console.risk.over.freeze", at="16:31", why=say("console.risk.frozen_by.not_me"))
    return [*made, Offer("freeze", "circle-check", say("console.risk.do.freeze"), over, False, True)]


def chart(say: Say) -> Chart:
    counts = (0, 0, 1, 0, 0, 4, 9, 2, 0, 0, 1, 0, 0, 3, 5, 1, 0, 0, 0, 2, 6, 7, 12, 3)
    bars = [Bar(n * 26.7 + 3, 126 - many * 9, 20.7, many * 9, say("console.risk.chart.bar", at="11-21 10:00", n=many)) for n, many in enumerate(counts)]
    return Chart(bars, say("console.risk.chart.hours", n=56, most=12), "11-19 16:42", "11-21 16:42", 12)


def steps(say: Say) -> list[Line]:
    def line(move: str, tone: str, icon: str, word: str = "", who: str = "陈晓明") -> Line:
        return Line(tone, icon, say(f"console.risk.step.{move}"), who, "2026-11-21 16:40:12", word)
    return [line("freeze_codes", "bad", "lock", "持卡人电话确认未到过该药店，先行冻结，等待门店监控核对"), line("take", "info", "user-round-check"),
            line("raised", "warn", "triangle-alert", who=say("console.risk.by_system"))]


def alert(**how: Any) -> Callable[[Say], Mapping[str, Any]]:
    """One note."""
    def context(say: Say) -> Mapping[str, Any]:
        one = rows(say)[0]
        note = {"id": NOTE, "address": f"/console/risk/{NOTE}", "title": one.title, "told": one.told, "level": one.level,
                "state": ("", "circle-x", say(f"console.risk.closing.{Closing.FALSE_ALARM}")) if how.get("closed") else one.state, "count": 56,
                "name": one.name, "number": one.number, "kind": say("console.risk.subject.holder"), "area": "南宁市", "first": "2026-11-20 18:02:44", "last": "2026-11-21 16:31:08"}
        ok, bad = ("ok", "circle-check", say("records.outcome.done")), ("bad", "circle-x", say("console.risk.result.used"))
        uses = [Use("2026-11-21 16:20:31", "use_01kaq7xw3m2y8r5t6v9b0c1d2e", LONG, "购药", ok), Use("2026-11-21 16:20:52", "use_01kaq7xw3m2y8r5t6v9b0c1d2f", "安康大药房（演示）", "购药", bad)]
        facts = [(say("console.risk.fact.terminal"), "安康大药房（演示） · 收银 1 号 (450100318204)"), (say("console.risk.fact.verdict"), say("console.risk.result.pass"))]
        given = {"note": note, "facts": facts, "chart": chart(say), "uses": uses, "seen": [("2026-11-21 16:31:08", "")], "others": rows(say)[3:4], "steps": steps(say),
                 "offers": offers(say), "may_act": True, "is_owner": False, "closed": False, "of_holder": True, "typed": "", "doing": "", "back": "/console/risk"}
        return shell(say, f"/console/risk/{NOTE}", "security", "陈晓明", **(given | how))
    return context


def wrong(say: Say) -> Mapping[str, Any]:
    """A reason that was forgotten."""
    problem = {"code": "note_reason_missing", "title": say("error.note_reason_missing.title"), "action": say("error.note_reason_missing.action", least=2, most=200)}
    return alert(doing="freeze", typed="", problem=problem, errors={})(say)


def chain(say: Say, how: str) -> ChainView:
    if how == "broken":
        where = say("console.audit.chain.at", n=thin(1_204_317))
        return ChainView("bad", "triangle-alert", say("console.audit.chain.broken", where=where), say("console.audit.chain.stays"), "event 019ab3c2-11f0-7a3d is not what was logged")
    if how == "stale":
        return ChainView("warn", "clock", say("console.audit.chain.stale", at="14:02"), say("console.audit.chain.whole", n=thin(1_204_331)), "")
    more = " · ".join([say("console.audit.chain.looked", at="16:42"), say("console.audit.chain.swept", n=thin(1_204_002), at="16:05")])
    return ChainView("ok", "shield-check", say("console.audit.chain.whole", n=thin(1_204_331)), more, "")


def event(say: Say, kind: str, actor: str, actor_kind: str = "operator", result: str = "done") -> Event:
    tone, icon = ("ok", "circle-check") if result == "done" else ("bad", "circle-x")
    return Event(f"/console/audit/{EVENT}", "2026-11-21 16:40:12", say(f"console.audit.kind.{kind}"), kind, actor, say(f"console.audit.actor.{actor_kind}"), "req_8hc21zx0q4t7m2n5",
                 (tone, icon, say(f"console.audit.result.{result}")))


def log(how: str = "ok", *, found: bool = True, **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    """The list."""
    def context(say: Say) -> Mapping[str, Any]:
        there = [event(say, "risk.note_acted_on", "陈晓明"), event(say, "operators.sign_in_refused", "staff_01kaq7xw3m2y8r5t6v9b0c1d2e", result="refused"),
                 event(say, "channels.paused", "周敏"), event(say, "holders.looked_up", "黄海燕")] if found else []
        kinds = [(say("console.audit.room.codes"), [("codes.presented", say("console.audit.kind.codes.presented"))])]
        exports = [{"address": "/console/audit/export/exp_1", "id": "exp_01kaq7xw3m2y8r5t6v9b0c1d2e", "state": one, "asked": "2026-11-21 15:02:11", "at": "2026-11-21 15:30:00"}
                   for one in ("granted", "asked", "taken")]
        given = {"rows": there, "chain": chain(say, how), "behind": 0, "exports": exports if found else [], "more": "/console/audit?cursor=x" if found else "",
                 "asked": Asked(**(dict.fromkeys(Asked._fields, "") | {"tab": "staff", "size": "20"})), "kinds": kinds, "may_export": True, "searched": True, "fields": [], "typed": "",
                 "tabs": [(f"/console/audit?tab={tab}", say(f"console.audit.tab.{tab}"), tab == "staff") for tab in ("staff", "system")],
                 "sizes": [("20", "/console/audit", True), ("50", "/console/audit?size=50", False)]}
        return shell(say, "/console/audit", "auditor", "梁诗雨", **(given | other))
    return context


def misspelt(say: Say) -> Mapping[str, Any]:
    problem = {"code": "audit_search_wrong", "title": say("error.audit_search_wrong.title"), "action": say("error.audit_search_wrong.action")}
    return log(found=False, problem=problem, errors={"thing": say("field.id")})(say)


def entry(how: str) -> Callable[[Say], Mapping[str, Any]]:
    """One event with its proof."""
    def context(say: Say) -> Mapping[str, Any]:
        shown = {"row": event(say, "codes.presented", "term_01kaq7xw3m2y8r5t6v9b0c1d2e", "terminal"), "id": EVENT, "actor_id": "term_01kaq7xw3m2y8r5t6v9b0c1d2e",
                 "waits": how == "waits", "holds": how == "holds", "body": [("holder_id", EVENT), ("verdict", "PASS"), ("fields", '["name_masked","photo"]')],
                 "canonical": '["essc-event-v1",512,"019ab3c2-11f0-7a3d-9c55-0e1a2b3c4d5e","codes.presented",1795250412000000,"terminal","term_1","req_1",{}]',
                 "position": thin(1_204_317), "size": thin(1_204_331), "leaf": HASH, "root": HASH[::-1], "path": ["n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="] * 3,
                 "note": "localhost/essc\n1204331\nn4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=\n", "blind": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="}
        return shell(say, f"/console/audit/{EVENT}", "auditor", "梁诗雨", event=shown, chain=chain(say, "broken" if how == "broken" else "ok"), back="/console/audit")
    return context


SCREENS: tuple[Screen, ...] = (
    Screen("risk", "/console/risk", "c-risk", "console/risk.html", "desk", alerts(rows)),
    Screen("risk-none", "/console/risk", "c-risk", "console/risk.html", "desk", alerts(lambda say: [])),
    Screen("risk-note", f"/console/risk/{NOTE}", "c-risk-note", "console/risk_note.html", "desk", alert()),
    Screen("risk-note-reason", f"/console/risk/{NOTE}", "c-risk-note", "console/risk_note.html", "desk", wrong),
    Screen("risk-note-mine", f"/console/risk/{NOTE}", "c-risk-note", "console/risk_note.html", "desk", alert(is_owner=True, chart=None, others=[])),
    Screen("risk-note-closed", f"/console/risk/{NOTE}", "c-risk-note", "console/risk_note.html", "desk", alert(closed=True, offers=[])),
    Screen("risk-note-reader", f"/console/risk/{NOTE}", "c-risk-note", "console/risk_note.html", "desk", alert(may_act=False, offers=[])),
    Screen("audit", "/console/audit", "c-audit", "console/audit.html", "desk", log()),
    Screen("audit-none", "/console/audit", "c-audit", "console/audit.html", "desk", log("stale", found=False)),
    Screen("audit-wrong", "/console/audit", "c-audit", "console/audit.html", "desk", misspelt),
    Screen("audit-broken", "/console/audit", "c-audit", "console/audit.html", "desk", log("broken", behind=7200)),
    Screen("audit-event", f"/console/audit/{EVENT}", "c-audit-event", "console/audit_event.html", "desk", entry("holds")),
    Screen("audit-event-waits", f"/console/audit/{EVENT}", "c-audit-event", "console/audit_event.html", "desk", entry("waits")),
    Screen("audit-event-broken", f"/console/audit/{EVENT}", "c-audit-event", "console/audit_event.html", "desk", entry("broken")),
)
