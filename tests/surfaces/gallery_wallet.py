"""The screens of the wallet and of signing in with sample content: 韦晓兰's card."""
from collections.abc import Callable, Mapping
from typing import Any

from essc.surfaces.shared.barcode import code128_svg, qr_svg
from essc.surfaces.wallet.pages.card import FullCard
from essc.surfaces.wallet.pages.faces import CardFace
from essc.surfaces.wallet.pages.reading import HELPS, QUESTIONS, TERMS, TERMS_VERSION
from essc.surfaces.wallet.pages.records import KINDS, Chosen
from essc.surfaces.wallet.pages.views import DeviceRow, LinkRow, LiveCode, MessageRow, Strip, UseDetail, UseRow
from tests.surfaces.screen import STATIC, Say, Screen

DIGITS = "736019284455102938475610"
SILHOUETTE = STATIC.url("silhouette.svg")
"""What stands in for a photo that no province has."""
LONG = "阿卜杜热合曼·阿卜杜热依木·买买提吐尔逊"
"""As long as names get."""


def card(standing: str = "normal", **other: Any) -> CardFace:
    """韦晓兰's card, standing as asked."""
    given = {"name": "韦*兰", "number": "9999**********0026", "region": "广西 南宁", "photo": "/sample/photo.svg", "standing": standing, "level": 1}
    return CardFace(**(given | other))


def either(say: Say, chinese: str, english: str) -> str:
    """A sample in the language of the screen: times and messages are made in it, names of places are not."""
    return chinese if say("shared.other_language") == "English" else english


def _use(say: Say, kind: str, icon: str, color: str, title: str, sub: str, time: str, *, why: str = "") -> UseRow:
    tone, mark, result = ("bad", "circle-x", say(f"wallet.use.why.{why}")) if why else ("ok", "circle-check", say("wallet.use.result.passed" if kind == "code" else "wallet.use.result.done"))
    return UseRow(f"use_{abs(hash(title)) % 999}", icon, color, title, sub, time, "refused" if why else "passed", tone, mark, result)


def use_rows(say: Say) -> list[UseRow]:
    """A handful of uses, a refused one and a very long name among them."""
    return [
        _use(say, "code", "pill", "c-red", "安康大药房（演示）", either(say, "购药核验", "Buy medicine"), either(say, "今天 10:21", "Today 10:21")),
        _use(say, "code", "hospital", "c-cyan", "示例市民中心社会保险经办服务大厅东区自助服务站", either(say, "挂号", "Register"), either(say, "昨天 15:03", "Yesterday 15:03"), why="expired"),
        _use(say, "signin", "log-in", "c-blue", say("records.action.signin"), "智慧人社 APP（演示）", either(say, "11月16日 09:12", "16 Nov 09:12")),
        _use(say, "code", "trees", "c-green", "青山公园（演示）", either(say, "入园", "Enter a park or sight"), either(say, "11月12日 08:40", "12 Nov 08:40"), why="card_lost"),
    ]


def live(say: Say) -> Mapping[str, Any]:
    """A code that was minted two seconds ago."""
    groups = tuple(DIGITS[at:at + 4] for at in range(0, 24, 4))
    code = LiveCode(DIGITS, groups, qr_svg(DIGITS), code128_svg(DIGITS), 60, 58, 4_102_444_800_000, 0)
    return {"card": card(), "code": code, "halt": False, "wait": 0}


def full(**other: Any) -> FullCard:
    """The same card, unmasked."""
    given = {"name": "韦晓兰", "number": "999901199003070026", "region": "广西壮族自治区 南宁市", "photo": "/sample/photo.svg", "bare": False,
             "sign_no": "01KA Q7XW 3M2Y 8R5T 6V9B 0C1D 2E", "card_number": "W45010026X", "issued": "2021年3月15日", "valid_to": "2031年3月14日"}
    return FullCard(**(given | other))


