"""Sample bodies for the reference: the contract's own example, or one made from the schema with people who do not exist."""
from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

TAIL: Final = "_01kaq7xw3m2y8r5t6v9b0c1d2e"
DEEPEST: Final = 6
BY_NAME: Final[Mapping[str, Any]] = {
    "name": "韦晓兰", "number": "999901199003070026", "mobile": "13900000026", "password": "738146", "old": "738146", "new": "509371", "region": "450100",
    "region_code": "450100", "code": "736019284455102938475610", "grouped": "7360 1928 4455 1029 3847 5610", "scene": "hospital.register",
    "name_masked": "韦*兰", "number_masked": "9999**********0026", "mobile_masked": "139****0026", "card_last4": "0026", "channel": "便民通（演示）",
    "channel_name": "便民通（演示）", "venue_name": "安康医院（演示）", "place": "安康医院（演示）",
    "thumbprint": "3Wn0…kQ8", "token": "…", "secret": "…", "photo": "…",
    "title_zh": "挂号", "title_en": "Registration", "text_zh": "您的电子社保卡已领取。", "text_en": "Your card is ready.", "device_name": "Android 手机",
    "request_id": "req_1f3a5b7c000001", "nonce": "bm9uY2U=", "blind": "…", "note": "…", "checkpoint": "…", "next_cursor": None, "card_string": "…",
    "sign_no": "450126112133204711", "kty": "EC", "crv": "P-256", "x": "…", "y": "…", "d": "…", "kid": "ckey" + TAIL,
}
"""What stands under these names in samples: the sandbox's people and invented organisations only; "…" for what nobody reads."""
IDS: Final[Mapping[str, str]] = {
    "ChannelView": "chan", "KeyView": "ckey", "CheckView": "chk", "TerminalView": "term", "LinkView": "link", "SessionsSessionView": "sess", "UseView": "use",
    "MessageView": "msg", "OpenedView": "sess", "SmsCodeView": "chk", "channel_id": "chan", "key_id": "ckey", "ecard_id": "ecard", "link_id": "link",
    "card_id": "card", "check_id": "chk", "terminal_id": "term", "venue_id": "ven", "use_id": "use", "session_id": "sess", "message_id": "msg",
    "parent_id": "chan", "holder_id": "hold",
}
_MOMENT: Final = "2026-11-21T02:21:08Z"


def of(content: Json | None, document: Json) -> Any:
    """The example of a body: what the contract gives, or one made from its schema; None without a body."""
    if content is None:
        return None
    return content["example"] if "example" in content else _made(content["schema"], document, "", "", 0)


def _made(schema: Json, document: Json, name: str, owner: str, depth: int) -> Any:
    if "$ref" in schema:
        owner = schema["$ref"].rpartition("/")[2]
        return _made(document["components"]["schemas"][owner], document, name, owner, depth)
    if "anyOf" in schema:
        choices = [one for one in schema["anyOf"] if one.get("type") != "null"]
        return _made(choices[0], document, name, owner, depth) if choices else None
    if "const" in schema or "enum" in schema:
        return schema.get("const", next(iter(schema.get("enum", ())), None))
    return _of_type(schema, document, name, owner, depth)


def _of_type(schema: Json, document: Json, name: str, owner: str, depth: int) -> Any:
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties", {}) if depth < DEEPEST else {}
        return {key: _made(one, document, key, owner, depth + 1) for key, one in properties.items()}
    if kind == "array":
        return [] if depth >= DEEPEST else [_made(schema.get("items", {}), document, name, owner, depth + 1)]
    if kind in ("integer", "number"):
        return max(int(schema.get("minimum", 1)), 1)
    return kind == "boolean" or _text(schema, name, owner)


def _text(schema: Json, name: str, owner: str) -> Any:
    if schema.get("format") == "date-time":
        return _MOMENT
    if schema.get("format") == "date":
        return "2026-11-21"
    prefix = IDS.get(owner if name == "id" else name)
    return prefix + TAIL if prefix else BY_NAME.get(name, "…")
