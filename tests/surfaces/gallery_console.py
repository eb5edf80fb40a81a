"""The console's own screens with sample content: signing in (C0), the lock, staff (C14), requests for a second person."""
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from essc.operators.model import MemberState, Role
from essc.surfaces.console.pages.approvals import Row as Ask
from essc.surfaces.console.pages.staff import Branch, Row, StayRow
from essc.surfaces.shared.barcode import qr_svg
from tests.surfaces.screen import Say, Screen

LONG = "示例省人力资源和社会保障厅信息中心社会保障卡管理处（演示）"
SECRET = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
AREAS = [("000000", "全国", 1), ("450000", "广西壮族自治区", 2), ("650000", "新疆维吾尔自治区", 2), ("110000", "北京市", 2), ("450100", "南宁市", 3)]
WHO = SimpleNamespace(login="huanghaiyan", name="黄海燕")


def shell(say: Say, path: str, **context: Any) -> Mapping[str, Any]:
    """What stands around every page of the console, for a system administrator."""
    menu = {"system": [{"name": "org", "address": "/console/org", "icon": "users", "current": path.startswith("/console/org")},
                       {"name": "approvals", "address": "/console/approvals", "icon": "list-checks", "current": "approvals" in path}]}
    scope = SimpleNamespace(code="000000", name=say("console.nation"), trail=[("000000", say("console.nation"))], choices=[one[:2] for one in AREAS[1:4]])
    user = {"name": "梁志远", "initial": "梁", "login": "sysadmin", "unit": "部信息中心（演示）", "roles": say("operators.role.system"), "way": "one_time_code"}
    return {"scope": scope, "menu": menu, "user": user, "here": path, "home_area": "000000", "idle_s": 900, "session": WHO} | context


def _problem(say: Say, code: str, **params: object) -> Mapping[str, str]:
    return {"code": code, "title": say(f"error.{code}.title", **params), "action": say(f"error.{code}.action", **params)}


def _member(number: int, login: str, name: str, unit: str, role: str, area: str, state: str, seen: str = "") -> Row:
    tone, icon = {"active": ("ok", "circle-check"), "invited": ("warn", "clock"), "disabled": ("bad", "ban")}[state]
    return Row(f"staff_{number}", login, name, unit, (role,), area, state, tone, icon, "密码 · 验证器", seen)


def members() -> list[Row]:
    """One of each state, a very long unit among them."""
    return [
        _member(1, "sysadmin", "梁志远", "部信息中心（演示）", "system", "全国", "active", "今天 07:12"),
        _member(2, "ayiguli.tuerxun", "阿依古丽·吐尔逊", LONG, "maker", "新疆维吾尔自治区、广西壮族自治区、北京市", "active", "昨天 15:03"),
        _member(3, "huanghaiyan", "黄海燕", "南宁市人社局（演示）", "checker", "南宁市", "invited"),
        _member(4, "linjing", "林静", "广西人社厅（演示）", "reader", "广西壮族自治区", "disabled", "2025年3月2日"),
    ]


def _org(say: Say, rows: list[Row]) -> Mapping[str, Any]:
    tree = [Branch("000000", say("console.nation"), 0, 7, True), Branch("450000", "广西壮族自治区", 1, 2, False), Branch("450100", "南宁市", 2, 1, False)]
    return shell(say, "/console/org", tree=tree, rows=rows, total=len(rows), admins=[("system", 1), ("security", 2), ("auditor", 0)],
                 filters={"role": "", "state": "", "q": ""}, roles=list(Role), states=list(MemberState))


def _invite(say: Say, *, wrong: bool = False) -> Mapping[str, Any]:
    problem = _problem(say, "staff_auditor_not_system") if wrong else None
    errors = {"roles": say("field.staff_roles_excluded"), "login": say("field.staff_login")} if wrong else {}
    return shell(say, "/console/org/invite", values={"login": "Ä" if wrong else "", "name": "阿依古丽", "unit": LONG, "reason": ""}, roles=list(Role), areas=AREAS,
                 ticked={"auditor", "system"} if wrong else set(), chosen={"000000"}, problem=problem, errors=errors)


