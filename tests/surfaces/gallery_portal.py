"""The developer portal's screens with sample content."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from essc.channels.model import Ability, Channel, Form, Kind, State
from essc.channels.queries import CallsOfDay
from essc.names import ChannelId
from essc.surfaces.portal.cast import Somebody
from essc.surfaces.portal.pages import apply, holders, home, landing, quickstart, steps
from essc.surfaces.portal.pages.frame import Entry, Group, frame
from essc.surfaces.portal.pages.given import Shown
from tests.surfaces.screen import Say, Screen

APP, KEY = "chan_01kaq7xw3m2y8r5t6v9b0c1d2e", "ckey_01kaq7xw3m2y8r5t6v9b0c1d2f"
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIF3p1Qd0l5nTt0n0sAmpleSampleSampleSampleSamp\n-----END PRIVATE KEY-----\n"
TOKEN = "essc-portal-k3Zb1qVw0c5mS7xNf2uYpR8hTjL4aDgE9oWiQv6sXyA"
AT = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
CHANNEL = Channel(ChannelId(UUID(int=7)), "4511204455", "便民通（演示）", Form.APP, Kind.SOCIAL, 1, "450000", (Ability.ISSUE, Ability.PRESENT), ("name", "region"), True,
                  State.ACTIVE, 1, AT, AT)


@dataclass(frozen=True)
class Developer:
    """Somebody who is signed in for an app."""

    wire_id: str = APP
    name: str = "便民通（演示）"


ME = Developer()
LIVE = home.KeyRow(KEY, "Ed25519", "live", "2026年11月21日", "今天 10:21", "")
ENDING = home.KeyRow(KEY.replace("2f", "2g"), "ECDSA P-256", "ending", "2026年3月2日", "", "2026-11-22 10:30:00")
OVER = home.KeyRow(KEY.replace("2f", "2h"), "SM2", "over", "2025年3月2日", "", "2026-03-03 09:00:00")
Context = Callable[[Say], Mapping[str, Any]]


def of(here: str, developer: Developer | None = ME, **given: Any) -> Context:
    """The context of a page: its frame, and what is given."""
    return lambda say: {**frame(say, here, developer), **given}


def refused(page: Context, code: str, **fields: str) -> Context:
    """The page again after a refusal: its words as `PageCall.problem` gives them, and what is wrong with which field."""
    def context(say: Say) -> Mapping[str, Any]:
        problem = {"code": code, "title": say(f"error.{code}.title"), "action": say(f"error.{code}.action")}
        return {**page(say), "problem": problem, "errors": {name: say(f"field.{why}") for name, why in fields.items()}}
    return context


def applying(**given: Any) -> Context:
    """The form of an application."""
    def context(say: Say) -> Mapping[str, Any]:
        few = apply.choices(say) | {"regions": [("广西壮族自治区", [("450000", "广西壮族自治区"), ("450100", "南宁市")])]}
        return {**frame(say, "apply", None), **few, "values": apply.usual() | given.get("values", {}), **{name: value for name, value in given.items() if name != "values"}}
    return context


def dashboard(say: Say, **given: Any) -> Mapping[str, Any]:
    """An app's overview on a busy day."""
    hours = tuple((hour * 37 % 90, hour % 7) for hour in range(24))
    usual = {"app": CHANNEL, "look": home.LOOKS[State.ACTIVE], "place": "广西壮族自治区", "organisation": "示例科技（演示）", "since": "2026年11月21日",
             "keys": [LIVE, ENDING], "calls": CallsOfDay(1042, 76, hours), "bars": home.bars(hours), "links": 3,
             "steps": [home.Step("registered", True, "2026年11月21日"), home.Step("key", True), home.Step("called", True), home.Step("linked", False)],
             "todos": [home.Todo("key_ends", "/dev", {"key": ENDING.key_id, "time": ENDING.until}), home.Todo("errors", "/dev", {"n": 76, "all": 1042})]}
    return {**frame(say, "home", ME), **usual, **given}


def fresh(say: Say) -> Mapping[str, Any]:
    """An app that was registered a minute ago."""
    return dashboard(say, keys=[LIVE], calls=CallsOfDay(0, 0, ((0, 0),) * 24), bars=home.bars(()), links=0, todos=[home.Todo("no_call", "/dev/quickstart", {})],
                     steps=[home.Step("registered", True, "2026年11月21日"), home.Step("key", True), home.Step("called", False), home.Step("linked", False)])


def quick(developer: Developer | None) -> Context:
    """The quickstart, filled or not."""
    given = {"url": "http://localhost:8000", "app": APP if developer else "chan_…", "key": KEY if developer else "ckey_…", "name": "韦晓兰", "number": "999901199005120129",
             "password": "738146"}
    return of("guide", developer, steps=[quickstart.with_values(step, given) for step in steps.STEPS], clients=[("essc.sh", quickstart.client("essc.sh"))])