def _detail(say: Say) -> Mapping[str, Any]:
    known = {"when": "2026-11-21 10:21:08", "place": "安康大药房（演示）", "terminal": "T-4501-00318", "channel": "智慧人社 APP（演示）",
             "fields": either(say, "姓名、社会保障号码（隐去）、照片", "Name, social security number (masked), photo"), "trace": "use_01kaq7xw3m2y8r5t6v9b0c1d2e"}
    facts = tuple((say(f"wallet.record.{name}"), value) for name, value in known.items())
    return {"row": UseDetail("use_1", "pill", "c-red", "安康大药房（演示）", "ok", "circle-check", say("wallet.use.result.passed"), "", facts, True, False)}


def _home(standing: str, **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    def context(say: Say) -> Mapping[str, Any]:
        return {"card": card(standing, **other), "rows": use_rows(say)[:3], "strip": None, "unread": 3, "ask": False}
    return context


def _links(say: Say) -> Mapping[str, Any]:
    rows = [LinkRow("link_1", "智慧人社 APP（演示）", "app", "smartphone", either(say, "2026年11月21日", "21 Nov 2026"), "01KA Q7XW 3M2Y 8R5T 6V9B 0C1D 2E", True,
                    either(say, "今天 10:21", "Today 10:21")),
            LinkRow("link_2", "绿洲手机银行（演示）", "app", "landmark", either(say, "2025年3月2日", "2 Mar 2025"), "01KB 2M4N 6P8Q 0R2S 4T6V 8W0X 2Y", False)]
    return {"links": rows, "link": rows[0]}


def _devices(say: Say) -> Mapping[str, Any]:
    rows = [DeviceRow("sess_1", either(say, "Android 手机 · Chrome", "Android phone · Chrome"), "智慧人社 APP（演示）", "smartphone", "2026-11-21 09:02",
                      either(say, "今天 10:21", "Today 10:21"), True),
            DeviceRow("sess_2", either(say, "Windows 电脑 · Edge", "Windows computer · Edge"), "智慧人社 APP（演示）", "monitor", "2026-10-03 18:40",
                      either(say, "11月16日 09:12", "16 Nov 09:12"), False)]
    return {"devices": rows}


def inbox(say: Say) -> list[MessageRow]:
    """A message that is new and alarming, one that is new, one that was read."""
    when = either(say, "2026年11月21日 10:21", "21 Nov 2026 10:21")
    return [
        MessageRow("msg_1", "new_channel", "link", "c-amber", say("notices.text.new_channel", channel="绿洲手机银行（演示）"), either(say, "今天 10:40", "Today 10:40"), True),
        MessageRow("msg_2", "code_used", "circle-check", "c-green", say("notices.text.code_used", time=when, place="安康大药房（演示）"), either(say, "今天 10:21", "Today 10:21"), True),
        MessageRow("msg_3", "issued", "id-card", "c-blue", say("notices.text.issued", channel="智慧人社 APP（演示）"), either(say, "昨天 09:00", "Yesterday 09:00"), False)]


def _messages(standing: str = "normal", **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    given = {"tab": "told", "card": card(standing), "todo": int(standing != "normal"), "unread": 2, "more": "abc"}
    return lambda say: given | {"rows": inbox(say)} | other


def _records(kind: str = "all", *, empty: bool = False, since: str = "", channel: str = "", older: bool = False) -> Callable[[Say], Mapping[str, Any]]:
    chosen = Chosen(kind, since, "", channel)

    def context(say: Say) -> Mapping[str, Any]:
        months = [] if empty else [(either(say, "2026年11月", "Nov 2026"), use_rows(say)), (either(say, "2026年10月", "Oct 2026"), use_rows(say)[2:])]
        return {"chips": [(name, chosen.address(kind=name)) for name in KINDS], "chosen": chosen, "months": months, "after": "", "older": older,
                "channels": [("chan_1", "智慧人社 APP（演示）"), ("chan_2", "绿洲手机银行（演示）")], "more": "" if empty else "/m/records?cursor=abc", "all_of_them": "/m/records"}
    return context


def _check(purpose: str, address: str = "", pairing: str | None = "407193") -> Callable[[Say], Mapping[str, Any]]:
    where = address or f"/m/me/{purpose}"
    return lambda say: {"step": 0, "steps": 0, "purpose": purpose, "face_post": where, "moves": MOVES, "pairing": pairing, "other": where, "up": "/m/me", "next": ""}


def _often(say: Say) -> Mapping[str, Any]:
    problem = {"code": "code_too_often", "title": say("wallet.code.too_often", n=10), "action": say("wallet.code.too_often_why")}
    return {"card": card(), "code": None, "halt": False, "problem": problem, "wait": 10}


def _halted(standing: str) -> Callable[[Say], Mapping[str, Any]]:
    def context(say: Say) -> Mapping[str, Any]:
        problem = {"code": "code_not_available", "title": say(f"wallet.halt.{standing}.title"), "action": say(f"wallet.halt.{standing}.why")}
        return {"card": card(standing), "code": None, "halt": True, "problem": problem, "wait": 0}
    return context


def issued(say: Say) -> Mapping[str, str]:
    """The two days that stand on the card."""
    return {"issued": either(say, "2021年3月15日", "15 Mar 2021"), "valid_to": either(say, "2031年3月14日", "14 Mar 2031")}


def _cert(**other: Any) -> Callable[[Say], Mapping[str, Any]]:
    return lambda say: {"card": card(), "full": full(**issued(say), **other), "seconds": 60, "now_ms": 1_795_000_000_000}


def _refused(code: str, **params: Any) -> Callable[[Say], Mapping[str, str]]:
    return lambda say: {"code": code, "title": say(f"error.{code}.title", **params), "action": say(f"error.{code}.action", **params)}


def _step(step: int, **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    return lambda say: {"step": step, "steps": 5, "values": {}} | other


def _wrong(step: int, code: str, **other: Any) -> Callable[[Say], Mapping[str, Any]]:
    return lambda say: {"step": step, "steps": 5, "values": {"name": "韦晓兰", "number": "99990119900307002"}, "problem": _refused(code, n=2)(say)} | other


MOVES = ("blink", "open_mouth")
HALTED = ("temp_lost", "lost", "locked", "not_enabled", "sealed", "cancelled", "replaced", "unlinked", "frozen")

SCREENS: tuple[Screen, ...] = (
    Screen("apply", "/m/apply", "apply", "wallet/apply_welcome.html"),
    Screen("apply-consent", "/m/apply/consent", "apply", "wallet/apply_consent.html", context=_step(1)),
    Screen("apply-consent-first", "/m/apply/consent", "apply", "wallet/apply_consent.html",
           context=lambda say: _step(1)(say) | {"problem": _refused("consent_needed")(say), "errors": {"agree": say("error.consent_needed.title")}}),
    Screen("apply-details", "/m/apply/details", "apply", "wallet/apply_details.html", context=_step(2)),
    Screen("apply-details-wrong", "/m/apply/details", "apply", "wallet/apply_details.html",
           context=lambda say: _wrong(2, "ecard_name_mismatch")(say) | {"errors": {"number": say("error.number_length.title")}}),
    Screen("apply-mobile", "/m/apply/mobile", "apply", "wallet/apply_mobile.html", context=_step(3, sent="")),
    Screen("apply-sms", "/m/apply/sms", "apply", "wallet/apply_mobile.html", context=_step(3, sent="138****5678")),
    Screen("apply-face", "/m/apply/face", "apply", "wallet/apply_face.html", context=_step(4, face_post="/m/apply/face", moves=MOVES)),
    Screen("apply-face-failed", "/m/apply/face", "apply", "wallet/apply_face.html",
           context=_wrong(4, "face_mismatch", face_post="/m/apply/face", moves=MOVES)),
    Screen("apply-counter", "/m/apply/counter", "apply", "wallet/apply_counter.html", context=_step(4, pairing="407193")),
    Screen("apply-password", "/m/apply/password", "apply", "wallet/apply_password.html", context=_step(5, number_digits="999901199003070026")),
    Screen("apply-existing", "/m/apply/existing", "apply", "wallet/apply_existing.html", context=_step(5, sent=False)),
    Screen("apply-existing-code", "/m/apply/existing", "apply", "wallet/apply_existing.html", context=_step(5, sent=True)),
    Screen("apply-done", "/m/apply/done", "apply", "wallet/apply_done.html", context=lambda say: {"step": 0, "steps": 5, "card": card()}),
    Screen("signin", "/signin", "signin", "signin/number.html", context=lambda say: {"step": 0, "steps": 0, "values": {}, "next": "/m/", "why": say("err.session")}),
    Screen("signin-sms", "/signin/sms", "signin", "signin/sms.html", context=lambda say: {"step": 0, "steps": 0, "next": "/m/"}),
    Screen("signin-face", "/signin/face", "signin", "signin/face.html", context=lambda say: {"step": 0, "steps": 0, "values": {}, "ready": False, "next": "/m/"}),
    Screen("signin-face-camera", "/signin/face", "signin", "signin/face.html",
           context=lambda say: {"step": 0, "steps": 0, "ready": True, "next": "/m/", "face_post": "/signin/face/check", "moves": MOVES}),
    Screen("signin-counter", "/signin/counter", "signin", "signin/counter.html",
           context=lambda say: {"step": 0, "steps": 0, "values": {}, "ready": False, "pairing": None, "next": "/m/"}),
    Screen("signin-counter-digits", "/signin/counter", "signin", "signin/counter.html",
           context=lambda say: {"step": 0, "steps": 0, "ready": True, "pairing": "407193", "next": "/m/", "post": "/signin/counter/check"}),
    Screen("home", "/m/", "home", "wallet/home.html", context=_home("normal")),
    Screen("home-none", "/m/", "home", "wallet/home.html", context=lambda say: {"card": None, "rows": [], "strip": None, "unread": 0, "ask": False}),
    Screen("home-long", "/m/", "home", "wallet/home.html", context=_home("normal", name="阿*逊", region="新疆维吾尔自治区 克孜勒苏柯尔克孜自治州", level=2)),
    Screen("home-ask", "/m/", "home", "wallet/home.html", context=lambda say: _home("level1")(say) | {"ask": True, "unread": 0}),
    Screen("home-away", "/m/", "home", "wallet/home.html", context=lambda say: _home("normal")(say) | {"rows": None}),
    Screen("home-strip", "/m/", "home", "wallet/home.html",
           context=lambda say: _home("normal", level=2)(say) | {"strip": Strip("bell", inbox(say)[0].text, "/m/msg"), "rows": None}),
    *(Screen(f"home-{standing}", "/m/", "home", "wallet/home.html", context=_home(standing, days_left=9 if standing == "temp_lost" else None)) for standing in HALTED),
    Screen("code", "/m/code", "code", "wallet/code.html", context=live),
    *(Screen(f"code-{standing}", "/m/code", "code", "wallet/code.html", context=_halted(standing)) for standing in HALTED),
    Screen("code-often", "/m/code", "code", "wallet/code.html", context=_often),
    Screen("card", "/m/card", "cert-face", "wallet/card.html", context=_cert()),
    Screen("card-long", "/m/card", "cert-face", "wallet/card.html", context=_cert(name=LONG, bare=True, photo=SILHOUETTE, region="新疆维吾尔自治区 克孜勒苏柯尔克孜自治州")),
    Screen("card-closed", "/m/card/closed", "cert-closed", "wallet/card_closed.html"),
    Screen("scan", "/m/scan", "scan", "wallet/scan.html", context=lambda say: {"most": 8_388_608}),
    Screen("scan-picture", "/m/scan", "scan", "wallet/scan.html", context=lambda say: {"most": 8_388_608, "problem": _refused("picture_unreadable")(say)}),
    Screen("scan-large", "/m/scan", "scan", "wallet/scan.html", context=lambda say: {"most": 8_388_608, "problem": _refused("picture_too_large", n=8)(say)}),
    *(Screen(f"scan-{kind}", "/m/scan/said", "scan-said", "wallet/scan_said.html", context=lambda say, kind=kind: {"kind": kind, "where": "/m/records"})
      for kind in ("own", "card", "unknown")),
    Screen("records", "/m/records", "records", "wallet/records.html", context=_records()),
    Screen("records-empty", "/m/records", "records", "wallet/records.html", context=_records("verify", empty=True)),
    Screen("records-narrow", "/m/records", "records", "wallet/records.html", context=_records("all", since="2026-10-01", channel="chan_2", older=True)),
    Screen("record-not-me", "/m/records/use_1/not-me", "not-me", "wallet/record_not_me.html", context=_detail),
    Screen("record", "/m/records/use_1", "record", "wallet/record.html", context=_detail),
    Screen("msg", "/m/msg", "msg", "wallet/messages.html", context=_messages()),
    Screen("msg-many", "/m/msg", "msg", "wallet/messages.html", context=lambda say: _messages(unread=34)(say) | {"rows": inbox(say) * 17}),
    Screen("msg-empty", "/m/msg", "msg", "wallet/messages.html", context=_messages(rows=[], unread=0, more="")),
    Screen("msg-todo", "/m/msg", "msg", "wallet/messages.html", context=_messages("frozen", tab="todo")),
    Screen("msg-nothing", "/m/msg", "msg", "wallet/messages.html", context=_messages(tab="todo", unread=0)),
    Screen("message", "/m/msg/msg_1", "message", "wallet/message.html", context=lambda say: {"row": inbox(say)[0], "stamp": "2026-11-21 10:40", "go": ("channels", "/m/me/channels")}),
    Screen("me", "/m/me", "me", "wallet/me.html", context=lambda say: {"card": card(), "channels": 2, "devices": 2, "unread": 2, "size": 100}),
    Screen("size", "/m/me/size", "size", "wallet/size.html", context=lambda say: {"sizes": [100, 125, 150, 200], "chosen": 125}),
    Screen("help", "/m/help", "help", "wallet/help.html", context=lambda say: {"questions": [(name, HELPS[name]) for name in QUESTIONS]}),
    Screen("about", "/m/about", "about", "wallet/about.html", context=lambda say: {"version": "0.1.0", "terms": TERMS_VERSION}),
    *(Screen(f"terms-{name}", f"/m/terms/{name}", "terms", "wallet/terms.html",
             context=lambda say, name=name: {"name": name, "sections": range(1, TERMS[name] + 1), "version": TERMS_VERSION}) for name in TERMS),
    Screen("channels", "/m/me/channels", "channels", "wallet/channels.html", context=_links),
    Screen("unlink", "/m/me/channels/link_1", "unlink", "wallet/unlink.html", context=_links),
    Screen("devices", "/m/me/devices", "devices", "wallet/devices.html", context=_devices),
    Screen("password", "/m/me/password", "password", "wallet/password.html"),
    *(Screen(f"{purpose}-face", f"/m/me/{purpose}", "check", "wallet/check.html", context=_check(purpose)) for purpose in ("reset", "unfreeze", "lift", "unlock")),
    *(Screen(f"{purpose}-counter", f"/m/me/{purpose}/counter", "check", "wallet/check_counter.html", context=_check(purpose)) for purpose in ("reset", "unfreeze", "lift", "unlock")),
    Screen("lift-seen", "/m/me/lift/counter", "check", "wallet/check_counter.html", context=_check("lift", pairing=None)),
    Screen("lift-stopped", "/m/me/lift", "check", "wallet/check_stopped.html",
           context=lambda say: _check("lift")(say) | {"problem": {"code": "throttled", "title": say("err.too_many", n=3), "action": ""}}),
    Screen("unlink-face", "/m/me/channels/link_1/face", "check", "wallet/check.html", context=_check("unlink", "/m/me/channels/link_1/face")),
    Screen("unlink-counter", "/m/me/channels/link_1/face/counter", "check", "wallet/check_counter.html", context=_check("unlink", "/m/me/channels/link_1/face")),
    Screen("reset-password", "/m/me/reset", "reset", "wallet/reset.html", context=lambda say: {"step": 0, "steps": 0}),
    Screen("unlock", "/m/unlock", "unlock", "wallet/unlock.html", context=lambda say: {"next": "/m/code"}),
    Screen("password-done", "/m/me/password", "done", "wallet/done.html", context=lambda say: {"text": say("wallet.password.done"), "why": say("wallet.password.everywhere")}),
    Screen("loss", "/m/me/loss", "loss", "wallet/loss.html", context=lambda say: {"card": card(), "asked": False}),
    Screen("loss-lift", "/m/me/loss", "loss", "wallet/loss.html", context=lambda say: {"card": card("lost"), "asked": False}),
    Screen("loss-asked", "/m/me/loss", "loss", "wallet/loss.html", context=lambda say: {"card": card("frozen"), "asked": True}),
    Screen("offline", "/m/offline", "offline", "wallet/offline.html"),
)