def _one(say: Say, at: int, **other: Any) -> Mapping[str, Any]:
    row = members()[at]
    stays = [StayRow("stay_1", "Windows · Edge", "one_time_code", "2026-11-21 09:02", "今天 10:21", False, False),
             StayRow("stay_2", "Android · Chrome", "passkey", "2026-11-20 18:40", "昨天 18:41", True, False)]
    given = {"member": row, "own": False, "admin": False, "stays": stays if row.state == "active" else [], "waiting": [], "created": "2026-10-01 09:00",
             "since": "2026-11-21 09:00", "roles": list(Role), "ticked": set(row.roles), "areas": AREAS, "chosen": {"450000"}, "reason": ""}
    return shell(say, f"/console/org/{row.id}", **(given | other))


def _me(say: Say) -> Mapping[str, Any]:
    stays = [StayRow("stay_1", "Windows · Edge", "one_time_code", "2026-11-21 09:02", "今天 10:21", False, True),
             StayRow("stay_2", "Mac · Safari", "passkey", "2026-11-20 18:40", "昨天 18:41", False, False)]
    keys = [{"id": "a", "name": "Mac · Safari", "since": "2026-11-20 18:40", "used": "昨天 18:41"}]
    return shell(say, "/console/me", stays=stays, keys=keys, done="passkey", until="21:02")


def _ask(say: Say, number: int, kind: str, outcome: str, **other: Any) -> Ask:
    tone, icon = {"asked": ("warn", "clock"), "approved": ("ok", "circle-check"), "refused": ("bad", "circle-x"), "expired": ("", "circle-dashed")}[outcome]
    given = {"id": f"appr_{number}", "kind": kind, "subject": "唐雨晴", "facts": [(say("console.approvals.fact.roles"), say("operators.role.auditor"))],
             "area": say("console.nation"), "reason": "岗位调整，文号〔2026〕118 号，经部务会议研究同意", "asked_by": "梁志远", "asked": "今天 09:12", "until": "2026-11-24 09:12",
             "tone": tone, "icon": icon, "outcome": outcome, "decided_by": "", "decided": "", "answer": "", "why_not": ""}
    return Ask(**(given | other))


def _open(say: Say) -> Mapping[str, Any]:
    rows = [_ask(say, 1, "staff.rights", "asked"), _ask(say, 2, "staff.disable", "asked", facts=[], subject="方国华", why_not="own"),
            _ask(say, 3, "staff.enable", "asked", why_not="about")]
    return shell(say, "/console/approvals", rows=rows, past=False, asked="appr_2", done="")


def _past(say: Say) -> Mapping[str, Any]:
    told = {"decided_by": "唐雨晴", "decided": "昨天 15:03"}
    rows = [_ask(say, 1, "staff.rights", "approved", **told), _ask(say, 2, "staff.disable", "refused", answer="材料不齐，请补充任免文件", **told),
            _ask(say, 3, "staff.enable", "expired")]
    return shell(say, "/console/approvals", rows=rows, past=True, asked="", done="")


def _login(**other: Any) -> Callable[[Say], Mapping[str, Any]]:
    return lambda say: {"login": "", "next": "/console", "why": say("console.login.why.session")} | other


def _wrong(template: str, code: str, **params: object) -> Callable[[Say], Mapping[str, Any]]:
    base = {"lock": {"who": WHO, "next": "/console"}, "login": {"login": "huanghaiyan", "next": "/console", "why": ""}, "code": {"next": "/console"}}[template]
    return lambda say: base | {"problem": _problem(say, code, **params)}


def _join(purpose: str, *, wrong: bool = False) -> Callable[[Say], Mapping[str, Any]]:
    def context(say: Say) -> Mapping[str, Any]:
        given = {"member": WHO, "purpose": purpose, "offers": purpose != "password", "qr": qr_svg("otpauth://totp/essc:huanghaiyan?secret=JBSWY3DPEHPK3PXP"),
                 "secret": SECRET, "roles": ["maker", "checker"]}
        told = {"problem": _problem(say, "staff_password_weak"), "errors": {"password": say("field.staff_password_plain")}}
        return given | (told if wrong else {})
    return context


