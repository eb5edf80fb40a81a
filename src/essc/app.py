"""The wiring of the house: which rooms there are, what each hands over, and how a process is put together from it.

Everything is named here once and by hand: a room that is not in these lists is not in the house.
"""
import asyncio
import base64
import importlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from essc.audit import api as audit_api
from essc.audit import queries as audit
from essc.audit.jobs import denied
from essc.cards import api as cards_api
from essc.cards import calls as cards_calls
from essc.cards import jobs as cards_jobs
from essc.cards import queries as cards
from essc.channels import api as channels_api
from essc.channels import jobs as channels_jobs
from essc.channels import queries as channels
from essc.codes import api as codes_api
from essc.codes import jobs as codes_jobs
from essc.codes import queries as codes
from essc.ecards import api as ecards_api
from essc.ecards import jobs as ecards_jobs
from essc.ecards import queries as ecards
from essc.holders import queries as holders
from essc.identity import api as identity_api
from essc.identity import calls as identity_calls
from essc.identity import jobs as identity_jobs
from essc.identity import queries as identity
from essc.keys import api as keys_api
from essc.keys.queries import KeyRing
from essc.kit import clock, metrics, outbox, sweeping, troubles
from essc.kit.db import timekeeping
from essc.kit.db.checks import Check
from essc.kit.db.pool import Database
from essc.kit.errors import Refused
from essc.kit.http.api import Api, ApiSettings
from essc.kit.http.front import Application, Front
from essc.kit.http.incoming import Receive, Scope, Send
from essc.kit.http.openapi import document
from essc.kit.http.operations import Authenticator, Operations
from essc.kit.http.reference import applications
from essc.kit.http.relay import Relay
from essc.kit.http.signature import PublicKey
from essc.kit.http.site import Site, SiteSettings
from essc.kit.i18n import Texts
from essc.kit.outbox import Subscribers
from essc.kit.probes import probes
from essc.kit.traces import Observe, Traces
from essc.names import PREFIXES
from essc.notices import api as notices_api
from essc.notices import calls as notices_calls
from essc.notices import jobs as notices_jobs
from essc.notices import queries as notices
from essc.operators import jobs as operators_jobs
from essc.operators import queries as operators
from essc.partners import wire
from essc.partners.person import PersonCheck, PersonOverHttp
from essc.partners.province import ProvinceOverHttp
from essc.partners.sms import GatewayOverHttp
from essc.passwords import queries as passwords
from essc.preferences import jobs as preferences_jobs
from essc.preferences import queries as preferences
from essc.records import api as records_api
from essc.records import jobs as records_jobs
from essc.records import queries as records
from essc.regions import api as regions_api
from essc.regions import queries as regions
from essc.reports import jobs as reports_jobs
from essc.reports import queries as reports
from essc.risk import jobs as risk_jobs
from essc.risk import queries as risk
from essc.sessions import api as sessions_api
from essc.sessions import jobs as sessions_jobs
from essc.sessions import queries as sessions
from essc.sessions.errors import SessionOver
from essc.settings import Secret, Settings
from essc.surfaces.faces import FACES
from essc.surfaces.portal import cast
from essc.surfaces.portal.pages import contract as portal_contract
from essc.surfaces.shared import house
from essc.surfaces.shared.rendering import Renderer, static_files
from essc.venues import api as venues_api
from essc.venues import jobs as venues_jobs
from essc.venues import queries as venues

OPERATIONS: Final[Sequence[Operations]] = (
    regions_api.operations, channels_api.operations, venues_api.operations, cards_api.operations, identity_api.operations, ecards_api.operations,
    sessions_api.operations, codes_api.operations, records_api.operations, notices_api.operations, audit_api.operations,
    keys_api.operations,
)
"""The operations of every room's `api.py`, in the order of the reference."""

AUTHENTICATORS: Final[Mapping[str, Authenticator]] = {
    "channel": channels_api.authenticate, "terminal": venues_api.authenticate_terminal,
    "terminal-key": venues_api.authenticate_terminal_key, "region": cards_api.authenticate_region, "holder": sessions_api.authenticate_holder,
}
"""How each kind of caller proves who it is; it lives in the room that knows the caller."""

