"""What all sandbox partners share: requests of the platform must be signed, answers are signed, keys can be looked up."""
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from essc_sandbox import signatures
from essc_sandbox.keyring import Keyring

Answer = Callable[[Request, dict[str, Any]], Awaitable[Response]]


def signed(keyring: Keyring, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads JSON signed by the platform and signs what it answers."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        refused = _refusal(keyring, request, body)
        if refused is not None:
            return refused
        return sign_answer(keyring, await answer(request, json.loads(body)))

    return endpoint


def _refusal(keyring: Keyring, request: Request, body: bytes) -> Response | None:
    platform = keyring.platform()
    if platform is None:
        return JSONResponse({"error": "platform_unknown", "detail": "introduce the platform's key at /_control/platform"}, status_code=401)
    query = request.url.query
    try:
        signatures.verify_request(platform, request.method, request.url.path, query, request.headers, body)
    except signatures.BadSignature as error:
        return JSONResponse({"error": "bad_signature", "detail": str(error)}, status_code=401)
    return None


def sign_answer(keyring: Keyring, response: Response) -> Response:
    """The same response with Content-Digest and signature over status and digest."""
    response.headers["content-digest"] = signatures.digest(bytes(response.body))
    components = [("@status", str(response.status_code)), ("content-digest", response.headers["content-digest"])]
    for name, value in signatures.sign(keyring.private, keyring.key_id, components).items():
        response.headers[name] = value
    return response


def keys(keyring: Keyring) -> list[Route]:
    """Where a partner's public key is found, and where the platform introduces its own."""

    async def show(request: Request) -> Response:
        return JSONResponse({"keys": [keyring.told()]})

    async def introduce(request: Request) -> Response:
        try:
            keyring.introduce(str((await request.json())["public_key"]))
        except (ValueError, KeyError) as error:
            return JSONResponse({"error": "not_a_key", "detail": str(error)}, status_code=422)
        return JSONResponse({"introduced": True})

    return [Route("/keys", show), Route("/_control/platform", introduce, methods=["POST"])]