SCREENS: tuple[Screen, ...] = (
    Screen("c-login", "/console/login", "c-login", "console/login.html", mode="desk", context=_login()),
    Screen("c-login-wrong", "/console/login", "c-login", "console/login.html", mode="desk", context=_wrong("login", "staff_sign_in_wrong", n=4)),
    Screen("c-login-locked", "/console/login", "c-login", "console/login.html", mode="desk", context=_wrong("login", "staff_sign_in_locked", n=5, time="16:45")),
    Screen("c-login-network", "/console/login", "c-login", "console/login.html", mode="desk", context=_wrong("login", "staff_network_not_allowed")),
    Screen("c-login-code", "/console/login/code", "c-login", "console/login_code.html", mode="desk", context=lambda say: {"next": "/console"}),
    Screen("c-login-code-wrong", "/console/login/code", "c-login", "console/login_code.html", mode="desk", context=_wrong("code", "staff_one_time_code_wrong", n=3)),
    Screen("c-lock", "/console/lock", "c-lock", "console/lock.html", mode="desk", context=lambda say: {"who": WHO, "next": "/console/org"}),
    Screen("c-lock-wrong", "/console/lock", "c-lock", "console/lock.html", mode="desk", context=_wrong("lock", "staff_sign_in_wrong", n=2)),
    Screen("c-join", "/console/join", "c-join", "console/join.html", mode="desk", context=_join("join")),
    Screen("c-join-weak", "/console/join", "c-join", "console/join.html", mode="desk", context=_join("join", wrong=True)),
    Screen("c-join-factor", "/console/join", "c-join", "console/join.html", mode="desk", context=_join("factor")),
    Screen("c-join-password", "/console/join", "c-join", "console/join.html", mode="desk", context=_join("password")),
    Screen("c-join-over", "/console/join", "c-join-over", "console/join_over.html", mode="desk",
           context=lambda say: {"problem": _problem(say, "staff_invitation_over")}),
    Screen("c-org", "/console/org", "c-org", "console/staff.html", mode="desk", context=lambda say: _org(say, members())),
    Screen("c-org-empty", "/console/org", "c-org", "console/staff.html", mode="desk", context=lambda say: _org(say, [])),
    Screen("c-org-invite", "/console/org/invite", "c-org-invite", "console/staff_invite.html", mode="desk", context=_invite),
    Screen("c-org-invite-wrong", "/console/org/invite", "c-org-invite", "console/staff_invite.html", mode="desk", context=lambda say: _invite(say, wrong=True)),
    Screen("c-org-link", "/console/org/invite", "c-org-link", "console/staff_link.html", mode="desk", context=lambda say: shell(
        say, "/console/org", link="localhost:8000/console/join?link=3q2-7wAAAABhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3g", name="黄海燕", until="2026-11-24 09:12",
        member_id="staff_3")),
    Screen("c-org-member", "/console/org/staff_2", "c-org-member", "console/staff_member.html", mode="desk", context=lambda say: _one(say, 1)),
    Screen("c-org-admin", "/console/org/staff_1", "c-org-member", "console/staff_member.html", mode="desk", context=lambda say: _one(
        say, 0, admin=True, problem=_problem(say, "staff_last_system_admin"), waiting=[SimpleNamespace(kind="staff.rights", asked_by_name="唐雨晴")])),
    Screen("c-org-invited", "/console/org/staff_3", "c-org-member", "console/staff_member.html", mode="desk", context=lambda say: _one(say, 2)),
    Screen("c-org-disabled", "/console/org/staff_4", "c-org-member", "console/staff_member.html", mode="desk", context=lambda say: _one(say, 3, admin=True)),
    Screen("c-org-own", "/console/org/staff_1", "c-org-member", "console/staff_member.html", mode="desk", context=lambda say: _one(say, 0, own=True)),
    Screen("c-me", "/console/me", "c-me", "console/me.html", mode="desk", context=_me),
    Screen("c-approvals", "/console/approvals", "c-approvals", "console/approvals.html", mode="desk", context=_open),
    Screen("c-approvals-past", "/console/approvals", "c-approvals", "console/approvals.html", mode="desk", context=_past),
    Screen("c-find", "/console/find", "c-find", "console/find.html", mode="desk",
           context=lambda say: shell(say, "/console/find", why="nothing", may_look_up=True, finder=True)),
    Screen("c-find-person", "/console/find", "c-find", "console/find.html", mode="desk",
           context=lambda say: shell(say, "/console/find", why="person", may_look_up=True, finder=True)),
    Screen("c-approvals-empty", "/console/approvals", "c-approvals", "console/approvals.html", mode="desk",
           context=lambda say: shell(say, "/console/approvals", rows=[], past=False, asked="", done="")),
)