REFUSED: Final[Mapping[str, Sequence[type[Refused]]]] = {
    "channel": channels_api.REFUSED_CHANNELS, "terminal": venues_api.REFUSED_TERMINALS, "terminal-key": venues_api.REFUSED_TERMINAL_KEYS,
    "holder": (SessionOver,),
}
"""What each of them may be refused with besides what the edge refuses: part of the contract of every operation."""

SUBSCRIBERS: Final[Sequence[Subscribers]] = (
    sweeping.jobs, operators_jobs.jobs, channels_jobs.jobs, venues_jobs.jobs, risk_jobs.jobs, cards_jobs.jobs, identity_jobs.jobs, ecards_jobs.jobs,
    sessions_jobs.jobs,
    codes_jobs.jobs, records_jobs.jobs, notices_jobs.jobs, preferences_jobs.jobs, reports_jobs.jobs,
)
"""The jobs of every room: who hears what, and what runs every so often."""

CHECKS: Final[Sequence[Check]] = (
    *outbox.CHECKS, *regions.CHECKS, *audit.CHECKS, *operators.CHECKS, *channels.CHECKS, *venues.CHECKS, *holders.CHECKS, *risk.CHECKS,
    *cards.CHECKS, *identity.CHECKS,
    *passwords.CHECKS, *ecards.CHECKS, *sessions.CHECKS, *codes.CHECKS, *records.CHECKS, *notices.CHECKS, *preferences.CHECKS, *reports.CHECKS,
)
"""Every invariant that `essc check` proves again."""

PATIENCE_SECONDS: Final = 30.0
"""How long a starting process waits for a database that is away."""


def keys(settings: Settings) -> KeyRing:
    """The key ring of the installation, made at the first start. Raises the refusals of room `keys`."""
    path = settings.key_file or settings.data / "keys.json"
    passphrase = settings.key_passphrase.reveal() if settings.key_passphrase else None
    return KeyRing.create(path, suite=settings.suite, passphrase=passphrase)


@asynccontextmanager
async def database(settings: Settings, *, largest: int | None = None, name: str = "essc") -> AsyncIterator[Database]:
    """The database that the settings name, with the keys its transactions carry; waits a while for one that is starting.

    Raises what Database.open raises.
    """
    if settings.database_url is None:
        raise ValueError("a process of an installation is told its database: ESSC_DATABASE_URL")
    ring = keys(settings)
    db = await _patiently(settings.database_url, ring, largest or settings.database_connections, name)
    try:
        async with furnished(settings, ring):
            db.denied = denied
            yield db
    finally:
        await db.close()


@asynccontextmanager
async def furnished(settings: Settings, ring: KeyRing) -> AsyncIterator[None]:
    """Hand the rooms what they need from outside, for as long as the block: the partners, and whether this is a demonstration."""
    peers = {name: _peer(told) for name, told in settings.partner_keys.items()}
    async with wire.open_client() as client:
        def partner(name: str, url: str) -> wire.Partner:
            return wire.Partner(name, url, client, wire.HouseKey(ring), peers)

        regions.furnish(demonstration=settings.demonstration)
        house.furnish(wallet_channel=settings.wallet_channel)
        cast.furnish(settings.data)
        operators.furnish(networks=[one.strip() for one in settings.console_networks.split(",") if one.strip()])
        service = PersonOverHttp(partner("person", settings.person_url)) if settings.person_url else None
        person = face_engine(settings.person_engine) if settings.person_engine else service
        gateway = GatewayOverHttp(partner("sms", settings.sms_url)) if settings.sms_url else None
        cards_calls.furnish(cards_calls.Desk({code: ProvinceOverHttp(partner(f"province {code}", url)) for code, url in settings.province_urls.items()}))
        identity_calls.furnish(identity_calls.Desk(person=person, gateway=gateway))
        notices_calls.furnish(notices_calls.Desk(gateway=gateway))
        yield
        await identity_calls.drained()


