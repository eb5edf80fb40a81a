"""The past of a demonstration: seven weeks in which invented people applied and showed their codes, told to the rooms' own verbs with the moments of then.

Nothing is written behind anybody's back: every card, link and verdict is one that the rooms decided, so records, audit log and figures hold. It ends
before the house opens, and is left out where the cast is small.
"""
import csv
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from rich.progress import track

from essc.cards import actions as cards
from essc.cards import queries as known_cards
from essc.cards.model import Rules
from essc.channels import actions as channels
from essc.channels.model import Ability, Application, Form, Kind, Move
from essc.cli import noticed
from essc.codes import actions as codes
from essc.codes import model as code
from essc.codes.actions import Redeem
from essc.ecards import actions as ecards
from essc.ecards import queries as known_ecards
from essc.ecards.calls import person_of
from essc.ecards.model import Ecard, Link, epoch
from essc.holders.model import Person
from essc.identity import actions as identity
from essc.identity.model import Answer, Purpose, Way
from essc.kit import clock, console, ids
from essc.kit.crypto import Algorithm, PrivateKey, jwk
from essc.kit.crypto.signing import new_secret
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import Refused
from essc.names import ChannelId, CheckId, EcardId
from essc.passwords import calls as passwords
from essc.venues import actions as venues
from essc.venues.model import Terminal, TerminalKind

LARGE_CAST: Final = 1000
"""With fewer people there is no past: whoever tests a small house expects an empty one."""
DAYS: Final = 48
PEOPLE_A_DAY: Final = 5
CHUNK: Final = 5000
STAGER: Final = Actor("sandbox", "demo")
PASSWORD: Final = "738146"
NATION: Final = "000000"
IN_USE: Final = "1"
APPS: Final = (
    ("智慧人社 APP（演示）", Form.APP, Kind.HUMAN_RESOURCES, "450000", 6), ("绿洲手机银行（演示）", Form.APP, Kind.BANK, NATION, 4),
    ("粤省便民（演示）", Form.MINI_PROGRAM, Kind.GOVERNMENT, "440000", 3), ("苏城码（演示）", Form.MINI_PROGRAM, Kind.GOVERNMENT, "320500", 2),
    ("云上医院（演示）", Form.OFFICIAL_ACCOUNT, Kind.MEDICAL, "530000", 2), ("蜀地生活（演示）", Form.LIFE_ACCOUNT, Kind.SOCIAL, "510100", 1),
    ("便民通（演示）", Form.MINI_PROGRAM, Kind.SOCIAL, "410000", 0),
)
"""Name, form, kind, region, how many people use it. The last one has been paused."""
SHOPS: Final = (
    ("安康大药房示例分店（演示）", "pharmacy", "pharmacy.buy"), ("人民医院（演示）", "hospital", "hospital.register"),
    ("城市公园（演示）", "park", "park.enter"), ("示例图书馆（演示）", "library", "library.enter"),
    ("社保服务网点（演示）", "service_point", "counter.identify"),
)
PLACES: Final = ("450100", "450300", "450200", "440100", "320500", "530100", "510100", "330100", "650100", "420100", "610100", "230100")
HOURS: Final = (0, 0, 0, 0, 0, 0, 1, 4, 9, 12, 12, 9, 6, 7, 10, 11, 10, 8, 6, 4, 3, 2, 1, 0)
"""How busy the hours of a day are."""


@dataclass
class Town:
    """Who and what there is by now: apps with their weight, readers with their scene, and people with their e-cards."""

    chance: random.Random
    apps: list[tuple[ChannelId, int]] = field(default_factory=list)
    readers: list[tuple[Terminal, str, datetime]] = field(default_factory=list)
    carriers: list[tuple[Ecard, Link]] = field(default_factory=list)


