"""The authenticator over HTTP: told accounts with their secrets, it shows the code of this half-minute for each (RFC 6238), on a page that renews itself."""
import base64
import binascii
import hashlib
import hmac
import html
import json
import os
import struct
import time
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

STEP_S = 30
_STYLE = """body{font:16px/1.6 system-ui,"PingFang SC","Noto Sans CJK SC",sans-serif;margin:0;background:#f3f6fb;color:#161d2b}
main{max-width:44rem;margin:0 auto;padding:1.5rem}h1{font-size:1.25rem;margin:0 0 .25rem}p{color:#46505f;margin:.25rem 0 1rem}
ul{list-style:none;padding:0;display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr))}
li{background:#fff;border-radius:14px;padding:.9rem 1.1rem}li{display:grid;grid-template-columns:1fr auto;gap:.25rem 1rem;align-items:center}
li>span{min-width:0}b{display:block}small{color:#46505f}code{font:600 1.6rem/1.2 ui-monospace,monospace;letter-spacing:.06em;color:#0d45a0}
kbd{font:600 .95rem ui-monospace,monospace}"""


def code(secret: str, at: float) -> str:
    """The six digits of `secret` (base32) in the half-minute of `at`: HOTP with SHA-1 over the number of the step (RFC 4226 §5.3)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(at) // STEP_S), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Authenticator:
    """Accounts by login, kept in a file that only its owner can read."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.file = data / "accounts.json"
        self.accounts: dict[str, dict[str, str]] = json.loads(self.file.read_text(encoding="utf-8")) if self.file.exists() else {}

    async def control_accounts(self, request: Request) -> Response:
        """Take an account: `{"login", "name", "note", "secret"}`, as scanning a QR code would; answers its code of this moment."""
        body: dict[str, Any] = await request.json()
        account = {key: str(body[key]) for key in ("login", "name", "note", "secret")}
        try:
            now = code(account["secret"], time.time())
        except binascii.Error:
            return JSONResponse({"error": "not_a_secret"}, status_code=422)
        self.accounts[account["login"]] = account
        self._write()
        return JSONResponse({"login": account["login"], "code": now})

    def _write(self) -> None:
        with open(os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(self.accounts, out, ensure_ascii=False)

    async def codes(self, request: Request) -> Response:
        """The codes of this half-minute by login, for scripts."""
        now = time.time()
        return JSONResponse({"codes": {login: code(one["secret"], now) for login, one in self.accounts.items()}, "left_s": STEP_S - int(now) % STEP_S})

    async def page(self, request: Request) -> Response:
        """The codes as a page; a code counts once, so whoever has just used it waits for the next."""
        now = time.time()
        left = STEP_S - int(now) % STEP_S
        rows = "".join(
            f'<li data-testid="otp" data-login="{_safe(one["login"])}"><span><b>{_safe(one["name"])}</b><kbd>{_safe(one["login"])}</kbd> '
            f'<small>{_safe(one["note"])}</small></span><code>{code(one["secret"], now)}</code></li>' for one in self.accounts.values())
        return HTMLResponse(
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f'<meta http-equiv="refresh" content="{left}"><title>模拟验证器（演示）</title><style>{_STYLE}</style></head><body><main>'
            f"<h1>模拟验证器（演示环境 · 数据均为模拟生成）</h1><p>控制台演示人员当前的动态口令，{left} 秒内有效，每个口令只能用一次。"
            f" / One-time codes of the demonstration's staff, {left} s left; each counts once.</p>"
            f"<ul>{rows}</ul></main></body></html>", headers={"cache-control": "no-store"})


def _safe(text: str) -> str:
    return html.escape(text, quote=True)


async def _unreadable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "unreadable", "detail": str(error)}, status_code=400)


def build(data: Path) -> Starlette:
    """The authenticator over the data directory `data`."""
    made = Authenticator(data)
    routes = [Route("/", made.page), Route("/codes", made.codes), Route("/_control/accounts", made.control_accounts, methods=["POST"])]
    app = Starlette(routes=routes, exception_handlers={KeyError: _unreadable, json.JSONDecodeError: _unreadable})
    app.state.authenticator = made
    return app