def _peer(told: str) -> PublicKey:
    """A partner's public key as the settings have it: base64, with the algorithm before it unless that is Ed25519."""
    algorithm, _, public = told.rpartition(":")
    return PublicKey(algorithm or "ed25519", base64.b64decode(public))


def face_engine(weights: Path) -> PersonCheck:
    """The face engine on weights that the operator supplies; its libraries are loaded only here. Raises ImportError without the extra `face`."""
    engine: PersonCheck = importlib.import_module("essc.partners.person_onnx").PersonByOnnx(weights)
    return engine


async def _patiently(url: Secret, ring: KeyRing, largest: int, name: str) -> Database:
    limit = clock.stopwatch() + PATIENCE_SECONDS
    while True:
        try:
            return await _opened(url, ring, largest, name)
        except Exception as error:
            if not troubles.is_away(error) or clock.stopwatch() > limit:
                raise
        await asyncio.sleep(0.2)


async def _opened(url: Secret, ring: KeyRing, largest: int, name: str) -> Database:
    db = await Database.open(url.reveal(), ring, largest=largest, name=name)
    try:
        await db.correct_clock()
    except BaseException:
        db.pool.terminate()
        raise
    return db


class Process:
    """One HTTP process: an ASGI application that opens what it needs when the server starts, and closes it in order at the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._front: Application = self._live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; before the first, and after the last, live through start and stop."""
        await self._front(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            raise RuntimeError("a request before the process has started")
        await receive()
        async with database(self._settings, name="essc http") as db, timekeeping.kept(db), front(self._settings, db) as self._front:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def front(settings: Settings, db: Database) -> AsyncIterator[Application]:
    """Everything that answers on the port: operations, pages, probes. Closed when the last request has been answered."""
    texts = Texts.load()
    traces = Traces(settings.otel_endpoint) if settings.otel_endpoint else None
    observe = traces.named(metrics.request_done) if traces else metrics.request_done
    calls = channels_jobs.CallLog(db, OPERATIONS, PREFIXES)
    api = Api(OPERATIONS, db=db, authenticators=AUTHENTICATORS, texts=texts, observe=observe, witnesses={"channel": calls.saw},
              settings=ApiSettings(prefixes=PREFIXES, sandbox=settings.demonstration))
    portal_contract.furnish(document(OPERATIONS, prefixes=PREFIXES, texts=texts, callers=REFUSED))
    async with wire.open_client() as client:
        contract = applications(OPERATIONS, prefixes=PREFIXES, texts=texts, callers=REFUSED)
        pages = _with_log(settings, _with_sandbox(settings, site(settings, db, texts, observe), client))
        door = Front(api, pages, {**contract, **probes(db)})
        calls.start()
        try:
            yield traces.around(door) if traces else door
        finally:
            await api.close()
            await calls.close()
            if traces:
                traces.close()


def openapi() -> dict[str, Any]:
    """The contract of the whole house, as it is served at /openapi.json."""
    return document(OPERATIONS, prefixes=PREFIXES, texts=Texts.load(), callers=REFUSED)


def _with_log(settings: Settings, pages: Application) -> Application:
    """The published audit log stands below /audit/, as the files that the worker writes."""
    published = audit_api.Published(settings.data / "audit")

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        await (published if scope["path"].startswith(audit_api.PREFIX) else pages)(scope, receive, send)
    return either


def _with_sandbox(settings: Settings, pages: Application, client: httpx.AsyncClient) -> Application:
    """In a demonstration the invented partners' own pages stand below /sandbox/."""
    if not (settings.demonstration and settings.sandbox_url):
        return pages
    relay = Relay("/sandbox", settings.sandbox_url, client)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        await (relay if scope["path"].startswith("/sandbox/") else pages)(scope, receive, send)
    return either


def site(settings: Settings, db: Database, texts: Texts, observe: Observe) -> Site:
    """The pages of all faces, with their templates and static files."""
    files = static_files()
    return Site(FACES, db=db, texts=texts, files=files, renderer=Renderer(files, demonstration=settings.demonstration),
                settings=SiteSettings(sandbox=settings.demonstration), observe=observe)