async def play(db: Database, file: bytes, *, days: int = DAYS, least: int = LARGE_CAST) -> bool:
    """Let the past happen from a province's card file. False, and nothing done, when fewer than `least` people have cards or it happened before."""
    lines = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))
    now = clock.now()
    begin = now - timedelta(days=days)
    if len(lines) < least or not await _arrive(db, lines, file, begin):
        return False
    town = Town(random.Random(9999))  # noqa: S311 the same past every time
    await _open(db, town, begin, now)
    waiting = iter([line for line in lines if line["status"] == IN_USE][::3])
    for n in track(range(1, days + 1), "  seven weeks of the past", console=console.err):
        day = begin + timedelta(days=n)
        await _applied(db, town, [line for line, _ in zip(waiting, range(_many(town, n)), strict=False)], day, now)
        await _shown(db, town, day, now, 12 + 2 * n)
    at = now - timedelta(minutes=40)
    async with db.tx(STAGER, now=at) as tx:
        passing = (await _scans(tx, town, *town.carriers[-1], at))[0]
    await noticed.play(db, town.readers, [ecard for ecard, _ in town.carriers], passing, now)
    return True


def _many(town: Town, n: int) -> int:
    """People of the n-th day: more and more, fewer at week-ends."""
    return max(2, round(PEOPLE_A_DAY * (0.6 + n / DAYS) * (0.5 if n % 7 in (0, 6) else 1) + town.chance.uniform(-2, 2)))


async def _arrive(db: Database, lines: Sequence[Mapping[str, str]], file: bytes, begin: datetime) -> bool:
    """The cards come; False when they had come before."""
    rows = [{"identifier": line["card_identifier"], "state": line["status"], **line} for line in lines]
    digest, rules = sha256(b"the past of " + file).digest(), Rules(NATION, begin.date(), demonstration=True)
    for number, first in enumerate(range(0, len(rows), CHUNK)):
        at = begin + timedelta(seconds=number)
        async with db.tx(STAGER, now=at) as tx:
            done = await cards.begin_file(tx, digest, NATION)
            if done and not number:
                return False
            chunk = cards.make_chunk(tx.keys, number, first + 2, list(enumerate(rows[first:first + CHUNK], first + 2)), [], rules, at)
            await cards.import_chunk(tx, digest, NATION, chunk)
    async with db.tx(STAGER, now=begin + timedelta(minutes=1)) as tx:
        await cards.finish_file(tx, digest)
    return True


async def _open(db: Database, town: Town, begin: datetime, now: datetime) -> None:
    """Channels are registered in the first week and readers activated; one channel is paused in the last."""
    for n, (name, form, kind, region, weight) in enumerate(APPS):
        async with db.tx(STAGER, now=begin + timedelta(hours=n)) as tx:
            wanted = Application(name, form, kind, 1, region, (Ability.ISSUE, Ability.PRESENT), ("name", "region"))
            made = await channels.register(tx, wanted, sandbox=True, demonstration=True)
            if weight:
                town.apps.append((made.id, weight))
        if not weight:
            async with db.tx(STAGER, now=now - (now - begin) / 8) as tx:
                await channels.move(tx, made.id, Move.PAUSE, "安全测试未按期完成（演示）")
    for n, region in enumerate(PLACES):
        shop, sort, scene = SHOPS[n % len(SHOPS)]
        async with db.tx(STAGER, now=begin) as tx:
            town.readers.append((await _reader(tx, region, shop, sort), scene, begin + timedelta(seconds=5)))


async def _reader(tx: Tx, region: str, name: str, kind: str) -> Terminal:
    venue = await venues.add_venue(tx, name, kind, region, demonstration=True)
    terminal = await venues.add_terminal(tx, venue.id, "综合窗口", TerminalKind.WINDOW)
    issued = await venues.issue_activation(tx, terminal.id)
    public = jwk.written(Algorithm.ES256, PrivateKey(Algorithm.ES256, new_secret(Algorithm.ES256)).public)
    activated = await venues.try_activation(tx, issued.code, public, "127.0.0.1")
    if isinstance(activated, Refused):
        raise activated
    return activated


