"""Every screen of every face with sample content: the one table that drives the tests of templates, accessibility, policy, targets and reflow.

`path` and `testid` are those of the screens' contract; `mode` is the viewport the screen is made for.
"""
from collections.abc import Callable, Mapping
from typing import Any

from essc.surfaces.shared.barcode import code128_svg, qr_svg
from essc.surfaces.shared.pages import OPENINGS
from essc.surfaces.wallet.pages.faces import CardFace
from essc.surfaces.wallet.pages.views import DeviceRow, LinkRow, LiveCode, MessageRow, Strip, UseDetail, UseRow
from tests.surfaces import gallery_counter, gallery_desk, gallery_portal, gallery_reference
from tests.surfaces.screen import STATIC, TEXTS, Say, Screen, renderer

__all__ = ["SCREENS", "STATIC", "TEXTS", "Say", "Screen", "card", "renderer"]
DIGITS = "736019284455102938475610"


def card(standing: str = "normal", **other: Any) -> CardFace:
    """韦晓兰's card, standing as asked."""
    given = {"name": "韦*兰", "number": "9999**********0026", "region": "广西 南宁", "photo": "/sample/photo.svg", "standing": standing, "level": 1}
    return CardFace(**(given | other))


def _use(say: Say, kind: str, icon: str, color: str, title: str, sub: str, time: str, *, why: str = "") -> UseRow:
    tone, mark, result = ("bad", "circle-x", say(f"wallet.use.why.{why}")) if why else ("ok", "circle-check", say("wallet.use.result.passed" if kind == "code" else "wallet.use.result.done"))
    return UseRow(f"use_{abs(hash(title)) % 999}", icon, color, title, sub, time, "refused" if why else "passed", tone, mark, result)


def uses(say: Say) -> list[UseRow]:
    """A handful of uses, a refused one and a very long name among them."""
    return [
        _use(say, "code", "pill", "c-red", "安康大药房（演示）", "购药核验", "今天 10:21"),
        _use(say, "code", "hospital", "c-cyan", "示例市民中心社会保险经办服务大厅东区自助服务站", "挂号", "昨天 15:03", why="expired"),
        _use(say, "signin", "log-in", "c-blue", say("records.action.signin"), "智慧人社 APP（演示）", "11月16日 09:12"),
        _use(say, "code", "trees", "c-green", "青山公园（演示）", "入园", "11月12日 08:40", why="card_lost"),
    ]


def live(say: Say) -> Mapping[str, Any]:
    """A code that was minted two seconds ago."""
    groups = tuple(DIGITS[at:at + 4] for at in range(0, 24, 4))
    code = LiveCode(DIGITS, groups, qr_svg(DIGITS), code128_svg(DIGITS), 60, 58, 4_102_444_800_000, 0)
    return {"card": card(), "code": code, "halt": False}


def _problem(title: str, action: str) -> Mapping[str, str]:
    return {"code": "sample", "title": title, "action": action}


def _detail(say: Say) -> Mapping[str, Any]:
    facts = (("时间", "2026-11-21 10:21:08"), ("地点", "安康大药房（演示）"), ("终端", "T-4501-00318"), ("渠道", "智慧人社 APP（演示）"),
             ("读取的信息", "姓名、社会保障号码（隐去）、照片"), ("流水号", "use_01kaq7xw3m2y8r5t6v9b0c1d2e"))
    return {"row": UseDetail("use_1", "pill", "c-red", "安康大药房（演示）", "ok", "circle-check", say("wallet.use.result.passed"), "", facts, True, False)}


