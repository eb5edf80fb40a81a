"""Codes on the wire: a phone asks for one, a terminal holds one up."""
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, cast

from msgspec import Meta

from essc.channels.errors import AbilityNotGranted, ChannelEnded, ChannelNotActive, ChannelPaused
from essc.codes import actions, queries
from essc.codes.actions import Reading, Redeem, Redeemed, Shown, Word
from essc.codes.errors import CardUnreadable, CodeNotAvailable, PresentationUnknown
from essc.codes.events import PersonCompared
from essc.codes.model import Verdict, grouped
from essc.codes.queries import Minted
from essc.identity.errors import CheckDecided, CheckNotFound
from essc.kit import ids
from essc.kit.batch import Replayed
from essc.kit.db.pool import Database
from essc.kit.db.tx import Actor, Tx
from essc.kit.errors import Refused
from essc.kit.http.operations import Call, Operations
from essc.kit.http.types import Body, Instant, View, told
from essc.names import PREFIXES
from essc.sessions.errors import SessionOver
from essc.venues.errors import TerminalNotFound
from essc.venues.model import SessionKey

operations: Final = Operations("codes")

Presented = Annotated[str, Meta(min_length=1, max_length=64, description="The code as scanned or typed: 24 digits, spaces allowed.")]
SceneCode = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[a-z_]+[.][a-z_]+$", description="The scene, as the terminal is registered for it.")]


CardText = Annotated[str, Meta(min_length=21, max_length=600, description="The 11 fields of the card, `|` between them."),
                     told(pattern="^([^|\\u0000]*[^|\\s\\u0000][^|\\u0000]*[|]){5}([^|\\u0000]*[|]){5}[^|\\u0000]*$")]


class CodeRedemption(Body):
    """A code held up to this terminal."""

    code: Presented
    scene: SceneCode
    read_at: Annotated[Instant | None, Meta(description="When the reader says it read the code: recorded by the reader, never used by us.")] = None


class CardReading(Body):
    """A physical card read by this terminal."""

    card_string: CardText
    scene: SceneCode


class PersonComparison(Body):
    """The clerk's word on the person who showed a code, or whose physical card lies in the reader. `scene` is that of the card."""

    matched: bool
    code: Presented | None = None
    card_string: CardText | None = None
    scene: SceneCode | None = None
    pairing: Annotated[str, Meta(pattern="^[0-9]{6}$(?!\\n)", description="Six digits on the phone of whoever is being checked here")] | None = None
    end_sessions: Annotated[bool, Meta(description="The phone is lost: end every session of the holder (scene counter.person_check)")] = False


class VerdictView(View, omit_defaults=True):
    """A verdict. `shown` holds the fields of the scene after a PASS; `card_version` is the card state that it saw."""

    verdict: Verdict
    reason: str
    scene: str
    way: str
    decided_at: datetime
    card_version: int | None = None
    code_age_s: int | None = None
    channel: str | None = None
    shown: Shown | None = None
    replayed: bool = False


class CodeView(View):
    """A code for a phone."""

    code: str
    grouped: str
    minted_at: datetime
    expires_at: datetime


class ForgeryReport(Body):
    """A clerk reports a code that is none of ours (verdict FORGED). The code itself is not told."""

    scene: SceneCode


class ForgeryReportView(View):
    """That it was noted; the note counts up while nobody has closed it."""

    note_id: str


class ComparisonView(View):
    """That the clerk's word was taken."""

    matched: bool


def _view(answer: Redeemed, shown: Shown | None, asked: Redeem | Reading, way: str) -> VerdictView:
    seen_at = answer.decided_at if answer.judgement.replayed else asked.received_at
    age = None if answer.minted_at is None else max(0, int((seen_at - answer.minted_at).total_seconds()))
    return VerdictView(verdict=answer.verdict, reason=answer.judgement.reason, scene=asked.scene, way=way, decided_at=answer.decided_at,
                       card_version=answer.card_version, code_age_s=age, channel=answer.facts["channel_name"], shown=shown,
                       replayed=answer.judgement.replayed)


def _redeem(body: CodeRedemption, call: Call) -> Redeem:
    session = cast(SessionKey, call.principal.extra)
    return Redeem(code=body.code, scene=body.scene, terminal_id=session.terminal_id, request_id=call.idempotency_key,
                  session_began=session.began_at, received_at=call.received_at)


