"""What a demonstration sets up, through the same doors as everybody else: partners' keys, a province's file, a channel, venues, e-cards."""
import asyncio
import base64
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import httpx
import msgspec
from rich.progress import track

from essc import app
from essc.cards import actions as cards
from essc.channels import actions as channels
from essc.channels import queries as known_channels
from essc.channels.model import Ability, Application, Form, Kind
from essc.cli import past
from essc.ecards import calls as ecards
from essc.ecards.calls import Mobile, Proof
from essc.identity import calls as identity
from essc.identity.model import Purpose
from essc.kit import console
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.kit.errors import Refused
from essc.names import ChannelId, VenueId
from essc.operators import actions as operators
from essc.operators import calls as joining
from essc.operators import queries as known_staff
from essc.operators.calls.comparing import Caller
from essc.operators.errors import LoginTaken
from essc.operators.model import Role, read_token
from essc.settings import Settings
from essc.surfaces.portal import cast
from essc.surfaces.portal.cast import Somebody
from essc.venues import actions as venues
from essc.venues import queries as known_venues
from essc.venues.model import TerminalKind, TerminalState

REGION, NATION = "450100", "000000"
PASSWORD: Final = "738146"
"""Of every e-card of the twelve. A demonstration's password for invented people, never a default of anything."""
FRAMES: Final = (b"\xff\xd8\xff" + b"one still picture", b"\xff\xd8\xff" + b"and another one", b"\xff\xd8\xff" + b"a third, moving")
STAFF_PASSWORD: Final = "Yanshi-2026-Console"
"""Of every member of staff of a demonstration; their one-time codes are shown by the sandbox's authenticator."""
STAGER: Final = Actor("sandbox", "demo")
APPLICANT: Final = "周启航"
"""Whoever looks at the demonstration applies as this person: everybody else of the twelve has an e-card already."""
PLACES: Final = (
    ("安康大药房（演示）", "pharmacy", "收银 1 号", TerminalKind.WINDOW), ("安康医院（演示）", "hospital", "门诊 3 号窗口", TerminalKind.WINDOW),
    ("青山公园（演示）", "park", "东门闸机", TerminalKind.GATE), ("示例图书馆", "library", "借还台", TerminalKind.WINDOW),
    ("示例市民中心", "service_point", "综合窗口", TerminalKind.WINDOW),
)


class Clerk(NamedTuple):
    """A member of staff of the demonstration."""

    login: str
    name: str
    unit: str
    role: Role
    area: str
    note: str


STAFF: Final = (
    Clerk("chenxiaoming", "陈晓明", "部信息中心（演示）", Role.MAKER, NATION, "部级经办"),
    Clerk("huanghaiyan", "黄海燕", "南宁市人社局（演示）", Role.MAKER, REGION, "市级经办"),
    Clerk("zhoumin", "周敏", "部信息中心（演示）", Role.CHECKER, NATION, "部级复核"),
    Clerk("linjing", "林静", "广西人社厅（演示）", Role.READER, "450000", "省级只读"),
    Clerk("auditor", "方国华", "部审计处（演示）", Role.AUDITOR, NATION, "审计员"),
    Clerk("secadmin", "唐雨晴", "部信息中心（演示）", Role.SECURITY, NATION, "安全管理员"),
    Clerk("sysadmin", "梁志远", "部信息中心（演示）", Role.SYSTEM, NATION, "系统管理员"),
)
"""The system administrator joins last: until then the command line, and this stage, may invite."""


class Stage(msgspec.Struct):
    """What was set up: public keys of the partners, the wallet's channel, the venues."""

    partner_keys: dict[str, str]
    channel_id: str
    venues: list[str]
    suite: str = "international"


class Cast(msgspec.Struct):
    """One of the twelve, as the sandbox tells."""

    situation: str
    situation_en: str
    name: str
    number: str
    mobile: str
    card_number: str
    region: str
    state: str


def partners_at(sandbox: str) -> dict[str, Any]:
    """The settings that name the sandbox's partners."""
    return {"person_url": f"{sandbox}/person", "sms_url": f"{sandbox}/sms", "province_urls": {NATION: f"{sandbox}/province"}}


async def build(settings: Settings) -> Stage:
    """Everything but the people's e-cards, while nothing is served yet. Done again, it finds what is there. Raises what partners raise."""
    async with httpx.AsyncClient(base_url=settings.sandbox_url, trust_env=False, timeout=60) as sandbox:
        await _awake(sandbox)
        await sandbox.post("/province/_control/play", json={"act": "rehearse"})
        ring = app.keys(settings)
        house = base64.b64encode(ring.public("partners")[0].value).decode()
        introduced = (await sandbox.post("/_control/platform", json={"public_key": house})).json()
        settings = msgspec.structs.replace(settings, **partners_at(settings.sandbox_url))
        async with app.database(settings) as db:
            await _know_province(db, introduced["province"])
            await past.play(db, (await sandbox.get("/province/_control/card-file")).content)
            await _take_cards(settings, sandbox)
            channel = await _channel(db)
            keys = {one["key_id"]: f"{one['algorithm']}:{one['public_key']}" for one in introduced.values()}
            return Stage(keys, str(channel), [str(one) for one in await _venues(db)], settings.suite)