PEOPLE = [holders.HolderRow(Somebody(situation, situation, name, f"99990119900512012{n}", f"1990000000{n}"), situation, standing, n % 3 > 0, n == 1)
          for n, (situation, name, standing) in enumerate((("未开通支付", "周启航", ""), ("正常", "韦晓兰", "normal"), ("挂失", "黄志强", "lost"), ("锁定", "陆春燕", "locked"),
                                                           ("封存", "蒙大山", "sealed"), ("注销", "韦国栋", "cancelled"), ("有亲情账户", "阿卜杜外力·图尔荪托合提", "frozen")))]
KEY_PAGE = {"key": LIVE, "thumbprint": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "only": False, "sandbox_app": True,
            "values": {"source": "made", "algorithm": "Ed25519", "when": "now"}}
FIRST = quickstart.with_values(steps.STEPS[1], landing.NOBODYS).blocks[0]


def found(say: Say) -> Mapping[str, Any]:
    """What the search finds."""
    entries = [Entry(f"POST /v1/ecards/links · {say('api.op.ecards.link.title')}", "/dev/api/ecards.link", "zap")]
    errors = [Entry(f"ecard_link_not_found · {say('error.ecard_link_not_found.title')}", "/dev/errors#ecard_link_not_found", "circle-alert")]
    return {**frame(say, "search", ME), "wanted": "link", "found": [Group(say("portal.search.operations"), entries), Group(say("portal.search.errors"), errors)]}


SCREENS: tuple[Screen, ...] = (
    Screen("d-landing", "/dev", "d-landing", "portal/landing.html", "desk",
           of("landing", None, builds=landing.BUILDS, first=FIRST, conditions=[("database", True), ("clock", True)], well=True, asked="2026-11-21 10:30:00")),
    Screen("d-landing-ill", "/dev", "d-landing", "portal/landing.html", "desk",
           of("landing", ME, builds=landing.BUILDS, first=FIRST, conditions=[("database", False), ("clock", True)], well=False, asked="2026-11-21 10:30:00")),
    Screen("d-signin", "/dev/signin", "d-signin", "portal/signin.html", "desk", of("signin", None, next="/dev/home")),
    Screen("d-signin-wrong", "/dev/signin", "d-signin", "portal/signin.html", "desk", refused(of("signin", None, next="/dev/home"), "channel_access_unknown")),
    Screen("d-apply", "/dev/apply", "d-apply", "portal/apply.html", "desk", applying()),
    Screen("d-apply-wrong", "/dev/apply", "d-apply", "portal/apply.html", "desk",
           refused(applying(values={"level": "2", "source": "own", "public_key": "-----BEGIN"}), "channel_application_wrong",
                   name="length", parent_id="parent_unknown", public_key="public_key_unreadable", abilities="missing")),
    Screen("d-welcome", f"/dev/app/{APP}/welcome", "d-welcome", "portal/welcome.html", "desk", of("keys", shown=Shown(APP, KEY, "Ed25519", PEM, TOKEN))),
    Screen("d-welcome-again", f"/dev/app/{APP}/welcome", "d-welcome", "portal/welcome.html", "desk", of("keys", shown=Shown())),
    Screen("d-shown", f"/dev/app/{APP}/shown", "d-shown", "portal/shown.html", "desk", of("keys", shown=Shown(APP, KEY, "SM2"))),
    Screen("d-home", f"/dev/app/{APP}", "d-home", "portal/home.html", "desk", dashboard),
    Screen("d-home-fresh", f"/dev/app/{APP}", "d-home", "portal/home.html", "desk", fresh),
    Screen("d-keys", f"/dev/app/{APP}/keys", "d-keys", "portal/keys.html", "desk", of("keys", live=[LIVE, ENDING], over=[OVER], most=5, token_since="2026年11月21日")),
    Screen("d-keys-none", f"/dev/app/{APP}/keys", "d-keys", "portal/keys.html", "desk", of("keys", live=[], over=[], most=5, token_since="")),
    Screen("d-key-add", f"/dev/app/{APP}/keys/add", "d-key-add", "portal/key_add.html", "desk", of("keys", sandbox_app=True, values={"source": "made", "algorithm": "Ed25519"})),
    Screen("d-key", f"/dev/app/{APP}/keys/{KEY}", "d-key", "portal/key.html", "desk", of("keys", **KEY_PAGE)),
    Screen("d-key-wrong", f"/dev/app/{APP}/keys/{KEY}", "d-key", "portal/key.html", "desk",
           refused(of("keys", **KEY_PAGE | {"key": ENDING, "only": True}), "typed_name_differs", confirm="typed_name_differs")),
    Screen("d-quickstart", "/dev/quickstart", "d-quickstart", "portal/quickstart.html", "desk", quick(ME)),
    Screen("d-quickstart-stranger", "/dev/quickstart", "d-quickstart", "portal/quickstart.html", "desk", quick(None)),
    Screen("d-search", "/dev/search", "d-search", "portal/search.html", "desk", found),
    Screen("d-search-nothing", "/dev/search", "d-search", "portal/search.html", "desk", of("search", None, wanted="", found=[])),
    Screen("d-holders", "/dev/holders", "d-holders", "portal/holders.html", "desk", of("holders", rows=PEOPLE, password="738146", links=1)),
    Screen("d-holders-none", "/dev/holders", "d-holders", "portal/holders.html", "desk", of("holders", None, rows=[], password="", links=0)),
)
