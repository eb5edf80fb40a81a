"""The face service over HTTP: one signed answer to one check, honest by default, lying when the management door says so."""
import base64
import binascii
import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from essc_sandbox import door
from essc_sandbox.keyring import Keyring
from essc_sandbox.province.holders import FACE_DOES_NOT_MATCH

PROVIDER = "sandbox-face"
LIES = ("timeout", "error", "wrong_subject", "wrong_nonce", "bad_signature", "unsigned", "unknown_key", "old_time", "future_time",
        "low_score", "many_faces", "no_face", "no_liveness", "replay", "garbage")
"""What `/_control/next` can ask for; each is told once, in the order asked."""
HIGH, LOW = 9_720, 3_150
"""Scores of ten thousand."""
JPEG = b"\xff\xd8\xff"


class Faces:
    """Compares nobody: whoever shows moving pictures is who they say, except the one person whose face never matches."""

    def __init__(self, data: Path) -> None:
        self.keyring = Keyring(data / "keys", "person")
        self.lies: list[str] = []
        self.last: dict[str, Any] = {}

    async def check(self, request: Request, body: dict[str, Any]) -> Response:
        """Answer one real-person check."""
        lie = self.lies.pop(0) if self.lies else ""
        if lie == "error":
            return JSONResponse({"error": "internal"}, status_code=500)
        if lie == "garbage":
            return Response(b"\x00not json", media_type="application/json")
        if lie == "replay" and self.last:
            return JSONResponse(self.last)
        answer = self._signed(self._told(body, _seen(body), lie), lie)
        if not lie:
            self.last = answer
        if lie == "timeout":
            return JSONResponse({"error": "gateway_timeout"}, status_code=504)
        return JSONResponse(answer)

    def _told(self, body: dict[str, Any], seen: dict[str, Any], lie: str) -> dict[str, Any]:
        score = LOW if lie == "low_score" or body["number"] == FACE_DOES_NOT_MATCH else HIGH
        moment = datetime.now(UTC) + {"old_time": timedelta(minutes=-30), "future_time": timedelta(minutes=30)}.get(lie, timedelta())
        return {
            "provider": PROVIDER, "check": body["check"], "trace": f"face-{secrets.token_hex(8)}", "score": score,
            "nonce": secrets.token_urlsafe(24) if lie == "wrong_nonce" else body["nonce"],
            "subject": base64.urlsafe_b64encode(hashlib.sha256(b"somebody else").digest()).decode().rstrip("=")
            if lie == "wrong_subject" else body["subject"],
            "faces": {"many_faces": 2, "no_face": 0}.get(lie, seen["faces"]),
            "live": seen["live"] and lie != "no_liveness",
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def _signed(self, told: dict[str, Any], lie: str) -> dict[str, Any]:
        answer = json.dumps(told, separators=(",", ":"), sort_keys=True)
        value = self.keyring.private.sign(answer.encode())
        if lie == "bad_signature":
            value = bytes([value[0] ^ 1]) + value[1:]
        if lie == "unsigned":
            return {"answer": answer}
        key_id = "somebody-1" if lie == "unknown_key" else self.keyring.key_id
        return {"answer": answer, "key_id": key_id, "signature": base64.b64encode(value).decode()}

    async def control_next(self, request: Request) -> Response:
        """Tell these lies to the next checks: `{"answer": "low_score"}` or `{"answers": […]}`."""
        body = await request.json()
        wanted = body.get("answers") or [body["answer"]]
        unknown = [lie for lie in wanted if lie not in LIES]
        if unknown:
            return JSONResponse({"error": "unknown_lie", "detail": f"{unknown}; there are {list(LIES)}"}, status_code=422)
        self.lies += wanted
        return JSONResponse({"next": self.lies})

    async def control_forget(self, request: Request) -> Response:
        """Be honest again."""
        self.lies.clear()
        return JSONResponse({"next": self.lies})


def _seen(body: dict[str, Any]) -> dict[str, Any]:
    """What a look at the frames gives: pictures that are not JPEG show nobody, pictures that are all the same show no life."""
    try:
        frames = [base64.b64decode(frame, validate=True) for frame in body["frames"]]
    except (binascii.Error, ValueError):
        return {"faces": 0, "live": False}
    pictures = [frame for frame in frames if frame.startswith(JPEG)]
    return {"faces": 1 if pictures else 0, "live": len(set(pictures)) >= 2 and len(body["challenge"]) > 0}


async def _unreadable(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "unreadable", "detail": str(error)}, status_code=400)


def build(data: Path) -> Starlette:
    """The face service over the data directory `data`."""
    faces = Faces(data)
    routes = [
        Route("/v1/checks", door.signed(faces.keyring, faces.check), methods=["POST"]),
        Route("/_control/next", faces.control_next, methods=["POST"]),
        Route("/_control/forget", faces.control_forget, methods=["POST"]),
        *door.keys(faces.keyring),
    ]
    app = Starlette(routes=routes, exception_handlers={KeyError: _unreadable, json.JSONDecodeError: _unreadable})
    app.state.faces = faces
    app.state.keyring = faces.keyring
    return app