async def _awake(sandbox: httpx.AsyncClient) -> None:
    for _ in range(300):
        try:
            if (await sandbox.get("/")).is_success:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise OSError("the demonstration's partners did not start")


async def _know_province(db: Database, province: dict[str, str]) -> None:
    async with db.tx(STAGER) as tx:
        await cards.register_region_key(tx, NATION, province["key_id"], province["algorithm"], base64.b64decode(province["public_key"]))


async def _take_cards(settings: Settings, sandbox: httpx.AsyncClient) -> None:
    """The province delivers its card file; it is imported by the same command that an operator would type."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cards.csv"
        file.write_bytes((await sandbox.get("/province/_control/card-file")).content)
        command = [sys.executable, "-m", "essc", "cards", "import", str(file), "--region", NATION, "--data", str(settings.data)]
        done = await asyncio.to_thread(subprocess.run, command, env=settings.environment(), check=False)
        if done.returncode:
            raise OSError(f"the card file was not imported: {' '.join(command)} ended with {done.returncode}")


async def _channel(db: Database) -> ChannelId:
    wanted = Application("电子社保卡（演示）", Form.WEBSITE, Kind.HUMAN_RESOURCES, 1, NATION, tuple(Ability), ("name", "number", "region", "photo"))
    async with db.tx(STAGER) as tx:
        for one in await known_channels.listed(tx):
            if one.name == wanted.name:
                return one.id
        return (await channels.register(tx, wanted, sandbox=True, demonstration=True)).id


async def _venues(db: Database) -> list[VenueId]:
    async with db.tx(STAGER) as tx:
        there = {one.name: one.id for one in await known_venues.venues(tx)}
        for name, kind, window, terminal in PLACES:
            if name not in there:
                venue = await venues.add_venue(tx, name, kind, REGION, demonstration=True)
                await venues.add_terminal(tx, venue.id, window, terminal)
                there[name] = venue.id
        return list(there.values())


async def tell_cast(sandbox: httpx.AsyncClient, data: Path) -> None:
    """Keep the twelve beside the data, for the portal that shows them to developers."""
    people = msgspec.convert((await sandbox.get("/province/_control/holders")).json(), list[Somebody])
    unfinished = data / f"{cast.FILE}.new"
    unfinished.write_bytes(cast.written(cast.Cast(PASSWORD, tuple(people))))
    unfinished.replace(data / cast.FILE)


async def issue(db: Database, settings: Settings, stage: Stage) -> None:
    """The twelve apply, each checked as a real person; then the province moves their cards into the situations they stand for."""
    async with httpx.AsyncClient(base_url=settings.sandbox_url, trust_env=False, timeout=60) as sandbox:
        people = msgspec.convert((await sandbox.get("/province/_control/holders")).json(), list[Cast])
        for one in track(people, "  e-cards of the twelve", console=console.err):
            if one.name != APPLICANT and one.situation_en != "face does not match":
                await _apply(db, sandbox, one, ChannelId(UUID(stage.channel_id)))
        await sandbox.post("/province/_control/play", json={"act": "perform"})


async def _apply(db: Database, sandbox: httpx.AsyncClient, one: Cast, channel: ChannelId) -> None:
    person = ecards.person_of(one.name, one.number)
    check = await identity.start(db, STAGER, name=one.name, number=one.number, purpose=Purpose.APPLY)
    await identity.submit(db, STAGER, check.id, FRAMES)
    code_id = await identity.send_code(db, STAGER, Purpose.APPLY, mobile=one.mobile)
    messages = (await sandbox.get("/sms/_control/messages", params={"mobile": one.mobile})).json()
    code = next(word for word in messages[0]["text"].replace("，", " ").split() if len(word) == len(PASSWORD) and word.isdigit())
    try:
        await ecards.apply(db, STAGER, person, channel, Proof(check.id), PASSWORD, mobile=Mobile(one.mobile, Proof(code_id, code)))
    except Refused as refused:
        console.err.print(f"  {one.situation_en}: {refused.code}", style="yellow")


async def activations(db: Database, wanted: Sequence[str]) -> list[tuple[str, str, str]]:
    """A fresh activation code for each terminal that is not active: venue, terminal, code."""
    codes: list[tuple[str, str, str]] = []
    async with db.tx(STAGER) as tx:
        for venue in await known_venues.venues(tx):
            for terminal in await known_venues.terminals(tx, venue_id=venue.id):
                if str(venue.id) in wanted and terminal.state is not TerminalState.ACTIVE:
                    codes += [(venue.name, terminal.name, (await venues.issue_activation(tx, terminal.id)).code)]
    return codes


async def staff(db: Database, sandbox: httpx.AsyncClient) -> None:
    """The members of staff are invited and join, each with password and authenticator; once done, nothing happens again."""
    async with db.read_tx() as tx:
        if not await known_staff.is_first(tx):
            return
    for one in STAFF:
        try:
            async with db.tx(STAGER) as tx:
                link = await operators.invite_first(tx, one.login, one.name, one.unit, [one.role], [one.area])
                secret = (await known_staff.invitation(tx, read_token(link.token))).secret
        except LoginTaken:
            continue
        told = await sandbox.post("/authenticator/_control/accounts", json={"login": one.login, "name": one.name, "note": one.note, "secret": secret})
        await joining.join(db, Caller(STAGER, "127.0.0.1"), link.token, password=STAFF_PASSWORD, code=told.json()["code"])