def _home(standing: str, **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    def context(say: Say) -> Mapping[str, Any]:
        return {"card": card(standing, **other), "rows": uses(say)[:3], "strip": None, "unread": 3}
    return context


def _links(say: Say) -> Mapping[str, Any]:
    rows = [LinkRow("link_1", "智慧人社 APP（演示）", "app", "smartphone", "2026年11月21日", "4501 0026 1187 3320", True),
            LinkRow("link_2", "绿洲手机银行（演示）", "app", "landmark", "2025年3月2日", "4501 0026 1187 9051", False)]
    return {"links": rows, "link": rows[0]}


def _devices(say: Say) -> Mapping[str, Any]:
    rows = [DeviceRow("sess_1", "Android 手机 · Chrome", "智慧人社 APP（演示）", "smartphone", "2026-11-21 09:02", "今天 10:21", True),
            DeviceRow("sess_2", "Windows 电脑 · Edge", "智慧人社 APP（演示）", "monitor", "2026-10-03 18:40", "11月16日 09:12", False)]
    return {"devices": rows}


def _messages(say: Say) -> Mapping[str, Any]:
    return {"rows": [
        MessageRow("code_used", "circle-check", "c-green", "您于 11月21日 10:21 在 安康大药房（演示） 出示电子社保卡，已核验通过。", "今天 10:21", True),
        MessageRow("issued", "id-card", "c-blue", "【电子社保卡】您的电子社保卡已领取，可在智慧人社 APP（演示）中使用。非本人操作请拨打 12333。", "昨天 09:00", False)]}


def _step(step: int, **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    return lambda say: {"step": step, "steps": 5, "values": {}} | other


def _wrong(step: int, title: str, action: str, **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    return lambda say: {"step": step, "steps": 5, "values": {"name": "韦晓兰", "number": "99990119900307002"}, "problem": _problem(title, action)} | other


MOVES = ("blink", "open_mouth")
HALTED = ("temp_lost", "lost", "locked", "not_enabled", "sealed", "cancelled", "replaced", "unlinked", "frozen")

SCREENS: tuple[Screen, ...] = (
    Screen("apply", "/m/apply", "apply", "wallet/apply_welcome.html"),
    Screen("apply-consent", "/m/apply/consent", "apply", "wallet/apply_consent.html", context=_step(1)),
    Screen("apply-details", "/m/apply/details", "apply", "wallet/apply_details.html", context=_step(2)),
    Screen("apply-details-wrong", "/m/apply/details", "apply", "wallet/apply_details.html",
           context=_wrong(2, "姓名与社会保障号码不匹配", "请对照实体社保卡核对后再试。", errors={"number": "号码应为 18 位，请核对"})),
    Screen("apply-mobile", "/m/apply/mobile", "apply", "wallet/apply_mobile.html", context=_step(3, sent="")),
    Screen("apply-sms", "/m/apply/sms", "apply", "wallet/apply_mobile.html", context=_step(3, sent="138****5678")),
    Screen("apply-face", "/m/apply/face", "apply", "wallet/apply_face.html", context=_step(4, face_post="/m/apply/face", moves=MOVES)),
    Screen("apply-face-failed", "/m/apply/face", "apply", "wallet/apply_face.html",
           context=_wrong(4, "与社保卡照片比对不一致。", "请在光线均匀处，摘下眼镜、口罩和帽子，正对屏幕再试。", face_post="/m/apply/face", moves=MOVES)),
    Screen("apply-counter", "/m/apply/counter", "apply", "wallet/apply_counter.html", context=_step(4)),
    Screen("apply-password", "/m/apply/password", "apply", "wallet/apply_password.html", context=_step(5, number_digits="999901199003070026")),
    Screen("apply-existing", "/m/apply/existing", "apply", "wallet/apply_existing.html", context=_step(5, sent=False)),
    Screen("apply-existing-code", "/m/apply/existing", "apply", "wallet/apply_existing.html", context=_step(5, sent=True)),
    Screen("apply-done", "/m/apply/done", "apply", "wallet/apply_done.html", context=lambda say: {"step": 0, "steps": 5, "card": card()}),
    Screen("signin", "/signin", "signin", "signin/number.html", context=lambda say: {"step": 0, "steps": 0, "values": {}, "next": "/m/", "why": say("err.session")}),
    Screen("signin-sms", "/signin/sms", "signin", "signin/sms.html", context=lambda say: {"step": 0, "steps": 0, "next": "/m/"}),
    Screen("signin-face", "/signin/face", "signin", "signin/face.html", context=lambda say: {"step": 0, "steps": 0, "values": {}, "ready": False, "next": "/m/"}),
    Screen("signin-face-camera", "/signin/face", "signin", "signin/face.html",
           context=lambda say: {"step": 0, "steps": 0, "ready": True, "next": "/m/", "face_post": "/signin/face/check", "moves": MOVES}),
    Screen("home", "/m/", "home", "wallet/home.html", context=_home("normal")),
    Screen("home-none", "/m/", "home", "wallet/home.html", context=lambda say: {"card": None, "rows": [], "strip": None, "unread": 0}),
    Screen("home-strip", "/m/", "home", "wallet/home.html",
           context=lambda say: _home("normal", level=2)(say) | {"strip": Strip("bell", "您的电子社保卡在 绿洲手机银行（演示） 新关联。", "/m/msg"), "rows": None}),
    *(Screen(f"home-{standing}", "/m/", "home", "wallet/home.html", context=_home(standing, days_left=9 if standing == "temp_lost" else None)) for standing in HALTED),
    Screen("code", "/m/code", "code", "wallet/code.html", context=live),
    Screen("code-none", "/m/code", "code", "wallet/code.html",
           context=lambda say: {"card": card("lost"), "code": None, "halt": True, "problem": _problem("社保卡已挂失，电子社保卡不能使用。", "找回卡片可解除挂失。")}),
    Screen("records", "/m/records", "records", "wallet/records.html",
           context=lambda say: {"kinds": ("all", "verify", "signin", "link", "security"), "kind": "all", "months": [("2026年11月", uses(say)), ("2026年10月", uses(say)[2:])], "more": "abc"}),
    Screen("records-empty", "/m/records", "records", "wallet/records.html",
           context=lambda say: {"kinds": ("all", "verify", "signin", "link", "security"), "kind": "verify", "months": [], "more": ""}),
    Screen("record", "/m/records/use_1", "record", "wallet/record.html", context=_detail),
    Screen("msg", "/m/msg", "msg", "wallet/messages.html", context=_messages),
    Screen("me", "/m/me", "me", "wallet/me.html", context=lambda say: {"card": card(), "channels": 2, "devices": 2}),
    Screen("channels", "/m/me/channels", "channels", "wallet/channels.html", context=_links),
    Screen("unlink", "/m/me/channels/link_1", "unlink", "wallet/unlink.html", context=_links),
    Screen("devices", "/m/me/devices", "devices", "wallet/devices.html", context=_devices),
    Screen("password", "/m/me/password", "password", "wallet/password.html"),
    *(Screen(purpose, f"/m/me/{purpose}", "check", "wallet/check.html",
             context=lambda say, purpose=purpose: {"step": 0, "steps": 0, "purpose": purpose, "face_post": f"/m/me/{purpose}", "moves": MOVES})
      for purpose in ("reset", "unfreeze", "lift")),
    Screen("reset-password", "/m/me/reset", "reset", "wallet/reset.html", context=lambda say: {"step": 0, "steps": 0}),
    Screen("unlock", "/m/unlock", "unlock", "wallet/unlock.html", context=lambda say: {"next": "/m/code"}),
    Screen("password-done", "/m/me/password", "done", "wallet/done.html", context=lambda say: {"text": say("wallet.password.done"), "why": say("wallet.password.everywhere")}),
    Screen("loss", "/m/me/loss", "loss", "wallet/loss.html", context=lambda say: {"card": card(), "asked": False}),
    Screen("loss-lift", "/m/me/loss", "loss", "wallet/loss.html", context=lambda say: {"card": card("lost"), "asked": False}),
    Screen("loss-asked", "/m/me/loss", "loss", "wallet/loss.html", context=lambda say: {"card": card("frozen"), "asked": True}),
    Screen("offline", "/m/offline", "offline", "wallet/offline.html"),
    Screen("not-found", "/m/nothing", "problem", "shared/problem.html",
           context=lambda say: {"status": 404, "problem": _problem(say("err.404"), ""), "back": "/m/"}),
    Screen("door", "/", "door", "shared/door.html", "desk", lambda say: {"openings": OPENINGS}),
    *gallery_counter.SCREENS,
    *gallery_desk.SCREENS,
    *gallery_portal.SCREENS,
    *gallery_reference.SCREENS,
)
