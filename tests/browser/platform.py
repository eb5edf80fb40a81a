"""A platform for the counter's page to talk to: canned answers, every request kept, each signature judged by the real rule."""
import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from essc.kit.crypto import jwk
from essc.kit.errors import Refused
from essc.kit.http import signature
from essc.kit.http.incoming import SignedRequest
from tests.browser.stage import PHOTO

SECRET = bytes(range(32))
TERMINAL = {"id": "term_01kaq7xw3m2y8r5t6v9b0c1d2e", "number": "450100031847", "name": "收银 1 号窗口", "kind": "window", "state": "active",
            "venue_id": "ven_01kaq7xw3m2y8r5t6v9b0c1d2e", "venue_name": "安康大药房（演示）", "venue_kind": "pharmacy", "region": "450100",
            "scenes": ["pharmacy.buy", "counter.person_check", "park.enter", "library.enter", "bus.ride"]}
SCENES = {"items": [{"code": "pharmacy.buy", "title_zh": "购药", "title_en": "Buy medicine"},
                    {"code": "counter.person_check", "title_zh": "窗口实人核验", "title_en": "Person check at a counter"},
                    {"code": "park.enter", "title_zh": "入园", "title_en": "Enter a park or sight"},
                    {"code": "library.enter", "title_zh": "入馆", "title_en": "Enter a library"},
                    {"code": "bus.ride", "title_zh": "乘车", "title_en": "Ride a bus"}]}
WORK = {"began_at": "2026-11-21T00:30:00Z", "counted_at": "2026-11-21T08:42:08Z", "mismatched": 1, "forged": 2, "counts": [
    {"scene": "pharmacy.buy", "way": "code", "verdict": "PASS", "count": 128}, {"scene": "pharmacy.buy", "way": "code", "verdict": "EXPIRED", "count": 9},
    {"scene": "pharmacy.buy", "way": "code", "verdict": "CARD_LOST", "count": 1}, {"scene": "pharmacy.buy", "way": "physical_card", "verdict": "PASS", "count": 14}]}
"""A morning at a pharmacy."""
PHOTO_ADDRESS = f"data:image/svg+xml;base64,{base64.b64encode(PHOTO).decode()}"
SHOWN = {"name": "韦晓兰", "number_masked": "9999**********0026", "photo": PHOTO_ADDRESS, "region": "450100", "level": 1}


def code(first: int) -> str:
    """A code of 24 digits that the platform answers by its first one."""
    return f"{first}07133589012664711902835"


SEEN_AT = {"park.enter": {"name_masked": "韦*兰", "region": "450100"}, "library.enter": {"name_masked": "欧**娜", "number_masked": "9999**********0036"},
           "bus.ride": {"card_last4": "0019"}}
"""What scenes with fewer fields show; all others show SHOWN."""
VERDICTS = {"1": "USED", "2": "EXPIRED", "3": "FORGED", "4": "CARD_LOST", "5": "CHANNEL_PAUSED"}