@operations.batched("POST /v1/code-redemptions", by="terminal", one=_redeem, answers=VerdictView,
                    example={"code": "4071 3358 9012 6647 1190 2835", "scene": "pharmacy.buy"})
async def redeem(tx: Tx, items: Sequence[Redeem]) -> list[VerdictView | Replayed[VerdictView]]:
    """Judge a code that a holder shows. The answer is a verdict, also when it is a refusal; only PASS uses the code up.

    The same Idempotency-Key, terminal, scene and code again gives the first verdict again.
    """
    answers = await actions.redeem(tx, items)
    shown = await actions.disclose(tx, answers)
    views = [_view(answer, seen, item, "code") for answer, seen, item in zip(answers, shown, items, strict=True)]
    return [Replayed(view) if view.replayed else view for view in views]


@operations.writes("POST /v1/card-readings", by="terminal", answers=VerdictView, refuses=(CardUnreadable,),
                   example={"card_string": "999901|999901199003070026|A00000019|" + "9" * 32 + "|韦晓兰|0|3.00|20240101|20340101|0|0", "scene": "pharmacy.buy"})
async def read_card(tx: Tx, call: Call, body: CardReading) -> VerdictView:
    """Judge a physical card: same scenes, fields and verdicts as a code. The string proves possession only; compare the photo."""
    reading = _reading(body.card_string, body.scene, call)
    answer, shown = await actions.read_card(tx, reading)
    return _view(answer, shown, reading, "physical_card")


@operations.calls("POST /v1/person-comparisons", by="terminal", answers=ComparisonView,
                   refuses=(PresentationUnknown, CardUnreadable, CheckNotFound, CheckDecided), example={"code": "407133589012664711902835", "matched": True})
async def compare_person(db: Database, who: Actor, call: Call, body: PersonComparison) -> ComparisonView:
    """Say whether the person is the one on the photo, within ten minutes of a PASS at this terminal, or while the card is in the reader.

    In the scene `counter.person_check` this proves the person; `pairing` names the check that waits on the phone. A card string that names
    no card of ours counts as a guess, like a forged code.
    """
    async with db.tx(who, request_id=call.request_id) as tx:
        fact = await _compare(tx, call, body)
    if isinstance(fact, Refused):
        raise fact
    return ComparisonView(matched=fact.matched)


async def _compare(tx: Tx, call: Call, body: PersonComparison) -> PersonCompared | Refused:
    word = Word(matched=body.matched, pairing=body.pairing, end_sessions=body.end_sessions)
    if body.code is not None:
        return await actions.compare_person(tx, body.code, cast(SessionKey, call.principal.extra).terminal_id, word, call.received_at)
    if body.card_string is not None and body.scene is not None:
        return await actions.compare_card_person(tx, _reading(body.card_string, body.scene, call), word)
    raise PresentationUnknown("a code, or a card and its scene")


@operations.writes("POST /v1/forgery-reports", by="terminal", answers=ForgeryReportView, refuses=(TerminalNotFound,), example={"scene": "pharmacy.buy"})
async def report_forgery(tx: Tx, call: Call, body: ForgeryReport) -> ForgeryReportView:
    """上报: tell those on duty that somebody held up a code that is none of ours. Without the code, so nothing of anybody is told."""
    session = cast(SessionKey, call.principal.extra)
    return ForgeryReportView(note_id=ids.wire(PREFIXES["NoteId"], await actions.report_forgery(tx, session.terminal_id, body.scene)))


def _reading(text: str, scene: str, call: Call) -> Reading:
    session = cast(SessionKey, call.principal.extra)
    return Reading(text=text, scene=scene, terminal_id=session.terminal_id, session_began=session.began_at, received_at=call.received_at)


def _token(call: Call) -> bytes:
    return cast(bytes, call.principal.extra)


@operations.batched("POST /v1/me/codes", by="holder", one=_token, answers=CodeView, status=201,
                    refuses=(SessionOver, ChannelEnded, ChannelPaused, ChannelNotActive, AbilityNotGranted, CodeNotAvailable),
                    idempotent=False, reads_only=True)
async def mint(tx: Tx, items: Sequence[bytes]) -> list[CodeView | Refused]:
    """A fresh code for the phone. It lives a minute and passes once; a new code does not end the one before it."""
    return [_code(one) if isinstance(one, Minted) else one for one in await queries.mint(tx, items)]


def _code(one: Minted) -> CodeView:
    return CodeView(code=one.code, grouped=grouped(one.code), minted_at=one.minted_at, expires_at=one.expires_at)
