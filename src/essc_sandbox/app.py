"""All sandbox partners under one address: `/province`, `/person`, `/sms`; and beside them a phone's authenticator, `/authenticator`."""
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from essc_sandbox.authenticator import app as authenticator
from essc_sandbox.person import app as person
from essc_sandbox.province import app as province
from essc_sandbox.sms import app as sms

NAMES = ("province", "person", "sms")


async def _index(request: Request) -> Response:
    return JSONResponse({"partners": [f"/{name}" for name in NAMES], "inbox": "/sms/", "authenticator": "/authenticator/",
                         "holders": "/province/_control/holders"})


async def _introduce(request: Request) -> Response:
    """Introduce the platform to all partners at once: `{"public_key": …, "feed_url": …}`; answers their public keys."""
    body = await request.json()
    partners = request.app.state.partners
    try:
        for partner in partners.values():
            partner.state.keyring.introduce(body["public_key"])
    except (ValueError, KeyError) as error:
        return JSONResponse({"error": "not_a_key", "detail": str(error)}, status_code=422)
    if body.get("feed_url"):
        partners["province"].state.province.feed.point_at(body["feed_url"])
    return JSONResponse({name: partner.state.keyring.told() for name, partner in partners.items()})


def build(data: Path, *, people: int = 0, trust: Path | None = None) -> Starlette:
    """The partners over the data directory `data`, one folder each; the province with so many people beside the twelve, believing `trust`."""
    partners: dict[str, Starlette] = {
        "province": province.build(data / "province", people, trust), "person": person.build(data / "person"), "sms": sms.build(data / "sms")}

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            for partner in partners.values():
                await stack.enter_async_context(partner.router.lifespan_context(partner))
            yield

    routes = [Route("/", _index), Route("/_control/platform", _introduce, methods=["POST"])]
    mounts = {**partners, "authenticator": authenticator.build(data / "authenticator")}
    app = Starlette(routes=[*routes, *(Mount(f"/{name}", one) for name, one in mounts.items())], lifespan=lifespan)
    app.state.partners = partners
    return app