@dataclass
class Platform:
    """What the counter meets. `down` makes every answer fail; `judged` are the signatures that held, by path; `beats` the signs of life."""

    down: bool = False
    public: Any = None
    seen: list[dict[str, Any]] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)
    burnt: set[str] = field(default_factory=set)
    work: dict[str, Any] = field(default_factory=lambda: dict(WORK))
    beats: int = 0

    def forget(self) -> None:
        """As on the first day, but for the terminal's key and what it has proved."""
        self.down, self.work = False, dict(WORK)
        self.seen.clear()
        self.burnt.clear()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        """One request, as the real one would answer it."""
        if self.down:
            return 503, {"code": "unavailable"}
        if path == "/v1/heartbeats" and self._judge(method, path, headers, body) is None:
            self.judged.remove(path)
            self.beats += 1
            return 200, {"heard_at": "2026-11-20T02:00:00Z", "again_in_s": 300}
        read = json.loads(body) if body else {}
        self.seen.append({"method": method, "path": path, "headers": headers, "body": read})
        if method == "GET" and not path.startswith("/v1/terminals/"):
            return 200, {"/v1/scenes": SCENES, "/readyz": {}}.get(path, {"name": "南宁市", "path": ["全国", "广西", "南宁"]})
        if path == "/v1/terminal-activations":
            return self._activate(read)
        refused = self._judge(method, path, headers, body)
        if refused is not None:
            return 401, {"code": refused.code, "title": refused.detail}
        return self._signed(path.partition("?")[0], read)

    def _signed(self, path: str, read: dict[str, Any]) -> tuple[int, Any]:
        if path.endswith("/work"):
            return 200, self.work
        if path.endswith("/session-revocation"):
            self.work = WORK | {"counts": [], "forged": 0, "mismatched": 0, "began_at": WORK["counted_at"]}
            return 200, TERMINAL
        return {"/v1/terminal-sessions": self._session, "/v1/code-redemptions": self._redeem, "/v1/card-readings": self._read,
                "/v1/person-comparisons": self._compare, "/v1/forgery-reports": lambda said: (201, {"note_id": "note_1"})}[path](read)

    def _compare(self, read: dict[str, Any]) -> tuple[int, Any]:
        if read.get("pairing") == "000000":
            return 404, {"code": "check_not_found", "title": "没有等待核验的业务。", "detail": "请与持卡人核对手机上的 6 位核对码。"}
        return 200, {"matched": read["matched"]}

    def _judge(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Refused | None:
        raw = {name.lower().encode(): value.encode() for name, value in headers.items()}
        scope = {"method": method, "path": path.partition("?")[0], "raw_path": path.partition("?")[0].encode(), "query_string": path.partition("?")[2].encode(), "headers": list(raw.items())}
        key = signature.PublicKey(*jwk.public_key(self.public)) if path == "/v1/terminal-sessions" else signature.HmacKey(SECRET)
        try:
            signature.check(signature.claim(SignedRequest(scope, raw, body, "req_test")), key)
        except Refused as refused:
            return refused
        self.judged.append(path)
        return None

    def _activate(self, read: dict[str, Any]) -> tuple[int, Any]:
        if read["code"] != "K7QX2M9P":
            return 404, {"code": "activation_code_unknown", "title": "激活码不正确", "detail": "请向管理员核对后再输入。"}
        self.public = jwk.Jwk(**read["public_key"])
        return 201, TERMINAL

    def _session(self, read: dict[str, Any]) -> tuple[int, Any]:
        secret = base64.urlsafe_b64encode(SECRET).decode().rstrip("=")
        return 201, {"key_id": "ts_sample", "secret": secret, "algorithm": "hmac-sha256", "terminal": TERMINAL,
                     "expires_at": (datetime.now(UTC) + timedelta(hours=8)).isoformat()}

    def _redeem(self, read: dict[str, Any]) -> tuple[int, Any]:
        digits = read["code"]
        verdict = VERDICTS.get(digits[0], "USED" if digits in self.burnt else "PASS")
        self.burnt.add(digits)
        told = self._verdict(verdict, "code", read["scene"])
        if digits[0] == "8":
            told["shown"] = {name: value for name, value in SHOWN.items() if name != "photo"}
        return 200, told | {"channel": "智慧人社 APP（演示）", "code_age_s": 6}

    def _read(self, read: dict[str, Any]) -> tuple[int, Any]:
        return 200, self._verdict("PASS", "physical_card", read["scene"])

    def _verdict(self, verdict: str, way: str, scene: str) -> dict[str, Any]:
        shown = {"shown": SEEN_AT.get(scene, SHOWN)} if verdict == "PASS" else {}
        return {"verdict": verdict, "reason": "", "scene": scene, "way": way, "decided_at": datetime.now(UTC).isoformat()} | shown
