"""What staff of a demonstration find waiting: a few things that the rooms notice while they do their work, told to their own verbs."""
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from essc.codes import actions as codes
from essc.codes.actions import FORGED_TRIES_A_MINUTE, Redeem, Word
from essc.codes.model import Verdict
from essc.ecards.model import Ecard
from essc.kit import ids
from essc.kit.crypto import Algorithm, PrivateKey, jwk
from essc.kit.crypto.signing import new_secret
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor
from essc.passwords import calls as passwords
from essc.passwords.errors import PasswordWrong
from essc.venues import actions as venues
from essc.venues.model import Terminal

STAGER: Final = Actor("sandbox", "demo")
NO_CODE: Final = "123456789012345678901234"
"""24 digits that nobody was ever given."""
REPORTED_BEFORE: Final = (31, 27, 26, 9, 8, 7, 3, 1)
"""Hours ago at which the clerks of one shop reported something that is no code of ours."""
WRONG_PASSWORDS: Final = ("246813", "135790", "864209", "975318", "192837", "528194")


async def play(db: Database, readers: Sequence[tuple[Terminal, str, datetime]], carriers: Sequence[Ecard], passing: Redeem, now: datetime) -> None:
    """One shop reports forged codes again and again, one terminal tries many within a minute, a clerk sees somebody else than on the photo,
    somebody guesses activation codes, and somebody's password locks. `passing` is a code that passes in the last hour."""
    (shop, scene, _), (gate, gate_scene, began) = readers[0], readers[1]
    for hours in REPORTED_BEFORE:
        at = now - timedelta(hours=hours, minutes=11)
        async with db.tx(_terminal(shop), now=at) as tx:
            await codes.redeem(tx, [_held_up(shop, scene, f"shop{hours}", began, at)])
            await codes.report_forgery(tx, shop.id, scene)
    at = now - timedelta(hours=5, minutes=17)
    async with db.tx(_terminal(gate), now=at) as tx:
        await codes.redeem(tx, [_held_up(gate, gate_scene, f"gate{n}", began, at) for n in range(FORGED_TRIES_A_MINUTE)])
    async with db.tx(_terminal(shop), now=passing.received_at) as tx:
        [answer] = await codes.redeem(tx, [passing])
        if answer.verdict is Verdict.PASS:
            await codes.compare_person(tx, passing.code, passing.terminal_id, Word(matched=False), passing.received_at)
    public = jwk.written(Algorithm.ES256, PrivateKey(Algorithm.ES256, new_secret(Algorithm.ES256)).public)
    async with db.tx(STAGER, now=now - timedelta(hours=20)) as tx:
        for n in range(venues.OF_ADDRESS.count):
            await venues.try_activation(tx, f"QX23456{n % 8 + 2}", public, "192.0.2.7")
    for wrong in WRONG_PASSWORDS:
        try:
            await passwords.verify(db, carriers[0].id, wrong, STAGER)
        except PasswordWrong:
            continue


def _held_up(terminal: Terminal, scene: str, request: str, began: datetime, at: datetime) -> Redeem:
    return Redeem(code=NO_CODE, scene=scene, terminal_id=terminal.id, request_id=request, session_began=began, received_at=at)


def _terminal(terminal: Terminal) -> Actor:
    return Actor("terminal", ids.wire("term", terminal.id))