def _moment(town: Town, day: datetime, now: datetime) -> datetime | None:
    """A moment of the day, when people are up; None when it has not come yet."""
    here = day.astimezone(clock.SHANGHAI).replace(minute=0, second=0, microsecond=0)
    at = here.replace(hour=town.chance.choices(range(24), HOURS)[0]) + timedelta(seconds=town.chance.randrange(3600))
    return at if at < now - timedelta(minutes=5) else None


# ── applying ──

async def _applied(db: Database, town: Town, lines: Sequence[Mapping[str, str]], day: datetime, now: datetime) -> None:
    for line in lines:
        at = _moment(town, day, now)
        if at is not None:
            await _apply(db, town, person_of(line["name"], line["number"]), at)


async def _apply(db: Database, town: Town, person: Person, at: datetime) -> None:
    """One person applies, by face or at a counter; some link a second app."""
    first, second = town.chance.choices(*zip(*town.apps, strict=True), k=2)
    async with db.tx(STAGER, now=at) as tx:
        found = await known_ecards.prospect(tx, person, first)
    ecard_id = found.ecard.id if found.ecard else EcardId(ids.new(found.holder.bucket, at))
    hashed = await passwords.hashed(tx.keys, ecard_id, PASSWORD)
    async with db.tx(STAGER, now=at) as tx:
        proof = await _proof(tx, town, found, person, Purpose.APPLY)
        town.carriers.append(await ecards.apply(tx, person, first, proof, ecard_id, hashed))
    if second != first and town.chance.random() < 0.3:
        async with db.tx(STAGER, now=at + timedelta(minutes=20)) as tx:
            town.carriers.append(await ecards.link_by_password(tx, person, second, await _proof(tx, town, found, person, Purpose.LINK)))


async def _proof(tx: Tx, town: Town, found: Any, person: Person, purpose: Purpose) -> CheckId:
    if purpose is Purpose.APPLY and town.chance.random() < 0.15:
        check = await identity.start(tx, person, purpose, Way.TERMINAL)
        return (await identity.record_terminal_check(tx, found.holder.id, town.chance.choice(town.readers)[0].id, check.pairing)).id
    check = await identity.start(tx, person, purpose, Way.FACE)
    await identity.settle(tx, check, Answer("sandbox", "", "", "", 9500 + town.chance.randrange(400), True, 1, tx.now, "demo"))
    return check.id


# ── showing codes ──

async def _shown(db: Database, town: Town, day: datetime, now: datetime, many: int) -> None:
    """A day's codes at the readers, judged together with the moments at which they were held up."""
    moments = sorted(at for at in (_moment(town, day, now) for _ in range(many)) if at is not None)
    if not moments or not town.carriers:
        return
    async with db.tx(STAGER, now=moments[-1] + timedelta(minutes=4)) as tx:
        usable = [one for one in town.carriers if one[1].linked_at < moments[0]]
        wanted = [one for at in moments if usable for one in await _scans(tx, town, *town.chance.choice(usable), at)]
        await codes.redeem(tx, wanted)


async def _scans(tx: Tx, town: Town, ecard: Ecard, link: Link, at: datetime) -> list[Redeem]:
    """One code at one reader: mostly in time, sometimes too late, sometimes twice."""
    card = await known_cards.get(tx, ecard.card_id)
    second = int(at.timestamp())
    versions = epoch(card.version, ecard.version, link.version)
    fields = code.CodeFields(second // 3600, second % 3600, link.bucket, link.slot, versions, town.chance.randrange(256))
    digits = code.mint(fields, tx.keys.code_cipher(second // 3600))
    reader, scene, began = town.chance.choice(town.readers)
    luck = town.chance.random()
    delays = (150.0,) if luck < 0.03 else (4.0, 9.0) if luck < 0.06 else (town.chance.uniform(2, 30),)
    return [Redeem(code=digits, scene=scene, terminal_id=reader.id, request_id=ids.wire("req", ids.new(at=at)), session_began=began,
                   received_at=at + timedelta(seconds=delay)) for delay in delays]
