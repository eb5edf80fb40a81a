"""The message gateway over HTTP: takes messages once by their id, keeps the last thousand, and has an inbox that people can read."""
import html
import json
from collections import OrderedDict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from essc_sandbox import door
from essc_sandbox.keyring import Keyring

KEPT = 1000
ANSWERS = ("timeout", "error", "refused")
_STYLE = """body{font:16px/1.6 system-ui,"PingFang SC","Noto Sans CJK SC",sans-serif;margin:0;background:#f3f6fb;color:#161d2b}
main{max-width:42rem;margin:0 auto;padding:1.5rem}h1{font-size:1.25rem}article{background:#fff;border-radius:12px;padding:.75rem 1rem;margin:.75rem 0}
header{color:#46505f;font-size:.875rem}p{margin:.25rem 0 0}form{display:flex;gap:.5rem}input,button{font:inherit;padding:.5rem .75rem}"""


class Gateway:
    """Messages by id, oldest first."""

    def __init__(self, data: Path) -> None:
        self.keyring = Keyring(data / "keys", "sms")
        self.messages: OrderedDict[str, dict[str, str]] = OrderedDict()
        self.failures: list[str] = []

    async def take(self, request: Request, body: dict[str, Any]) -> Response:
        """Take one message; the same id again is taken as sent."""
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "refused":
            return JSONResponse({"error": "mobile_not_reachable"}, status_code=422)
        if failure == "error":
            return JSONResponse({"error": "internal"}, status_code=500)
        self._keep(str(body["id"]), str(body["mobile"]), str(body["text"]))
        return JSONResponse({"error": "gateway_timeout"}, status_code=504) if failure else JSONResponse({"id": body["id"], "state": "taken"})

    def _keep(self, name: str, mobile: str, text: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.messages.setdefault(name, {"id": name, "mobile": mobile, "text": text, "at": at})
        while len(self.messages) > KEPT:
            self.messages.popitem(last=False)

    def of(self, mobile: str) -> list[dict[str, str]]:
        """The messages to one mobile (to all when empty), newest first."""
        return [m for m in reversed(self.messages.values()) if not mobile or m["mobile"] == mobile]

    async def control_messages(self, request: Request) -> Response:
        """Messages, newest first: `?mobile=` narrows."""
        return JSONResponse(self.of(request.query_params.get("mobile", "")))

    async def control_next(self, request: Request) -> Response:
        """Fail the next messages: `{"answer": "timeout" | "error" | "refused"}`."""
        answer = str((await request.json())["answer"])
        if answer not in ANSWERS:
            return JSONResponse({"error": "unknown_answer", "detail": f"there are {list(ANSWERS)}"}, status_code=422)
        self.failures.append(answer)
        return JSONResponse({"next": self.failures})

    async def inbox(self, request: Request) -> Response:
        """The inbox as a page."""
        mobile = request.query_params.get("mobile", "")
        rows = "".join(f'<article data-testid="sms"><header>{_safe(m["mobile"])} · {_safe(m["at"][:19].replace("T", " "))} UTC</header>'
                       f'<p>{_safe(m["text"])}</p></article>' for m in self.of(mobile)[:50])
        empty = "<p>还没有短信。在领取或登录页面点“获取验证码”后，会显示在这里。 / No messages yet.</p>"
        return HTMLResponse(
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<title>短信收件箱（演示）</title><style>{_STYLE}</style></head><body><main><h1>短信收件箱（演示环境 · 数据均为模拟生成）</h1>'
            f'<form><label>手机号 <input name="mobile" inputmode="numeric" value="{_safe(mobile)}"></label><button>查看</button></form>'
            f"{rows or empty}</main></body></html>")


def _safe(text: str) -> str:
    return html.escape(text, quote=True)


async def _unreadable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "unreadable", "detail": str(error)}, status_code=400)


def build(data: Path) -> Starlette:
    """The message gateway over the data directory `data`."""
    gateway = Gateway(data)
    routes = [
        Route("/", gateway.inbox),
        Route("/v1/messages", door.signed(gateway.keyring, gateway.take), methods=["POST"]),
        Route("/_control/messages", gateway.control_messages),
        Route("/_control/next", gateway.control_next, methods=["POST"]),
        *door.keys(gateway.keyring),
    ]
    app = Starlette(routes=routes, exception_handlers={KeyError: _unreadable, json.JSONDecodeError: _unreadable})
    app.state.gateway = gateway
    app.state.keyring = gateway.keyring
    return app
