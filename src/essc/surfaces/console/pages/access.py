"""Who may open which page of the console, for which area, and what stands around every page."""
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlencode

from essc.kit.http.pages import PageCall
from essc.operators.errors import NotPermitted
from essc.operators.model import IDLE, NATION, Permission
from essc.operators.queries import StaffSession
from essc.regions import queries as regions


class Entry(NamedTuple):
    """A line of the menu: its text key below `console.menu`, where it leads, its picture, what one needs for it, and its group."""

    name: str
    address: str
    icon: str
    permission: tuple[Permission, ...]
    group: str


MENU: Final[Sequence[Entry]] = (
    # 运行监测
    Entry("overview", "/console", "gauge", (Permission.OVERVIEW,), "monitor"),
    Entry("issuance", "/console/issue", "chart-column", (Permission.ISSUANCE,), "monitor"),
    Entry("risk", "/console/risk", "shield-alert", (Permission.RISK_READ,), "monitor"),
    # 渠道与服务
    Entry("venues", "/console/terminals", "store", (Permission.VENUES_READ,), "services"),
    # 卡与用户
    Entry("person", "/console/person", "user-round", (Permission.PERSON_READ,), "people"),
    # 安全与系统
    Entry("audit", "/console/audit", "file-text", (Permission.AUDIT,), "system"),
    Entry("org", "/console/org", "users", (Permission.STAFF,), "system"),
    Entry("approvals", "/console/approvals", "list-checks", (), "system"),
)
"""In the order of the screens' contract (A8): 运行监测 → 渠道与服务 → 补贴与资金 → 卡与用户 → 安全与系统. No permission named: everybody."""


FINDABLE: Final = (Permission.VENUES_READ, Permission.RISK_READ, Permission.AUDIT)
"""Who has something that the search field finds."""


@dataclass(frozen=True)
class Scope:
    """The area that a page is about: its code and name, the way down to it, and where one may go from here. Only permitted areas."""

    code: str
    name: str
    trail: list[tuple[str, str]]
    choices: list[tuple[str, str]]


def here(call: PageCall) -> StaffSession:
    """Who works at this console."""
    return cast(StaffSession, call.session)


def require(call: PageCall, permission: Permission) -> StaffSession:
    """The member, if a role permits it. Raises NotPermitted."""
    session = here(call)
    if not session.may(permission):
        raise NotPermitted(f"needs {permission}")
    return session


def scope(call: PageCall) -> Scope:
    """The area of `?area=…`, or the member's first. Raises NotPermitted for one that is not his, or unknown."""
    session = here(call)
    wish = call.query.get("area") or call.form.get("area") or session.areas[0]
    found = regions.division(wish)
    if found is None or not session.covers(wish):
        raise NotPermitted("not an area of the member's")
    trail = [(step.code, area_name(call, step.code)) for step in regions.region_path(wish) if session.covers(step.code)]
    below = regions.listed(wish, None, abolished=False, after="", limit=100)
    roots = [(code, area_name(call, code)) for code in session.areas if code != trail[0][0]]
    return Scope(wish, area_name(call, wish), trail, roots + [(one.code, one.name) for one in below if one.parent == wish])


def area_name(call: PageCall, code: str) -> str:
    """A region in words; the nation in the caller's language."""
    if code == NATION:
        return call.say("console.nation")
    found = regions.division(code)
    return found.name if found is not None else code


def in_area(address: str, code: str, otherwise: str) -> str:
    """`address`, staying in the area that was chosen; the member's first area needs no mention."""
    return address if code == otherwise else f"{address}{'&' if '?' in address else '?'}{urlencode({'area': code})}"


def shell(call: PageCall, at: Scope, **context: Any) -> dict[str, Any]:
    """What templates that extend `console/shell.html` need, with the page's own context."""
    session, path = here(call), call.url.partition("?")[0]
    lines = [entry for entry in MENU if not entry.permission or any(session.may(one) for one in entry.permission)]
    inside = [entry.address for entry in lines if path == entry.address or (entry.address != "/console" and path.startswith(entry.address + "/"))]
    current = max(inside, key=len, default="")
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in lines:
        groups.setdefault(entry.group, []).append(
            {"name": entry.name, "address": in_area(entry.address, at.code, session.areas[0]), "icon": entry.icon, "current": entry.address == current,
             "badge": session.waiting if entry.name == "approvals" else 0})
    roles = [call.say(f"operators.role.{role}") for role in sorted(session.roles)]
    user = {"name": session.name, "initial": session.name[:1], "login": session.login, "unit": session.unit, "roles": " · ".join(roles), "way": session.way}
    return {"scope": at, "menu": groups, "user": user, "here": path, "home_area": session.areas[0], "idle_s": int(IDLE.total_seconds()),
            "finder": any(session.may(one) for one in FINDABLE)} | context


def landing(call: PageCall) -> str:
    """Where a member begins: the first entry of his menu that is somewhere else than here."""
    session = here(call)
    mine = [entry.address for entry in MENU if entry.address != "/console" and (not entry.permission or any(session.may(one) for one in entry.permission))]
    return mine[0]
